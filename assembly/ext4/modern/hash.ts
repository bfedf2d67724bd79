/**
 * The hash by which a large directory is indexed: a halved MD4 over the name, its bytes taken as unsigned.
 *
 * Source: Linux, "ext4 Data Structures", Hash Tree Directories; fs/ext4/hash.c.
 */

/** Bytes of a name that one round takes. */
const CHUNK: u32 = 32;
const K2: u32 = 0x5a82_7999;
const K3: u32 = 0x6ed9_eba1;
/** The largest hash stands for the end of a directory. */
const END_OF_DIRECTORY: u32 = 0xffff_fffe;

const words = memory.data(8 * 4, 16);
const seedWords = memory.data<u32>([0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476]);

let a: u32 = 0;
let b: u32 = 0;
let c: u32 = 0;
let d: u32 = 0;

/** What `hashName` found beside its result: it tells names of one hash apart. */
export let minorHash: u32 = 0;

/** Sets the filesystem's own start of all hashes. @param seed  16 bytes, not all zero */
export function setHashSeed(seed: usize): void {
  memory.copy(seedWords, seed, 16);
}

/** @returns the hash; its lowest bit is clear, as the index keeps a flag there */
export function hashName(name: usize, length: u32): u32 {
  a = load<u32>(seedWords);
  b = load<u32>(seedWords, 4);
  c = load<u32>(seedWords, 8);
  d = load<u32>(seedWords, 12);
  let left = length;
  for (let at = name; left > 0; at += CHUNK) {
    fillWords(at, left);
    halfMd4();
    left -= min(left, CHUNK);
  }
  minorHash = c;
  const hash = b & ~1;
  return hash == END_OF_DIRECTORY ? END_OF_DIRECTORY - 2 : hash;
}

/** Eight words of the name, first byte highest; where it ends, its remaining length in each byte. */
function fillWords(name: usize, left: u32): void {
  const padding = (left & 0xff) * 0x0101_0101;
  for (let word: u32 = 0; word < 8; word++) {
    const from = word * 4;
    let value = padding;
    if (from + 4 <= left) value = bswap<u32>(load<u32>(name + from));
    else for (let i = from; i < left; i++) value = (value << 8) + load<u8>(name + i);
    store<u32>(words + from, value);
  }
}

// @ts-ignore: decorator
@inline
function word(i: u32): u32 {
  return load<u32>(words + i * 4);
}

// @ts-ignore: decorator
@inline
function f(w: u32, x: u32, y: u32, z: u32, value: u32, shift: u32): u32 {
  return rotl<u32>(w + (z ^ (x & (y ^ z))) + value, shift);
}

// @ts-ignore: decorator
@inline
function g(w: u32, x: u32, y: u32, z: u32, value: u32, shift: u32): u32 {
  return rotl<u32>(w + ((x & y) + ((x ^ y) & z)) + value + K2, shift);
}

// @ts-ignore: decorator
@inline
function h(w: u32, x: u32, y: u32, z: u32, value: u32, shift: u32): u32 {
  return rotl<u32>(w + (x ^ y ^ z) + value + K3, shift);
}

function halfMd4(): void {
  let s = a;
  let t = b;
  let u = c;
  let v = d;

  s = f(s, t, u, v, word(0), 3);
  v = f(v, s, t, u, word(1), 7);
  u = f(u, v, s, t, word(2), 11);
  t = f(t, u, v, s, word(3), 19);
  s = f(s, t, u, v, word(4), 3);
  v = f(v, s, t, u, word(5), 7);
  u = f(u, v, s, t, word(6), 11);
  t = f(t, u, v, s, word(7), 19);

  s = g(s, t, u, v, word(1), 3);
  v = g(v, s, t, u, word(3), 5);
  u = g(u, v, s, t, word(5), 9);
  t = g(t, u, v, s, word(7), 13);
  s = g(s, t, u, v, word(0), 3);
  v = g(v, s, t, u, word(2), 5);
  u = g(u, v, s, t, word(4), 9);
  t = g(t, u, v, s, word(6), 13);

  s = h(s, t, u, v, word(3), 3);
  v = h(v, s, t, u, word(7), 9);
  u = h(u, v, s, t, word(2), 11);
  t = h(t, u, v, s, word(6), 15);
  s = h(s, t, u, v, word(1), 3);
  v = h(v, s, t, u, word(5), 9);
  u = h(u, v, s, t, word(0), 11);
  t = h(t, u, v, s, word(4), 15);

  a += s;
  b += t;
  c += u;
  d += v;
}
