/** What a Blob is known by, without being converted: all of its bytes count. */
import { toImageError } from "../../errors.ts";
import { hexOf } from "../../hex.ts";
import type { CallContext } from "../calls.ts";

/** Bytes that are hashed at a time; the fingerprint depends on it. */
const SLICE = 4 * 1024 ** 2;

/** Slices on their way at a time: while one is read, another is hashed in a thread of the browser's. */
const AT_A_TIME = 2;

const DIGEST_SIZE = 32;

/**
 * SHA-256 of the SHA-256s of the Blob's slices, in hex. Two Blobs of different bytes have different ones as surely as they have
 * different digests, but slices are read and hashed several at a time, and by the browser's own code, which has no way
 * to hash a stream.
 *
 * @throws ImageError  FailedPrecondition if the file behind `blob` has changed or gone
 */
export async function fingerprint(blob: Blob, { signal }: Pick<CallContext, "signal">): Promise<string> {
  const slices = Math.ceil(blob.size / SLICE);
  const digests = new Uint8Array(slices * DIGEST_SIZE);
  let next = 0;
  const hash = async () => {
    while (next < slices && !signal.aborted) {
      const slice = next++;
      const bytes = await blob.slice(slice * SLICE, (slice + 1) * SLICE).arrayBuffer();
      digests.set(await sha256(bytes), slice * DIGEST_SIZE);
    }
  };
  try {
    await Promise.all(Array.from({ length: AT_A_TIME }, hash));
  } catch (error) {
    throw toImageError("source", error);
  }
  signal.throwIfAborted();
  return hexOf(await sha256(digests));
}

async function sha256(bytes: BufferSource): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}
