/** Where an image goes, from its first byte to its commit. */
import type { Emit } from "./core.ts";
import { toImageError } from "./errors.ts";
import { ImageFile, type ImageSink } from "./image-file.ts";
import { pathOf } from "./source.ts";

/**
 * Makes an image into `target`, which is committed when all is well, and discarded if not.
 *
 * @param make  writes the image; its result knows the bytes that it has
 */
export async function makeInto<T extends { readonly size: number }>(
  target: string | URL | ImageSink,
  signal: AbortSignal | undefined,
  make: (sink: ImageSink) => Promise<T>,
): Promise<T> {
  const sink = await openSink(target, signal);
  try {
    const result = await make(sink);
    await commit(sink, result.size);
    return result;
  } catch (error) {
    await discard(sink);
    throw error;
  }
}

async function openSink(target: string | URL | ImageSink, signal: AbortSignal | undefined): Promise<ImageSink> {
  if (typeof target === "string") return ImageFile.create(target, signal);
  if (target instanceof URL) return ImageFile.create(pathOf(target), signal);
  return target;
}

async function commit(sink: ImageSink, size: number): Promise<void> {
  try {
    await sink.commit(size);
  } catch (error) {
    throw toImageError("image", error);
  }
}

/** What failed first is what the caller hears of. */
async function discard(sink: ImageSink): Promise<void> {
  try {
    await sink.discard?.();
  } catch {}
}

/** What a core emits goes into `sink`. */
export function writeTo(sink: ImageSink): Emit {
  return (at, bytes) => {
    try {
      sink.write(at, bytes);
    } catch (error) {
      throw toImageError("image", error);
    }
  };
}
