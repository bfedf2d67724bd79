/** Numbers and times that records hold as text. Source: POSIX.1-2001 pax(1), "pax Header Block". */
import { ErrorCode } from "../abi";
import { quote } from "../bytes/quote";
import { fail } from "../host";
import { Time } from "./entry";
import { Record } from "./record";

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
