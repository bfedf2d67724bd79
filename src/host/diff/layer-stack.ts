/** What the mounts of a snapshot are made of, and the layer that leads from one snapshot to another. */
import { join } from "node:path";
import { ErrorCode, ImageError } from "../errors.ts";
import { emptyLayer, imageDifference, imageLayer } from "./image-archive.ts";
import { LAYER_IMAGE } from "./layer-image.ts";

export interface LayerStack {
  /** Directories with a layer's image each, the topmost first. */
  readonly layers: readonly string[];

  /** Of a snapshot that is written to: the layer of what it has over `layers`. */
  readonly changes?: (signal: AbortSignal | undefined) => AsyncIterable<Uint8Array>;
}

/**
 * The layer of what `upper` has over `lower`.
 *
 * @throws ImageError  Unsupported where it would take more than the one topmost layer, or the merged trees of several
 */
export function layerBetween(
  lower: LayerStack,
  upper: LayerStack,
  signal: AbortSignal | undefined,
): AsyncIterable<Uint8Array> {
  if (lower.changes) throw unsupported("the lower snapshot is still written to");
  const images = upper.layers.map((directory) => join(directory, LAYER_IMAGE));
  const [top, ...rest] = images;
  const below = lower.layers.map((directory) => join(directory, LAYER_IMAGE));
  const isLower = (images: readonly string[]) =>
    images.length === below.length && images.every((at, i) => at === below[i]);
  if (isLower(images)) return upper.changes ? upper.changes(signal) : emptyLayer();
  if (upper.changes) throw unsupported("the upper snapshot is written to, over other layers than those of the lower");
  if (top !== undefined && isLower(rest)) return imageLayer(top, signal && { signal });
  if (images.length === 1 && below.length === 1) return imageDifference(below[0]!, top!, signal);
  throw unsupported(
    `${upper.layers.length} layers over ${below.length}, which they do not begin with: without a mount, only snapshots of one layer ` +
      "are compared, or one with its parent",
  );
}

function unsupported(why: string): ImageError {
  return new ImageError(ErrorCode.Unsupported, `compare: ${why}`);
}
