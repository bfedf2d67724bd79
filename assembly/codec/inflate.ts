/**
 * DEFLATE, read: blocks of stored bytes, or of literals and matches.
 *
 * Accepts and refuses what zlib does, which is more and less than the RFC: an incomplete code may have one symbol.
 *
 * Source: RFC 1951, 3.2.3 to 3.2.7.
 */
import { BitReader } from "./bit-reader";
import {
  CODE_LENGTH_SYMBOLS, DISTANCE_SYMBOLS, END, LITERAL_SYMBOLS, MAX_DISTANCE_SYMBOLS, MAX_LITERAL_SYMBOLS,
  codeLengthMeanings, codeLengthOrder, distanceMeanings, fillMeanings, literalMeanings,
} from "./deflate";
import { VALUE_SHIFT, Verdict, bitsToDrop, buildTable, entryAt } from "./huffman";
import { fillPatterns } from "./repeat-patterns";
import { DISTANCE_BITS, LITERAL_BITS, Outcome, decodeSymbols, distanceTable, literalTable } from "./symbols";
import { Window } from "./window";

const enum BlockType {
  Stored,
  Fixed,
  Dynamic,
  Reserved,
}

/** What comes next. */
const enum Step {
  Block,
  StoredLength,
  Stored,
  /** How many lengths of each code there are. */
  Counts,
  /** The lengths of the code in which the others' lengths are written. */
  LengthsOfLengths,
  Lengths,
  Symbols,
  /** All was read. */
  End,
}

/** The longest code of the code of code lengths, and so all of its table. */
const CODE_LENGTH_BITS: u32 = 7;

// Symbols of the code of code lengths that repeat a length; what is below is a length.
const REPEAT_LAST: u32 = 16;
const REPEAT_ZERO: u32 = 17;

const codeLengthTable = memory.data(128 * 4, 16);
const codeLengthLengths = memory.data(19, 1);
/** Of literals, and behind them of distances. */
const lengths = memory.data(288 + 32, 16);

export class Inflate {
  private step: Step = Step.Block;
  private isLast: bool = false;
  /** Whether the tables hold the fixed codes. */
  private isFixed: bool = false;
  /** Bytes of a stored block to come. */
  private left: u32 = 0;
  private literalCount: u32 = 0;
  private distanceCount: u32 = 0;
  private codeLengthCount: u32 = 0;
  /** Lengths that were read. */
  private filled: u32 = 0;

  constructor(private reader: BitReader, private window: Window) {
    fillMeanings();
    fillPatterns();
  }

  /** A stream begins here. */
  begin(): void {
    this.step = Step.Block;
    this.window.forget();
  }

  /**
   * Decompresses on, until the stream ends, the window is full or the input is used up.
   *
   * @returns whether the stream has ended
   * @fails Corrupt
   */
  run(): bool {
    while (this.step != Step.End) if (!this.go()) return false;
    return true;
  }

  /** @returns whether the step could be done to its end */
  private go(): bool {
    switch (this.step) {
      case Step.Block:
        return this.readBlockHeader();
      case Step.StoredLength:
        return this.readStoredLength();
      case Step.Stored:
        return this.copyStored();
      case Step.Counts:
        return this.readCounts();
      case Step.LengthsOfLengths:
        return this.readLengthsOfLengths();
      case Step.Lengths:
        return this.readLengths();
      default:
        return this.decode();
    }
  }

  private readBlockHeader(): bool {
    const reader = this.reader;
    if (this.isLast) {
      this.isLast = false;
      this.step = Step.End;
      return true;
    }
    if (!reader.has(3)) return false;
    this.isLast = reader.take(1) == 1;
    const type = reader.take(2);
    if (type == BlockType.Stored) {
      reader.align();
      this.step = Step.StoredLength;
    } else if (type == BlockType.Fixed) {
      this.useFixedCodes();
      this.step = Step.Symbols;
    } else if (type == BlockType.Dynamic) this.step = Step.Counts;
    else reader.fail("a block of the reserved type");
    return true;
  }

  private readStoredLength(): bool {
    const reader = this.reader;
    if (!reader.has(32)) return false;
    const length = reader.take(16);
    const complement = reader.take(16);
    if (length != (complement ^ 0xffff)) reader.fail(`length ${length} of a stored block, and its complement ${complement}`);
    this.left = length;
    this.step = Step.Stored;
    return true;
  }

  private copyStored(): bool {
    const reader = this.reader;
    const window = this.window;
    while (this.left > 0 && reader.count > 0 && !window.isFull) {
      store<u8>(window.at++, <u8>reader.take(8));
      this.left--;
    }
    if (window.isFull) return this.left == 0 && this.endBlock();
    const length = min<usize>(min<usize>(this.left, reader.end - reader.at), window.limit - window.at);
    memory.copy(window.at, reader.at, length);
    window.at += length;
    reader.at += length;
    this.left -= <u32>length;
    return this.left == 0 && this.endBlock();
  }

