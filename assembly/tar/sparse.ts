/**
 * Maps of sparse files: which parts of a file the archive holds; all else is zeros.
 *
 * Source: GNU tar manual, "Storing Sparse Files": old GNU, and PAX 0.0, 0.1 and 1.0.
 */
import { ErrorCode } from "../abi";
import { Literal } from "../bytes/literal";
import { ByteBuffer } from "../bytes/memory";
import { fail } from "../host";
import { Record, Records } from "../tree/record";
import { parsedInteger, parseInteger } from "../tree/record-value";
import { readNumber, malformed, resetMalformed } from "./field";
import { BLOCK_SIZE, Field, GNU_SPARSE, MAX_SPECIAL_SIZE, offsetOf, SPARSE_ENTRY_SIZE, widthOf } from "./format";

export const SPARSE_MAJOR = new Literal("GNU.sparse.major");
export const SPARSE_MINOR = new Literal("GNU.sparse.minor");
export const SPARSE_NAME = new Literal("GNU.sparse.name");
export const SPARSE_SIZE = new Literal("GNU.sparse.size");
export const SPARSE_REAL_SIZE = new Literal("GNU.sparse.realsize");
const MAP = new Literal("GNU.sparse.map");
const BLOCK_COUNT = new Literal("GNU.sparse.numblocks");
const OFFSET = new Literal("GNU.sparse.offset");
const BYTE_COUNT = new Literal("GNU.sparse.numbytes");
const ZERO = new Literal("0");
const ONE = new Literal("1");

const COMMA: u8 = 0x2c;
const NEWLINE: u8 = 0x0a;

export const enum SparseForm {
  None,
  /** The map is in the records. */
  Records,
  /** The map begins the data. */
  Data,
}

/** A part of the file that the archive holds. Bytes. */
@unmanaged
export class Segment {
  offset: i64; // 0x00
  length: i64; // 0x08
}

/** Which form of sparse file the records describe, if any. Versions that are not known make an ordinary file. */
export function sparseFormOf(records: Records): SparseForm {
  const major = records.findValue(SPARSE_MAJOR);
  const minor = records.findValue(SPARSE_MINOR);
  if (major && minor) {
    const minorIsZero = ZERO.equals(minor.value, minor.valueLength);
    if (ZERO.equals(major.value, major.valueLength)) {
      return minorIsZero || ONE.equals(minor.value, minor.valueLength) ? SparseForm.Records : SparseForm.None;
    }
    return ONE.equals(major.value, major.valueLength) && minorIsZero ? SparseForm.Data : SparseForm.None;
  }
  if (major || minor) return SparseForm.None;
  return hasPairs(records) || records.findValue(MAP) ? SparseForm.Records : SparseForm.None;
}

/** Whether the map comes as in 0.0: a record for each number. A single empty one is as good as none. */
function hasPairs(records: Records): bool {
  let pairs = 0;
  let bytes: u32 = 0;
  for (let i: u32 = 0; i < records.count; i++) {
    const record = records.at(i);
    if (!record.hasKey(OFFSET) && !record.hasKey(BYTE_COUNT)) continue;
    pairs++;
    bytes += record.valueLength;
  }
  return pairs > 1 || bytes > 0;
}

/** @fails Corrupt  the records of a 0.0 map do not come in turn: an offset, a length, an offset, … */
export function verifyPairs(records: Records): void {
  let half = false;
  for (let i: u32 = 0; i < records.count; i++) {
    const record = records.at(i);
    const isOffset = record.hasKey(OFFSET);
    if (!isOffset && !record.hasKey(BYTE_COUNT)) continue;
    if (isOffset == half) fail(ErrorCode.Corrupt, `tar: sparse map: record ${i} is out of turn`);
    if (hasComma(record)) fail(ErrorCode.Corrupt, `tar: sparse map: record ${i} holds more than a number`);
    half = !half;
  }
}

function hasComma(record: Record): bool {
  for (let i: u32 = 0; i < record.valueLength; i++) if (load<u8>(record.value + i) == COMMA) return true;
  return false;
}

export class SparseMap {
  count: u32 = 0;
  private list: ByteBuffer = new ByteBuffer();
  // A map in the data arrives block by block.
  private text: ByteBuffer = new ByteBuffer();
  private lines: u32 = 0;
  private linesWanted: u32 = 0;
  private moreBlocks: u32 = 0;

  clear(): void {
    this.count = 0;
    this.list.clear();
    this.text.clear();
    this.lines = 0;
    this.linesWanted = 1;
    this.moreBlocks = 0;
  }

  at(index: u32): Segment {
    return changetype<Segment>(this.list.at + index * offsetof<Segment>());
  }

  /** Bytes that the archive holds of the file. */
  get dataSize(): u64 {
    let size: u64 = 0;
    for (let i: u32 = 0; i < this.count; i++) size += this.at(i).length;
    return size;
  }

  private add(offset: i64, length: i64): void {
    this.list.reserve(this.list.length + offsetof<Segment>());
    this.list.length += offsetof<Segment>();
    const segment = this.at(this.count++);
    segment.offset = offset;
    segment.length = length;
  }

