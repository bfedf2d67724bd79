/** The inner loop of DEFLATE: symbols become literals and matches. */
import { BitReader } from "./bit-reader";
import { END_OF_BLOCK, LINK, LITERAL, SPECIAL, VALUE_SHIFT, bitsToDrop, entryAt, linkedIndex, valueOf } from "./huffman";
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
    outcome = decodeQuickly(reader, window);
    at = window.at;
    if (outcome == Outcome.Stuck && !window.isFull) outcome = decodeOne(reader, window);
  }
  return outcome;
}

/** One literal or match, where input is scarce: nothing is taken unless all of it is there. */
function decodeOne(reader: BitReader, window: Window): Outcome {
  reader.fill();
  let bits = reader.bits;
  let used: u32 = 0;
  let entry = entryAt(literalTable, <u32>bits & ((1 << LITERAL_BITS) - 1));
  if ((entry & LINK) == LINK) {
    used = LITERAL_BITS;
    bits >>= LITERAL_BITS;
    entry = entryAt(literalTable, linkedIndex(entry, bits));
  }
  used += bitsToDrop(entry);
  if (used > reader.count) return Outcome.Stuck;
  if (entry & LITERAL) {
    reader.drop(used);
    store<u8>(window.at++, <u8>(entry >> VALUE_SHIFT));
    return Outcome.Stuck;
  }
  if (entry & SPECIAL) {
    reader.drop(used);
    return (entry & END_OF_BLOCK) == END_OF_BLOCK ? Outcome.EndOfBlock : Outcome.WrongSymbol;
  }
  const length = valueOf(entry, bits);
  bits >>= bitsToDrop(entry);

  entry = entryAt(distanceTable, <u32>bits & ((1 << DISTANCE_BITS) - 1));
  if ((entry & LINK) == LINK) {
    used += DISTANCE_BITS;
    bits >>= DISTANCE_BITS;
    entry = entryAt(distanceTable, linkedIndex(entry, bits));
  }
  used += bitsToDrop(entry);
  if (used > reader.count) return Outcome.Stuck;
  reader.drop(used);
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

  while (input <= inputLimit && out < limit) {
    bits |= load<u64>(input) << count;
    input += 7 - ((count >> 3) & 7);
    count |= 56;
    // Two literals of 11 bits leave enough for a third, or for a length with its 20.
    let entry = entryAt(literalTable, <u32>bits & ((1 << LITERAL_BITS) - 1));
    if (entry & LITERAL) {
      store<u8>(out++, <u8>(entry >> VALUE_SHIFT));
      bits >>= entry;
      count -= entry;
      entry = entryAt(literalTable, <u32>bits & ((1 << LITERAL_BITS) - 1));
      if (entry & LITERAL) {
        store<u8>(out++, <u8>(entry >> VALUE_SHIFT));
        bits >>= entry;
        count -= entry;
        entry = entryAt(literalTable, <u32>bits & ((1 << LITERAL_BITS) - 1));
        if (entry & LITERAL) {
          store<u8>(out++, <u8>(entry >> VALUE_SHIFT));
          bits >>= entry;
          count -= entry;
          continue;
        }
      }
    }
    if (entry & SPECIAL) {
      if ((entry & LINK) == LINK) {
        bits >>= LITERAL_BITS;
        count -= LITERAL_BITS;
        entry = entryAt(literalTable, linkedIndex(entry, bits));
        if (entry & LITERAL) {
          store<u8>(out++, <u8>(entry >> VALUE_SHIFT));
          bits >>= entry;
          count -= entry;
          continue;
        }
      }
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

    bits |= load<u64>(input) << count;
    input += 7 - ((count >> 3) & 7);
    count |= 56;
    entry = entryAt(distanceTable, <u32>bits & ((1 << DISTANCE_BITS) - 1));
    if (entry & SPECIAL) {
      if ((entry & LINK) == LINK) {
        bits >>= DISTANCE_BITS;
        count -= DISTANCE_BITS;
        entry = entryAt(distanceTable, linkedIndex(entry, bits));
      }
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
    copyMatch(out, distance, length);
    out += length;
  }

  window.at = out;
  giveBack(reader, input, bits, count & 63);
  return outcome;
}

/** Leaves the reader with less than a byte of what this piece of input gave, so that whole bytes are counted as input. */
function giveBack(reader: BitReader, input: usize, bits: u64, count: u32): void {
  const back = min<u32>(count >> 3, <u32>(input - reader.start)); // the rest is of the piece before
  reader.at = input - back;
  reader.count = count - 8 * back;
  reader.bits = bits & ((<u64>1 << reader.count) - 1);
}

/** By distance: which bytes of the sixteen before repeat in the sixteen behind, and how far that holds. */
const patterns = memory.data(16 * 16, 16);
const strides = memory.data(16, 16);

export function fillPatterns(): void {
  for (let distance: u32 = 1; distance < 16; distance++) {
    for (let i: u32 = 0; i < 16; i++) store<u8>(patterns + distance * 16 + i, <u8>(i % distance));
    store<u8>(strides + distance, <u8>(16 - 16 % distance));
  }
}

/** Repeats `length` bytes from `distance` back, sixteen at a time: up to fifteen bytes behind are spoilt. */
// @ts-ignore: decorator
@inline
function copyMatch(to: usize, distance: u32, length: u32): void {
  const end = to + length;
  let at = to;
  let from = to - distance;
  if (distance >= 16) {
    do {
      v128.store(at, v128.load(from));
      from += 16;
      at += 16;
    } while (at < end);
  } else {
    const pattern = v128.swizzle(v128.load(from), v128.load(patterns + distance * 16));
    const stride: usize = load<u8>(strides + distance);
    do {
      v128.store(at, pattern);
      at += stride;
    } while (at < end);
  }
}
