/**
 * The header of a frame.
 *
 * Source: RFC 8878, 3.1.1.1 "Frame_Header".
 */
import { MAX_BLOCK, MAX_WINDOW } from "./format";
import { PieceReader } from "./piece-reader";

const SINGLE_SEGMENT: u32 = 1 << 5;
const RESERVED: u32 = 1 << 3;
const CHECKSUM: u32 = 1 << 2;

/** "Window_Descriptor": the smallest exponent, and what a window is a multiple of, as a fraction of its power. */
const MIN_WINDOW_LOG: u32 = 10;
const MANTISSA_BITS: u32 = 3;

export class FrameHeader {
  hasChecksum: bool = false;
  hasContentSize: bool = false;
  contentSize: u64 = 0;
  /** Bytes that a match may reach back. */
  window: u32 = 0;
  /** Bytes that a block may hold. */
  maxBlock: u32 = 0;
  private descriptor: u32 = 0;

  constructor(private reader: PieceReader) {}

  /**
   * Takes the descriptor, a byte at `from`.
   *
   * @returns bytes of the header behind it
   * @fails Corrupt
   */
  begin(from: usize): u32 {
    const descriptor = <u32>load<u8>(from);
    if (descriptor & RESERVED) this.reader.failAt(from, "a frame header with its reserved bit");
    this.descriptor = descriptor;
    this.hasChecksum = (descriptor & CHECKSUM) != 0;
    return (this.isSingleSegment ? 0 : 1) + this.dictionaryIdSize + this.contentSizeSize;
  }

  /** Takes these bytes. @fails Unsupported  a dictionary, or too large a window */
  read(from: usize): void {
    const reader = this.reader;
    const dictionaryAt = from + (this.isSingleSegment ? 0 : 1);
    const contentSizeAt = dictionaryAt + this.dictionaryIdSize;
    const dictionary = numberAt(dictionaryAt, this.dictionaryIdSize);
    if (dictionary != 0) reader.refuseAt(dictionaryAt, `dictionary ${dictionary} is asked for; dictionaries are not read`);
    this.hasContentSize = this.contentSizeSize > 0;
    this.contentSize = numberAt(contentSizeAt, this.contentSizeSize) + (this.contentSizeSize == 2 ? 256 : 0);
    const window = this.isSingleSegment ? this.contentSize : windowOf(load<u8>(from));
    if (window > MAX_WINDOW) {
      reader.refuseAt(from, `a window of ${window} bytes; ${MAX_WINDOW} are the most that are read (zstd --long=27)`);
    }
    this.window = <u32>window;
    this.maxBlock = min(this.window, MAX_BLOCK);
  }

  /** Bytes of history that there can be. */
  get reach(): u32 {
    return this.hasContentSize ? <u32>min<u64>(this.contentSize, this.window) : this.window;
  }

  private get isSingleSegment(): bool {
    return (this.descriptor & SINGLE_SEGMENT) != 0;
  }

  private get dictionaryIdSize(): u32 {
    return (1 << (this.descriptor & 3)) >> 1;
  }

  /** 0: it is not said. */
  private get contentSizeSize(): u32 {
    const size: u32 = 1 << (this.descriptor >> 6);
    return size > 1 || this.isSingleSegment ? size : 0;
  }
}

function windowOf(descriptor: u32): u64 {
  const base = <u64>1 << (MIN_WINDOW_LOG + (descriptor >> MANTISSA_BITS));
  return base + (base >> MANTISSA_BITS) * (descriptor & ((1 << MANTISSA_BITS) - 1));
}

/** Little-endian, of 0 to 8 bytes. */
function numberAt(from: usize, size: u32): u64 {
  return size == 0 ? 0 : load<u64>(from) & (u64.MAX_VALUE >> (64 - size * 8));
}
