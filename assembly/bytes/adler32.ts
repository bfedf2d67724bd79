/**
 * Adler-32: the sum of all bytes, and the sum of these sums, both modulo a prime.
 *
 * Source: RFC 1950, 8.2 and 9.
 */

const PRIME: u32 = 65521;
/** Bytes after which the sums are taken modulo the prime; half as many again would still fit. */
const STRETCH: u32 = 4096;
/** Bytes at a time. */
const LANES: u32 = 16;

/** @returns the sum of all that `sum` covers and `length` bytes more; 1 covers nothing */
export function adler32(sum: u32, from: usize, length: u32): u32 {
  let low = sum & 0xffff;
  let high = sum >> 16;
  const end = from + length;
  for (let at = from; at < end; ) {
    const stop = min<usize>(at + STRETCH, end);
    const wideEnd = at + ((stop - at) & ~(LANES - 1));
    const wide = <u32>(wideEnd - at);
    high += low * wide;
    // Of the bytes before a step, lane by lane; all these; and bytes by how many follow them in their step, and themselves.
    let before = i32x4.splat(0);
    let befores = i32x4.splat(0);
    let weighted = i32x4.splat(0);
    for (; at < wideEnd; at += LANES) {
      const bytes = v128.load(at);
      befores = i32x4.add(befores, before);
      before = i32x4.add(before, i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(bytes)));
      const first = i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_u(bytes), i16x8(16, 15, 14, 13, 12, 11, 10, 9));
      const last = i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_u(bytes), i16x8(8, 7, 6, 5, 4, 3, 2, 1));
      weighted = i32x4.add(weighted, i32x4.add(first, last));
    }
    low += total(before);
    high += LANES * total(befores) + total(weighted);
    for (; at < stop; at++) {
      low += load<u8>(at);
      high += low;
    }
    low %= PRIME;
    high %= PRIME;
  }
  return (high << 16) | low;
}

// @ts-ignore: decorator
@inline
function total(lanes: v128): u32 {
  return (
    i32x4.extract_lane(lanes, 0) + i32x4.extract_lane(lanes, 1) + i32x4.extract_lane(lanes, 2) + i32x4.extract_lane(lanes, 3)
  );
}
