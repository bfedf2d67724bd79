/**
 * Bytes appended one after another, leaving as runs of whole blocks.
 *
 * Small pieces are gathered; large ones go on from where they stand. Blocks of zeros do not leave at all, so an image
 * is as sparse as its content.
 */
import { ErrorCode } from "./abi";
import { isZero } from "./bytes/zeros";
import { fail } from "./host";
import { Sink } from "./sink";

export const BLOCK_SIZE: u32 = 4096;

/** Bytes gathered before they leave. Measured: from 512 KiB to 4 MiB all is alike; this stays in the cache. */
const GATHERED: u32 = 1024 * 1024;
/** Pieces of this many bytes and more are not copied. Measured: from here down to 16 KiB, calls cost more than copies. */
const DIRECT: u32 = 32 * 1024;

const gathered = memory.data(1024 * 1024, 16);

export class BlockStream {
  /** Where the next byte will stand. */
  position: u64 = 0;
  /** Bytes gathered, which end at `position`; they begin at a block. */
  private held: u32 = 0;

  /** @param limit  bytes that the image may have */
  constructor(private sink: Sink, private limit: u64) {}

  /** The block of the next byte. */
  get block(): u32 {
    return <u32>(this.position / BLOCK_SIZE);
  }

  /** @fails OutOfRange  the image would pass its limit */
  append(from: usize, length: u32): void {
    this.claim(length);
    let at = from;
    let left = length;
    while (left > 0) {
      if (left >= DIRECT && this.held % BLOCK_SIZE == 0) {
        const whole = left & ~(BLOCK_SIZE - 1);
        this.flush();
        this.leave(this.position, at, whole);
        this.position += whole;
        at += whole;
        left -= whole;
      } else {
        // Up to a block's end when the rest will go directly, else as much as fits.
        const room = left >= DIRECT ? BLOCK_SIZE - (this.held % BLOCK_SIZE) : GATHERED - this.held;
        const taken = min(left, room);
        memory.copy(gathered + this.held, at, taken);
        this.advance(taken);
        at += taken;
        left -= taken;
      }
    }
  }

  /** Appends `length` zeros; whole blocks of them are passed over. */
  zeros(length: u64): void {
    this.claim(length);
    const rest = -this.position & (BLOCK_SIZE - 1);
    const head = <u32>min<u64>(length, rest);
    this.fill(head);
    const whole = (length - head) & ~(<u64>BLOCK_SIZE - 1);
    if (whole > 0) {
      this.flush();
      this.position += whole;
    }
    this.fill(<u32>(length - head - whole));
  }

  /** Zeros to the next multiple of `unit`, a power of two. */
  pad(unit: u32 = BLOCK_SIZE): void {
    this.zeros(-this.position & (unit - 1));
  }

  /** Goes on at `position`, which is a block's. What lies between is for others to write, or zeros. */
  seek(position: u64): void {
    this.flush();
    this.position = position;
  }

  /** Where the bytes that are held begin; all before have left. */
  get heldAt(): u64 {
    return this.position - this.held;
  }

  /** Address of the byte that belongs to `at`, from `heldAt` to `position`. It holds until more is appended. */
  heldByte(at: u64): usize {
    return gathered + <u32>(at - this.heldAt);
  }

  /** Goes back to `position`, which is a block's. What has left of what stands behind it is for others to take back. */
  rewind(position: u64): void {
    const heldAt = this.heldAt;
    this.held = position > heldAt ? <u32>(position - heldAt) : 0;
    this.position = position;
  }

  /** Whether `passOver` may be called. */
  get isBlind(): bool {
    return this.sink.isBlind;
  }

  /** Bytes held of a block that is not whole. */
  get partial(): u32 {
    return this.held % BLOCK_SIZE;
  }

  /**
   * Goes on behind `length` bytes that somebody else writes, whole blocks, from the block at hand on. What is held of
   * that block is dropped: it is among them.
   */
  passOver(length: u64): void {
    const partial = this.partial;
    this.held -= partial;
    this.position -= partial;
    this.flush();
    this.position += length;
  }

  /** Sends what is gathered. Only whole blocks may be held, but for the last of an image. */
  flush(): void {
    if (this.held == 0) return;
    this.leave(this.position - this.held, gathered, this.held);
    this.held = 0;
  }

  /** Refuses before anything is written: a hole of 2^60 bytes costs nothing to ask for. */
  claim(length: u64): void {
    if (length > this.limit || this.position + length > this.limit) {
      const end = this.position + length;
      fail(ErrorCode.OutOfRange, `ext4: image would need ${end} bytes and more, past its limit of ${this.limit}`);
    }
  }

  private fill(length: u32): void {
    memory.fill(gathered + this.held, 0, length);
    this.advance(length);
  }

  // @ts-ignore: decorator
  @inline
  private advance(length: u32): void {
    this.held += length;
    this.position += length;
    if (this.held == GATHERED) this.flush();
  }

  /** Passes a run on without its blocks of zeros. */
  private leave(at: u64, from: usize, length: u32): void {
    const end = from + length;
    let run = from;
    for (let block = from; block < end; block += BLOCK_SIZE) {
      const size = min<usize>(BLOCK_SIZE, end - block);
      if (!isZero(block, size)) continue;
      if (block > run) this.sink.write(at + (run - from), run, <u32>(block - run));
      run = block + size;
    }
    if (end > run) this.sink.write(at + (run - from), run, <u32>(end - run));
  }
}
