/** Layers, each opened when it comes to it, are listed. */
import { ImageError } from "../errors.ts";
import type { LayerInput } from "../merging.ts";
import type { Progress } from "../options.ts";
import { RootfsProgress } from "../rootfs-progress.ts";
import { type ListLayerOptions, listInput } from "./list-input.ts";
import type { LayerListing } from "./listing.ts";

export type ListLayersOptions = Omit<ListLayerOptions, "expected"> & {
  readonly onProgress?: (progress: Progress) => void;
};

/**
 * Digests that layers are said to have are held against what is read.
 *
 * @throws ImageError  as `listLayer`, and which layer it is that fails
 */
export async function listInputs(layers: readonly LayerInput[], options: ListLayersOptions): Promise<LayerListing[]> {
  const progress = new RootfsProgress(layers, options.onProgress);
  const listings: LayerListing[] = [];
  for (const [index, layer] of layers.entries()) {
    const { digest, diffId, open } = layer;
    try {
      const expected = { ...(digest && { digest }), ...(diffId && { diffId }) };
      const listing = await listInput(() => open.call(layer), { ...options, expected, onProgress: progress.report });
      progress.pass(listing.size);
      listings.push(listing);
    } catch (error) {
      throw named(error, layer.name ?? (layers.length > 1 ? `layer ${index + 1}` : undefined));
    }
  }
  progress.finish();
  return listings;
}

function named(error: unknown, name: string | undefined): unknown {
  if (!(error instanceof ImageError) || name === undefined || error.message.startsWith(`${name}: `)) return error;
  return new ImageError(error.code, `${name}: ${error.message.replace(/^layer: /, "")}`, error);
}
