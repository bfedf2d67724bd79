/**
 * zstd, read: frames one behind another, and among them frames to be skipped.
 *
 * Source: RFC 8878, 3.1 "Frames".
 */
import { Xxh64 } from "../../bytes/xxh64";
import { Decompressor } from "../decompressor";
import { BLOCK_HEADER_SIZE, BlockType, FRAME_MAGIC, isOld, isSkippable } from "./format";
import { FrameHeader } from "./frame-header";
import { History } from "./history";
import { Literals } from "./literals";
import { PieceReader } from "./piece-reader";
import { Sequences } from "./sequences";

/** What comes next. */
const enum Step {
  /** A frame, or nothing. */
  Magic,
  Descriptor,
  Header,
  BlockHeader,
  Block,
  Checksum,
  SkippedSize,
  Skipped,
}

export class Unzstd extends Decompressor {
  private reader: PieceReader = new PieceReader("zstd");
  private history: History = new History();
  private header: FrameHeader = new FrameHeader(this.reader);
  private literals: Literals = new Literals(this.reader);
  private sequences: Sequences = new Sequences(this.reader, this.history);
  private hash: Xxh64 = new Xxh64();
  private step: Step = Step.Magic;
  private isEmpty: bool = true;
  /** Bytes of what the step is about, of the frame header or a block, or to be skipped. */
  private size: u32 = 0;
  private blockType: BlockType = BlockType.Raw;
  private isLastBlock: bool = false;
  /** Bytes that the frame held so far. */
  private contentSize: u64 = 0;

  give(from: usize, length: u32): void {
    this.reader.give(from, length);
  }

  next(): u32 {
    this.history.release();
    while (this.go()) {}
    return <u32>(this.history.at - this.history.fresh);
  }

  get piece(): usize {
    return this.history.fresh;
  }

  finish(): void {
    const mayEnd = this.step == Step.Magic && !this.isEmpty && this.reader.isBetween;
    if (!mayEnd) this.reader.failAtEnd();
  }

  /** @returns whether the step could be done */
  private go(): bool {
    switch (this.step) {
      case Step.Magic:
        return this.readMagic();
      case Step.Descriptor:
        return this.readDescriptor();
      case Step.Header:
        return this.readHeader();
      case Step.BlockHeader:
        return this.readBlockHeader();
      case Step.Block:
        return !this.history.isFull && this.readBlock();
      case Step.Checksum:
        return this.compareChecksum();
      case Step.SkippedSize:
        return this.readSkippedSize();
      default:
        return this.skip();
    }
  }

  private readMagic(): bool {
    const at = this.reader.take(4);
    if (at == 0) return false;
    const magic = load<u32>(at);
    if (magic == FRAME_MAGIC) this.step = Step.Descriptor;
    else if (isSkippable(magic)) this.step = Step.SkippedSize;
    else if (isOld(magic)) this.reader.refuseAt(at, `${hex(magic)} begins a frame of zstd before 0.8, which is another format`);
    else this.reader.failAt(at, `${hex(magic)} does not begin a frame`);
    this.isEmpty = false;
    return true;
  }

  private readDescriptor(): bool {
    const at = this.reader.take(1);
    if (at == 0) return false;
    this.size = this.header.begin(at);
    this.step = Step.Header;
    return true;
  }

  private readHeader(): bool {
    const at = this.reader.take(this.size);
    if (at == 0) return false;
    this.header.read(at);
    this.history.beginFrame(this.header.reach);
    this.literals.beginFrame();
    this.sequences.beginFrame();
    this.hash.begin();
    this.contentSize = 0;
    this.step = Step.BlockHeader;
    return true;
  }

  private readBlockHeader(): bool {
    const at = this.reader.take(BLOCK_HEADER_SIZE);
    if (at == 0) return false;
    const block = load<u32>(at);
    this.isLastBlock = (block & 1) != 0;
    this.blockType = (block >> 1) & 3;
    this.size = (block & 0xff_ffff) >> 3;
    if (this.blockType == BlockType.Reserved) this.reader.failAt(at, "a block of the reserved type");
    if (this.size > this.header.maxBlock) {
      this.reader.failAt(at, `a block of ${this.size} bytes; ${this.header.maxBlock} are the most in this frame`);
    }
    this.step = Step.Block;
    return true;
  }

  private readBlock(): bool {
    const at = this.reader.take(this.blockType == BlockType.Rle ? 1 : this.size);
    if (at == 0) return false;
    const history = this.history;
    const before = history.at;
    if (this.blockType == BlockType.Compressed) this.decode(at);
    else {
      if (this.blockType == BlockType.Rle) memory.fill(before, load<u8>(at), this.size);
      else memory.copy(before, at, this.size);
      history.at += this.size;
    }
    this.count(at, before, <u32>(history.at - before));
    this.step = this.isLastBlock ? Step.Checksum : Step.BlockHeader;
    return true;
  }

  private decode(at: usize): void {
    const header = this.header;
    const end = at + this.size;
    this.literals.read(at, end, header.maxBlock);
    this.sequences.execute(this.literals.end, end, this.literals, header.maxBlock, header.window);
  }

  /** Adds `length` bytes at `from` to what the frame held. */
  private count(at: usize, from: usize, length: u32): void {
    const header = this.header;
    this.contentSize += length;
    const isWrong = this.isLastBlock ? this.contentSize != header.contentSize : this.contentSize > header.contentSize;
    if (header.hasContentSize && isWrong) {
      this.reader.failAt(at, `${this.contentSize} bytes up to this block; their frame is said to have ${header.contentSize}`);
    }
    if (header.hasChecksum) this.hash.update(from, length);
  }

  private compareChecksum(): bool {
    if (this.header.hasChecksum) {
      const at = this.reader.take(4);
      if (at == 0) return false;
      const stored = load<u32>(at);
      const computed = <u32>this.hash.digest();
      if (stored != computed) this.reader.failAt(at, `checksum ${hex(stored)}, computed ${hex(computed)}`);
    }
    this.step = Step.Magic;
    return true;
  }

  private readSkippedSize(): bool {
    const at = this.reader.take(4);
    if (at == 0) return false;
    this.size = load<u32>(at);
    this.step = Step.Skipped;
    return true;
  }

  private skip(): bool {
    this.size -= this.reader.skip(this.size);
    if (this.size > 0) return false;
    this.step = Step.Magic;
    return true;
  }
}

function hex(number: u32): string {
  return "0x" + number.toString(16).padStart(8, "0");
}
