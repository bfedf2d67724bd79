/** Bytes of a stream that comes in pieces, taken in runs that stand in one place. */
import { ErrorCode } from "../../abi";
import { fail } from "../../host";
import { MAX_BLOCK } from "./format";

/** Bytes behind a run that may be loaded, though they mean nothing. */
const SLACK: u32 = 64;

/** A run that one piece begins and another ends. */
const gathered = memory.data(MAX_BLOCK + SLACK, 16);

export class PieceReader {
  private at: usize = 0;
  private start: usize = 0;
  private end: usize = 0;
  /** Bytes of the pieces before. */
  private before: u64 = 0;
  /** Bytes in `gathered`. */
  private length: u32 = 0;
  /** The run that was taken last, and the byte of the stream where it begins. */
  private run: usize = 0;
  private runPosition: u64 = 0;

  /** @param name  of the stream, for messages */
  constructor(private name: string) {}

  /** The next piece, once all of the one before is taken. */
  give(from: usize, length: u32): void {
    this.before = this.position;
    this.at = from;
    this.start = from;
    this.end = from + length;
  }

  /** Bytes taken, or gathered to be. */
  get position(): u64 {
    return this.before + (this.at - this.start);
  }

  /** Whether nothing of the next run has come. */
  get isBetween(): bool {
    return this.at == this.end && this.length == 0;
  }

  /** @returns address of the next `length` bytes, MAX_BLOCK at most; 0: they are not all there yet */
  take(length: u32): usize {
    assert(length <= MAX_BLOCK);
    const there = <u32>(this.end - this.at);
    if (this.length == 0 && there >= length) {
      this.run = this.at;
      this.at += length;
    } else {
      const taken = min(length - this.length, there);
      memory.copy(gathered + this.length, this.at, taken);
      this.length += taken;
      this.at += taken;
      if (this.length < length) return 0;
      this.length = 0;
      this.run = gathered;
    }
    this.runPosition = this.position - length;
    return this.run;
  }

  /** @returns how many of the next `length` bytes were passed over: all that are there */
  skip(length: u32): u32 {
    const there = min<u32>(length, <u32>(this.end - this.at));
    this.at += there;
    return there;
  }

  /** @fails Corrupt  always: what is wrong stands at address `at` of the run that was taken last */
  failAt(at: usize, what: string): void {
    fail(ErrorCode.Corrupt, this.sentence(at, what));
  }

  /** @fails Unsupported  always, in the same words */
  refuseAt(at: usize, what: string): void {
    fail(ErrorCode.Unsupported, this.sentence(at, what));
  }

  private sentence(at: usize, what: string): string {
    return `${this.name}: at byte ${this.runPosition + (at - this.run)}: ${what}`;
  }

  /** @fails Corrupt  always, for want of more */
  failAtEnd(): void {
    fail(ErrorCode.Corrupt, `${this.name}: ends at byte ${this.position}, before its data does`);
  }
}
