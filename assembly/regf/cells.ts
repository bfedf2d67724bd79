/** The bins of a hive, in memory, and the cells in them. */
import { ByteBuffer } from "../bytes/memory";
import { Source } from "../source";
import {
  BASE_BLOCK_SIZE, BIN_HEADER_SIZE, BIN_SIGNATURE, BinHeader, CELL_ALIGNMENT, CELL_HEADER_SIZE, PAGE_SIZE,
} from "./format";
import { corrupt } from "./refuse";

/** Bytes that are read at a time. */
const PIECE_SIZE: u32 = 16 * 1024 * 1024;

export class Cells {
  private bins: ByteBuffer = new ByteBuffer();
  /** A bit for each place where a cell in use begins. */
  private starts: ByteBuffer = new ByteBuffer();
  /** A bit for each of them that something was found to use. */
  private claims: ByteBuffer = new ByteBuffer();

  /** @param size  bytes of all bins; the file has them; @fails Corrupt */
  read(file: Source, size: u32): void {
    if (size == 0 || size % PAGE_SIZE != 0) corrupt(`bins of ${size} bytes, which are no pages of ${PAGE_SIZE}`);
    this.bins.clear();
    this.bins.reserve(size);
    this.bins.length = size;
    for (let at: u32 = 0; at < size; at += PIECE_SIZE) {
      file.read(BASE_BLOCK_SIZE + <u64>at, this.bins.at + at, min(PIECE_SIZE, size - at));
    }
    const bits = size / CELL_ALIGNMENT / 8;
    clearBits(this.starts, bits);
    clearBits(this.claims, bits);
    for (let bin: u32 = 0; bin < size; ) bin += this.scan(bin);
  }

  /** Notes the cells of a bin. @returns its bytes */
  private scan(bin: u32): u32 {
    const header = changetype<BinHeader>(this.bins.at + bin);
    const size = header.size;
    if (header.signature != BIN_SIGNATURE) corrupt(`bin at ${bin}: it does not begin with hbin`);
    if (header.offset != bin) corrupt(`bin at ${bin}: it says that it stands at ${header.offset}`);
    if (size == 0 || size % PAGE_SIZE != 0 || size > this.bins.length - bin) {
      corrupt(`bin at ${bin}: it has ${size} bytes, and ${this.bins.length - bin} are left`);
    }
    const end = bin + size;
    for (let cell = bin + BIN_HEADER_SIZE; cell < end; ) {
      const length = load<i32>(this.bins.at + cell);
      const bytes: u32 = length < 0 ? 0 - <u32>length : <u32>length;
      if (bytes == 0 || bytes % CELL_ALIGNMENT != 0 || bytes > end - cell) {
        corrupt(`cell at ${cell}: it has ${bytes} bytes, and ${end - cell} are left in its bin`);
      }
      if (length < 0) setBit(this.starts, cell / CELL_ALIGNMENT);
      cell += bytes;
    }
    return size;
  }

  /** Address of what is in a cell that was claimed, or whose use is known to be right. */
  at(cell: u32): usize {
    return this.bins.at + cell + CELL_HEADER_SIZE;
  }

  /** Bytes in it. */
  room(cell: u32): u32 {
    return 0 - load<u32>(this.bins.at + cell) - CELL_HEADER_SIZE;
  }

  /**
   * Address of what is in a cell that many may use.
   *
   * @param what  of whom, for the message, is `user`
   * @fails Corrupt  no cell in use begins there, or it is too small
   */
  share(cell: u32, least: u32, what: string, user: u32): usize {
    if (cell >= this.bins.length || cell % CELL_ALIGNMENT != 0 || !hasBit(this.starts, cell / CELL_ALIGNMENT)) {
      corrupt(`${what} of ${user}: no cell in use begins at ${cell}`);
    }
    const room = this.room(cell);
    if (room < least) corrupt(`${what} of ${user}: ${least} bytes in the cell at ${cell}, which has ${room}`);
    return this.at(cell);
  }

  /** As `share`, for one user alone: so nothing can be read twice, however the cells are tied together. */
  claim(cell: u32, least: u32, what: string, user: u32): usize {
    const at = this.share(cell, least, what, user);
    if (hasBit(this.claims, cell / CELL_ALIGNMENT)) corrupt(`${what} of ${user}: the cell at ${cell} is in use already`);
    setBit(this.claims, cell / CELL_ALIGNMENT);
    return at;
  }
}

function clearBits(bits: ByteBuffer, bytes: u32): void {
  bits.clear();
  bits.reserve(bytes);
  memory.fill(bits.at, 0, bytes);
}

function setBit(bits: ByteBuffer, index: u32): void {
  const at = bits.at + (index >> 3);
  store<u8>(at, load<u8>(at) | (<u8>1 << <u8>(index & 7)));
}

function hasBit(bits: ByteBuffer, index: u32): bool {
  return ((load<u8>(bits.at + (index >> 3)) >> (index & 7)) & 1) != 0;
}
