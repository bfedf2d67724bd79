/** `layerkiln rootfs`: what it does. */
import { configLayer } from "../boot/config-layer.ts";
import type { RootfsResult } from "../merging.ts";
import type { ContainerImage } from "../oci/container-image.ts";
import { makeRootfs, type RootfsLayer } from "../rootfs.ts";
import { formatBytes } from "./byte-count.ts";
import { containerOf } from "./container-flags.ts";
import type { Context } from "./context.ts";
import { filesystemOptionsOf } from "./filesystem-flags.ts";
import { namedLayers, openNamedImage } from "./open-container-image.ts";
import { stdout } from "./output.ts";
import { refuseOwnInput } from "./own-input.ts";
import { withProgress } from "./progress-bar.ts";
import type { RootfsFlags } from "./rootfs.ts";

export async function runRootfs(this: Context, flags: RootfsFlags, path: string): Promise<void> {
  const { output, owner, verity, json, quiet } = flags;
  const container = containerOf(flags);
  refuseOwnInput([path], output);
  const [image, result] = await withProgress(quiet, async (watched) => {
    const image = await openNamedImage(path, flags, watched.signal);
    const result = await makeRootfs(layersOf(image, flags), output, {
      container,
      filesystem: filesystemOptionsOf(flags),
      verity: verity ?? false,
      ...(owner && { owner }),
      ...(this.platform && { platform: this.platform }),
      ...watched,
    });
    return [image, result] as const;
  });
  if (json) stdout.write(`${JSON.stringify(rootfsJson(output, image, result), null, 2)}\n`);
  else if (!quiet) stdout.write(rootfsText(output, image, result));
}

function layersOf(image: ContainerImage, { withConfig }: RootfsFlags): RootfsLayer[] {
  const layers = namedLayers(image);
  if (withConfig === undefined) return layers;
  return [...layers, { source: configLayer(image.config, withConfig), addition: true, name: "configuration" }];
}

/** @param result  its layers may be more than the container image's */
export function rootfsJson(output: string, image: ContainerImage, result: RootfsResult): object {
  const { os, architecture, variant } = image.config;
  return {
    image: output,
    size: result.size,
    containerImage: {
      digest: image.digest,
      platform: [os, architecture, variant].filter((part) => part !== undefined).join("/"),
      layers: image.layers.map(({ mediaType, digest, size, diffId }) => ({ mediaType, digest, size, diffId })),
    },
    entries: result.entries,
    rootHash: result.rootHash,
    hashOffset: result.hashOffset,
  };
}

export function rootfsText(output: string, { layers }: ContainerImage, result: RootfsResult): string {
  const { size, entries, rootHash, hashOffset } = result;
  const from = `${entries} ${entries === 1 ? "entry" : "entries"} of ${layers.length} ${layers.length === 1 ? "layer" : "layers"}`;
  const lines = [`${output}: ${size} bytes (${formatBytes(size)}), ${from}`];
  if (rootHash !== undefined) lines.push(`root hash: ${rootHash}`, `hash offset: ${hashOffset}`);
  return `${lines.join("\n")}\n`;
}
