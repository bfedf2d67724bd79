/**
 * The table that decodes literals: the next bits are the index, the entry says what they stand for and how many they are.
 *
 * Source: RFC 8878, 4.2 "Huffman Coding".
 */
import { bitsAt, countBits, topBits } from "./bits";
import { description, layOutStates, nextOf, readCounts, symbolOf } from "./fse";
import { PieceReader } from "./piece-reader";

/** Bits that index the table, whatever the longest code; the reference decoder takes 12 where the RFC says 11. */
export const INDEX_BITS: u32 = 11;
export const MAX_CODE_BITS: u32 = 12;
/** "FSE compression of Huffman weights". */
const MAX_WEIGHT_LOG: u32 = 6;
/** Weights that may be written: the last is never. */
const MAX_WEIGHTS: u32 = 255;
/** Of the first byte: less is the size of weights that are compressed, the rest their number. */
const DIRECT: u32 = 128;

/** By the next bits: how many of them are the code in the low byte, in the high byte the symbol. */
export const literalTable = memory.data(4096 * 2, 16);
const weights = memory.data(256, 8);
/** By weight: how many symbols have it, then where their next entry goes. */
const places = memory.data(16 * 4, 8);
/** By state: the weight in the lowest byte, bits to read, and the state that they add to. */
const weightStates = memory.data(64 * 4, 8);

/** Bits that index `literalTable`; 0: there is none yet. */
export let literalIndexBits: u32 = 0;

export function forgetLiteralTable(): void {
  literalIndexBits = 0;
}

/**
 * Makes the table of its description.
 *
 * @param end  of what it may take
 * @returns address behind it
 * @fails Corrupt
 */
export function readLiteralTable(reader: PieceReader, from: usize, end: usize): usize {
  const first = <u32>load<u8>(from);
  const size = first < DIRECT ? first : (first - DIRECT + 2) >> 1;
  if (from >= end || size >= <u32>(end - from)) reader.failAt(from, "Huffman weights go on behind their end");
  const behind = from + 1 + size;
  const count = first < DIRECT ? decodeWeights(reader, from + 1, behind) : unpackWeights(from + 1, first - DIRECT + 1);
  fillTable(completeWeights(reader, from, count), count + 1);
  return behind;
}

/** Two in a byte. */
function unpackWeights(from: usize, count: u32): u32 {
  for (let i: u32 = 0; i < count; i++) {
    const pair = <u32>load<u8>(from + (i >> 1));
    store<u8>(weights + i, <u8>(i & 1 ? pair & 15 : pair >> 4));
  }
  return count;
}

/** Two states take turns, until one is to be moved by more bits than there are: then the other's weight is the last. */
function decodeWeights(reader: PieceReader, from: usize, end: usize): u32 {
  readCounts(reader, from, end, MAX_WEIGHTS, MAX_WEIGHT_LOG);
  layOutStates();
  const log = description.log;
  for (let state: u32 = 0; state < <u32>1 << log; state++) {
    store<u32>(weightStates + state * 4, (nextOf(state) << 8) | symbolOf(state));
  }
  const start = description.end;
  let left = countBits(start, <u32>(end - start));
  if (left < <i32>(2 * log)) reader.failAt(end, "Huffman weights without bits");
  let state = topBits(bitsAt(start, left), log);
  left -= log;
  let other = topBits(bitsAt(start, left), log);
  left -= log;
  let count: u32 = 0;
  while (count < MAX_WEIGHTS - 1) {
    const entry = load<u32>(weightStates + state * 4);
    store<u8>(weights + count++, <u8>entry);
    const bits = (entry >> 8) & 0xff;
    if (<i32>bits > left) {
      store<u8>(weights + count++, load<u8>(weightStates + other * 4));
      return count;
    }
    state = other;
    other = (entry >> 16) + topBits(bitsAt(start, left), bits);
    left -= bits;
  }
  reader.failAt(from, `more Huffman weights than ${MAX_WEIGHTS}`);
  return 0;
}

/** Adds the last weight, which makes the codes complete. @returns bits of the longest code */
function completeWeights(reader: PieceReader, from: usize, count: u32): u32 {
  memory.fill(places, 0, 16 * 4);
  let sum: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const weight = <u32>load<u8>(weights + i);
    if (weight > MAX_CODE_BITS) reader.failAt(from, `a Huffman weight of ${weight}; ${MAX_CODE_BITS} is the most`);
    tally(weight);
    sum += (1 << weight) >> 1;
  }
  if (sum == 0) reader.failAt(from, "no Huffman weight but zeros");
  const longest: u32 = 32 - clz(sum);
  if (longest > MAX_CODE_BITS) reader.failAt(from, `Huffman codes of ${longest} bits; ${MAX_CODE_BITS} are the most`);
  const rest = (<u32>1 << longest) - sum;
  if (popcnt(rest) != 1) reader.failAt(from, "Huffman weights that no last one completes");
  const last = 32 - clz(rest);
  store<u8>(weights + count, <u8>last);
  tally(last);
  if (load<u32>(places + 4) < 2) reader.failAt(from, "Huffman codes without two of the greatest length");
  return longest;
}

function tally(weight: u32): void {
  store<u32>(places + weight * 4, load<u32>(places + weight * 4) + 1);
}

/** Codes stand by weight, then by symbol; a code takes as many entries as there are bits behind it. */
function fillTable(longest: u32, symbolCount: u32): void {
  const indexBits = max(longest, INDEX_BITS);
  literalIndexBits = indexBits;
  let place: u32 = 0;
  for (let weight: u32 = 1; weight <= longest; weight++) {
    const count = load<u32>(places + weight * 4);
    store<u32>(places + weight * 4, place);
    place += count << (weight - 1 + indexBits - longest);
  }
  for (let symbol: u32 = 0; symbol < symbolCount; symbol++) {
    const weight = <u32>load<u8>(weights + symbol);
    if (weight == 0) continue;
    const bits = longest + 1 - weight;
    const entries: u32 = 1 << (indexBits - bits);
    const first = load<u32>(places + weight * 4);
    store<u32>(places + weight * 4, first + entries);
    fillEntries(literalTable + first * 2, entries, <u16>((symbol << 8) | bits));
  }
}

/** Counts are powers of two. */
function fillEntries(from: usize, count: u32, entry: u16): void {
  const end = from + count * 2;
  if (count < 8) for (let at = from; at < end; at += 2) store<u16>(at, entry);
  else for (let at = from; at < end; at += 16) v128.store(at, i16x8.splat(entry));
}
