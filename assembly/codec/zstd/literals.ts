/**
 * The literals of a block.
 *
 * Source: RFC 8878, 3.1.1.3.1 "Literals_Section_Header".
 */
import { LiteralsType, MAX_BLOCK } from "./format";
import { forgetLiteralTable, literalIndexBits, readLiteralTable } from "./huffman";
import { PieceReader } from "./piece-reader";
import { decodeFourStreams, decodeStream } from "./streams";

/** Bytes that may be loaded behind the last literal, for sixteen are at a time. */
const SLACK: u32 = 64;

/** Those that do not stand in the block as they are. */
const decoded = memory.data(MAX_BLOCK + SLACK, 16);

export class Literals {
  at: usize = 0;
  length: u32 = 0;
  /** Of the section. */
  end: usize = 0;
  private headerSize: u32 = 0;
  private compressedSize: u32 = 0;
  private streams: u32 = 0;

  constructor(private reader: PieceReader) {}

  beginFrame(): void {
    forgetLiteralTable();
  }

  /**
   * @param from  where the section begins, in a block that ends at `blockEnd`
   * @param most  literals that there may be
   * @fails Corrupt
   */
  read(from: usize, blockEnd: usize, most: u32): void {
    const type = <LiteralsType>(load<u8>(from) & 3);
    if (type == LiteralsType.Raw || type == LiteralsType.Rle) this.readShortHeader(from, type);
    else this.readLongHeader(from);
    const content = from + this.headerSize;
    this.end = content + this.compressedSize;
    if (this.end > blockEnd) this.reader.failAt(from, "literals go on behind their block");
    if (this.length > most) this.reader.failAt(from, `${this.length} literals in a block of ${most} bytes at most`);
    this.at = decoded;
    if (type == LiteralsType.Raw) this.at = content;
    else if (type == LiteralsType.Rle) memory.fill(decoded, load<u8>(content), this.length);
    else this.decode(type, from, content);
  }

  private readShortHeader(from: usize, type: LiteralsType): void {
    const header = load<u32>(from);
    const format = (header >> 2) & 3;
    this.headerSize = format == 1 ? 2 : format == 3 ? 3 : 1;
    this.length = format == 1 ? (header & 0xffff) >> 4 : format == 3 ? (header & 0xff_ffff) >> 4 : (header & 0xff) >> 3;
    this.compressedSize = type == LiteralsType.Rle ? 1 : this.length;
  }

  private readLongHeader(from: usize): void {
    const header = load<u64>(from);
    const format = <u32>(header >> 2) & 3;
    const sizeBits: u32 = format < 2 ? 10 : format == 2 ? 14 : 18;
    const mask: u32 = (1 << sizeBits) - 1;
    this.streams = format == 0 ? 1 : 4;
    this.headerSize = format < 2 ? 3 : format + 2;
    this.length = <u32>(header >> 4) & mask;
    this.compressedSize = <u32>(header >> (4 + sizeBits)) & mask;
  }

  private decode(type: LiteralsType, from: usize, content: usize): void {
    let at = content;
    if (type == LiteralsType.Compressed) at = readLiteralTable(this.reader, content, this.end);
    else if (literalIndexBits == 0) this.reader.failAt(from, "literals by an earlier table, where there is none");
    const size = <u32>(this.end - at);
    if (this.streams == 1) decodeStream(this.reader, at, size, decoded, this.length);
    else if (this.length < 6) this.reader.failAt(from, `${this.length} literals in four streams`);
    else decodeFourStreams(this.reader, at, size, decoded, this.length);
  }
}
