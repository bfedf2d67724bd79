/**
 * SHA-256 of one message that comes piece by piece.
 *
 * The next words of the schedule are made four at a time, in the lanes of a SIMD register; the rounds go one after another,
 * eight to a turn, so that no word of the state has to move.
 *
 * Source: FIPS 180-4, §4.1.2, §5.1.1, §5.3.3 and §6.2.
 */
import { DIGEST_SIZE, INITIAL, K } from "./sha256";

/** Bytes of a message block. */
const BLOCK: u32 = 64;
/** Where the message's length stands in the last block. */
const LENGTH_AT: u32 = 56;

/** Eight words. */
const state = memory.data(32, 16);
/** The 64 words of the schedule of a block, with the constants of their rounds added. */
const rounds = memory.data(256, 16);
/** The start of a block whose end has not come yet. */
const partial = memory.data(64, 16);
let partialLength: u32 = 0;
/** Bytes of the message so far. */
let size: u64 = 0;

export function start(): void {
  memory.copy(state, INITIAL, DIGEST_SIZE);
  partialLength = 0;
  size = 0;
}

/** Takes the next `length` bytes, at `from`. */
export function update(from: usize, length: u32): void {
  const end = from + length;
  size += length;
  if (partialLength > 0) {
    const taken = min(length, BLOCK - partialLength);
    memory.copy(partial + partialLength, from, taken);
    partialLength += taken;
    from += taken;
    if (partialLength < BLOCK) return;
    compress(partial);
  }
  for (; from + BLOCK <= end; from += BLOCK) compress(from);
  partialLength = <u32>(end - from);
  memory.copy(partial, from, partialLength);
}

/** Ends the message and stores its digest, DIGEST_SIZE bytes. */
export function digest(to: usize): void {
  store<u8>(partial + partialLength, 0x80);
  memory.fill(partial + partialLength + 1, 0, BLOCK - 1 - partialLength);
  if (partialLength >= LENGTH_AT) {
    compress(partial);
    memory.fill(partial, 0, LENGTH_AT);
  }
  store<u64>(partial + LENGTH_AT, bswap<u64>(size * 8));
  compress(partial);
  for (let i: u32 = 0; i < DIGEST_SIZE; i += 4) store<u32>(to + i, bswap<u32>(load<u32>(state + i)));
}

// @ts-ignore: decorator
@inline
function add(a: v128, b: v128): v128 {
  return i32x4.add(a, b);
}

// @ts-ignore: decorator
@inline
function rotate(x: v128, n: i32): v128 {
  return v128.or(i32x4.shr_u(x, n), i32x4.shl(x, 32 - n));
}

// @ts-ignore: decorator
@inline
function sigma1(x: v128): v128 {
  return v128.xor(v128.xor(rotate(x, 17), rotate(x, 19)), i32x4.shr_u(x, 10));
}

/** Four words of the message, which are big-endian. */
// @ts-ignore: decorator
@inline
function words(at: usize): v128 {
  const x = v128.load(at);
  return v128.shuffle<u8>(x, x, 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12);
}

/** The four words of the schedule that follow sixteen: of these, `a` comes first. */
// @ts-ignore: decorator
@inline
function next(a: v128, b: v128, c: v128, d: v128): v128 {
  const zero = i32x4.splat(0);
  const w15 = v128.shuffle<u32>(a, b, 1, 2, 3, 4);
  const s0 = v128.xor(v128.xor(rotate(w15, 7), rotate(w15, 18)), i32x4.shr_u(w15, 3));
  let w = add(add(a, s0), v128.shuffle<u32>(c, d, 1, 2, 3, 4));
  // The last two of the four words need the first two of them.
  w = add(w, sigma1(v128.shuffle<u32>(d, zero, 2, 3, 4, 4)));
  return add(w, sigma1(v128.shuffle<u32>(zero, w, 0, 0, 4, 5)));
}

/** @param t  of the first of the four rounds that take these words */
// @ts-ignore: decorator
@inline
function store4(t: u32, w: v128): void {
  v128.store(rounds + t * 4, add(w, v128.load(K + t * 4)));
}

function schedule(from: usize): void {
  let a = words(from);
  let b = words(from + 16);
  let c = words(from + 32);
  let d = words(from + 48);
  store4(0, a);
  store4(4, b);
  store4(8, c);
  store4(12, d);
  for (let t: u32 = 16; t < 64; t += 16) {
    a = next(a, b, c, d);
    store4(t, a);
    b = next(b, c, d, a);
    store4(t + 4, b);
    c = next(c, d, a, b);
    store4(t + 8, c);
    d = next(d, a, b, c);
    store4(t + 12, d);
  }
}

/** What a round adds to the words that it changes, but for those of `a`. */
// @ts-ignore: decorator
@inline
function temporary1(e: u32, f: u32, g: u32, h: u32, at: usize): u32 {
  return h + load<u32>(at) + (g ^ (e & (f ^ g))) + rotr(e ^ rotr(e ^ rotr(e, 14), 5), 6);
}

// @ts-ignore: decorator
@inline
function temporary2(a: u32, b: u32, c: u32): u32 {
  return ((a & b) | (c & (a | b))) + rotr(a ^ rotr(a ^ rotr(a, 9), 11), 2);
}

function compress(from: usize): void {
  schedule(from);
  let a = load<u32>(state);
  let b = load<u32>(state, 4);
  let c = load<u32>(state, 8);
  let d = load<u32>(state, 12);
  let e = load<u32>(state, 16);
  let f = load<u32>(state, 20);
  let g = load<u32>(state, 24);
  let h = load<u32>(state, 28);

  for (let at = rounds; at < rounds + 256; at += 32) {
    h = temporary1(e, f, g, h, at);
    d += h;
    h += temporary2(a, b, c);
    g = temporary1(d, e, f, g, at + 4);
    c += g;
    g += temporary2(h, a, b);
    f = temporary1(c, d, e, f, at + 8);
    b += f;
    f += temporary2(g, h, a);
    e = temporary1(b, c, d, e, at + 12);
    a += e;
    e += temporary2(f, g, h);
    d = temporary1(a, b, c, d, at + 16);
    h += d;
    d += temporary2(e, f, g);
    c = temporary1(h, a, b, c, at + 20);
    g += c;
    c += temporary2(d, e, f);
    b = temporary1(g, h, a, b, at + 24);
    f += b;
    b += temporary2(c, d, e);
    a = temporary1(f, g, h, a, at + 28);
    e += a;
    a += temporary2(b, c, d);
  }
  addTo(0, a);
  addTo(4, b);
  addTo(8, c);
  addTo(12, d);
  addTo(16, e);
  addTo(20, f);
  addTo(24, g);
  addTo(28, h);
}

// @ts-ignore: decorator
@inline
function addTo(offset: u32, value: u32): void {
  store<u32>(state + offset, load<u32>(state + offset) + value);
}
