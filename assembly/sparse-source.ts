/** A disk of which the file holds some blocks, and a table that says where: the mirror of `SparseDisk`. */
import { ErrorCode } from "./abi";
import { allocate } from "./bytes/memory";
import { fail } from "./host";
import { Source } from "./source";

/** What `locate` says of a block that has no place: it is zeros. No block stands at the start of a file. */
export const NOWHERE: u64 = 0;
/** Bytes of a table that are read at a time. */
const PAGE_SIZE: u32 = 64 * 1024;

/** A table in a file, a page of which is at hand. */
export class TableSource {
  private page: usize = allocate(PAGE_SIZE);
  private held: u64 = u64.MAX_VALUE;

  /** @param at  byte of the file; @param size  bytes of the table, which lies within the file */
  constructor(private file: Source, private at: u64, private size: u64) {}

  /** Address of the entry `index`, all entries having `width` bytes. It holds until the next call. */
  entry(index: u64, width: u32): usize {
    const offset = index * width;
    const page = offset / PAGE_SIZE;
    if (page != this.held) {
      const from = page * PAGE_SIZE;
      this.held = u64.MAX_VALUE;
      this.file.read(this.at + from, this.page, <u32>min<u64>(PAGE_SIZE, this.size - from));
      this.held = page;
    }
    return this.page + <usize>(offset % PAGE_SIZE);
  }
}

export abstract class SparseSource extends Source {
  /** Bytes of the disk that the file has room for: known when its table was looked at. */
  storedSize: u64 = 0;

  /**
   * @param name       for messages
   * @param blockSize  bytes, a power of two
   * @param bytes      of the disk
   */
  constructor(protected file: Source, private name: string, protected blockSize: u32, private bytes: u64) {
    super();
  }

  get size(): u64 {
    return this.bytes;
  }

  /** Counts a block that stands in the file. */
  protected countStored(block: u64): void {
    this.storedSize += min<u64>(this.blockSize, this.bytes - block * this.blockSize);
  }

  /** Byte of the file where a block of the disk stands, or NOWHERE. */
  protected abstract locate(block: u64): u64;

  read(at: u64, to: usize, length: u32): void {
    if (at > this.bytes || length > this.bytes - at) {
      fail(ErrorCode.Corrupt, `${this.name}: ${length} bytes at ${at} are wanted of a disk of ${this.bytes}`);
    }
    for (let done: u32 = 0; done < length; ) {
      const offset = <u32>((at + done) & (this.blockSize - 1));
      const some = min(length - done, this.blockSize - offset);
      const stands = this.locate((at + done) / this.blockSize);
      if (stands == NOWHERE) memory.fill(to + done, 0, some);
      else this.file.read(stands + offset, to + done, some);
      done += some;
    }
  }

  dataAfter(at: u64): u64 {
    let from = at;
    while (from < this.bytes) {
      const offset = from & (this.blockSize - 1);
      const stands = this.locate(from / this.blockSize);
      const end = from - offset + this.blockSize;
      if (stands != NOWHERE) {
        const data = this.file.dataAfter(stands + offset) - stands;
        if (data < this.blockSize) return min(from - offset + data, this.bytes);
      }
      from = end;
    }
    return this.bytes;
  }
}
