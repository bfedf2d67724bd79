/**
 * A long message made short without a change to its CRC-32: four loads for sixteen bytes, where tables take thirty.
 *
 * x^4018 + x^2091 + x^1837 + 1 is a multiple of the CRC's polynomial, and so is its eighth power, which has the same four
 * terms with exponents of whole bytes. So a byte may be dropped if it is added to those 1927, 2181 and 4018 behind it.
 * Of the multiples of four terms this is the shortest that leaves the next kilobyte alone: what was stored a moment ago
 * in two parts is slow to load. Those of three terms reach 91 KB ahead.
 *
 * Source: RFC 1952, 8, for the polynomial. The multiple was found by trying all.
 */

/** How far behind a byte it is added. */
const NEAR: usize = 1927;
const MIDDLE: usize = 2181;
const FAR: usize = 4018;

const STEP: usize = 16;
/** What must be known of the bytes before: `FAR`, in whole steps. */
const KEPT: usize = 4032;
/** Bytes taken at a time, few enough to stay in the cache. */
const RUN: usize = 24 * 1024;

/** Bytes that were dropped, with all that was added to them; those of the run at hand begin behind `KEPT`. */
const dropped = memory.data(4032 + 24 * 1024, 16);

/** What is left of a message. */
export const residue = memory.data(4032 + 16, 16);

/** Bytes that are worth it. Measured: 6 KiB take as long either way. */
export const WORTHWHILE: u32 = 8 * 1024;

/**
 * Fills `residue` with bytes whose register, begun with 0, ends as that of the message.
 *
 * @param register  before the message
 * @param length    `WORTHWHILE` and more; up to fifteen bytes behind are looked at
 * @returns bytes of the residue
 */
export function computeResidue(register: u32, from: usize, length: u32): u32 {
  const run = dropped + KEPT;
  memory.fill(dropped, 0, KEPT);
  store<u32>(run - FAR, register); // as if it were dropped: it is added to the first four bytes
  const last = from + ((<usize>length - FAR) & ~(STEP - 1));
  for (let at = from; at < last; ) {
    const taken = min<usize>(RUN, last - at);
    drop(run, at, taken);
    at += taken;
    memory.copy(dropped, dropped + taken, KEPT);
  }
  memory.fill(run, 0, KEPT);
  const left = from + length - last;
  for (let i: usize = 0; i < left; i += STEP) v128.store(residue + i, sumOf(last + i, run + i));
  return <u32>left;
}

function drop(to: usize, from: usize, length: usize): void {
  const end = to + length;
  let next = from;
  for (let at = to; at < end; at += STEP) {
    v128.store(at, sumOf(next, at));
    next += STEP;
  }
}

/** A step of the message at `from`, with all that is added to it from what was dropped before `at`. */
// @ts-ignore: decorator
@inline
function sumOf(from: usize, at: usize): v128 {
  return v128.xor(
    v128.xor(v128.load(from), v128.load(at - NEAR)),
    v128.xor(v128.load(at - MIDDLE), v128.load(at - FAR)),
  );
}
