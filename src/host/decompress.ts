/** Compressed bytes on their own, for who needs what they hold as a stream. */
import type { Codec } from "../../assembly/abi.ts";
import { codecOf, detectCompression, HEAD_SIZE } from "./compression.ts";
import { startCore } from "./core.ts";
import { INPUT_SIZE } from "./fed-core.ts";

/**
 * What `source` holds, if its first bytes say that it is gzip, zlib or zstd; else `source` as it is.
 *
 * @throws ImageError  Corrupt, Unsupported; or what `source` threw
 */
export async function* decompress(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const { head, whole } = await startOf(source);
  const compression = detectCompression(head);
  if (compression === "none") yield* whole;
  else yield* through(codecOf(compression), whole);
}

async function* through(codec: Codec, source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const core = await startCore(() => {});
  for await (const bytes of source) {
    for (let from = 0; from < bytes.length; from += INPUT_SIZE) {
      const piece = bytes.subarray(from, from + INPUT_SIZE);
      core.input().set(piece);
      core.give(codec, piece.length);
      for (let next = core.decompress(); next.length > 0; next = core.decompress()) yield next.slice();
    }
  }
  core.finishCompressed();
}

/** The first bytes of `source`, and all of it. */
async function startOf(
  source: AsyncIterable<Uint8Array>,
): Promise<{ head: Uint8Array; whole: AsyncIterable<Uint8Array> }> {
  const rest = source[Symbol.asyncIterator]();
  let head: Uint8Array = new Uint8Array();
  while (head.length < HEAD_SIZE) {
    const next = await rest.next();
    if (next.done) break;
    head = Buffer.concat([head, next.value]);
  }
  async function* whole(): AsyncGenerator<Uint8Array> {
    yield head;
    yield* { [Symbol.asyncIterator]: () => rest };
  }
  return { head, whole: whole() };
}
