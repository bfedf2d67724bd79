/**
 * Tables that decode Huffman codes: the next bits are the index, the entry says what they stand for.
 *
 * Codes too long for the main table go on in a table of their own behind it.
 *
 * Source: RFC 1951, 3.2.2.
 */

export const MAX_CODE_LENGTH: u32 = 15;

// An entry, in 32 bits:
//   0–7    bits to drop: the code's, and the extra bits behind it
//   8–11   bits of the code alone; of a link, the bits that index the table it leads to
//   12–15  what kind it is, if neither a literal nor a length or distance
//   16–30  the literal, or the first length or distance of the symbol; of a link, the index of its table
//   31     whether it is a literal
export const VALUE_SHIFT: u32 = 16;
export const LITERAL: u32 = 1 << 31;
/** One of the three below. */
export const SPECIAL: u32 = 1 << 15;
export const LINK: u32 = SPECIAL | (1 << 14);
export const END_OF_BLOCK: u32 = SPECIAL | (1 << 13);
/** No symbol has this code, or the symbol has no meaning. */
export const WRONG: u32 = SPECIAL | (1 << 12);

// @ts-ignore: decorator
@inline
export function bitsToDrop(entry: u32): u32 {
  return entry & 0xff;
}

/** The length or distance: the first of its symbol, and what the extra bits add. @param bits  from the code on */
// @ts-ignore: decorator
@inline
export function valueOf(entry: u32, bits: u64): u32 {
  const extra = <u32>(bits & ((<u64>1 << (entry & 63)) - 1)) >> ((entry >> 8) & 15);
  return ((entry >> VALUE_SHIFT) & 0x7fff) + extra;
}

// @ts-ignore: decorator
@inline
export function isLiteral(entry: u32): bool {
  return <i32>entry < 0; // as LITERAL is the sign
}

/** What a link leads to. @param bits  those behind the ones that led to the link */
// @ts-ignore: decorator
@inline
export function linkedEntry(table: usize, link: u32, bits: u64): u32 {
  return entryAt(table, (link >> VALUE_SHIFT) + (<u32>bits & ((1 << ((link >> 8) & 15)) - 1)));
}

// @ts-ignore: decorator
@inline
export function entryAt(table: usize, index: u32): u32 {
  return load<u32>(table + (index << 2));
}

export const enum Verdict {
  Good,
  /** More codes than there are bits for. */
  Oversubscribed,
  /** Bits that are no code, where that may not be. */
  Incomplete,
}

/** How many codes there are of each length. */
const counts = memory.data(16 * 4, 4);
/** Where the next symbol of each length goes among the sorted. */
const offsets = memory.data(16 * 4, 4);
/** Symbols by the length of their codes. */
const sorted = memory.data(288 * 2, 2);

/**
 * Builds the table of a code.
 *
 * @param table     room for its entries
 * @param bits      that index the main table
 * @param lengths   a byte for each symbol: bits of its code; 0: it has none
 * @param meanings  an entry for each symbol, but for the code's length
 * @param mayLack   whether the code may have one symbol, with a single bit, or none: zlib lets that pass
 */
export function buildTable(
  table: usize, bits: u32, lengths: usize, symbols: u32, meanings: usize, mayLack: bool,
): Verdict {
  countLengths(lengths, symbols);
  let left: i32 = 1; // codes of this length that are free
  let longest: u32 = 0;
  for (let length: u32 = 1; length <= MAX_CODE_LENGTH; length++) {
    const count = load<u32>(counts + length * 4);
    left = 2 * left - count;
    if (left < 0) return Verdict.Oversubscribed;
    if (count > 0) longest = length;
  }
  if (left > 0) {
    if (longest > 1 || !mayLack) return Verdict.Incomplete;
    for (let index: u32 = 0; index < <u32>1 << bits; index++) store<u32>(table + index * 4, WRONG | 1);
  }
  sortByLength(lengths, symbols);
  place(table, bits, longest, meanings);
  return Verdict.Good;
}

function countLengths(lengths: usize, symbols: u32): void {
  memory.fill(counts, 0, 16 * 4);
  for (let symbol: u32 = 0; symbol < symbols; symbol++) {
    const count = counts + (<usize>load<u8>(lengths + symbol)) * 4;
    store<u32>(count, load<u32>(count) + 1);
  }
}

function sortByLength(lengths: usize, symbols: u32): void {
  let offset: u32 = 0;
  for (let length: u32 = 1; length <= MAX_CODE_LENGTH; length++) {
    store<u32>(offsets + length * 4, offset);
    offset += load<u32>(counts + length * 4);
  }
  for (let symbol: u32 = 0; symbol < symbols; symbol++) {
    const length: usize = load<u8>(lengths + symbol);
    if (length == 0) continue;
    const at = load<u32>(offsets + length * 4);
    store<u16>(sorted + at * 2, <u16>symbol);
    store<u32>(offsets + length * 4, at + 1);
  }
}

/** Gives the symbols their codes, shortest first. The first bit of a code is its lowest here. */
function place(table: usize, bits: u32, longest: u32, meanings: usize): void {
  const size: u32 = 1 << bits;
  let code: u32 = 0;
  let next = sorted;
  let linked: u32 = size; // the index in the main table that leads to the one being filled; as yet none
  let subtable = table;
  let subtableBits: u32 = 0;
  let end = table + size * 4;
  for (let length: u32 = 1; length <= longest; length++) {
    for (let left = load<u32>(counts + length * 4); left > 0; left--) {
      const meaning = load<u32>(meanings + (<u32>load<u16>(next)) * 4);
      next += 2;
      const entry = meaning + (length << 8) + length;
      if (length <= bits) fill(table, code, length, size, entry);
      else {
        if ((code & (size - 1)) != linked) {
          linked = code & (size - 1);
          subtable = end;
          subtableBits = computeSubtableBits(bits, length, left);
          end += 4 << subtableBits;
          store<u32>(table + linked * 4, LINK | (<u32>((subtable - table) >> 2) << VALUE_SHIFT) | (subtableBits << 8) | bits);
        }
        fill(subtable, code >> bits, length - bits, 1 << subtableBits, entry);
      }
      code = following(code, length);
    }
  }
}

/** All indexes whose lowest `length` bits are the code's stand for its symbol. */
// @ts-ignore: decorator
@inline
function fill(table: usize, code: u32, length: u32, size: u32, entry: u32): void {
  for (let index = code; index < size; index += 1 << length) store<u32>(table + index * 4, entry);
}

/** Bits that index a table for the codes that begin alike, of which `left` have this length and others are longer. */
function computeSubtableBits(bits: u32, length: u32, left: u32): u32 {
  let more = length - bits;
  for (let used = left; used < <u32>1 << more; ) used = 2 * used + load<u32>(counts + (bits + ++more) * 4);
  return more;
}

/** The code after `code`: a number with its bits in reverse, one larger. */
function following(code: u32, length: u32): u32 {
  let bit: u32 = 1 << (length - 1);
  while (code & bit) bit >>= 1;
  return (code & (bit - 1)) | bit;
}