  private endBlock(): bool {
    this.step = Step.Block;
    return true;
  }

  private readCounts(): bool {
    const reader = this.reader;
    if (!reader.has(14)) return false;
    this.literalCount = 257 + reader.take(5);
    this.distanceCount = 1 + reader.take(5);
    this.codeLengthCount = 4 + reader.take(4);
    if (this.literalCount > MAX_LITERAL_SYMBOLS) reader.fail(`${this.literalCount} literal and length codes`);
    if (this.distanceCount > MAX_DISTANCE_SYMBOLS) reader.fail(`${this.distanceCount} distance codes`);
    memory.fill(codeLengthLengths, 0, CODE_LENGTH_SYMBOLS);
    this.filled = 0;
    this.step = Step.LengthsOfLengths;
    return true;
  }

  private readLengthsOfLengths(): bool {
    const reader = this.reader;
    for (; this.filled < this.codeLengthCount; this.filled++) {
      if (!reader.has(3)) return false;
      store<u8>(codeLengthLengths + load<u8>(codeLengthOrder + this.filled), <u8>reader.take(3));
    }
    const verdict = buildTable(
      codeLengthTable, CODE_LENGTH_BITS, codeLengthLengths, CODE_LENGTH_SYMBOLS, codeLengthMeanings, false,
    );
    this.judge("code length", verdict);
    this.filled = 0;
    this.step = Step.Lengths;
    return true;
  }

  private readLengths(): bool {
    const reader = this.reader;
    const total = this.literalCount + this.distanceCount;
    while (this.filled < total) {
      reader.fill();
      const entry = entryAt(codeLengthTable, <u32>reader.bits & ((1 << CODE_LENGTH_BITS) - 1));
      const symbol = entry >> VALUE_SHIFT;
      const extra: u32 = symbol < REPEAT_LAST ? 0 : symbol == REPEAT_LAST ? 2 : symbol == REPEAT_ZERO ? 3 : 7;
      if (bitsToDrop(entry) + extra > reader.count) return false;
      reader.drop(bitsToDrop(entry));
      if (symbol < REPEAT_LAST) store<u8>(lengths + this.filled++, <u8>symbol);
      else this.repeat(symbol, reader.take(extra), total);
    }
    this.useCodes();
    this.step = Step.Symbols;
    return true;
  }

  private repeat(symbol: u32, extra: u32, total: u32): void {
    const filled = this.filled;
    const times = extra + (symbol > REPEAT_ZERO ? 11 : 3);
    if (symbol == REPEAT_LAST && filled == 0) this.reader.fail("the first code length repeats one before it");
    if (filled + times > total) this.reader.fail(`code lengths repeat past the ${total} that there are`);
    const length: u8 = symbol == REPEAT_LAST ? load<u8>(lengths + filled - 1) : 0;
    memory.fill(lengths + filled, length, times);
    this.filled = filled + times;
  }

  private useCodes(): void {
    if (load<u8>(lengths + END) == 0) this.reader.fail("no code for the end of the block");
    this.isFixed = false;
    const distances = lengths + this.literalCount;
    this.judge(
      "literal and length",
      buildTable(literalTable, LITERAL_BITS, lengths, this.literalCount, literalMeanings, true),
    );
    this.judge(
      "distance",
      buildTable(distanceTable, DISTANCE_BITS, distances, this.distanceCount, distanceMeanings, true),
    );
  }

  private useFixedCodes(): void {
    if (this.isFixed) return;
    memory.fill(lengths, 8, 144);
    memory.fill(lengths + 144, 9, 112);
    memory.fill(lengths + 256, 7, 24);
    memory.fill(lengths + 280, 8, 8);
    memory.fill(lengths + LITERAL_SYMBOLS, 5, DISTANCE_SYMBOLS);
    buildTable(literalTable, LITERAL_BITS, lengths, LITERAL_SYMBOLS, literalMeanings, false);
    buildTable(distanceTable, DISTANCE_BITS, lengths + LITERAL_SYMBOLS, DISTANCE_SYMBOLS, distanceMeanings, false);
    this.isFixed = true;
  }

  private judge(code: string, verdict: Verdict): void {
    if (verdict == Verdict.Oversubscribed) this.reader.fail(`the ${code} codes are more than fit`);
    if (verdict == Verdict.Incomplete) this.reader.fail(`the ${code} codes are incomplete`);
  }

  private decode(): bool {
    const window = this.window;
    switch (decodeSymbols(this.reader, window)) {
      case Outcome.Stuck:
        return false;
      case Outcome.EndOfBlock:
        return this.endBlock();
      case Outcome.WrongSymbol:
        this.reader.fail("a literal or length code that has no meaning");
      case Outcome.WrongDistance:
        this.reader.fail("a distance code that has no meaning");
      default:
        this.reader.fail("a match that begins before its data does");
    }
    return false;
  }
}
