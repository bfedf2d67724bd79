/** Names in an image are bytes; programs and people mostly want text. */
import { textOf, utf8Of } from "../bytes.ts";

/** As UTF-8; what is none becomes U+FFFD, so of two such names the text may be equal. */
export const decodeName = textOf;

/** What parts of a path mean, in the names of one format. */
export interface PathRules {
  /** Parts, without empty ones and `.`; `..` stays, for what it means depends on links before it. */
  split(path: string | Uint8Array): Uint8Array[];

  /**
   * Whether a link's target begins at the root of the image.
   *
   * @throws ImageError  NotFound if it leads out of the image
   */
  isFromRoot(target: Uint8Array): boolean;
}

const SLASH = 0x2f;

export const EXT4_PATHS: PathRules = {
  split: splitPath,
  isFromRoot: (target) => target[0] === SLASH,
};

/** @param isSeparator  of a byte */
export function splitPath(
  path: string | Uint8Array,
  isSeparator: (byte: number) => boolean = (byte) => byte === SLASH,
): Uint8Array[] {
  const bytes = typeof path === "string" ? utf8Of(path) : path;
  const parts: Uint8Array[] = [];
  for (let from = 0; from < bytes.length; ) {
    let end = from;
    while (end < bytes.length && !isSeparator(bytes[end]!)) end++;
    const isDot = end === from + 1 && bytes[from] === 0x2e;
    if (end > from && !isDot) parts.push(bytes.subarray(from, end));
    from = end + 1;
  }
  return parts;
}

export function isDotDot(name: Uint8Array): boolean {
  return name.length === 2 && name[0] === 0x2e && name[1] === 0x2e;
}

/** Characters that change what stands around them: controls, and those that turn or break a line. */
const HARMFUL = /[\p{Cc}\p{Zl}\p{Zp}\u200e\u200f\u202a-\u202e\u2066-\u2069\ufffd]/u;

/** As text that is harmless to a terminal and tells every name from every other: odd bytes as `\xNN`, `\` as `\\`. */
export function printable(bytes: Uint8Array): string {
  const text = decodeName(bytes);
  if (!HARMFUL.test(text) && !text.includes("\\")) return text;
  let result = "";
  for (let at = 0; at < bytes.length; ) {
    const width = characterWidth(bytes, at);
    const character = width === 0 ? "\ufffd" : decodeName(bytes.subarray(at, at + width));
    if (character === "\\") result += "\\\\";
    else if (!HARMFUL.test(character)) result += character;
    else
      for (const byte of bytes.subarray(at, at + Math.max(width, 1)))
        result += `\\x${byte.toString(16).padStart(2, "0")}`;
    at += Math.max(width, 1);
  }
  return result;
}

/** Bytes of the character at `at`, or 0 where there is no UTF-8. */
function characterWidth(bytes: Uint8Array, at: number): number {
  for (let width = 1; width <= 4 && at + width <= bytes.length; width++) {
    if (!decodeName(bytes.subarray(at, at + width)).includes("\ufffd")) return width;
  }
  return 0;
}
