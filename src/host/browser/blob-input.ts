/** A Blob, read from its start to its end. */
import type { Input } from "../input.ts";
import { BlobSlices } from "./blob-slices.ts";
import type { Fingerprint } from "./fingerprint.ts";

/** @param fingerprint  is given all of it */
export function openBlobInput(blob: Blob, fingerprint?: Fingerprint): Input {
  const slices = new BlobSlices(blob);
  let slice = new Uint8Array();
  fingerprint?.restart();

  function take(into: Uint8Array): number {
    const piece = slice.subarray(0, into.length);
    into.set(piece);
    slice = slice.subarray(piece.length);
    return piece.length;
  }

  async function takeNext(into: Uint8Array): Promise<number> {
    slice = await slices.next();
    if (slice.length > 0) fingerprint?.add(slice);
    return take(into);
  }

  return {
    totalBytes: blob.size,
    read: (into) => (slice.length > 0 ? take(into) : takeNext(into)),
    async close() {
      slices.stop();
      slice = new Uint8Array();
    },
  };
}
