/**
 * Finite state entropy: how often symbols come, and which states that gives them.
 *
 * Source: RFC 8878, 4.1 "FSE".
 */
import { PieceReader } from "./piece-reader";

/** Most symbols that a table may have, and states. */
const MAX_SYMBOLS: u32 = 256;
const MIN_LOG: u32 = 5;
/** Of literal and match lengths; other tables have fewer. */
export const MAX_LOG: u32 = 9;

/** By symbol: states that it has; -1: one, that leads to any. */
const counts = memory.data(256 * 2, 8);
/** By symbol: number of its next state, counted from how many it has. */
const numbers = memory.data(256 * 2, 8);
/** By state: its symbol. */
const symbols = memory.data(512, 8);

/** What was read of a description of a table. */
class Description {
  /** Behind it. */
  end: usize = 0;
  /** The table has 2^log states. */
  log: u32 = 0;
  symbolCount: u32 = 0;
}
export const description = new Description();

/**
 * Reads how often symbols come; `layOutStates` goes on with that.
 *
 * @param end        of what it may take
 * @param maxSymbol  the largest that has a meaning
 * @fails Corrupt
 */
export function readCounts(reader: PieceReader, from: usize, end: usize, maxSymbol: u32, maxLog: u32): void {
  memory.fill(counts, 0, MAX_SYMBOLS * 2);
  const limit = <u32>(end - from) * 8;
  const log = MIN_LOG + (<u32>load<u8>(from) & 15);
  if (log > maxLog && from < end) reader.failAt(from, `a table of 2^${log} states; 2^${maxLog} are the most`);
  let bit: u32 = 4;
  let symbol: u32 = 0;
  let left: u32 = 1 << log;
  while (left > 0 && symbol <= maxSymbol && bit <= limit) {
    // A number of 0 to left + 1, one bit shorter where that is enough.
    const bits = load<u32>(from + (bit >> 3)) >> (bit & 7);
    const width: u32 = 31 - clz(left + 1);
    const half: u32 = 1 << width;
    const short: u32 = 2 * half - left - 2;
    let value = bits & (half - 1);
    if (value < short) bit += width;
    else {
      value = bits & (2 * half - 1);
      if (value >= half) value -= short;
      bit += width + 1;
    }
    store<i16>(counts + symbol++ * 2, <i16>(value - 1));
    left -= value == 0 ? 1 : value - 1;
    if (value != 1) continue;
    for (let more: u32 = 3; more == 3 && symbol <= maxSymbol && bit <= limit; bit += 2) {
      more = (<u32>load<u16>(from + (bit >> 3)) >> (bit & 7)) & 3;
      symbol += more;
    }
  }
  if (bit > limit) reader.failAt(end, "a table goes on behind its end");
  if (left > 0 || symbol > maxSymbol + 1) reader.failAt(from, `a table of more symbols than ${maxSymbol + 1}`);
  description.end = from + ((bit + 7) >> 3);
  description.log = log;
  description.symbolCount = symbol;
}

/** As `readCounts`, from a table of the RFC. */
export function setCounts(from: usize, symbolCount: u32, log: u32): void {
  for (let symbol: u32 = 0; symbol < symbolCount; symbol++) store<i16>(counts + symbol * 2, load<i8>(from + symbol));
  description.log = log;
  description.symbolCount = symbolCount;
}

/** Gives each symbol its states. */
export function layOutStates(): void {
  const size: u32 = 1 << description.log;
  let high = size;
  for (let symbol: u32 = 0; symbol < description.symbolCount; symbol++) {
    const count = load<i16>(counts + symbol * 2);
    store<u16>(numbers + symbol * 2, count < 0 ? 1 : count);
    if (count < 0) store<u8>(symbols + --high, <u8>symbol);
  }
  const step = (size >> 1) + (size >> 3) + 3;
  let state: u32 = 0;
  for (let symbol: u32 = 0; symbol < description.symbolCount; symbol++) {
    for (let left: i32 = load<i16>(counts + symbol * 2); left > 0; left--) {
      store<u8>(symbols + state, <u8>symbol);
      do state = (state + step) & (size - 1);
      while (state >= high);
    }
  }
}

/** What a state stands for. */
// @ts-ignore: decorator
@inline
export function symbolOf(state: u32): u32 {
  return load<u8>(symbols + state);
}

/** Where `state` leads, for each in turn from 0 on: bits to read in the lowest byte, above them the state that they add to. */
// @ts-ignore: decorator
@inline
export function nextOf(state: u32): u32 {
  const at = numbers + symbolOf(state) * 2;
  const number = <u32>load<u16>(at);
  store<u16>(at, <u16>(number + 1));
  const bits = description.log - (31 - clz(number));
  return (((number << bits) - (1 << description.log)) << 8) | bits;
}
