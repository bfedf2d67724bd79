/** The inner loop of DEFLATE: symbols become literals and matches. */
import { BitReader } from "./bit-reader";
import { END_OF_BLOCK, LINK, SPECIAL, VALUE_SHIFT, bitsToDrop, isLiteral, linkedEntry, valueOf } from "./huffman";
import { patterns, strides } from "./repeat-patterns";
import { Window } from "./window";

/** Bits that index the main tables. Measured: one more or less is no quicker. */
export const LITERAL_BITS: u32 = 11;
export const DISTANCE_BITS: u32 = 8;

/** Room for any code's tables. The numbers are from zlib's examples/enough.c, for 288 and 32 symbols. */
export const literalTable = memory.data(2342 * 4, 16);
export const distanceTable = memory.data(402 * 4, 16);

export const enum Outcome {
  /** The window is full, or there is no whole symbol left. */
  Stuck,
  EndOfBlock,
  WrongSymbol,
  WrongDistance,
  TooFar,
}

/** Bytes of input that `decodeQuickly` leaves alone, for it loads eight at a time, twice a round. */
const MARGIN: usize = 16;

/** Decodes as far as input and window reach. */
export function decodeSymbols(reader: BitReader, window: Window): Outcome {
  let outcome = Outcome.Stuck;
  for (let at: usize = 0; outcome == Outcome.Stuck && window.at != at && !window.isFull; ) {
    if (reader.end - reader.at > MARGIN) outcome = decodeQuickly(reader, window);
    at = window.at;
    if (outcome == Outcome.Stuck && !window.isFull) outcome = decodeOne(reader, window);
  }
  return outcome;
}

/** One literal or match, where input is scarce: nothing is taken unless all of it is there. */
function decodeOne(reader: BitReader, window: Window): Outcome {
  reader.fill();
  let bits = reader.bits;
  let entry = literalAt(bits);
  if ((entry & LINK) == LINK) entry = linkedEntry(literalTable, entry, bits >> LITERAL_BITS);
  const used = bitsToDrop(entry);
  if (used > reader.count) return Outcome.Stuck;
  if (isLiteral(entry)) {
    reader.drop(used);
    store<u8>(window.at++, <u8>(entry >> VALUE_SHIFT));
    return Outcome.Stuck;
  }
  if (entry & SPECIAL) {
    reader.drop(used);
    return (entry & END_OF_BLOCK) == END_OF_BLOCK ? Outcome.EndOfBlock : Outcome.WrongSymbol;
  }
  const length = valueOf(entry, bits);
  bits >>= used;

  entry = distanceAt(bits);
  if ((entry & LINK) == LINK) entry = linkedEntry(distanceTable, entry, bits >> DISTANCE_BITS);
  if (used + bitsToDrop(entry) > reader.count) return Outcome.Stuck;
  reader.drop(used + bitsToDrop(entry));
  if (entry & SPECIAL) return Outcome.WrongDistance;
  const distance = valueOf(entry, bits);
  if (distance > <u32>(window.at - window.floor)) return Outcome.TooFar;
  copyMatch(window.at, distance, length);
  window.at += length;
  return Outcome.Stuck;
}

/**
 * Literals and matches while eight bytes can be loaded at any time. `bits` may hold more than `count` says, always what
 * comes next; of `count` only the lowest six bits are true, and of shifts only those count.
 *
 * A round begins with 56 bits and with the entry of the first: what comes next is looked up as soon as it can be. Two
 * literals of 11 bits, or one of 15 and one of 11, leave enough for a length of 20 and the main table of distances.
 */
