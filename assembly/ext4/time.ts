/**
 * Times as hcsshim has them: 34 bits of seconds, 30 of nanoseconds, and two mistakes that images depend on.
 *
 * A second past 2038 whose 32nd bit is set keeps no epoch bits, and one before 1970 sets every bit of the extra half.
 */
import { Time } from "../tree/entry";

const MIN_SECONDS: i64 = -0x8000_0000;
const MAX_SECONDS: i64 = 0x3_7fff_ffff;
const SECONDS_MASK: u64 = 0x3_ffff_ffff;
/** Year 1, which Go takes for "no time". */
const GO_ZERO: i64 = -62_135_596_800;

export function packTime(time: Time): u64 {
  return time.present ? pack(time.seconds, time.nanoseconds) : 0;
}

function pack(seconds: i64, nanoseconds: u64): u64 {
  if (seconds == GO_ZERO && nanoseconds == 0) return 0;
  if (seconds < MIN_SECONDS) return 0x8000_0000;
  if (seconds > MAX_SECONDS) return MAX_SECONDS;
  return <u64>seconds | (nanoseconds << 34);
}

/** What becomes of a time that is read from an inode and written to another. */
export function repackTime(time: u64): u64 {
  if (time == 0) return 0;
  let seconds = <i64>(time & SECONDS_MASK);
  if (seconds > 0x7fff_ffff && seconds < 0x1_0000_0000) seconds = <i32>seconds;
  const nanoseconds = time >> 34;
  // The bits of a time before 1970 make more than a second of nanoseconds.
  if (nanoseconds >= 1_000_000_000) return pack(seconds + 1, nanoseconds - 1_000_000_000);
  return pack(seconds, nanoseconds);
}
