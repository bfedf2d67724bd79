/** Memory that is taken and never given back: an instance makes one image and is dropped. */
import { ErrorCode } from "../abi";
import { fail } from "../host";

/** Pages of 64 KiB asked for at a time; each growth costs the host its views. */
const GROWTH_PAGES: u32 = 256;
/** Room kept for what the runtime takes by itself: the strings of error messages. */
const SLACK: usize = 64 * 1024;

/** Most that the runtime gives at once, but for a few bytes of its own. */
export const MAX_PIECE: usize = (1 << 30) - 16;

let top: usize = __heap_base;

/**
 * @returns `size` bytes, zero
 * @fails OutOfRange  the 4 GiB of a 32-bit core are used up, or it is 1 GiB or more
 */
export function allocate(size: usize): usize {
  if (size > MAX_PIECE) fail(ErrorCode.OutOfRange, `memory: ${size} bytes in one piece; there are at most ${MAX_PIECE}`);
  const end: u64 = (<u64>memory.size()) << 16;
  const need: u64 = <u64>top + size + SLACK;
  // The runtime's own growth ends in a trap when memory is used up; ours ends in a sentence.
  if (need > end) {
    const pages = <u32>((need - end + 0xffff) >> 16);
    if (memory.grow(max(pages, GROWTH_PAGES)) < 0 && memory.grow(pages) < 0) {
      fail(ErrorCode.OutOfRange, "memory: this layer needs more than the 4 GiB that a 32-bit core has");
    }
  }
  const from = heap.alloc(size);
  top = from + size;
  return from;
}

/** Hands out small pieces of large segments. Pieces are zero and 8-byte aligned. */
export class Arena {
  private at: usize = 0;
  private end: usize = 0;

  constructor(private segmentSize: usize) {}

  take(size: usize): usize {
    const length = (size + 7) & ~7;
    if (this.end - this.at < length) this.extend(length);
    const from = this.at;
    this.at = from + length;
    return from;
  }

  private extend(length: usize): void {
    const size = max(length, this.segmentSize);
    this.at = allocate(size);
    this.end = this.at + size;
  }
}

/** A run of bytes that grows. It moves when it grows, so keep offsets, not addresses. */
export class ByteBuffer {
  at: usize = 0;
  length: u32 = 0;
  private capacity: u32 = 0;

  clear(): void {
    this.length = 0;
  }

  /** Makes room for `length` bytes in all; what is there stays. */
  reserve(length: u32): void {
    if (length <= this.capacity) return;
    const capacity = max<u32>(max<u32>(length, min<u32>(this.capacity * 2, <u32>MAX_PIECE)), 1024);
    const moved = allocate(capacity);
    memory.copy(moved, this.at, this.length);
    this.at = moved;
    this.capacity = capacity;
  }

  append(from: usize, length: u32): void {
    this.reserve(this.length + length);
    memory.copy(this.at + this.length, from, length);
    this.length += length;
  }

  appendByte(byte: u8): void {
    this.reserve(this.length + 1);
    store<u8>(this.at + this.length, byte);
    this.length++;
  }
}
