/** Streams and iterables of bytes, read into memory that is given. */
import { ErrorCode, ImageError, toImageError } from "./errors.ts";
import type { Input } from "./input.ts";

/** As the web has it; Node has another type of it than browsers. */
export interface ByteStream {
  getReader(): { read(): Promise<{ done: boolean; value?: unknown }>; cancel(): Promise<void> };
}

interface Next {
  readonly done?: boolean | undefined;
  readonly value?: unknown;
}

/** One way to ask for the next chunk, whatever it comes from. */
interface Chunks {
  next(): PromiseLike<Next> | Next;

  /** Tells the other side that no more is wanted. It may be in the middle of a `next`. */
  stop(): unknown;
}

/** @throws ImageError  InvalidArgument if it is none of these */
export function openStream(source: Iterable<unknown> | AsyncIterable<unknown> | ByteStream): Input {
  const chunks = chunksOf(source);
  let chunk: Uint8Array = new Uint8Array();
  let count = 0;

  async function read(into: Uint8Array): Promise<number> {
    while (chunk.length === 0) {
      const next = await nextOf(chunks);
      if (next.done) return 0;
      chunk = bytesOf(next.value, ++count);
    }
    const piece = chunk.subarray(0, into.length);
    chunk = chunk.subarray(piece.length);
    into.set(piece);
    return piece.length;
  }

  return {
    read,
    async close() {
      // Not awaited: a source that is stuck would hold us too, and how it takes the news is its own affair.
      Promise.resolve(chunks.stop()).catch(() => {});
    },
  };
}

function chunksOf(source: Iterable<unknown> | AsyncIterable<unknown> | ByteStream): Chunks {
  if (isWebStream(source)) {
    const reader = source.getReader();
    return { next: () => reader.read(), stop: () => reader.cancel() };
  }
  if (Symbol.asyncIterator in source) {
    const iterator = source[Symbol.asyncIterator]();
    return { next: () => iterator.next(), stop: () => (isNodeStream(source) ? source.destroy() : iterator.return?.()) };
  }
  if (Symbol.iterator in source) {
    const iterator = source[Symbol.iterator]();
    return { next: () => iterator.next(), stop: () => iterator.return?.() };
  }
  throw new ImageError(
    ErrorCode.InvalidArgument,
    "source: is not a path, an open file, bytes, or something that yields them",
  );
}

function isWebStream(source: object): source is ByteStream {
  return "getReader" in source;
}

/** An iterator of such a stream hears `return` only after the read that it waits for; `destroy` is heard at once. */
function isNodeStream(source: object): source is { destroy(): void } {
  return "destroy" in source && typeof source.destroy === "function";
}

async function nextOf(chunks: Chunks): Promise<Next> {
  try {
    return await chunks.next();
  } catch (error) {
    throw toImageError("source", error);
  }
}

function bytesOf(chunk: unknown, count: number): Uint8Array {
  if (chunk instanceof Uint8Array) return chunk;
  throw new ImageError(ErrorCode.InvalidArgument, `source: chunk ${count} is ${typeof chunk}, not a Uint8Array`);
}
