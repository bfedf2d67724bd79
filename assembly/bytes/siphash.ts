/**
 * SipHash-1-3: a hash for tables whose keys an enemy chooses.
 *
 * Source: Aumasson and Bernstein, "SipHash: a fast short-input PRF" (2012); 1-3 rounds as in Rust and Ruby.
 */

let v0: u64 = 0;
let v1: u64 = 0;
let v2: u64 = 0;
let v3: u64 = 0;

// @ts-ignore: decorator
@inline
function round(): void {
  v0 += v1;
  v2 += v3;
  v1 = rotl<u64>(v1, 13) ^ v0;
  v3 = rotl<u64>(v3, 16) ^ v2;
  v0 = rotl<u64>(v0, 32);
  v2 += v1;
  v0 += v3;
  v1 = rotl<u64>(v1, 17) ^ v2;
  v3 = rotl<u64>(v3, 21) ^ v0;
  v2 = rotl<u64>(v2, 32);
}

// @ts-ignore: decorator
@inline
function absorb(word: u64): void {
  v3 ^= word;
  round();
  v0 ^= word;
}

/** @param key0, key1  the key, in two words */
export function sipHash(key0: u64, key1: u64, from: usize, length: u32): u64 {
  v0 = key0 ^ 0x736f6d6570736575;
  v1 = key1 ^ 0x646f72616e646f6d;
  v2 = key0 ^ 0x6c7967656e657261;
  v3 = key1 ^ 0x7465646279746573;

  const tail = from + (length & ~7);
  for (let at = from; at < tail; at += 8) absorb(load<u64>(at));
  let last = (<u64>length) << 56;
  for (let i: u32 = 0; i < (length & 7); i++) last |= (<u64>load<u8>(tail + i)) << (i << 3);
  absorb(last);

  v2 ^= 0xff;
  round();
  round();
  round();
  return v0 ^ v1 ^ v2 ^ v3;
}
