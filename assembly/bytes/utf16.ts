/** Names as tars have them, in UTF-8, and as Windows has them, in units of 16 bits. Source: RFC 3629; The Unicode Standard, §3.9. */
import { ByteBuffer } from "./memory";

/**
 * Appends the units of `length` bytes of UTF-8, little-endian.
 *
 * @param loose  whether a surrogate may stand alone, as in WTF-8
 * @returns whether it is UTF-8: no overlong forms, no surrogates, nothing past U+10FFFF; if not, less or more was appended
 */
export function appendUtf16(from: usize, length: u32, to: ByteBuffer, loose: bool = false): bool {
  to.reserve(to.length + 2 * length); // a byte makes no more than one unit
  const end = from + length;
  let unit = to.at + to.length;
  for (let at = from; at < end; ) {
    const first: u32 = load<u8>(at);
    const width: u32 = first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
    if (width == 0 || <u32>(end - at) < width) return false;
    let code = width == 1 ? first : first & (0x7f >> width);
    for (let i: u32 = 1; i < width; i++) {
      const next: u32 = load<u8>(at + i);
      if ((next & 0xc0) != 0x80) return false;
      code = (code << 6) | (next & 0x3f);
    }
    if (width == 3 && (code < 0x800 || (!loose && (code & 0xf800) == 0xd800))) return false;
    if (width == 4 && (code < 0x1_0000 || code > 0x10_ffff)) return false;
    if (code >= 0x1_0000) {
      store<u16>(unit, <u16>(0xd800 + ((code - 0x1_0000) >> 10)));
      unit += 2;
      code = 0xdc00 + (code & 0x3ff);
    }
    store<u16>(unit, <u16>code);
    unit += 2;
    at += width;
  }
  to.length = <u32>(unit - to.at);
  return true;
}

/**
 * Appends `units` units as UTF-8. A surrogate without its other half becomes three bytes of its own, as in WTF-8, so that
 * no two names become one.
 *
 * @returns whether it is UTF-8: no surrogate was alone
 */
export function appendUtf8(from: usize, units: u32, to: ByteBuffer): bool {
  to.reserve(to.length + 3 * units);
  let at = to.at + to.length;
  let isSound = true;
  for (let i: u32 = 0; i < units; i++) {
    let code: u32 = load<u16>(from + 2 * i);
    if ((code & 0xf800) == 0xd800) {
      const next: u32 = i + 1 < units ? load<u16>(from + 2 * (i + 1)) : 0;
      if (code < 0xdc00 && (next & 0xfc00) == 0xdc00) {
        code = 0x1_0000 + ((code & 0x3ff) << 10) + (next & 0x3ff);
        i++;
      } else isSound = false;
    }
    at = put(code, at);
  }
  to.length = <u32>(at - to.at);
  return isSound;
}

/** @returns the address behind the character */
function put(code: u32, at: usize): usize {
  if (code < 0x80) {
    store<u8>(at, <u8>code);
    return at + 1;
  }
  const width: u32 = code < 0x800 ? 2 : code < 0x1_0000 ? 3 : 4;
  for (let i = width - 1; i > 0; i--) {
    store<u8>(at + i, <u8>(0x80 | (code & 0x3f)));
    code >>= 6;
  }
  store<u8>(at, <u8>((0xf00 >> width) | code));
  return at + width;
}
