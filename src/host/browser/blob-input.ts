/** A Blob, read from its start to its end. */
import { ErrorCode, ImageError } from "../errors.ts";
import type { Input } from "../input.ts";
import { nameOf } from "./blob-access.ts";

/** Bytes that are asked for at a time. */
const SLICE = 4 * 1024 ** 2;
/** Slices under way, while one is used: the browser fetches them from another process. */
const AHEAD = 2;

export function openBlobInput(blob: Blob): Input {
  const name = nameOf(blob, "source");
  const coming: Promise<ArrayBuffer>[] = [];
  let asked = 0;
  let slice = new Uint8Array();

  function ask(): void {
    while (coming.length < AHEAD && asked < blob.size) {
      const bytes = blob.slice(asked, asked + SLICE).arrayBuffer();
      bytes.catch(() => {}); // it is thrown when it is this slice's turn
      coming.push(bytes);
      asked += SLICE;
    }
  }

  function take(into: Uint8Array): number {
    const piece = slice.subarray(0, into.length);
    into.set(piece);
    slice = slice.subarray(piece.length);
    return piece.length;
  }

  async function takeNext(into: Uint8Array): Promise<number> {
    ask();
    const next = coming.shift();
    if (next === undefined) return 0;
    try {
      slice = new Uint8Array(await next);
    } catch (error) {
      const words = "cannot be read any more: it was changed, moved or deleted since it was chosen";
      throw new ImageError(ErrorCode.FailedPrecondition, `${name}: ${words}`, error);
    }
    ask();
    return take(into);
  }

  return {
    totalBytes: blob.size,
    read: (into) => (slice.length > 0 ? take(into) : takeNext(into)),
    async close() {
      coming.length = 0;
      slice = new Uint8Array();
    },
  };
}
