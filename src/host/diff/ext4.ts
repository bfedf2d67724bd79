/** Layers of containers on Linux: an ext4 image each, which the kernel mounts and overlayfs stacks. */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Profile } from "../options.ts";
import type { Mount, Platform } from "../platform.ts";
import type { ApplyOptions, CompareOptions, ContentStore, Descriptor, Differ } from "./differ.ts";
import { ext4LayerShape, fileCallsOf } from "./ext4-layer.ts";
import { ext4DirectoryOf, ext4ParentsOf, ext4StackOf } from "./ext4-mount.ts";
import { findImpliedDirectories } from "./implied-directories.ts";
import { LAYER_IMAGE, makeLayerImage, makeLayerImageAgain } from "./layer-image.ts";
import { layerBetween } from "./layer-stack.ts";

export interface Ext4DifferOptions {
  /** "hcsshim" gives images the bytes, and so the root hashes, that they have in lcow. Default: "modern", which refuses no sound layer. */
  readonly profile?: Profile;
}

/** Knows the mounts of snapshots that have a `.ext4layer`. Nothing is mounted: an image is made of the tar, and read as it is. */
export class Ext4Differ implements Differ {
  constructor(
    private readonly content: ContentStore,
    private readonly platform: Platform,
    private readonly options: Ext4DifferOptions = {},
  ) {}

  async apply(layer: Descriptor, mounts: readonly Mount[], { signal }: ApplyOptions = {}): Promise<Descriptor> {
    const path = join(ext4DirectoryOf(mounts), LAYER_IMAGE);
    const below = ext4ParentsOf(mounts);
    const options = { ...ext4LayerShape(this.options.profile), platform: this.platform, signal };
    const applied = await makeLayerImage(this.content, layer, path, options);
    try {
      const implied = options.profile === "modern" ? await findImpliedDirectories(path, below) : [];
      if (implied.length > 0) await makeLayerImageAgain(this.content, layer, applied, path, implied, options);
    } catch (error) {
      await rm(path, { force: true });
      throw error;
    }
    return applied;
  }

  async compare(lower: readonly Mount[], upper: readonly Mount[], options: CompareOptions = {}): Promise<Descriptor> {
    const { keepLayer } = await import("./keep-layer.ts"); // whose zlib takes its time to load
    const calls = await fileCallsOf(this.platform);
    const [below, above] = [ext4StackOf(lower, calls), ext4StackOf(upper, calls)];
    return keepLayer(this.content, layerBetween(below, above, options.signal), options);
  }
}
