/** What a page asks of layers: what each has, and what of it is seen. A worker answers. */
import type { LayerStack } from "../stack/layer-stack.ts";
import type { ListLayerOptions } from "../stack/list-input.ts";
import type { ListLayersOptions } from "../stack/list-layers.ts";
import type { LayerListing } from "../stack/listing.ts";
import type { WebLayer } from "./conversions.ts";
import { sendLayers, sendSource, type WebSource } from "./web-source.ts";
import { callWorker } from "./workers.ts";

/**
 * Lists a layer, plain or compressed: what it has, and what it takes away from those below it. Contents are passed over.
 *
 * @throws ImageError  and nothing else, but for the reason of `options.signal`. Corrupt: the layer, or a digest of it
 */
export async function listLayer(
  source: WebSource,
  { signal, onProgress, ...options }: ListLayerOptions = {},
): Promise<LayerListing> {
  const transfer: unknown[] = [];
  return callWorker("listLayer", { source: sendSource(source, transfer), options }, { signal, onProgress, transfer });
}

/**
 * Lists `layers`, the lowest first, and lays them over one another: which of their bytes the whole shows. Digests that they are
 * said to have are compared.
 *
 * @throws ImageError  as `listLayer`, and which layer it is that fails
 */
export async function stackLayers(
  layers: readonly WebLayer[],
  { signal, onProgress, ...options }: ListLayersOptions = {},
): Promise<LayerStack> {
  const transfer: unknown[] = [];
  const sent = sendLayers(layers, transfer);
  return callWorker("stackLayers", { layers: sent, options }, { signal, onProgress, transfer });
}
