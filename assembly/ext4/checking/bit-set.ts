/** A set of numbers up to 2^44, such as blocks. Memory is taken for those pieces alone in which there is one. */
import { allocate } from "../../bytes/memory";

/** Bits of a piece. */
const PIECE_BITS: u64 = 32_768;
const PIECE_SIZE: u32 = <u32>(PIECE_BITS / 8);

export class BitSet {
  private pieces: usize;

  /** @param size  all numbers are below it */
  constructor(size: u64) {
    this.pieces = allocate(<usize>((size + PIECE_BITS - 1) / PIECE_BITS) * sizeof<usize>());
  }

  has(bit: u64): bool {
    const piece = load<usize>(this.slot(bit));
    return piece != 0 && (load<u8>(piece + byteOf(bit)) & (1 << <u8>(bit % 8))) != 0;
  }

  add(bit: u64): void {
    const at = this.piece(bit) + byteOf(bit);
    store<u8>(at, load<u8>(at) | (1 << <u8>(bit % 8)));
  }

  /**
   * Adds the numbers from `start` up to `end`.
   *
   * @param doubles  takes those that were there before; null: they are lost
   * @returns how many were there before
   */
  addRange(start: u64, end: u64, doubles: BitSet | null): u64 {
    let before: u64 = 0;
    for (let bit = start; bit < end; ) {
      const at = this.piece(bit) + byteOf(bit);
      if (bit % 64 == 0 && bit + 64 <= end) {
        const word = load<u64>(at);
        if (word != 0) {
          before += popcnt(word);
          if (doubles) doubles.addWord(bit, word);
        }
        store<u64>(at, u64.MAX_VALUE);
        bit += 64;
        continue;
      }
      if (this.has(bit)) {
        before++;
        if (doubles) doubles.add(bit);
      } else this.add(bit);
      bit++;
    }
    return before;
  }

  /** The 64 numbers from `bit` on, a multiple of 64, as bits. */
  word(bit: u64): u64 {
    const piece = load<usize>(this.slot(bit));
    return piece != 0 ? load<u64>(piece + byteOf(bit)) : 0;
  }

  private addWord(bit: u64, word: u64): void {
    const at = this.piece(bit) + byteOf(bit);
    store<u64>(at, load<u64>(at) | word);
  }

  private slot(bit: u64): usize {
    return this.pieces + <usize>(bit / PIECE_BITS) * sizeof<usize>();
  }

  /** Address of the piece with `bit`, made if it is not there. */
  private piece(bit: u64): usize {
    const slot = this.slot(bit);
    let piece = load<usize>(slot);
    if (piece == 0) {
      piece = allocate(PIECE_SIZE);
      store<usize>(slot, piece);
    }
    return piece;
  }
}

// @ts-ignore: decorator
@inline
function byteOf(bit: u64): usize {
  return <usize>((bit % PIECE_BITS) / 8);
}
