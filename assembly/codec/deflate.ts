/**
 * The symbols of DEFLATE, and what they stand for.
 *
 * Source: RFC 1951, 3.2.5 to 3.2.7.
 */
import { END_OF_BLOCK, LITERAL, VALUE_SHIFT, WRONG } from "./huffman";

export const END: u32 = 256;
export const FIRST_LENGTH: u32 = 257;
const LENGTHS: u32 = 29;
const DISTANCES: u32 = 30;

/** Symbols that a code may name, the last two of each without a meaning. */
export const LITERAL_SYMBOLS: u32 = 288;
export const DISTANCE_SYMBOLS: u32 = 32;
/** Symbols of the code in which the lengths of the other two are written. */
export const CODE_LENGTH_SYMBOLS: u32 = 19;
/** A block may define no more. */
export const MAX_LITERAL_SYMBOLS: u32 = 286;
export const MAX_DISTANCE_SYMBOLS: u32 = 30;

/** "Extra bits" and the first length or distance that a symbol stands for. */
const lengthBits = memory.data<u8>([
  0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
]);
const lengthBases = memory.data<u16>([
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258,
]);
const distanceBits = memory.data<u8>([
  0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13,
]);
const distanceBases = memory.data<u16>([
  1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145,
  8193, 12289, 16385, 24577,
]);

/** The order in which the lengths of the code of code lengths stand. */
export const codeLengthOrder = memory.data<u8>([16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]);

/** Entries of decoding tables, by symbol: `huffman.ts` says how they read. */
export const literalMeanings = memory.data(288 * 4, 4);
export const distanceMeanings = memory.data(32 * 4, 4);
export const codeLengthMeanings = memory.data(19 * 4, 4);

export function fillMeanings(): void {
  for (let symbol: u32 = 0; symbol < END; symbol++) {
    store<u32>(literalMeanings + symbol * 4, LITERAL | (symbol << VALUE_SHIFT));
  }
  store<u32>(literalMeanings + END * 4, END_OF_BLOCK);
  fillBases(literalMeanings + FIRST_LENGTH * 4, lengthBases, lengthBits, LENGTHS, LITERAL_SYMBOLS - FIRST_LENGTH);
  fillBases(distanceMeanings, distanceBases, distanceBits, DISTANCES, DISTANCE_SYMBOLS);
  for (let symbol: u32 = 0; symbol < CODE_LENGTH_SYMBOLS; symbol++) {
    store<u32>(codeLengthMeanings + symbol * 4, symbol << VALUE_SHIFT);
  }
}

/** For `count` symbols, of which the first `known` have a meaning. */
function fillBases(to: usize, bases: usize, bits: usize, known: u32, count: u32): void {
  for (let i: u32 = 0; i < count; i++) {
    const meaning = i < known ? ((<u32>load<u16>(bases + i * 2)) << VALUE_SHIFT) | load<u8>(bits + i) : WRONG;
    store<u32>(to + i * 4, meaning);
  }
}
