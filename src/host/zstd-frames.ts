/**
 * Where the frames of a zstd stream end.
 *
 * node:zlib stops at the end of a frame that it meets inside a chunk and drops the rest, and Node 22 takes a frame
 * that is cut off for a whole one. So we find the ends ourselves, from the sizes that stand before each block.
 *
 * Source: RFC 8878, 3.1 "Frames".
 */
import { ErrorCode, ImageError } from "./errors.ts";

const FRAME_MAGIC = 0xfd2fb528;
const SKIPPABLE_MAGIC = 0x184d2a50;
const SKIPPABLE_MAGICS = 16; // numbers in a row

/** Bytes of "Dictionary_ID" and "Frame_Content_Size", by their flags in the descriptor. */
const DICTIONARY_ID_SIZES = [0, 1, 2, 4];
const CONTENT_SIZE_SIZES = [0, 2, 4, 8];

const RLE_BLOCK = 1;
const RESERVED_BLOCK = 3;
const CHECKSUM_SIZE = 4;

/** What comes next: a little-endian number of `length` bytes, or that many bytes of no interest, or a frame's end. */
interface Step {
  readonly kind: "number" | "skip" | "end";
  readonly length: number;
}

export class ZstdFrames {
  /** Whether the bytes so far end where a frame ends. */
  atEnd = true;

  #at = 0;
  #value = 0;
  #steps = this.#frames();
  #step: Step = this.#steps.next().value;
  #left = this.#step.length;

  /**
   * Passes over `bytes`, to their end or to the end of a frame.
   *
   * @returns bytes passed
   * @throws ImageError  Corrupt
   */
  pass(bytes: Uint8Array): number {
    let passed = 0;
    this.atEnd &&= bytes.length === 0;
    while (passed < bytes.length && !this.atEnd) {
      const length = Math.min(this.#left, bytes.length - passed);
      if (this.#step.kind === "number") this.#gather(bytes.subarray(passed, passed + length));
      passed += length;
      this.#at += length;
      this.#left -= length;
      while (this.#left === 0) this.#next();
    }
    return passed;
  }

  #gather(bytes: Uint8Array): void {
    for (const [i, byte] of bytes.entries()) this.#value += byte * 256 ** (this.#step.length - this.#left + i);
  }

  #next(): void {
    this.#step = this.#steps.next(this.#value).value;
    this.#left = this.#step.length;
    this.#value = 0;
    if (this.#step.kind === "end") this.atEnd = true;
  }

  *#frames(): Generator<Step, never, number> {
    for (;;) {
      const magic = yield { kind: "number", length: 4 };
      if (magic === FRAME_MAGIC) yield* this.#frame();
      else if (magic >= SKIPPABLE_MAGIC && magic < SKIPPABLE_MAGIC + SKIPPABLE_MAGICS) {
        const length = yield { kind: "number", length: 4 };
        yield { kind: "skip", length };
      } else this.#fail(4, `0x${magic.toString(16).padStart(8, "0")} does not begin a frame`);
      yield { kind: "end", length: 0 };
    }
  }

  *#frame(): Generator<Step, void, number> {
    const descriptor = yield { kind: "number", length: 1 };
    yield { kind: "skip", length: headerSize(descriptor) };
    for (let last = false; !last; ) {
      const header = yield { kind: "number", length: 3 };
      const type = Math.floor(header / 2) % 4;
      if (type === RESERVED_BLOCK) this.#fail(3, "a block of the reserved type");
      yield { kind: "skip", length: type === RLE_BLOCK ? 1 : Math.floor(header / 8) };
      last = header % 2 === 1;
    }
    const hasChecksum = Math.floor(descriptor / 4) % 2 === 1;
    if (hasChecksum) yield { kind: "skip", length: CHECKSUM_SIZE };
  }

  #fail(back: number, what: string): never {
    throw new ImageError(ErrorCode.Corrupt, `zstd: at byte ${this.#at - back}: ${what}`);
  }
}

/** Bytes of the frame header after `descriptor`. */
function headerSize(descriptor: number): number {
  const singleSegment = (descriptor & 0x20) !== 0;
  const dictionaryId = DICTIONARY_ID_SIZES[descriptor & 3]!;
  const contentSize = CONTENT_SIZE_SIZES[descriptor >> 6]!;
  if (singleSegment) return dictionaryId + Math.max(contentSize, 1);
  return 1 + dictionaryId + contentSize; // with the "Window_Descriptor"
}
