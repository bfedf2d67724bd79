/** A layer is listed: what it has, and what it takes away from those below it. */

import { asOperation } from "../operation.ts";
import { openSource, type Source } from "../source.ts";
import { type ListLayerOptions, listInput } from "./list-input.ts";
import type { LayerListing } from "./listing.ts";

/**
 * Lists a layer, plain or compressed, by the rules that `makeRootfs` reads it by: the last entry of a name counts, `.wh.*` are
 * whiteouts. Contents are passed over.
 *
 * @throws ImageError  and nothing else, but for the reason of `options.signal`. Corrupt: the layer, or a digest of it
 */
export async function listLayer(source: Source, options: ListLayerOptions = {}): Promise<LayerListing> {
  return asOperation("list", options.signal, () => listInput(() => openSource(source), options));
}
