/** What all codecs have: compressed bytes go in, piece by piece, and pieces of what they hold come out. */

/**
 *     give(from, length)  next() … until it is 0  give(…)  next() …  finish()
 */
export abstract class Decompressor {
  /** Takes the next `length` bytes, once `next` has used up those before. They stay where they are until it has. */
  abstract give(from: usize, length: u32): void;

  /**
   * Decompresses on.
   *
   * @returns bytes at `piece`, which hold until the next call; 0: all that was given is used up
   * @fails Corrupt, Unsupported
   */
  abstract next(): u32;

  abstract get piece(): usize;

  /** There is no more. @fails Corrupt  but there should be */
  abstract finish(): void;
}
