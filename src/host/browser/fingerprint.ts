/** What a Blob is known by: all of its bytes count. */
import { hexOf } from "../hex.ts";

/** Bytes that are hashed at a time; the fingerprint depends on it. */
export const SLICE = 4 * 1024 ** 2;

/**
 * SHA-256 of the SHA-256s of a Blob's slices, in hex. Two Blobs of different bytes have different ones as surely as they have
 * different digests, but slices are hashed by the browser's own code, which is four times as fast as ours, and has no way to hash
 * a stream.
 */
export class Fingerprint {
  #digests: Promise<ArrayBuffer>[] = [];
  #size = 0;

  /** @param wanted  bytes of the Blob */
  constructor(private readonly wanted: number) {}

  /** What was added is forgotten: the Blob is read once more. */
  restart(): void {
    this.#digests = [];
    this.#size = 0;
  }

  /** The next SLICE bytes, or the last that there are. They may change as soon as it returns. */
  add(slice: Uint8Array<ArrayBuffer>): Promise<unknown> {
    const digest = crypto.subtle.digest("SHA-256", slice);
    this.#digests.push(digest);
    this.#size += slice.length;
    return digest;
  }

  /** @returns hex digits; undefined if not all was added: some read a Blob only as far as they need it */
  async digest(): Promise<string | undefined> {
    if (this.#size !== this.wanted) return undefined;
    const digests = await new Blob(await Promise.all(this.#digests)).arrayBuffer();
    return hexOf(new Uint8Array(await crypto.subtle.digest("SHA-256", digests)));
  }
}
