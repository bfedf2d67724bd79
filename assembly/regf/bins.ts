/** Bins of a hive that is written: cells one behind another, each of them in one bin. */
import { ErrorCode } from "../abi";
import { ByteBuffer } from "../bytes/memory";
import { fail } from "../host";
import {
  BASE_BLOCK_SIZE, BIN_HEADER_SIZE, BIN_SIGNATURE, BinHeader, CELL_ALIGNMENT, CELL_HEADER_SIZE, MAX_BINS_SIZE, PAGE_SIZE,
} from "./format";


export class Bins {
  /** Where the next cell goes, and where the bin that it is in ends. */
  private next: u32 = 0;
  private end: u32 = 0;

  /** @param to  is emptied; before the bins stands a base block of zeros */
  constructor(private to: ByteBuffer) {
    to.clear();
    to.reserve(BASE_BLOCK_SIZE + PAGE_SIZE);
    memory.fill(to.at, 0, BASE_BLOCK_SIZE);
    to.length = BASE_BLOCK_SIZE;
  }

  /** Bytes of all bins. */
  get size(): u32 {
    return this.end;
  }

  /** A cell with room for `length` bytes, zeros. @fails OutOfRange */
  take(length: u32): u32 {
    const size = (length + CELL_HEADER_SIZE + CELL_ALIGNMENT - 1) & ~(CELL_ALIGNMENT - 1);
    if (this.end - this.next < size) this.startBin(size);
    const cell = this.next;
    this.next += size;
    store<i32>(this.to.at + BASE_BLOCK_SIZE + cell, -(<i32>size));
    return cell;
  }

  /** Address of what is in a cell, which holds until another is taken. */
  at(cell: u32): usize {
    return this.to.at + BASE_BLOCK_SIZE + cell + CELL_HEADER_SIZE;
  }

  /** No more cells will come. */
  finish(): void {
    this.freeRest();
  }

  private startBin(cellSize: u32): void {
    this.freeRest();
    const size = (cellSize + BIN_HEADER_SIZE + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1);
    if (size > MAX_BINS_SIZE - this.end) {
      fail(ErrorCode.OutOfRange, `regf: merge: the hive would have more than ${MAX_BINS_SIZE} bytes`);
    }
    const to = this.to;
    const at = to.length;
    to.reserve(at + size);
    memory.fill(to.at + at, 0, size);
    to.length = at + size;
    const header = changetype<BinHeader>(to.at + at);
    header.signature = BIN_SIGNATURE;
    header.offset = this.end;
    header.size = size;
    this.next = this.end + BIN_HEADER_SIZE;
    this.end += size;
  }

  /** What is left of a bin is one free cell. */
  private freeRest(): void {
    if (this.next < this.end) store<u32>(this.to.at + BASE_BLOCK_SIZE + this.next, this.end - this.next);
    this.next = this.end;
  }
}
