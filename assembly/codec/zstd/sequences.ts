/**
 * The sequences of a block: so many literals, then a match.
 *
 * Source: RFC 8878, 3.1.1.3.2 "Sequences_Section", 3.1.1.4 "Sequence Execution", 3.1.1.5 "Repeat Offsets".
 */
import { LOADED_BITS, bitsAt, countBits, topBits } from "./bits";
import { fillPatterns } from "../repeat-patterns";
import { copyLiterals, copyMatch } from "./copy";
import { History } from "./history";
import { Literals } from "./literals";
import { PieceReader } from "./piece-reader";
import {
  SequenceTable, literalLengthTable, literalLengths, matchLengthTable, matchLengths, offsetTable, offsets,
} from "./sequence-tables";

/** From this first byte on, the number of sequences takes two, and from the other on three. */
const TWO_BYTES: u32 = 128;
const THREE_BYTES: u32 = 255;
const LONG_COUNT: u32 = 0x7f00;

export class Sequences {
  private literalLengths: SequenceTable = literalLengths();
  private offsets: SequenceTable = offsets();
  private matchLengths: SequenceTable = matchLengths();
  private hasTables: bool = false;
  private count: u32 = 0;
  /** Most recent first. */
  private offset1: u32 = 1;
  private offset2: u32 = 4;
  private offset3: u32 = 8;

  constructor(private reader: PieceReader, private history: History) {
    fillPatterns();
  }

  beginFrame(): void {
    this.hasTables = false;
    this.offset1 = 1;
    this.offset2 = 4;
    this.offset3 = 8;
  }

  /**
   * Writes what a block holds.
   *
   * @param from    where its sequences begin
   * @param most    bytes that it may hold
   * @param window  bytes that a match may reach back
   * @fails Corrupt
   */
  execute(from: usize, end: usize, literals: Literals, most: u32, window: u32): void {
    const bits = this.readHeader(from, end);
    const history = this.history;
    const limit = history.at + most;
    let literal = literals.at;
    if (this.count > 0) literal = this.run(bits, <u32>(end - bits), literals, limit, window);
    const rest = literals.at + literals.length - literal;
    if (rest > limit - history.at) this.reader.failAt(from, `a block of more than ${most} bytes`);
    memory.copy(history.at, literal, rest);
    history.at += rest;
  }

  /** @returns where the bits of the sequences begin */
  private readHeader(from: usize, end: usize): usize {
    const reader = this.reader;
    const first = <u32>load<u8>(from);
    const size: u32 = first < TWO_BYTES ? 1 : first < THREE_BYTES ? 2 : 3;
    let at = from + size;
    if (at > end) reader.failAt(end, "a block ends before the number of its sequences");
    this.count = first;
    if (size == 2) this.count = ((first - TWO_BYTES) << 8) + load<u8>(from, 1);
    else if (size == 3) this.count = LONG_COUNT + load<u16>(from, 1);
    if (this.count == 0) {
      if (at != end) reader.failAt(at, "bytes behind a block without sequences");
      return at;
    }
    if (at == end) reader.failAt(at, "a block ends before the tables of its sequences");
    const modes = <u32>load<u8>(at);
    if (modes & 3) reader.failAt(at, "table modes with reserved bits");
    at++;
    at = this.literalLengths.read(reader, modes >> 6, at, end, this.hasTables);
    at = this.offsets.read(reader, (modes >> 4) & 3, at, end, this.hasTables);
    at = this.matchLengths.read(reader, (modes >> 2) & 3, at, end, this.hasTables);
    this.hasTables = true;
    return at;
  }

