/**
 * Times: 34 bits of seconds, from 1901 to 2446, and 30 of nanoseconds. What lies beyond becomes the nearest there is.
 *
 * Source: Linux, "ext4 Data Structures", Inode Timestamps.
 */
import { Time } from "../../tree/entry";

const MIN_SECONDS: i64 = -0x8000_0000;
const MAX_SECONDS: i64 = 0x3_7fff_ffff;

/** @returns the field in the lower half; in the upper, two bits of epoch and the nanoseconds, as the extra field has them */
export function packTime(seconds: i64, nanoseconds: u32): u64 {
  if (seconds < MIN_SECONDS) return packTime(MIN_SECONDS, 0);
  if (seconds > MAX_SECONDS) return packTime(MAX_SECONDS, 999_999_999);
  const field = <u32>seconds;
  // The reader takes the field as signed and adds the epoch: what the sign took away must come back.
  const epoch = <u32>((seconds - <i64>(<i32>field)) >> 32) & 3;
  return field | ((<u64>(epoch | (nanoseconds << 2))) << 32);
}

/** `time`, or `otherwise` where the archive has none. */
export function packOr(time: Time, otherwise: u64): u64 {
  return time.present ? packTime(time.seconds, time.nanoseconds) : otherwise;
}
