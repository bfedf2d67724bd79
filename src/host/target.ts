/** Where an image goes, and how it gets there: whole, or not at all. */
import { ErrorCode, ImageError, toImageError } from "./errors.ts";
import { ImageFile, type ImageSink } from "./image-file.ts";
import { pathOf } from "./source.ts";

/** A path or `file:` URL, or a sink of the caller's. */
export type Target = string | URL | ImageSink;

/** What was written: `size` bytes. */
interface Written {
  readonly size: number;
}

/** Has `make` write an image into `target`, which is committed if that succeeds, and discarded if it does not. */
export async function intoTarget<T extends Written>(
  target: Target,
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

/**
 * Runs `work`, an operation called `name` that callers ask for.
 *
 * @throws ImageError  and nothing else, but for the reason of `signal`
 */
export async function asOperation<T>(
  name: string,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  try {
    signal?.throwIfAborted();
    return await work();
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    if (error instanceof ImageError) throw error;
    throw new ImageError(ErrorCode.Internal, `${name}: ${error instanceof Error ? error.message : error}`, error);
  }
}

/** Writes what the core emits. */
export function writeTo(sink: ImageSink, at: number, bytes: Uint8Array): void {
  try {
    sink.write(at, bytes);
  } catch (error) {
    throw toImageError("image", error);
  }
}

async function openSink(target: Target, signal: AbortSignal | undefined): Promise<ImageSink> {
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
