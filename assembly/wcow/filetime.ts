/** Moments as Windows counts them. Source: Microsoft, [MS-DTYP], §2.3.3 "FILETIME". */
import { Time } from "../tree/entry";

/** Seconds from 1601-01-01 to 1970-01-01. */
const EPOCH_SECONDS: i64 = 11_644_473_600;
const TICKS_PER_SECOND: i64 = 10_000_000;
const NANOSECONDS_PER_TICK: u32 = 100;
/** Of which the ticks fit in 63 bits, as Windows has them: in the year 30828. */
const MAX_SECONDS: i64 = i64.MAX_VALUE / TICKS_PER_SECOND - EPOCH_SECONDS - 1;

/** Whether Windows can say it: not before 1601. */
export function isFiletime(time: Time): bool {
  return time.seconds >= -EPOCH_SECONDS && time.seconds <= MAX_SECONDS;
}

/** Ticks of 100 ns since 1601. What is shorter is cut off. */
export function filetimeOf(time: Time): u64 {
  return <u64>((time.seconds + EPOCH_SECONDS) * TICKS_PER_SECOND) + time.nanoseconds / NANOSECONDS_PER_TICK;
}
