/**
 * The body of an extended header, made: records of the form `length key=value\n`.
 *
 * Source: POSIX.1-2001 pax(1), "pax Header Block".
 */
import { encodeBase64 } from "../bytes/base64";
import { Literal } from "../bytes/literal";
import { ByteBuffer } from "../bytes/memory";
import { Time } from "../tree/entry";

const SPACE: u8 = 0x20;
const EQUALS: u8 = 0x3d;
const NEWLINE: u8 = 0x0a;
const MINUS: u8 = 0x2d;
const DOT: u8 = 0x2e;
const PERCENT: u8 = 0x25;
const ZERO: u8 = 0x30;

const SCHILY_XATTR = new Literal("SCHILY.xattr.");
const LIBARCHIVE_XATTR = new Literal("LIBARCHIVE.xattr.");
const HEX = new Literal("0123456789ABCDEF");
/** A 64-bit number has at most 20 digits. */
const digits = memory.data(20);

export class RecordList {
  private body: ByteBuffer = new ByteBuffer();
  /** Key or value that has to be put together first. */
  private key: ByteBuffer = new ByteBuffer();
  private value: ByteBuffer = new ByteBuffer();

  get at(): usize {
    return this.body.at;
  }

  get length(): u32 {
    return this.body.length;
  }

  clear(): void {
    this.body.clear();
  }

  add(key: Literal, value: usize, length: u32): void {
    this.addRecord(key.at, key.length, value, length);
  }

  addNumber(key: Literal, value: u64): void {
    this.value.clear();
    appendNumber(this.value, value);
    this.add(key, this.value.at, this.value.length);
  }

  addTime(key: Literal, time: Time): void {
    this.value.clear();
    appendTime(this.value, time);
    this.add(key, this.value.at, this.value.length);
  }

  /**
   * Adds an extended attribute as star has it, which all readers know. A name that holds `=` would end the key there,
   * and one that holds NUL is no key; those are written as libarchive has them: the name with escapes, the value in base64.
   */
  addXattr(name: usize, nameLength: u32, value: usize, valueLength: u32): void {
    const key = this.key;
    key.clear();
    if (isPlainKey(name, nameLength)) {
      key.append(SCHILY_XATTR.at, SCHILY_XATTR.length);
      key.append(name, nameLength);
      this.addRecord(key.at, key.length, value, valueLength);
      return;
    }
    key.append(LIBARCHIVE_XATTR.at, LIBARCHIVE_XATTR.length);
    for (let i: u32 = 0; i < nameLength; i++) appendEscaped(key, load<u8>(name + i));
    this.value.clear();
    encodeBase64(value, valueLength, this.value); // without padding, as libarchive writes it
    this.addRecord(key.at, key.length, this.value.at, this.value.length);
  }

  /** @param key  without `=` and NUL */
  addRecord(key: usize, keyLength: u32, value: usize, valueLength: u32): void {
    const body = this.body;
    appendNumber(body, recordLength(keyLength + valueLength + 3));
    body.appendByte(SPACE);
    body.append(key, keyLength);
    body.appendByte(EQUALS);
    body.append(value, valueLength);
    body.appendByte(NEWLINE);
  }
}

/** The length that a record states counts its own digits. @param rest  bytes of all but those */
function recordLength(rest: u32): u32 {
  let length = rest + countDigits(rest);
  if (countDigits(length) > countDigits(rest)) length++;
  return length;
}

function countDigits(value: u32): u32 {
  let count: u32 = 1;
  for (let left = value; left > 9; left /= 10) count++;
  return count;
}

/** In decimal. */
export function appendNumber(to: ByteBuffer, value: u64): void {
  let at = digits + 20;
  let left = value;
  do {
    store<u8>(--at, ZERO + <u8>(left % 10));
    left /= 10;
  } while (left > 0);
  to.append(at, <u32>(digits + 20 - at));
}

/** Seconds, with as many digits of a fraction as it needs. */
export function appendTime(to: ByteBuffer, time: Time): void {
  let seconds = time.seconds;
  let nanoseconds = time.nanoseconds;
  if (seconds < 0) {
    to.appendByte(MINUS);
    // Two seconds before and three quarters after that are written as a second and a quarter before.
    if (nanoseconds > 0) {
      seconds++;
      nanoseconds = 1_000_000_000 - nanoseconds;
    }
    seconds = -seconds;
  }
  appendNumber(to, seconds);
  if (nanoseconds > 0) to.appendByte(DOT);
  for (let unit: u32 = 100_000_000; nanoseconds > 0; unit /= 10) {
    to.appendByte(ZERO + <u8>(nanoseconds / unit));
    nanoseconds %= unit;
  }
}

function isPlainKey(name: usize, length: u32): bool {
  for (let i: u32 = 0; i < length; i++) {
    const byte = load<u8>(name + i);
    if (byte == 0 || byte == EQUALS) return false;
  }
  return true;
}

/** Letters and digits as they are, all else as `%XX`. */
function appendEscaped(to: ByteBuffer, byte: u8): void {
  const letter = byte | 0x20;
  if ((letter >= 0x61 && letter <= 0x7a) || (byte >= ZERO && byte < ZERO + 10) || byte == DOT || byte == 0x5f) {
    to.appendByte(byte);
    return;
  }
  to.appendByte(PERCENT);
  to.appendByte(load<u8>(HEX.at + (byte >> 4)));
  to.appendByte(load<u8>(HEX.at + (byte & 15)));
}
