/**
 * Streams of Huffman codes become literals.
 *
 * Source: RFC 8878, 3.1.1.3.1.6 "Jump_Table", 4.2.2 "Huffman-Coded Streams".
 */
import { LOADED_BITS, bitsAt, countBits } from "./bits";
import { INDEX_BITS, MAX_CODE_BITS, literalIndexBits, literalTable } from "./huffman";
import { PieceReader } from "./piece-reader";

const JUMP_TABLE_SIZE: u32 = 6;
/** Codes that a word of bits is good for, and bytes that they take at most. */
const ROUND: u32 = 5;
const ROUND_BYTES: u32 = 7;
/** The same where codes may be longer. */
const CODES_LOADED: usize = LOADED_BITS / MAX_CODE_BITS;

/** Where a stream is: the next byte to be loaded with seven behind it, those bits of it that are left, and its start. */
@unmanaged
class Stream {
  at: usize;     // 0x00
  start: usize;  // 0x04
  bits: u64;     // 0x08  what comes next at the top, and as the lowest one a mark that moves up with them
  to: usize;     // 0x10
  end: usize;    // 0x14  of what it gives
}
const STREAM_SIZE: usize = 0x18;

const streams = memory.data(4 * 0x18, 8);

// @ts-ignore: decorator
@inline
function streamAt(index: u32): Stream {
  return changetype<Stream>(streams + <usize>index * STREAM_SIZE);
}

/** `length` bytes at `from` hold one stream of `count` literals. @fails Corrupt */
export function decodeStream(reader: PieceReader, from: usize, length: u32, to: usize, count: u32): void {
  begin(reader, streamAt(0), from, length, to, count);
  finish(reader, streamAt(0));
}

/** The same of four streams, each of a quarter. @fails Corrupt */
export function decodeFourStreams(reader: PieceReader, from: usize, length: u32, to: usize, count: u32): void {
  const quarter: u32 = (count + 3) >> 2;
  if (length <= JUMP_TABLE_SIZE || quarter * 3 > count) reader.failAt(from, `${count} literals, in four streams`);
  let at = from + JUMP_TABLE_SIZE;
  const end = from + length;
  for (let i: u32 = 0; i < 4; i++) {
    const size: u32 = i < 3 ? load<u16>(from + i * 2) : <u32>(end - at);
    if (size > <u32>(end - at)) reader.failAt(from + i * 2, `a stream of ${size} bytes where ${end - at} are left`);
    begin(reader, streamAt(i), at, size, to + i * quarter, i < 3 ? quarter : count - 3 * quarter);
    at += size;
  }
  if (literalIndexBits == INDEX_BITS) decodeRounds();
  for (let i: u32 = 0; i < 4; i++) finish(reader, streamAt(i));
}

function begin(reader: PieceReader, stream: Stream, from: usize, length: u32, to: usize, count: u32): void {
  const bits = countBits(from, length);
  if (bits < 0) reader.failAt(from + length, "a stream of literals that no bit ends");
  stream.at = from + length - 8;
  stream.start = from;
  stream.to = to;
  stream.end = to + count;
  stream.bits = (load<u64>(stream.at) | 1) << (length * 8 - bits);
}

/** Rounds that a stream can go before it may want bytes in front of its own, or give more than it should. */
// @ts-ignore: decorator
@inline
function rounds(stream: Stream): u32 {
  const bytes = max<i32>(<i32>(stream.at - stream.start), 0);
  return min<u32>(<u32>bytes / ROUND_BYTES, <u32>(stream.end - stream.to) / ROUND);
}

/** As far as all four can go side by side, so that none waits for the loads of another. */
function decodeRounds(): void {
  const first = streamAt(0);
  const second = streamAt(1);
  const third = streamAt(2);
  const fourth = streamAt(3);
  for (;;) {
    const count = min(min(rounds(first), rounds(second)), min(rounds(third), rounds(fourth)));
    if (count == 0) return;
    let a = first.bits;
    let b = second.bits;
    let c = third.bits;
    let d = fourth.bits;
    let atA = first.at;
    let atB = second.at;
    let atC = third.at;
    let atD = fourth.at;
    let toA = first.to;
    let toB = second.to;
    let toC = third.to;
    let toD = fourth.to;
    const end = toA + count * ROUND;
    while (toA < end) {
      a = decode(a, toA);
      b = decode(b, toB);
      c = decode(c, toC);
      d = decode(d, toD);
      a = decode(a, toA + 1);
      b = decode(b, toB + 1);
      c = decode(c, toC + 1);
      d = decode(d, toD + 1);
      a = decode(a, toA + 2);
      b = decode(b, toB + 2);
      c = decode(c, toC + 2);
      d = decode(d, toD + 2);
      a = decode(a, toA + 3);
      b = decode(b, toB + 3);
      c = decode(c, toC + 3);
      d = decode(d, toD + 3);
      a = decode(a, toA + 4);
      b = decode(b, toB + 4);
      c = decode(c, toC + 4);
      d = decode(d, toD + 4);
      toA += ROUND;
      toB += ROUND;
      toC += ROUND;
      toD += ROUND;
      atA -= <u32>ctz(a) >> 3;
      a = reload(a, atA);
      atB -= <u32>ctz(b) >> 3;
      b = reload(b, atB);
      atC -= <u32>ctz(c) >> 3;
      c = reload(c, atC);
      atD -= <u32>ctz(d) >> 3;
      d = reload(d, atD);
    }
    save(first, a, atA, toA);
    save(second, b, atB, toB);
    save(third, c, atC, toC);
    save(fourth, d, atD, toD);
  }
}

/** The next code's symbol goes `to` memory. @returns the bits behind it */
// @ts-ignore: decorator
@inline
function decode(bits: u64, to: usize): u64 {
  const entry = load<u16>(literalTable + ((<usize>(bits >> (64 - INDEX_BITS))) << 1));
  store<u8>(to, <u8>(entry >> 8));
  return bits << entry; // of which the lowest six bits count
}

/** @param at  moved on by the whole bytes that are used up */
// @ts-ignore: decorator
@inline
function reload(bits: u64, at: usize): u64 {
  return (load<u64>(at) | 1) << (ctz(bits) & 7);
}

// @ts-ignore: decorator
@inline
function save(stream: Stream, bits: u64, at: usize, to: usize): void {
  stream.bits = bits;
  stream.at = at;
  stream.to = to;
}

/** What is left of a stream, to its very end. @fails Corrupt */
function finish(reader: PieceReader, stream: Stream): void {
  const start = stream.start;
  const end = stream.end;
  const shift: u64 = 64 - literalIndexBits;
  let left = <i32>(stream.at + 8 - start) * 8 - <i32>ctz(stream.bits);
  let to = stream.to;
  while (to < end && left >= 0) {
    let bits = bitsAt(start, left);
    const few = min(to + CODES_LOADED, end);
    do {
      const entry = <u32>load<u16>(literalTable + ((<usize>(bits >> shift)) << 1));
      store<u8>(to++, <u8>(entry >> 8));
      bits <<= entry;
      left -= entry & 0xff;
    } while (to < few);
  }
  if (left < 0) reader.failAt(start, "a stream of literals ends before its literals do");
  if (left > 0) reader.failAt(start, `a stream of literals has ${left} bits more than they take`);
}
