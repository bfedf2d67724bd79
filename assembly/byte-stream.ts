/** Bytes appended one after another, leaving in large pieces, zeros and all: how an archive is written. */
import { Sink } from "./sink";

/** Bytes gathered before they leave: whole blocks, as a sink wants them. */
const GATHERED: u32 = 1024 * 1024;

const gathered = memory.data(1024 * 1024, 16);

export class ByteStream {
  /** Bytes that were appended. */
  position: u64 = 0;
  private held: u32 = 0;

  constructor(private sink: Sink) {}

  /** Where the next byte will be gathered: who makes bytes may make them here, and `advance`. */
  get next(): usize {
    return gathered + this.held;
  }

  /** Bytes that `next` has room for; never none. */
  get room(): u32 {
    return GATHERED - this.held;
  }

  /** `length` bytes, at most `room`, now stand at `next`. */
  advance(length: u32): void {
    this.held += length;
    this.position += length;
    if (this.held == GATHERED) this.leave();
  }

  append(from: usize, length: u32): void {
    for (let done: u32 = 0; done < length; ) {
      const some = min(length - done, this.room);
      memory.copy(this.next, from + done, some);
      this.advance(some);
      done += some;
    }
  }

  zeros(length: u64): void {
    for (let done: u64 = 0; done < length; ) {
      const some = <u32>min<u64>(length - done, this.room);
      memory.fill(this.next, 0, some);
      this.advance(some);
      done += some;
    }
  }

  /** Zeros to the next multiple of `unit`, a power of two. */
  pad(unit: u32): void {
    this.zeros(-this.position & (unit - 1));
  }

  /** No more will come. */
  close(): void {
    this.leave();
    this.sink.close(this.position);
  }

  private leave(): void {
    if (this.held > 0) this.sink.write(this.position - this.held, gathered, this.held);
    this.held = 0;
  }
}
