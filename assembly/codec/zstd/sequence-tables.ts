/**
 * The tables that decode sequences: by state, what the code stands for and where it leads.
 *
 * Source: RFC 8878, 3.1.1.3.2.1 "Sequences_Section_Header", 3.1.1.3.2.2 "Default Distributions".
 */
import { TableMode } from "./format";
import { MAX_LOG, description, layOutStates, nextOf, readCounts, setCounts, symbolOf } from "./fse";
import { PieceReader } from "./piece-reader";

// An entry, in 64 bits:
//   0–7    extra bits of the value
//   8–15   bits of the next state
//   16–31  the next state, if those are zeros
//   32–63  the value, if the extra bits are zeros
// Entries can be added up to know how many bits three of them take.

export const literalLengthTable = memory.data(512 * 8, 16);
export const matchLengthTable = memory.data(512 * 8, 16);
export const offsetTable = memory.data(256 * 8, 16);
const MAX_OFFSET_LOG: u32 = 8;

/** "Literals_Length_Code" and "Match_Length_Code": extra bits, and the first value; "Offset_Code" is a formula. */
const literalLengthBits = memory.data<u8>([
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,
]);
const matchLengthBits = memory.data<u8>([
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 3, 3,
  4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,
]);
const MIN_MATCH: u32 = 3;

const literalLengthCounts = memory.data<i8>([
  4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 1, 1, 1, 1, -1, -1, -1, -1,
]);
const matchLengthCounts = memory.data<i8>([
  1, 4, 3, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
  1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1,
]);
const offsetCounts = memory.data<i8>([
  1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1,
]);

/** By code: extra bits in the low byte as in an entry, and the value. */
const literalLengthMeanings = memory.data(36 * 8, 8);
const matchLengthMeanings = memory.data(53 * 8, 8);
const offsetMeanings = memory.data(32 * 8, 8);
let ready: bool = false;

function fillMeanings(): void {
  fillLengths(literalLengthMeanings, literalLengthBits, 36, 0);
  fillLengths(matchLengthMeanings, matchLengthBits, 53, MIN_MATCH);
  for (let code: u32 = 0; code < 32; code++) {
    // The first two choose among recent offsets; for the others, three more numbers that do so are to be taken off.
    const base: u64 = code < 2 ? code : (1 << code) - 3;
    store<u64>(offsetMeanings + code * 8, (base << 32) | code);
  }
  ready = true;
}

function fillLengths(meanings: usize, bits: usize, count: u32, first: u64): void {
  let base = first;
  for (let code: u32 = 0; code < count; code++) {
    const extra = <u64>load<u8>(bits + code);
    store<u64>(meanings + code * 8, (base << 32) | extra);
    base += 1 << extra;
  }
}

/** The tables of one of the three kinds of codes. */
export class SequenceTable {
  /** The first state is read from as many bits. */
  log: u32 = 0;

  constructor(
    private name: string,
    private table: usize,
    private meanings: usize,
    private maxSymbol: u32,
    private maxLog: u32,
    private predefined: usize,
    private predefinedCount: u32,
    private predefinedLog: u32,
  ) {
    if (!ready) fillMeanings();
  }

  /**
   * Makes the table that `mode` and the bytes at `from` describe.
   *
   * @param hasEarlier  whether a block of this frame had one
   * @returns address behind the description
   * @fails Corrupt
   */
  read(reader: PieceReader, mode: TableMode, from: usize, end: usize, hasEarlier: bool): usize {
    switch (mode) {
      case TableMode.Predefined:
        setCounts(this.predefined, this.predefinedCount, this.predefinedLog);
        this.fill();
        return from;
      case TableMode.Rle:
        return this.readOne(reader, from, end);
      case TableMode.Compressed:
        readCounts(reader, from, end, this.maxSymbol, this.maxLog);
        this.fill();
        return description.end;
      default:
        if (!hasEarlier) reader.failAt(from, `${this.name} by an earlier table, where there is none`);
        return from;
    }
  }

  /** One state, which is never left. */
  private readOne(reader: PieceReader, from: usize, end: usize): usize {
    if (from >= end) reader.failAt(from, `${this.name} without their code`);
    const code = <u32>load<u8>(from);
    if (code > this.maxSymbol) reader.failAt(from, `${this.name} of code ${code}; ${this.maxSymbol} is the last`);
    this.log = 0;
    store<u64>(this.table, load<u64>(this.meanings + code * 8));
    return from + 1;
  }

  private fill(): void {
    layOutStates();
    this.log = description.log;
    for (let state: u32 = 0; state < <u32>1 << description.log; state++) {
      const meaning = load<u64>(this.meanings + symbolOf(state) * 8);
      store<u64>(this.table + state * 8, meaning | (<u64>nextOf(state) << 8));
    }
  }
}

export function literalLengths(): SequenceTable {
  return new SequenceTable(
    "literal lengths", literalLengthTable, literalLengthMeanings, 35, MAX_LOG, literalLengthCounts, 36, 6,
  );
}

export function matchLengths(): SequenceTable {
  return new SequenceTable("match lengths", matchLengthTable, matchLengthMeanings, 52, MAX_LOG, matchLengthCounts, 53, 6);
}

export function offsets(): SequenceTable {
  return new SequenceTable("offsets", offsetTable, offsetMeanings, 31, MAX_OFFSET_LOG, offsetCounts, 29, 5);
}
