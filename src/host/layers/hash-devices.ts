/** Layers whose hash trees stand in disks of their own, beside them. */
import { basename, join } from "node:path";
import { convert } from "../convert.ts";
import { createHashTree } from "../hash-tree.ts";
import type { ContainerImage } from "../oci/container-image.ts";
import { type ConvertLayersOptions, convertLayers, type LayerImage } from "./convert-layers.ts";
import { intoDirectory } from "./staging.ts";

export interface SplitLayerImage extends LayerImage {
  /** A VHD of the hash tree, which begins with its superblock. */
  readonly hashDevice: string;
}

/**
 * Makes a VHD of each layer without a hash tree, and another of its tree: `….vhd` and `….hash-dev.vhd`.
 *
 * @throws ImageError  as `convertLayers`; nothing is left then
 */
export async function convertLayersApart(
  image: Pick<ContainerImage, "layers">,
  directory: string,
  { signal, ...options }: Omit<ConvertLayersOptions, "verity" | "container">,
): Promise<SplitLayerImage[]> {
  const watched = signal && { signal };
  return intoDirectory(directory, async (staging) => {
    const made = await convertLayers(image, join(staging, "ext4"), { ...options, ...watched });
    const names: string[] = [];
    const result: SplitLayerImage[] = [];
    for (const layer of made) {
      const name = basename(layer.path!, ".ext4");
      const [disk, hashDevice] = [`${name}.vhd`, `${name}.hash-dev.vhd`];
      const paths = { path: join(directory, disk), hashDevice: join(directory, hashDevice) };
      const first = result.find(({ diffId }) => diffId === layer.diffId);
      if (first) {
        result.push({ ...first, ...layer, ...paths, size: first.size });
        continue;
      }
      const hashes = join(staging, `${name}.hashes`);
      const { rootHash } = await createHashTree(layer.path!, { hashFile: hashes, ...watched });
      const wrap = (from: string, to: string) =>
        convert(from, join(staging, to), { raw: true, vhd: true, digests: false, ...watched });
      await wrap(hashes, hashDevice);
      const { size } = await wrap(layer.path!, disk);
      names.push(disk, hashDevice);
      result.push({ ...layer, ...paths, size, rootHash });
    }
    return { names, result };
  });
}
