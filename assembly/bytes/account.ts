/**
 * What a structure says, field by field, so that two of them can be held against each other: a name, a zero, a letter for
 * what the value is, the value as text, a zero; and so on. Made without a managed object for each field, as of
 * thousands of inodes accounts may be asked.
 */
import { ByteBuffer } from "./memory";

/** What a value is. */
const NUMBER: u8 = 0x6e; // n: decimal
const OCTAL: u8 = 0x6f; // o
const HEX: u8 = 0x78; // x: a number, or bytes in their order
const TIME: u8 = 0x74; // t: seconds since 1970, a point, nine digits of nanoseconds
const UUID: u8 = 0x75; // u: 16 bytes in hex
const TEXT: u8 = 0x73; // s: bytes of no fixed meaning, in hex

const MINUS: u8 = 0x2d;
const POINT: u8 = 0x2e;
const ZERO: u8 = 0x30;
const digits = memory.data(20, 8);

export class Account {
  readonly bytes: ByteBuffer = new ByteBuffer();

  number(name: string, value: u64): void {
    this.begin(name, NUMBER);
    this.decimal(value, 1);
    this.end();
  }

  octal(name: string, value: u32): void {
    this.begin(name, OCTAL);
    this.inBase(value, 8, 4);
    this.end();
  }

  hex(name: string, value: u64, width: u32): void {
    this.begin(name, HEX);
    this.inBase(value, 16, width);
    this.end();
  }

  time(name: string, seconds: i64, nanoseconds: u32): void {
    this.begin(name, TIME);
    if (seconds < 0) this.bytes.appendByte(MINUS);
    this.decimal(<u64>abs(seconds), 1);
    this.bytes.appendByte(POINT);
    this.decimal(nanoseconds, 9);
    this.end();
  }

  uuid(name: string, from: usize): void {
    this.begin(name, UUID);
    this.inHex(from, 16);
    this.end();
  }

  /** Bytes in the order in which they stand. */
  raw(name: string, from: usize, length: u32): void {
    this.begin(name, HEX);
    this.inHex(from, length);
    this.end();
  }

  /** Text as it stands, up to the first zero. */
  text(name: string, from: usize, length: u32): void {
    this.begin(name, TEXT);
    let end: u32 = 0;
    while (end < length && load<u8>(from + end) != 0) end++;
    this.inHex(from, end);
    this.end();
  }

  /** For values that are made of several numbers: after it `word` and `decimal`, then `end`. */
  begin(name: string, kind: u8 = NUMBER): void {
    this.word(name);
    this.bytes.appendByte(0);
    this.bytes.appendByte(kind);
  }

  end(): void {
    this.bytes.appendByte(0);
  }

  /** @param text  ASCII */
  word(text: string): void {
    for (let i = 0; i < text.length; i++) this.bytes.appendByte(<u8>text.charCodeAt(i));
  }

  decimal(value: u64, width: u32): void {
    this.inBase(value, 10, width);
  }

  private inBase(value: u64, base: u32, width: u32): void {
    let count: u32 = 0;
    while (value > 0 || count < width) {
      store<u8>(digits + 19 - count, digitOf(<u32>(value % base)));
      value /= base;
      count++;
    }
    // Octal digits of 32 bits, decimal ones of 64: never more than 20.
    this.bytes.append(digits + 20 - count, count);
  }

  private inHex(from: usize, length: u32): void {
    for (let at = from; at < from + length; at++) {
      this.bytes.appendByte(digitOf(load<u8>(at) >> 4));
      this.bytes.appendByte(digitOf(load<u8>(at) & 15));
    }
  }
}

function digitOf(value: u32): u8 {
  return <u8>(value < 10 ? ZERO + value : 0x57 + value); // a is 0x61
}
