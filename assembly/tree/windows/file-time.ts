/** Moments as Windows counts them. Source: Microsoft, [MS-DTYP], §2.3.3 "FILETIME". */
import { Time } from "../entry";

const TICKS_A_SECOND: u64 = 10_000_000;
const NANOSECONDS_A_TICK: u32 = 100;
/** Seconds from 1601, where FILETIMEs begin, to 1970. */
const EPOCH: i64 = 11_644_473_600;

/** @param ticks  of 100 ns since 1601; any number is a moment, 0 too */
export function setFileTime(time: Time, ticks: u64): void {
  time.seconds = <i64>(ticks / TICKS_A_SECOND) - EPOCH;
  time.nanoseconds = <u32>(ticks % TICKS_A_SECOND) * NANOSECONDS_A_TICK;
  time.present = true;
}
