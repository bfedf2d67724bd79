/**
 * Matches that reach back less than sixteen bytes, as both codecs have them, are copied sixteen bytes at a time: a vector of the
 * bytes that repeat is stored again and again, a whole number of repetitions on.
 */

/** By distance, sixteen bytes each: which bytes of the sixteen before repeat in the sixteen behind. */
export const patterns = memory.data(16 * 16, 16);
/** By distance: bytes from one store to the next. */
export const strides = memory.data(16, 16);

/** Before they are used. */
export function fillPatterns(): void {
  for (let distance: u32 = 1; distance < 16; distance++) {
    for (let i: u32 = 0; i < 16; i++) store<u8>(patterns + distance * 16 + i, <u8>(i % distance));
    store<u8>(strides + distance, <u8>(16 - 16 % distance));
  }
}