function decodeQuickly(reader: BitReader, window: Window): Outcome {
  const inputLimit = reader.end - MARGIN;
  const limit = window.limit;
  const floor = window.floor;
  let input = reader.at;
  let bits = reader.bits;
  let count = reader.count;
  let out = window.at;
  let outcome = Outcome.Stuck;
  let entry = literalAt(bits | (load<u64>(input) << count));

  for (;;) {
    if (input > inputLimit) break; // two branches: one of both conditions would not be fused with its comparison
    if (out >= limit) break;
    bits |= load<u64>(input) << count;
    input += (~count >> 3) & 7;
    count |= 56;
    if (isLiteral(entry)) {
      store<u8>(out++, <u8>(entry >> VALUE_SHIFT));
      bits >>= entry;
      count -= entry;
      entry = literalAt(bits);
      if (isLiteral(entry)) {
        store<u8>(out++, <u8>(entry >> VALUE_SHIFT));
        bits >>= entry;
        count -= entry;
        entry = literalAt(bits);
        if (isLiteral(entry)) {
          store<u8>(out++, <u8>(entry >> VALUE_SHIFT));
          bits >>= entry;
          count -= entry;
          entry = literalAt(bits);
          continue;
        }
      }
    }
    if (entry & SPECIAL) {
      if ((entry & LINK) == LINK) entry = linkedEntry(literalTable, entry, bits >> LITERAL_BITS);
      if (isLiteral(entry)) continue;
      if (entry & SPECIAL) {
        bits >>= entry;
        count -= entry;
        outcome = (entry & END_OF_BLOCK) == END_OF_BLOCK ? Outcome.EndOfBlock : Outcome.WrongSymbol;
        break;
      }
    }
    const length = valueOf(entry, bits);
    bits >>= entry;
    count -= entry;

    entry = distanceAt(bits);
    bits |= load<u64>(input) << count;
    input += (~count >> 3) & 7;
    count |= 56;
    if (entry & SPECIAL) {
      if ((entry & LINK) == LINK) entry = linkedEntry(distanceTable, entry, bits >> DISTANCE_BITS);
      if (entry & SPECIAL) {
        bits >>= entry;
        count -= entry;
        outcome = Outcome.WrongDistance;
        break;
      }
    }
    const distance = valueOf(entry, bits);
    bits >>= entry;
    count -= entry;
    if (distance > <u32>(out - floor)) {
      outcome = Outcome.TooFar;
      break;
    }
    entry = literalAt(bits);
    copyMatch(out, distance, length);
    out += length;
  }

  window.at = out;
  giveBack(reader, input, bits, count & 63);
  return outcome;
}

// @ts-ignore: decorator
@inline
function literalAt(bits: u64): u32 {
  return load<u32>((<u32>bits << 2) & (((1 << LITERAL_BITS) - 1) << 2), literalTable);
}

// @ts-ignore: decorator
@inline
function distanceAt(bits: u64): u32 {
  return load<u32>((<u32>bits << 2) & (((1 << DISTANCE_BITS) - 1) << 2), distanceTable);
}

/** Leaves the reader with less than a byte of what this piece of input gave, so that whole bytes are counted as input. */
function giveBack(reader: BitReader, input: usize, bits: u64, count: u32): void {
  const back = min<u32>(count >> 3, <u32>(input - reader.start)); // the rest is of the piece before
  reader.at = input - back;
  reader.count = count - 8 * back;
  reader.bits = bits & ((<u64>1 << reader.count) - 1);
}

/** Repeats `length` bytes from `distance` back, sixteen at a time: up to 31 bytes behind are spoilt. */
// @ts-ignore: decorator
@inline
function copyMatch(to: usize, distance: u32, length: u32): void {
  const from = to - distance;
  const end = to + length;
  if (distance >= 16) {
    v128.store(to, v128.load(from));
    v128.store(to, v128.load(from, 16), 16);
    if (length > 32) {
      let at = to;
      do {
        at += 32;
        v128.store(at, v128.load(at - distance));
        v128.store(at, v128.load(at - distance, 16), 16);
      } while (at + 32 < end);
    }
  } else {
    let at = to;
    const pattern = v128.swizzle(v128.load(from), v128.load(patterns + distance * 16));
    const stride: usize = load<u8>(strides + distance);
    do {
      v128.store(at, pattern);
      at += stride;
      v128.store(at, pattern);
      at += stride;
    } while (at < end);
  }
}

