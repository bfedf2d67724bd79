/** A layer's bytes as they are uncompressed, for who needs them as a stream. */
import { type Duplex, Readable } from "node:stream";
import * as zlib from "node:zlib";
import { type Compression, detectCompression } from "../compression.ts";

const HEAD = 16;

/** @throws ImageError  Unsupported; else what zlib says */
export async function* decompressed(blob: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const iterator = blob[Symbol.asyncIterator]();
  let head = Buffer.alloc(0);
  for (let next = await iterator.next(); !next.done; next = await iterator.next()) {
    head = Buffer.concat([head, next.value]);
    if (head.length >= HEAD) break;
  }
  async function* whole(): AsyncGenerator<Uint8Array> {
    yield head;
    yield* { [Symbol.asyncIterator]: () => iterator };
  }
  const compression = detectCompression(head);
  if (compression === "none") yield* whole();
  else yield* through(whole(), decompressor(compression));
}

async function* through(source: AsyncIterable<Uint8Array>, stream: Duplex): AsyncGenerator<Uint8Array> {
  const input = Readable.from(source);
  input.on("error", (error) => stream.destroy(error));
  try {
    yield* input.pipe(stream);
  } finally {
    input.destroy();
    stream.destroy();
  }
}

function decompressor(compression: Exclude<Compression, "none">): Duplex {
  if (compression === "gzip") return zlib.createGunzip();
  return (zlib as unknown as { createZstdDecompress(): Duplex }).createZstdDecompress(); // the first reading needed it too
}