  /**
   * Reads the entries of an old GNU header, or of a block that goes on with it. A zero byte ends them.
   *
   * @returns whether another block follows
   * @fails Corrupt  an entry that is no number, or a map past a megabyte
   */
  addOldGnu(block: usize, entries: Field, extended: Field): bool {
    resetMalformed();
    const count = widthOf(entries) / SPARSE_ENTRY_SIZE;
    for (let i: u32 = 0; i < count; i++) {
      const at = offsetOf(entries) + i * SPARSE_ENTRY_SIZE;
      if (load<u8>(block + at) == 0) break;
      const offset = readNumber(block, (<Field>at << 16) | 12);
      const length = readNumber(block, (<Field>(at + 12) << 16) | 12);
      if (malformed) fail(ErrorCode.Corrupt, `tar: sparse map: entry ${this.count} is no number`);
      this.add(offset, length);
    }
    if (load<u8>(block + offsetOf(extended)) == 0) return false;
    if (widthOf(GNU_SPARSE) + 1 + ++this.moreBlocks * BLOCK_SIZE >= MAX_SPECIAL_SIZE) this.refuseLong();
    return true;
  }

  /** Reads the map of PAX 0.0 or 0.1. @fails Corrupt  it is not of the form */
  addRecords(records: Records): void {
    const declared = records.find(BLOCK_COUNT);
    if (!declared || !parseInteger(declared.value, declared.valueLength)) {
      fail(ErrorCode.Corrupt, "tar: sparse map: no sound GNU.sparse.numblocks");
    }
    const count = parsedInteger;
    if (hasPairs(records)) this.addPairs(records);
    else this.addList(records.findValue(MAP));
    if (count != <i64>this.count) {
      fail(ErrorCode.Corrupt, `tar: sparse map: ${this.count} segments where ${count} are declared`);
    }
  }

  private addPairs(records: Records): void {
    let offset: i64 = 0;
    let half = false;
    for (let i: u32 = 0; i < records.count; i++) {
      const record = records.at(i);
      if (!record.hasKey(OFFSET) && !record.hasKey(BYTE_COUNT)) continue;
      if (!parseInteger(record.value, record.valueLength)) this.refusePairs();
      if (half) this.add(offset, parsedInteger);
      else offset = parsedInteger;
      half = !half;
    }
    if (half) this.refusePairs();
  }

  private addList(map: Record | null): void {
    if (!map) return;
    const end = map.value + map.valueLength;
    let offset: i64 = 0;
    let half = false;
    for (let at = map.value; at <= end; at++) {
      const from = at;
      while (at < end && load<u8>(at) != COMMA) at++;
      if (!parseInteger(from, <u32>(at - from))) this.refusePairs();
      if (half) this.add(offset, parsedInteger);
      else offset = parsedInteger;
      half = !half;
    }
    if (half) this.refusePairs();
  }

  /**
   * Reads a block of a map that begins the data (PAX 1.0): lines of decimal numbers, the first their count of pairs.
   *
   * @returns whether another block follows
   * @fails Corrupt  a line that is no number, or a map past a megabyte
   */
  addText(block: usize): bool {
    if (this.text.length + BLOCK_SIZE > MAX_SPECIAL_SIZE) this.refuseLong();
    this.text.append(block, BLOCK_SIZE);
    for (let i: u32 = 0; i < BLOCK_SIZE; i++) if (load<u8>(block + i) == NEWLINE) this.lines++;
    if (this.lines == 0) return true;
    if (this.linesWanted == 1) this.readCount();
    if (this.lines < this.linesWanted) return true;
    this.readLines();
    return false;
  }

  private readCount(): void {
    const length = this.lineLength(0);
    if (!parseInteger(this.text.at, length) || parsedInteger < 0) this.refusePairs();
    // A megabyte of text cannot hold as many, and the count must not overflow.
    if (<u64>parsedInteger > MAX_SPECIAL_SIZE) this.refuseLong();
    this.linesWanted = 1 + 2 * <u32>parsedInteger;
  }

  private readLines(): void {
    let from = this.lineLength(0) + 1;
    for (let line: u32 = 1; line < this.linesWanted; line += 2) {
      let length = this.lineLength(from);
      if (!parseInteger(this.text.at + from, length)) this.refusePairs();
      const offset = parsedInteger;
      from += length + 1;
      length = this.lineLength(from);
      if (!parseInteger(this.text.at + from, length)) this.refusePairs();
      this.add(offset, parsedInteger);
      from += length + 1;
    }
  }

  private lineLength(from: u32): u32 {
    let length: u32 = 0;
    while (load<u8>(this.text.at + from + length) != NEWLINE) length++;
    return length;
  }

  /** @fails Corrupt  segments overlap, run backward, or pass the file's `size` */
  validate(size: i64): void {
    if (size < 0) fail(ErrorCode.Corrupt, `tar: sparse map: file of ${size} bytes`);
    let end: i64 = 0;
    for (let i: u32 = 0; i < this.count; i++) {
      const segment = this.at(i);
      const sound =
        segment.offset >= end && segment.length >= 0 && segment.length <= size && segment.offset <= size - segment.length;
      if (!sound) {
        const range = `${segment.length} bytes at ${segment.offset}`;
        fail(ErrorCode.Corrupt, `tar: sparse map: segment ${i}, ${range}, does not fit a file of ${size} behind byte ${end}`);
      }
      end = segment.offset + segment.length;
    }
  }

  private refusePairs(): void {
    fail(ErrorCode.Corrupt, `tar: sparse map: no pair of numbers after ${this.count} segments`);
  }

  private refuseLong(): void {
    fail(ErrorCode.Corrupt, `tar: sparse map: more than ${MAX_SPECIAL_SIZE} bytes`);
  }
}
