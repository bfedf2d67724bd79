/** Where an image goes in a browser. */
import { type ImageSink, intoSink } from "../image-sink.ts";
import { BlobSink } from "./blob-sink.ts";
import type { WebTarget, WithBlob } from "./conversions.ts";
import { OwnFileSink } from "./own-file-sink.ts";
import { PickedFileSink } from "./picked-file-sink.ts";

/** Has `make` write an image into `target`. Of one that fails nothing is left. */
export async function intoWebTarget<T extends { readonly size: number }>(
  target: WebTarget,
  make: (sink: ImageSink) => Promise<T>,
): Promise<T & WithBlob> {
  const sink = await openSink(target);
  const result = await intoSink(sink, make);
  return sink instanceof BlobSink ? { ...result, blob: sink.blob } : result;
}

async function openSink(target: WebTarget): Promise<ImageSink> {
  if (target === "blob") return new BlobSink();
  const own = await navigator.storage.getDirectory();
  return (await own.resolve(target)) ? OwnFileSink.open(target) : PickedFileSink.open(target);
}
