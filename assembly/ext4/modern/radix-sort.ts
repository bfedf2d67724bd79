/** Sorts pairs of a 32-bit key and a 32-bit value, kept as one word with the key on top. Stable; by digits of eight bits. */

const DIGIT_BITS: u32 = 8;
const DIGITS: u32 = 1 << DIGIT_BITS;

const counts = memory.data(4 * 256 * 4, 16);

/** @param spare  room for as many pairs */
export function sortByKey(pairs: usize, spare: usize, count: u32): void {
  memory.fill(counts, 0, 4 * DIGITS * 4);
  for (let i: u32 = 0; i < count; i++) {
    const key = load<u32>(pairs + i * 8, 4);
    for (let pass: u32 = 0; pass < 4; pass++) {
      const slot = counts + (pass * DIGITS + ((key >> (pass * DIGIT_BITS)) & (DIGITS - 1))) * 4;
      store<u32>(slot, load<u32>(slot) + 1);
    }
  }
  let from = pairs;
  let to = spare;
  for (let pass: u32 = 0; pass < 4; pass++) {
    distribute(from, to, count, pass);
    const other = from;
    from = to;
    to = other;
  }
  // Four passes: what is sorted is where it came from.
}

function distribute(from: usize, to: usize, total: u32, pass: u32): void {
  const places = counts + pass * DIGITS * 4;
  let next: u32 = 0;
  for (let digit: u32 = 0; digit < DIGITS; digit++) {
    const count = load<u32>(places + digit * 4);
    store<u32>(places + digit * 4, next);
    next += count;
  }
  for (let i: u32 = 0; i < total; i++) {
    const pair = load<u64>(from + i * 8);
    const place = places + ((<u32>(pair >> 32) >> (pass * DIGIT_BITS)) & (DIGITS - 1)) * 4;
    const index = load<u32>(place);
    store<u32>(place, index + 1);
    store<u64>(to + index * 8, pair);
  }
}
