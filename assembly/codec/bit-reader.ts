/** Bits of a stream that comes in pieces, the lowest bit of each byte first. */
import { ErrorCode } from "../abi";
import { fail } from "../host";

export class BitReader {
  /** The next bits; above the first `count` there is nothing. */
  bits: u64 = 0;
  /** 0 to 63. */
  count: u32 = 0;
  /** The next byte that is not in `bits` yet, and where the piece at hand starts and ends. */
  at: usize = 0;
  start: usize = 0;
  end: usize = 0;
  /** Bytes of the pieces before. */
  private before: u64 = 0;

  /** @param name  of the stream, for messages */
  constructor(private name: string) {}

  /** The next piece, once all of the one before is taken. */
  give(from: usize, length: u32): void {
    this.before += this.end - this.start;
    this.at = from;
    this.start = from;
    this.end = from + length;
  }

  /** Byte of the stream in which the next bit stands. */
  get position(): u64 {
    return this.before + (this.at - this.start) - ((this.count + 7) >> 3);
  }

  /** Fills `bits` with 56 bits and more, or all that there are. */
  fill(): void {
    while (this.count < 56 && this.at < this.end) {
      this.bits |= (<u64>load<u8>(this.at++)) << this.count;
      this.count += 8;
    }
  }

  /** Whether `count` bits have come, 56 at most. */
  has(count: u32): bool {
    if (this.count < count) this.fill();
    return this.count >= count;
  }

  /** The next bits, after `has`; 32 at most. */
  take(count: u32): u32 {
    const value = <u32>(this.bits & ((<u64>1 << count) - 1));
    this.drop(count);
    return value;
  }

  drop(count: u32): void {
    this.bits >>= count;
    this.count -= count;
  }

  /** Drops what is left of a byte. */
  align(): void {
    this.drop(this.count & 7);
  }

  /** @fails Corrupt  always: what is wrong stands `back` bytes before the next bit */
  fail(what: string, back: u32 = 0): void {
    fail(ErrorCode.Corrupt, `${this.name}: at byte ${this.position - back}: ${what}`);
  }

  /** @fails Corrupt  always, for want of more */
  failAtEnd(): void {
    fail(ErrorCode.Corrupt, `${this.name}: ends at byte ${this.before + (this.end - this.start)}, before its data does`);
  }
}
