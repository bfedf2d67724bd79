/** Layers of Linux containers on Windows: an ext4 image each, in a VHD that the virtual machine mounts. */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Mount, Platform } from "../platform.ts";
import type { ApplyOptions, CompareOptions, ContentStore, Descriptor, Differ } from "./differ.ts";
import { LAYER_IMAGE, makeLayerImage } from "./layer-image.ts";
import { layerBetween } from "./layer-stack.ts";
import { lcowMountOf, lcowStackOf } from "./lcow-mount.ts";

/** Knows mounts of type "lcow-layer". Its images are byte for byte hcsshim's, so that root hashes stay those of policies. */
export class LcowDiffer implements Differ {
  constructor(
    private readonly content: ContentStore,
    private readonly platform: Platform,
  ) {}

  async apply(layer: Descriptor, mounts: readonly Mount[], { signal }: ApplyOptions = {}): Promise<Descriptor> {
    const path = join(lcowMountOf(mounts).source, LAYER_IMAGE);
    const applied = await makeLayerImage(this.content, layer, path, {
      profile: "hcsshim",
      platform: this.platform,
      signal,
    });
    await this.#letMachinesRead(path);
    return applied;
  }

  async compare(lower: readonly Mount[], upper: readonly Mount[], options: CompareOptions = {}): Promise<Descriptor> {
    const { keepLayer } = await import("./keep-layer.ts"); // whose zlib takes its time to load
    return keepLayer(this.content, layerBetween(lcowStackOf(lower), lcowStackOf(upper), options.signal), options);
  }

  async #letMachinesRead(path: string): Promise<void> {
    try {
      const windows = await this.platform.windowsLayers?.();
      await windows?.grantVirtualMachineGroupAccess(path);
    } catch (error) {
      await rm(path, { force: true });
      throw error;
    }
  }
}
