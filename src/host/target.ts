/** Where an image goes on this machine. */
import { ImageFile } from "./image-file.ts";
import { type ImageSink, intoSink } from "./image-sink.ts";
import { pathOf } from "./source.ts";

/** A path or `file:` URL, or a sink of the caller's. */
export type Target = string | URL | ImageSink;

/** Has `make` write an image into `target`, which is committed if that succeeds, and discarded if it does not. */
export async function intoTarget<T extends { readonly size: number }>(
  target: Target,
  signal: AbortSignal | undefined,
  make: (sink: ImageSink) => Promise<T>,
): Promise<T> {
  return intoSink(openSink(target, signal), make);
}

function openSink(target: Target, signal: AbortSignal | undefined): ImageSink {
  if (typeof target === "string") return ImageFile.create(target, signal);
  if (target instanceof URL) return ImageFile.create(pathOf(target), signal);
  return target;
}