  /** @returns behind the last literal that a sequence took */
  private run(from: usize, length: u32, literals: Literals, limit: usize, window: u32): usize {
    const reader = this.reader;
    const history = this.history;
    const floor = history.floor;
    const literalsEnd = literals.at + literals.length;
    let literal = literals.at;
    let out = history.at;
    let offset1 = this.offset1;
    let offset2 = this.offset2;
    let offset3 = this.offset3;

    let left = countBits(from, length);
    if (left < 0) reader.failAt(from + length, "sequences that no bit ends");
    let bits = bitsAt(from, left);
    let literalState = topBits(bits, this.literalLengths.log);
    bits <<= this.literalLengths.log;
    let offsetState = topBits(bits, this.offsets.log);
    bits <<= this.offsets.log;
    let matchState = topBits(bits, this.matchLengths.log);
    left -= this.literalLengths.log + this.offsets.log + this.matchLengths.log;

    for (let more = this.count; more > 0; more--) {
      if (left < 0) reader.failAt(from, "sequences take more bits than there are");
      const literalEntry = load<u64>(literalLengthTable + (<usize>literalState << 3));
      const offsetEntry = load<u64>(offsetTable + (<usize>offsetState << 3));
      const matchEntry = load<u64>(matchLengthTable + (<usize>matchState << 3));
      const sum = <u32>(literalEntry + offsetEntry + matchEntry);
      const valueBits = sum & 0xff;
      const stateBits = (sum >> 8) & 0xff;

      // Shifts take the lowest six bits of an entry, which are the extra bits; 8 bits up, those of the next state.
      bits = bitsAt(from, left);
      let offset = <u32>(offsetEntry >> 32) + topBits(bits, offsetEntry);
      bits <<= offsetEntry;
      left -= valueBits;
      if (valueBits + stateBits > LOADED_BITS) {
        left += <u32>(literalEntry + matchEntry) & 0xff;
        if (left < 0) continue;
        bits = bitsAt(from, left);
        left -= <u32>(literalEntry + matchEntry) & 0xff;
      }
      const matchLength = <u32>(matchEntry >> 32) + topBits(bits, matchEntry);
      bits <<= matchEntry;
      const literalLength = <u32>(literalEntry >> 32) + topBits(bits, literalEntry);
      bits <<= literalEntry;
      if (more > 1) {
        if (valueBits + stateBits > LOADED_BITS) {
          if (left < 0) continue;
          bits = bitsAt(from, left);
        }
        literalState = (<u32>(literalEntry >> 16) & 0xffff) + topBits(bits, literalEntry >> 8);
        bits <<= literalEntry >> 8;
        matchState = (<u32>(matchEntry >> 16) & 0xffff) + topBits(bits, matchEntry >> 8);
        bits <<= matchEntry >> 8;
        offsetState = (<u32>(offsetEntry >> 16) & 0xffff) + topBits(bits, offsetEntry >> 8);
        left -= stateBits;
      }

      if (<u8>offsetEntry > 1) {
        offset3 = offset2;
        offset2 = offset1;
        offset1 = offset;
      } else {
        // The number of a recent offset, one further on where the last one would only have made the match before longer.
        const recent = offset + (literalLength == 0 ? 1 : 0);
        if (recent != 0) {
          offset = recent == 1 ? offset2 : recent == 2 ? offset3 : offset1 - 1;
          if (recent != 1) offset3 = offset2;
          offset2 = offset1;
          offset1 = offset;
        } else offset = offset1;
      }

      if (literalLength > <u32>(literalsEnd - literal)) reader.failAt(from, "sequences take more literals than there are");
      if (literalLength + matchLength > <u32>(limit - out)) reader.failAt(from, "a block of more bytes than it may have");
      copyLiterals(out, literal, literalLength);
      literal += literalLength;
      out += literalLength;
      if (offset - 1 >= window) reader.failAt(from, `a match ${offset} bytes back, in a window of ${window}`);
      if (offset <= <u32>(out - floor)) copyMatch(out, offset, matchLength);
      else this.copyAcross(from, out, offset - <u32>(out - floor), matchLength);
      out += matchLength;
    }

    if (left != 0) reader.failAt(from, left < 0 ? "sequences take more bits than there are" : `${left} bits behind the last sequence`);
    history.at = out;
    this.offset1 = offset1;
    this.offset2 = offset2;
    this.offset3 = offset3;
    return literal;
  }

  /** A match that begins in the lap before, `back` bytes from its end. */
  private copyAcross(from: usize, out: usize, back: u32, length: u32): void {
    const history = this.history;
    if (back > <u32>(history.earlierEnd - history.earlier)) {
      this.reader.failAt(from, "a match that begins before its data does");
    }
    const there = min(back, length);
    memory.copy(out, history.earlierEnd - back, there);
    if (there < length) copyMatch(out + there, <u32>(out + there - history.floor), length - there);
  }
}
