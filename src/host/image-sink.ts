/** Where an image goes: whole, or not at all. */
import { toImageError } from "./errors.ts";
import type { Paced } from "./paced.ts";

/** Where an image goes. One sink takes one image. */
export interface ImageSink extends Paced {
  /** Takes `bytes`, to stand at byte `at`, before it returns: they are a window on memory that will change. */
  write(at: number, bytes: Uint8Array): void;

  /** All is written. The image is `size` bytes; those never written are zeros. */
  commit(size: number): void | Promise<void>;

  /** The conversion failed: `commit` is not called, or has thrown. */
  discard?(): void | Promise<void>;
}

/** What was written: `size` bytes. */
interface Written {
  readonly size: number;
}

/** Has `make` write an image into `sink`, which is committed if that succeeds, and discarded if it does not. */
export async function intoSink<T extends Written>(sink: ImageSink, make: (sink: ImageSink) => Promise<T>): Promise<T> {
  try {
    const result = await make(sink);
    await commit(sink, result.size);
    return result;
  } catch (error) {
    await discard(sink);
    throw error;
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
