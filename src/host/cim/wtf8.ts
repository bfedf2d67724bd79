/** Text as names of Windows are kept: UTF-8, in which a surrogate that stands alone is three bytes of its own (WTF-8). */

import { concatBytes, textOf, utf8Of } from "../bytes.ts";

/** Of a surrogate that is no half of a pair. */
const ALONE = /\p{Surrogate}/u;

export function encodeWtf8(text: string): Uint8Array {
  if (!ALONE.test(text)) return utf8Of(text);
  return concatBytes(Array.from(text, encodeCharacter));
}

function encodeCharacter(character: string): Uint8Array {
  if (!ALONE.test(character)) return utf8Of(character);
  const unit = character.charCodeAt(0);
  return Uint8Array.of(0xe0 | (unit >> 12), 0x80 | ((unit >> 6) & 0x3f), 0x80 | (unit & 0x3f));
}

/** A name as Windows has it: surrogates that stand alone come back as they were. */
export function decodeWtf8(bytes: Uint8Array): string {
  const text = textOf(bytes);
  return text.includes("\ufffd") ? unitByUnit(bytes) : text;
}

/** Of what `encodeWtf8` gives, and nothing else. */
function unitByUnit(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; ) {
    const first = bytes[at]!;
    const width = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    let code = width === 1 ? first : first & (0x7f >> width);
    for (const byte of bytes.subarray(at + 1, at + width)) code = (code << 6) | (byte & 0x3f);
    text += String.fromCodePoint(code);
    at += width;
  }
  return text;
}
