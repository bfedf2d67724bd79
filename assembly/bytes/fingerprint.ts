/**
 * A number that tells one image from another, whatever the order in which their blocks come.
 *
 * For ids, where a random number would do as well but for being another each time; it stops no one who wants two
 * images to have the same one. SHA-256 over the image would cost as much as making it.
 */

const PIECE: u32 = 4096;

export class Fingerprint {
  low: u64 = 0;
  high: u64 = 0;

  /** Adds bytes that stand at `at`, where a piece of 4096 begins. Zeros count as nothing, written or not. */
  add(at: u64, from: usize, length: u32): void {
    for (let done: u32 = 0; done < length; done += PIECE) this.addPiece(at + done, from + done, min(PIECE, length - done));
  }

  /** Adds something that stands at no byte: `value`, under a key of its own. */
  addValue(key: u64, value: u64): void {
    this.low += mix(value ^ mix(key));
    this.high += mix(rotl<u64>(value, 32) ^ mix(~key));
  }

  /** Adds bytes that stand at `at`, all of them one piece. */
  addPiece(at: u64, from: usize, length: u32): void {
    let sum = i64x2.splat(0);
    let weighted = i64x2.splat(0);
    const whole = length & ~15;
    // Sums of products, 64 bits by 32: two running totals, the second of the first, so that order counts.
    for (let i: u32 = 0; i < whole; i += 16) {
      const word = v128.load(from + i);
      const mixed = v128.xor(word, i64x2.shr_u(word, 29));
      sum = i64x2.add(sum, i64x2.extmul_low_i32x4_u(mixed, i32x4.splat(0x9e3779b1)));
      sum = i64x2.add(i64x2.add(sum, i64x2.extmul_high_i32x4_u(mixed, i32x4.splat(0x85ebca77))), word);
      weighted = i64x2.add(weighted, sum);
    }
    let rest: u64 = 0;
    for (let i = whole; i < length; i++) rest = rest * 257 + load<u8>(from + i);
    const a = <u64>i64x2.extract_lane(weighted, 0) + rest;
    const b = <u64>i64x2.extract_lane(weighted, 1) + 3 * rest;
    if ((a | b) == 0) return;
    this.low += mix(a ^ mix(at + 1));
    this.high += mix(b ^ mix(~at) ^ rotl<u64>(a, 32));
  }
}

/** A bijection of 64 bits in which every bit depends on every other. Source: Steele et al., SplitMix64 (2014). */
export function mix(value: u64): u64 {
  let z = value + 0x9e37_79b9_7f4a_7c15;
  z = (z ^ (z >> 30)) * 0xbf58_476d_1ce4_e5b9;
  z = (z ^ (z >> 27)) * 0x94d0_49bb_1331_11eb;
  return z ^ (z >> 31);
}
