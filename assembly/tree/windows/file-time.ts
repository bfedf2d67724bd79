/** Moments as Windows counts them. Source: Microsoft, [MS-DTYP], §2.3.3 "FILETIME". */
import { Time } from "../entry";

const TICKS_PER_SECOND: i64 = 10_000_000;
const NANOSECONDS_PER_TICK: u32 = 100;
/** Seconds from 1601, where FILETIMEs begin, to 1970. */
const EPOCH_SECONDS: i64 = 11_644_473_600;
/** Of which the ticks fit in 63 bits, as Windows has them: in the year 30828. */
const MAX_SECONDS: i64 = i64.MAX_VALUE / TICKS_PER_SECOND - EPOCH_SECONDS - 1;

/** Whether Windows can say it: not before 1601. */
export function isFileTime(time: Time): bool {
  return time.seconds >= -EPOCH_SECONDS && time.seconds <= MAX_SECONDS;
}

/** Ticks of 100 ns since 1601. What is shorter is cut off. */
export function fileTimeOf(time: Time): u64 {
  return <u64>((time.seconds + EPOCH_SECONDS) * TICKS_PER_SECOND) + time.nanoseconds / NANOSECONDS_PER_TICK;
}

/** @param ticks  of 100 ns since 1601; any number is a moment, 0 too */
export function setFileTime(time: Time, ticks: u64): void {
  time.seconds = <i64>(ticks / TICKS_PER_SECOND) - EPOCH_SECONDS;
  time.nanoseconds = <u32>(ticks % TICKS_PER_SECOND) * NANOSECONDS_PER_TICK;
  time.present = true;
}
