/**
 * The hashes by which directories are indexed, in all forms that there are.
 *
 * modern/hash.ts has one of them too, for speed, and shares nothing with this on purpose: a checker that hashes by the
 * writer's own lines would call its mistakes sound.
 *
 * Source: Linux, "ext4 Data Structures and Algorithms", Hash Tree Directories; fs/ext4/hash.c.
 */

export const enum HashVersion {
  Legacy,
  HalfMd4,
  Tea,
  /** To be added to those above: bytes of names have no sign. */
  Unsigned = 3,
}

/** The largest hash stands for the end of a directory. */
const END_OF_DIRECTORY: u32 = 0xffff_fffe;
const DELTA: u32 = 0x9e37_79b9;
const TEA_ROUNDS: u32 = 16;
const K2: u32 = 0x5a82_7999;
const K3: u32 = 0x6ed9_eba1;
const DEFAULT_SEED = memory.data<u32>([0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476]);
const words = memory.data(32, 16);
/** For the three rounds of half-MD4: which word each of the eight steps takes, and how far it turns. */
const ORDER = memory.data<u8>([0, 1, 2, 3, 4, 5, 6, 7, 1, 3, 5, 7, 0, 2, 4, 6, 3, 7, 2, 6, 1, 5, 0, 4]);
const SHIFTS = memory.data<u8>([3, 7, 11, 19, 3, 5, 9, 13, 3, 9, 11, 15]);

let a: u32 = 0;
let b: u32 = 0;
let c: u32 = 0;
let d: u32 = 0;

/**
 * The hash of a name; its lowest bit is clear, as the index keeps a flag there.
 *
 * @param seed     16 bytes; all zero: the default
 * @param version  of HashVersion, with or without Unsigned
 */
export function hashName(seed: usize, version: u32, name: usize, length: u32): u32 {
  const isSigned = version < <u32>HashVersion.Unsigned;
  const kind = version % <u32>HashVersion.Unsigned;
  const hash =
    kind == HashVersion.Legacy
      ? hashLegacy(name, length, isSigned)
      : hashBlocks(seed, kind == HashVersion.Tea, name, length, isSigned);
  return (hash & ~1) == END_OF_DIRECTORY ? END_OF_DIRECTORY - 2 : hash & ~1;
}

function hashLegacy(name: usize, length: u32, isSigned: bool): u32 {
  let last: u32 = 0x37ab_e8f9;
  let hash: u32 = 0x12a3_fe2d;
  for (let i: u32 = 0; i < length; i++) {
    let next = last + (hash ^ (byteAt(name + i, isSigned) * 7_152_373));
    if (next & 0x8000_0000) next -= 0x7fff_ffff;
    last = hash;
    hash = next;
  }
  return hash << 1;
}

function hashBlocks(seed: usize, isTea: bool, name: usize, length: u32, isSigned: bool): u32 {
  const isSet = (load<u64>(seed) | load<u64>(seed, 8)) != 0;
  const from = isSet ? seed : DEFAULT_SEED;
  a = load<u32>(from);
  b = load<u32>(from, 4);
  c = load<u32>(from, 8);
  d = load<u32>(from, 12);
  const chunk: u32 = isTea ? 16 : 32;
  for (let done: u32 = 0; done < length; done += chunk) {
    fillWords(name + done, length - done, chunk / 4, isSigned);
    if (isTea) mixTea();
    else mixHalfMd4();
  }
  return isTea ? a : b;
}

/** Words of the name, first byte highest; where it ends, its remaining length in each byte. */
function fillWords(name: usize, left: u32, count: u32, isSigned: bool): void {
  const padding = (left & 0xff) * 0x0101_0101;
  for (let word: u32 = 0; word < count; word++) {
    let value = padding;
    for (let i = word * 4; i < word * 4 + 4 && i < left; i++) value = byteAt(name + i, isSigned) + (value << 8);
    store<u32>(words + word * 4, value);
  }
}

function byteAt(at: usize, isSigned: bool): u32 {
  return isSigned ? <u32>(<i32>load<i8>(at)) : load<u8>(at);
}

function mixTea(): void {
  let sum: u32 = 0;
  let x = a;
  let y = b;
  for (let i: u32 = 0; i < TEA_ROUNDS; i++) {
    sum += DELTA;
    x += ((y << 4) + load<u32>(words)) ^ (y + sum) ^ ((y >> 5) + load<u32>(words, 4));
    y += ((x << 4) + load<u32>(words, 8)) ^ (x + sum) ^ ((x >> 5) + load<u32>(words, 12));
  }
  a += x;
  b += y;
}

function mixHalfMd4(): void {
  let s = a;
  let t = b;
  let u = c;
  let v = d;
  for (let round: u32 = 0; round < 3; round++) {
    for (let step: u32 = 0; step < 8; step++) {
      const word = load<u32>(words + <usize>load<u8>(ORDER + round * 8 + step) * 4);
      const shift: u32 = load<u8>(SHIFTS + round * 4 + (step % 4));
      const mixed = round == 0 ? v ^ (t & (u ^ v)) : round == 1 ? (t & u) + ((t ^ u) & v) + K2 : (t ^ u ^ v) + K3;
      const turned = rotl<u32>(s + mixed + word, shift);
      s = v;
      v = u;
      u = t;
      t = turned;
    }
  }
  a += s;
  b += t;
  c += u;
  d += v;
}
