/** The fingerprint of a Blob that is not converted. */
import { BlobSlices } from "../blob-slices.ts";
import type { CallContext } from "../calls.ts";
import { Fingerprint } from "../fingerprint.ts";

/** @throws ImageError  FailedPrecondition if the file behind `blob` has changed or gone */
export async function fingerprint(blob: Blob, { signal }: Pick<CallContext, "signal">): Promise<string> {
  const fingerprint = new Fingerprint(blob.size);
  const slices = new BlobSlices(blob);
  let hashed: Promise<unknown> | undefined; // the slice before, while the next one is read
  try {
    for (let slice = await slices.next(); slice.length > 0; slice = await slices.next()) {
      signal.throwIfAborted();
      await hashed;
      hashed = fingerprint.add(slice);
    }
  } finally {
    slices.stop();
  }
  return (await fingerprint.digest())!; // of a Blob that ends before that, `next` throws
}
