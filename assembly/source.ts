/**
 * Where the bytes of an image are read from, as `Sink` is where they go.
 *
 * Sources chain, so formats compose without knowing each other: an ext4 reader reads from a VHDX, that from the host.
 */
import { ErrorCode } from "./abi";
import { dataAfter, fail, read } from "./host";

export abstract class Source {
  /** Bytes there are. */
  abstract get size(): u64;

  /**
   * Puts `length` bytes that stand at byte `at` into memory at `to`.
   *
   * @fails Corrupt  they are not all there
   */
  abstract read(at: u64, to: usize, length: u32): void;

  /** Where, from `at` on, bytes begin that may be other than zero. `size` where there are none. */
  dataAfter(at: u64): u64 {
    return at;
  }
}

/** The start of every chain: a file of the host's. */
export class HostSource extends Source {
  /**
   * @param index  which of the host's files, from 0
   * @param bytes  its size
   */
  constructor(private index: u32, private bytes: u64) {
    super();
  }

  get size(): u64 {
    return this.bytes;
  }

  read(at: u64, to: usize, length: u32): void {
    if (at > this.bytes || length > this.bytes - at) {
      fail(ErrorCode.Corrupt, `image: ${length} bytes at ${at} are wanted of a file of ${this.bytes}`);
    }
    read(this.index, at, to, length);
  }

  dataAfter(at: u64): u64 {
    return at < this.bytes ? min(dataAfter(this.index, at), this.bytes) : this.bytes;
  }
}

/** The first bytes of another source. */
export class PartSource extends Source {
  constructor(private whole: Source, private bytes: u64) {
    super();
  }

  get size(): u64 {
    return this.bytes;
  }

  read(at: u64, to: usize, length: u32): void {
    if (at > this.bytes || length > this.bytes - at) {
      fail(ErrorCode.Corrupt, `image: ${length} bytes at ${at} are wanted of a disk of ${this.bytes}`);
    }
    this.whole.read(at, to, length);
  }

  dataAfter(at: u64): u64 {
    return at < this.bytes ? min(this.whole.dataAfter(at), this.bytes) : this.bytes;
  }
}
