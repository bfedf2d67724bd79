/** Layers are listed and laid over one another, as a worker does it: as in Node, with a browser's sources. */
import type { Input } from "../../input.ts";
import type { LayerDescription, LayerInput } from "../../merging.ts";
import { asOperation } from "../../operation.ts";
import { type LayerStack, stackOf } from "../../stack/layer-stack.ts";
import { type ListLayerOptions, listInput } from "../../stack/list-input.ts";
import { type ListLayersOptions, listInputs } from "../../stack/list-layers.ts";
import type { LayerListing } from "../../stack/listing.ts";
import { openStream } from "../../stream.ts";
import { openSkippingInput } from "../blob-input.ts";
import type { CallContext } from "../calls.ts";
import { loadWasm } from "../wasm-files.ts";
import { asBlob } from "../web-image-source.ts";
import { receiveSource, type SentSource } from "../web-source.ts";
import type { Sent } from "./convert.ts";

export interface ListArgument {
  readonly source: SentSource;
  readonly options: Sent<ListLayerOptions>;
}

export interface StackArgument {
  readonly layers: readonly (LayerDescription & { readonly source: SentSource })[];
  readonly options: Sent<ListLayersOptions>;
}

export async function listLayer({ source, options }: ListArgument, context: CallContext): Promise<LayerListing> {
  const { signal, onProgress } = context;
  return asOperation("list", signal, async () => {
    await loadWasm("core.wasm");
    const listing = await listInput(() => open(source), { ...options, signal, onProgress });
    handOver(context, listing);
    return listing;
  });
}

export async function stackLayers({ layers, options }: StackArgument, context: CallContext): Promise<LayerStack> {
  const { signal, onProgress } = context;
  return asOperation("stack", signal, async () => {
    await loadWasm("core.wasm");
    const stack = stackOf(await listInputs(layers.map(inputOf), { ...options, signal, onProgress }));
    handOver(context, stack.tree, ...stack.layers.map(({ tree }) => tree));
    return stack;
  });
}

function inputOf({ source, ...description }: StackArgument["layers"][number]): LayerInput {
  return { ...description, open: () => open(source), size: () => (source instanceof Blob ? source.size : undefined) };
}

async function open(sent: SentSource): Promise<Input> {
  const source = receiveSource(sent);
  if (source instanceof ReadableStream) return openStream(source);
  return openSkippingInput(await asBlob(source));
}

/** The page gets the columns themselves, once each. */
function handOver(context: CallContext, ...tables: readonly object[]): void {
  const columns = tables.flatMap((table) => Object.values(table)).filter((column) => ArrayBuffer.isView(column));
  context.transfer.push(...new Set(columns.map(({ buffer }) => buffer)));
}
