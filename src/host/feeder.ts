/** Feeds a core with a layer: counts, hashes and bounds what passes. */
import { ErrorCode, ImageError } from "./errors.ts";
import type { FedCore } from "./fed-core.ts";
import type { Hash } from "./hashing.ts";
import type { Limits } from "./options.ts";

/** What bounds a layer, whatever it becomes. */
export type FeedLimits = Required<Pick<Limits, "bytes" | "ratio">> & {
  /** What was fed of other layers of the image, and is bounded with this one. */
  readonly before?: Fed;
};

export interface Fed {
  /** Bytes, uncompressed. */
  readonly size: number;

  /** Bytes as they came. */
  readonly inputSize: number;
}

/** Below this a ratio says nothing: 10 KiB of zeros compress to 40 bytes. */
const RATIO_FROM = 16 * 1024 ** 2;

export class Feeder {
  /** Bytes fed so far. */
  size = 0;

  /**
   * @param hash       of the uncompressed layer
   * @param inputSize  bytes of the source that were read so far
   */
  constructor(
    private readonly core: FedCore,
    private readonly limits: FeedLimits,
    private readonly hash: Hash | undefined,
    private readonly inputSize: () => number,
  ) {}

  /** Where bytes may be put that `feed` then takes. */
  input(): Uint8Array {
    return this.core.input();
  }

  /** Feeds the first `length` bytes of `input()`. */
  feed(length: number): void {
    this.#pass(this.input().subarray(0, length));
    this.core.feed(length);
  }

  /** Feeds the next piece of what the core decompresses. @returns whether there was one */
  feedDecompressed(): boolean {
    const piece = this.core.decompress();
    if (piece.length === 0) return false;
    this.#pass(piece);
    this.core.feedDecompressed();
    return true;
  }

  /** Counts bytes that reached the image without being fed. */
  pass(length: number): void {
    this.size += length;
    this.#check();
  }

  #pass(bytes: Uint8Array): void {
    this.size += bytes.length;
    this.#check();
    this.hash?.update(bytes);
  }

  #check(): void {
    const { bytes, ratio, before } = this.limits;
    const size = this.size + (before?.size ?? 0);
    if (size > bytes) {
      throw new ImageError(ErrorCode.OutOfRange, `layer: longer than the limit of ${bytes} bytes`);
    }
    if (size <= RATIO_FROM) return;
    const inputSize = this.inputSize() + (before?.inputSize ?? 0);
    if (size > ratio * inputSize) {
      const found = `${size} bytes from ${inputSize} of input`;
      throw new ImageError(ErrorCode.OutOfRange, `layer: ${found}, past the limit of ${ratio} to 1`);
    }
  }
}
