/** Base64 as records of archives have it. Source: RFC 4648, §4. */
import { Literal } from "./literal";
import { ByteBuffer } from "./memory";

const LETTERS = new Literal("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
export const PADDING: u8 = 0x3d;

/** Appends the letters for `length` bytes, without padding. */
export function encodeBase64(from: usize, length: u32, to: ByteBuffer): void {
  for (let i: u32 = 0; i < length; i += 3) {
    const some = min(length - i, 3);
    let bits: u32 = 0;
    for (let k: u32 = 0; k < 3; k++) bits = (bits << 8) | (k < some ? load<u8>(from + i + k) : 0);
    for (let k: u32 = 0; k <= some; k++) to.appendByte(load<u8>(LETTERS.at + ((bits >> (18 - 6 * k)) & 63)));
  }
}

/** Appends what `length` letters say. @returns whether all is of the alphabet; the padding at the end may be missing, as libarchive leaves it out */
export function decodeBase64(from: usize, length: u32, to: ByteBuffer): bool {
  let end = from + length;
  while (end > from && load<u8>(end - 1) == PADDING) end--;
  let bits: u32 = 0;
  let held: u32 = 0;
  for (let at = from; at < end; at++) {
    const digit = base64Digit(load<u8>(at));
    if (digit > 63) return false;
    bits = (bits << 6) | digit;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    to.appendByte(<u8>(bits >> held));
  }
  return held < 6; // a single digit is not a byte
}

function base64Digit(letter: u32): u32 {
  if (letter - 0x41 < 26) return letter - 0x41;
  if (letter - 0x61 < 26) return letter - 0x61 + 26;
  if (letter - 0x30 < 10) return letter - 0x30 + 52;
  return letter == 0x2b ? 62 : letter == 0x2f ? 63 : 64;
}
