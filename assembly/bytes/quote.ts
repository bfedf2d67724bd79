/** Names from a layer are bytes; in a message they must be text, short, and harmless to a terminal. */

/** Bytes of a name that a message shows. */
const SHOWN: u32 = 200;
const HEX = "0123456789abcdef";

/** @returns the bytes as text: printable ASCII and sound UTF-8 as they are, all else as `\xNN`; a long name is cut */
export function quote(from: usize, length: u32): string {
  const end = from + min(length, SHOWN);
  let text = "";
  for (let at = from; at < end; ) {
    const width = characterWidth(at, end);
    if (width > 0) {
      text += String.UTF8.decodeUnsafe(at, width);
      at += width;
    } else {
      const byte = load<u8>(at++);
      text += "\\x" + HEX.charAt(byte >> 4) + HEX.charAt(byte & 15);
    }
  }
  return length > SHOWN ? text + "… (" + length.toString() + " bytes)" : text;
}

/** Bytes of the printable character at `at`, or 0: a control character, or no UTF-8. */
function characterWidth(at: usize, end: usize): u32 {
  const first = load<u8>(at);
  if (first < 0x80) return first >= 0x20 && first != 0x7f ? 1 : 0;
  const width: u32 = first >= 0xf0 && first < 0xf5 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 0;
  if (width == 0 || first >= 0xf5 || at + width > end) return 0;
  for (let i: u32 = 1; i < width; i++) if ((load<u8>(at + i) & 0xc0) != 0x80) return 0;
  const second = load<u8>(at + 1);
  if (first == 0xc2 && second < 0xa0) return 0; // C1 control characters
  if ((first == 0xe0 && second < 0xa0) || (first == 0xed && second >= 0xa0)) return 0; // overlong; surrogates
  if ((first == 0xf0 && second < 0x90) || (first == 0xf4 && second >= 0x90)) return 0; // overlong; past U+10FFFF
  if (first == 0xe2 && second == 0x80 && load<u8>(at + 2) >= 0xa8 && load<u8>(at + 2) <= 0xae) return 0; // line breaks, bidi
  return width;
}
