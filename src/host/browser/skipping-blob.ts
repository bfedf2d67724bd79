/** A Blob, read from its start to its end; what nobody wants of it is never fetched. */
import { ErrorCode, ImageError } from "../errors.ts";
import type { Input } from "../input.ts";
import { nameOf } from "./blob-access.ts";

/** Bytes that are asked for at a time. */
const SLICE = 4 * 1024 ** 2;

export function openBlobInput(blob: Blob): Input {
  const name = nameOf(blob);
  let position = 0; // behind the slice
  let slice = new Uint8Array();

  async function fetchSlice(): Promise<void> {
    try {
      slice = new Uint8Array(await blob.slice(position, position + SLICE).arrayBuffer());
      position += slice.length;
    } catch (error) {
      const words = "cannot be read any more: it was changed, moved or deleted since it was chosen";
      throw new ImageError(ErrorCode.FailedPrecondition, `${name}: ${words}`, error);
    }
  }

  return {
    totalBytes: blob.size,
    async read(into) {
      if (slice.length === 0) await fetchSlice();
      const piece = slice.subarray(0, into.length);
      into.set(piece);
      slice = slice.subarray(piece.length);
      return piece.length;
    },
    skip(length) {
      position += Math.max(length - slice.length, 0);
      slice = slice.subarray(length);
    },
    async close() {
      slice = new Uint8Array();
    },
  };
}
