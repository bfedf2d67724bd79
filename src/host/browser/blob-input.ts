/** A Blob, read from its start to its end. */
import type { Input } from "../input.ts";
import { BlobSlices, type Slice } from "./blob-slices.ts";
import type { Fingerprint } from "./fingerprint.ts";

/** @param fingerprint  is given all of it */
export function openBlobInput(blob: Blob, fingerprint?: Fingerprint): Input {
  const slices = new BlobSlices(blob);
  fingerprint?.restart();
  let hashed: Promise<unknown> | undefined; // the slice before, of which there is a copy as long
  return inputOf(blob, slices, async (slice) => {
    await hashed;
    hashed = fingerprint?.add(slice);
  });
}

/** What nobody wants of it is never fetched. */
export function openSkippingInput(blob: Blob): Input {
  return inputOf(blob, new BlobSlices(blob, { ahead: 0 }));
}

/** @param see  is given each slice before any of it is read, and wants all of them: nothing can be skipped */
function inputOf(blob: Blob, slices: BlobSlices, see?: (slice: Slice) => Promise<void>): Input {
  let slice: Slice = new Uint8Array();

  function take(into: Uint8Array): number {
    const piece = slice.subarray(0, into.length);
    into.set(piece);
    slice = slice.subarray(piece.length);
    return piece.length;
  }

  async function takeNext(into: Uint8Array): Promise<number> {
    slice = await slices.next();
    if (slice.length > 0) await see?.(slice);
    return take(into);
  }

  return {
    totalBytes: blob.size,
    read: (into) => (slice.length > 0 ? take(into) : takeNext(into)),
    ...(see === undefined && {
      skip(length) {
        slices.skip(Math.max(length - slice.length, 0));
        slice = slice.subarray(length);
      },
    }),
    async close() {
      slices.stop();
      slice = new Uint8Array();
    },
  };
}
