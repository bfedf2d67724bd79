/** A region file of the host's while it is written: what left can be read again, and be taken back. */
import { copy, read, truncate, write } from "../host";
import { Sink } from "../sink";

export class RegionFile extends Sink {
  /** Bytes of the file, once closed. */
  size: u64 = 0;
  /** Where the last byte ends that was written. */
  private end: u64 = 0;

  /** @param file  which of the host's, from 0 */
  constructor(private file: u32) {
    super();
  }

  write(at: u64, from: usize, length: u32): void {
    write(this.file, at, from, length);
    this.end = max(this.end, at + length);
  }

  /** The host itself has written before byte `end`. */
  reach(end: u64): void {
    this.end = max(this.end, end);
  }

  /** Has the host copy bytes of another of its files. */
  copyFrom(file: u32, fromAt: u64, at: u64, length: u64): void {
    copy(file, fromAt, this.file, at, length);
    this.end = max(this.end, at + length);
  }

  /** What was never written is zeros, and may lie behind the end of the host's file. */
  read(at: u64, to: usize, length: u32): void {
    const there = at < this.end ? <u32>min<u64>(length, this.end - at) : 0;
    if (there > 0) read(this.file, at, to, there);
    memory.fill(to + there, 0, length - there);
  }

  /** As if nothing had been written from `at` on. */
  cut(at: u64): void {
    if (at >= this.end) return;
    truncate(this.file, at);
    this.end = at;
  }

  close(size: u64): void {
    this.size = size;
  }
}
