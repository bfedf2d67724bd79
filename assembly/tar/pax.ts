/**
 * Records of extended headers: `length key=value\n`, one after another.
 *
 * Source: POSIX.1-2001 pax(1), "pax Header Block"; where it is silent, Go's archive/tar.
 */
import { ErrorCode } from "../abi";
import { Literal } from "../bytes/literal";
import { ByteBuffer } from "../bytes/memory";
import { quote } from "../bytes/quote";
import { fail } from "../host";
import { Time } from "../tree/entry";

export const PATH = new Literal("path");
export const LINK_PATH = new Literal("linkpath");
export const SIZE_KEY = new Literal("size");
export const UID_KEY = new Literal("uid");
export const GID_KEY = new Literal("gid");
export const MTIME_KEY = new Literal("mtime");
export const ATIME_KEY = new Literal("atime");
export const CTIME_KEY = new Literal("ctime");
const UNAME = new Literal("uname");
const GNAME = new Literal("gname");

const EQUALS: u8 = 0x3d;
const NEWLINE: u8 = 0x0a;
const SPACE: u8 = 0x20;

/** A record, where it stands in the header's body. */
@unmanaged
export class Record {
  key: usize;       // 0x00
  keyLength: u32;   // 0x04
  value: usize;     // 0x08
  valueLength: u32; // 0x0c

  hasKey(key: Literal): bool {
    return key.equals(this.key, this.keyLength);
  }
}

/** The records of one extended header. */
export class Records {
  count: u32 = 0;
  private list: ByteBuffer = new ByteBuffer();

  clear(): void {
    this.count = 0;
    this.list.clear();
  }

  at(index: u32): Record {
    return changetype<Record>(this.list.at + index * offsetof<Record>());
  }

  /** The last record of that key: it replaces those before. Null when there is none. */
  find(key: Literal): Record | null {
    for (let i = this.count; i > 0; i--) {
      const record = this.at(i - 1);
      if (record.hasKey(key)) return record;
    }
    return null;
  }

  /** As `find`, but an empty value says that the header's own field counts: null too. */
  findValue(key: Literal): Record | null {
    const record = this.find(key);
    return record && record.valueLength > 0 ? record : null;
  }

  /**
   * Reads the body of an extended header, which must stay where it is while the records are used.
   *
   * @param position  of the body in the archive, for messages
   * @fails Corrupt   a record that is not of the form
   */
  parse(body: usize, length: u32, position: u64): void {
    this.clear();
    const end = body + length;
    for (let at = body; at < end; ) at = this.parseRecord(at, end, position + (at - body));
  }

  /** @returns the address after the record */
  private parseRecord(from: usize, end: usize, position: u64): usize {
    let space = from;
    while (space < end && load<u8>(space) != SPACE) space++;
    if (space == end || !parseInteger(from, <u32>(space - from))) return this.refuse(from, end, position);
    const length = parsedInteger;
    if (length < 5 || length > <i64>(end - from)) return this.refuse(from, end, position);
    const next = from + <usize>length;
    const key = space + 1;
    // "5 \n" and its like have a length that ends within the digits.
    if (next <= key || load<u8>(next - 1) != NEWLINE) return this.refuse(from, end, position);
    let equals = key;
    while (equals < next - 1 && load<u8>(equals) != EQUALS) equals++;
    if (equals == next - 1) return this.refuse(from, end, position);

    this.list.reserve(this.list.length + offsetof<Record>());
    this.list.length += offsetof<Record>();
    const record = this.at(this.count++);
    record.key = key;
    record.keyLength = <u32>(equals - key);
    record.value = equals + 1;
    record.valueLength = <u32>(next - 1 - record.value);
    if (!isClean(record)) return this.refuse(from, end, position);
    return next;
  }

  private refuse(from: usize, end: usize, position: u64): usize {
    const shown = quote(from, min<u32>(<u32>(end - from), 40));
    fail(ErrorCode.Corrupt, `tar: extended header at ${position}: no sound record: "${shown}"`);
    return end;
  }
}

/** NUL ends names everywhere else, so a name that holds one would be another name elsewhere. */
function isClean(record: Record): bool {
  if (record.keyLength == 0) return false;
  const isName = record.hasKey(PATH) || record.hasKey(LINK_PATH) || record.hasKey(UNAME) || record.hasKey(GNAME);
  return isName ? !hasNul(record.value, record.valueLength) : !hasNul(record.key, record.keyLength);
}

function hasNul(from: usize, length: u32): bool {
  for (let i: u32 = 0; i < length; i++) if (load<u8>(from + i) == 0) return true;
  return false;
}

/** What `parseInteger` found. */
export let parsedInteger: i64 = 0;

/** Reads a decimal number with an optional sign into `parsedInteger`. @returns whether it is one, of at most 64 bits */
export function parseInteger(from: usize, length: u32): bool {
  let at = from;
  const end = from + length;
  const first = length > 0 ? load<u8>(at) : 0;
  const negative = first == 0x2d;
  if (negative || first == 0x2b) at++;
  if (at == end) return false;
  const limit: u64 = negative ? 0x8000_0000_0000_0000 : 0x7fff_ffff_ffff_ffff;
  let value: u64 = 0;
  for (; at < end; at++) {
    const digit: u64 = load<u8>(at) - 0x30;
    if (digit > 9 || value > (limit - digit) / 10) return false;
    value = value * 10 + digit;
  }
  parsedInteger = negative ? <i64>(0 - value) : <i64>value;
  return true;
}

/** @fails Corrupt  the value is no whole number */
export function readInteger(record: Record): i64 {
  if (!parseInteger(record.value, record.valueLength)) refuseValue(record, "a whole number");
  return parsedInteger;
}

/**
 * Reads seconds with an optional fraction; digits past the ninth are dropped.
 *
 * @fails Corrupt  the value is no such number
 */
export function readTime(record: Record, time: Time): void {
  const from = record.value;
  const length = record.valueLength;
  let dot: u32 = 0;
  while (dot < length && load<u8>(from + dot) != 0x2e) dot++;
  if (!parseInteger(from, dot)) refuseValue(record, "a time");

  let nanoseconds: u32 = 0;
  let scale: u32 = 100_000_000;
  for (let i = dot + 1; i < length; i++) {
    const digit: u32 = <u32>load<u8>(from + i) - 0x30;
    if (digit > 9) refuseValue(record, "a time");
    nanoseconds += digit * scale;
    scale /= 10;
  }
  // -1.25 is a second and a quarter before; stored, it is two before and three quarters after that.
  const backward = load<u8>(from) == 0x2d && nanoseconds > 0;
  time.seconds = backward ? parsedInteger - 1 : parsedInteger;
  time.nanoseconds = backward ? 1_000_000_000 - nanoseconds : nanoseconds;
  time.present = true;
}

function refuseValue(record: Record, what: string): void {
  const key = quote(record.key, record.keyLength);
  fail(ErrorCode.Corrupt, `tar: record ${key}: "${quote(record.value, record.valueLength)}" is not ${what}`);
}
