/** What the fields of a header say. */
import { ErrorCode } from "../abi";
import { quote } from "../bytes/quote";
import { fail } from "../host";
import { CHECKSUM, Field, offsetOf, widthOf } from "./format";

const SPACE: u8 = 0x20;

/** Bytes of the text in a field, which a NUL ends unless the field is full. */
export function textLength(header: usize, field: Field): u32 {
  return textLengthAt(header + offsetOf(field), widthOf(field));
}

export function textLengthAt(from: usize, width: u32): u32 {
  let length: u32 = 0;
  while (length < width && load<u8>(from + length) != 0) length++;
  return length;
}

/** Whether the last `read…` of this file met a field that is no number. */
export let malformed: bool = false;

export function resetMalformed(): void {
  malformed = false;
}

/**
 * The number in a header field: octal text, or big-endian binary if the top bit of its first byte is set
 * (GNU and star, for what is past octal or below zero).
 *
 * Sets `malformed` at a byte that is no octal digit, or a number past 63 bits.
 */
export function readNumber(header: usize, field: Field): i64 {
  const from = header + offsetOf(field);
  const end = from + widthOf(field);
  return load<u8>(from) & 0x80 ? readBinary(from, end) : readOctal(from, end);
}

/**
 * Nearly every field is all digits but for a NUL or space at its end: seven or eleven of them, taken eight at a time.
 * Padding, spaces or NULs, may stand on both sides of the digits; after a NUL within nothing counts.
 */
function readOctal(from: usize, end: usize): i64 {
  if (isPadding(load<u8>(end - 1))) {
    const low = eightDigits(end - from == 8 ? (load<u64>(from) << 8) | DIGIT_ZERO : load<u64>(end - 9));
    if (low >= 0 && end - from == 8) return low;
    const high = low >= 0 && end - from == 12 ? eightDigits((<u64>load<u32>(from) << 40) | FIVE_ZEROS) : -1;
    if (high >= 0) return (<i64>high << 24) | low;
  }
  while (from < end && isPadding(load<u8>(from))) from++;
  while (end > from && isPadding(load<u8>(end - 1))) end--;
  let value: i64 = 0;
  for (; from < end; from++) {
    const byte = load<u8>(from);
    if (byte == 0) break;
    if (byte < 0x30 || byte > 0x37) {
      malformed = true;
      return 0;
    }
    value = (value << 3) | (byte - 0x30); // 12 digits at most: 36 bits
  }
  return value;
}

const DIGIT_ZERO: u64 = 0x30;
const FIVE_ZEROS: u64 = 0x30_3030_3030;

/** The number that eight octal digits make, the first in the lowest byte; -1 if one of them is none. */
function eightDigits(digits: u64): i32 {
  if ((digits & 0xf8f8_f8f8_f8f8_f8f8) != 0x3030_3030_3030_3030) return -1;
  const ones = digits & 0x0707_0707_0707_0707;
  const pairs = ((ones << 3) | (ones >> 8)) & 0x003f_003f_003f_003f;
  const fours = ((pairs << 6) | (pairs >> 16)) & 0x0000_0fff_0000_0fff;
  return <i32>(((fours << 12) | (fours >> 32)) & 0xff_ffff);
}

// @ts-ignore: decorator
@inline
function isPadding(byte: u8): bool {
  return byte == 0 || byte == SPACE;
}

/** Two's complement, its sign in the second bit: the first only says that the field is binary. */
function readBinary(from: usize, end: usize): i64 {
  const first = load<u8>(from);
  const inverted: u8 = first & 0x40 ? 0xff : 0;
  let value: u64 = (first ^ inverted) & 0x7f;
  for (let at = from + 1; at < end; at++) {
    if (value >> 55 != 0) {
      malformed = true;
      return 0;
    }
    value = (value << 8) | (load<u8>(at) ^ inverted);
  }
  return inverted ? ~(<i64>value) : <i64>value;
}

/** Whether the block has the checksum of a header. */
export function checksumMatches(block: usize): bool {
  const sum = computeChecksum(block);
  malformed = false;
  const stored = readNumberOctal(block);
  return !malformed && (stored == sum || stored == sum - 256 * negatives(block));
}

/**
 * Holds the header against its own checksum, the sum of its bytes with the checksum's taken as spaces.
 * Old Sun tars summed signed bytes; both are right.
 *
 * @param position  of the header in the archive, for the message
 * @fails Corrupt   neither sum is the one stored
 */
export function verifyChecksum(header: usize, position: u64): void {
  if (checksumMatches(header)) return;
  const sum = computeChecksum(header);
  const stored = readNumberOctal(header);
  const shown = malformed ? `"${quote(header + offsetOf(CHECKSUM), widthOf(CHECKSUM))}"` : stored.toString();
  fail(ErrorCode.Corrupt, `tar: header at ${position}: checksum ${shown}, computed ${sum}`);
}

function readNumberOctal(header: usize): i64 {
  const from = header + offsetOf(CHECKSUM);
  return readOctal(from, from + widthOf(CHECKSUM));
}

/** The sum of a header's bytes, the checksum's own taken as spaces. 16 lanes at a time: 25 ns a header, byte by byte 240. */
export function computeChecksum(header: usize): i64 {
  let sums = i32x4.splat(0);
  for (let at = header, end = header + 512; at < end; at += 16) {
    sums = i32x4.add(sums, i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(v128.load(at))));
  }
  let sum: i64 =
    i32x4.extract_lane(sums, 0) + i32x4.extract_lane(sums, 1) + i32x4.extract_lane(sums, 2) + i32x4.extract_lane(sums, 3);
  for (let i: u32 = 0; i < widthOf(CHECKSUM); i++) sum -= load<u8>(header + offsetOf(CHECKSUM) + i);
  return sum + SPACE * widthOf(CHECKSUM);
}

/** Bytes from 128 on, the checksum's own left out. */
function negatives(header: usize): i64 {
  let count: i64 = 0;
  for (let at = header, end = header + 512; at < end; at++) count += load<u8>(at) >> 7;
  for (let i: u32 = 0; i < widthOf(CHECKSUM); i++) count -= load<u8>(header + offsetOf(CHECKSUM) + i) >> 7;
  return count;
}
