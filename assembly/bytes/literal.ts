/** Fixed bytes written as text in the source: tar keys, attribute names. */

/** `length` bytes at `at`; never freed, never moved. */
export class Literal {
  readonly at: usize;
  readonly length: u32;

  constructor(text: string, encoded: ArrayBuffer = String.UTF8.encode(text)) {
    this.at = changetype<usize>(encoded);
    this.length = encoded.byteLength;
  }

  equals(from: usize, length: u32): bool {
    return length == this.length && memory.compare(from, this.at, length) == 0;
  }

  startsOf(from: usize, length: u32): bool {
    return length >= this.length && memory.compare(from, this.at, this.length) == 0;
  }
}

/** Text in units of UTF-16, little-endian; its length is in bytes, as that of others. */
export function wideLiteral(text: string): Literal {
  return new Literal(text, String.UTF16.encode(text));
}

/** Order of bytes, shorter first among equals, as memcmp and Go's strings have it. */
export function compareBytes(a: usize, aLength: u32, b: usize, bLength: u32): i32 {
  const order = memory.compare(a, b, min(aLength, bLength));
  return order != 0 ? order : <i32>aLength - <i32>bLength;
}
