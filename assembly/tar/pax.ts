/**
 * Records of extended headers: `length key=value\n`, one after another.
 *
 * Source: POSIX.1-2001 pax(1), "pax Header Block"; where it is silent, Go's archive/tar.
 */
import { ErrorCode } from "../abi";
import { Literal } from "../bytes/literal";
import { quote } from "../bytes/quote";
import { fail } from "../host";
import { Record, Records } from "../tree/record";
import { parsedInteger, parseInteger } from "../tree/record-value";

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

/** The records of one extended header. */
export class HeaderRecords extends Records {
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

    const record = this.add();
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
