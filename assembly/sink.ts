/**
 * The one joint of the core: where bytes of an image go.
 *
 * Sinks chain, so formats compose without knowing each other:
 * ext4 writes into verity, verity into vhd, vhd into the host.
 */
import { emit, write } from "./host";

export abstract class Sink {
  /** Whether bytes may come to stand in the image without passing here. */
  get isBlind(): bool {
    return false;
  }

  /**
   * Takes `length` bytes from memory at `from`, to stand at byte `at` of the image.
   *
   * Writers write each block once and whole, in any order; a block never written reads as zeros. The order depends on the
   * input alone, and not on how it was cut into chunks: a dynamic disk gives places by it.
   */
  abstract write(at: u64, from: usize, length: u32): void;

  /** No more writes will come. The image is `size` bytes; a sink may add its own after them. */
  abstract close(size: u64): void;
}

/** The end of every chain. */
export class HostSink extends Sink {
  /** Bytes of the whole image, once closed. */
  size: u64 = 0;

  get isBlind(): bool {
    return true;
  }

  write(at: u64, from: usize, length: u32): void {
    emit(at, from, length);
  }

  close(size: u64): void {
    this.size = size;
  }
}

/** The end of a chain, where an image is several files. */
export class FileSink extends Sink {
  /** Bytes of the file, once closed. */
  size: u64 = 0;

  /** @param file  which of the host's, from 0 */
  constructor(private file: u32) {
    super();
  }

  write(at: u64, from: usize, length: u32): void {
    write(this.file, at, from, length);
  }

  close(size: u64): void {
    this.size = size;
  }
}
