/**
 * Bits that are read from the end of a run of bytes to its start, the highest first. What is left of them is a count; the bits
 * that come next are loaded by it, into the top of a word.
 *
 * Source: RFC 8878, 4.1 "FSE", "bitstream".
 */

/** Bits that `bitsAt` gives at least. */
export const LOADED_BITS: u32 = 56;

/**
 * Bits of the run of `length` bytes, without the one that marks its end.
 *
 * @returns -1: there is no mark
 */
export function countBits(from: usize, length: u32): i32 {
  if (length == 0) return -1;
  const last = <u32>load<u8>(from + length - 1);
  return last == 0 ? -1 : <i32>((length - 1) * 8 + 31 - clz(last));
}

/**
 * The `left` bits before the ones that were read, from the top of the word down; below them, what stands before `from`.
 * Loads up to seven bytes from there, and one behind the run.
 */
// @ts-ignore: decorator
@inline
export function bitsAt(from: usize, left: i32): u64 {
  return load<u64>(from + (left >> 3) - 7) << (8 - (left & 7));
}

/** The top `count` bits; of `count` the lowest six bits are taken. */
// @ts-ignore: decorator
@inline
export function topBits(bits: u64, count: u64): u32 {
  return <u32>((bits >> 1) >> (63 - count));
}
