/**
 * A disk whose blocks take room in the file when they are first touched: what dynamic VHD and VHDX have in common.
 *
 * Places are given in the order of the writes, which depends on the input alone; a block of zeros is given none. Tables
 * follow behind the blocks, for how large they must be is only known at the end (docs/decisions/0010).
 */
import { ErrorCode } from "./abi";
import { Fingerprint } from "./bytes/fingerprint";
import { allocate } from "./bytes/memory";
import { isZero } from "./bytes/zeros";
import { fail } from "./host";
import { Sink } from "./sink";

/** The disk's blocks unless others are asked for: small files, short tables. Bytes. */
export const DEFAULT_BLOCK_SIZE: u32 = 2 * 1024 * 1024;

export abstract class SparseDisk extends Sink {
  /** Of the whole disk. */
  protected fingerprint: Fingerprint = new Fingerprint();
  /** Blocks that have a place. */
  protected placed: u32 = 0;
  /** For each block of the disk its place, + 1; 0: it has none. */
  private places: usize = 0;
  private capacity: u32 = 0;

  /**
   * @param name       for messages
   * @param blockSize  bytes, a power of two, and at least 4096
   * @param maxSize    bytes that the disk may have
   */
  constructor(protected next: Sink, private name: string, protected blockSize: u32, private maxSize: u64) {
    super();
  }

  /** Byte of the file where the data of the block at `place` stands. */
  protected abstract dataAt(place: u32): u64;

  /** A block has been given `place`. */
  protected abstract open(place: u32): void;

  /** @fails OutOfRange  the disk would be larger than it may be */
  write(at: u64, from: usize, length: u32): void {
    this.claim(at + length);
    this.fingerprint.add(at, from, length);
    for (let done: u32 = 0; done < length; ) {
      const offset = <u32>((at + done) & (this.blockSize - 1));
      const some = min(length - done, this.blockSize - offset);
      if (!isZero(from + done, some)) {
        const place = this.placeOf(<u32>((at + done) / this.blockSize));
        this.next.write(this.dataAt(place) + offset, from + done, some);
      }
      done += some;
    }
  }

  /** @fails OutOfRange  as `write` */
  protected claim(size: u64): void {
    if (size > this.maxSize) {
      fail(ErrorCode.OutOfRange, `${this.name}: a disk of ${size} bytes is past the limit of ${this.maxSize}`);
    }
  }

  /** Whether a block of the disk has a place. */
  protected isPlaced(block: u32): bool {
    return block < this.capacity && load<u32>(this.slotOf(block)) != 0;
  }

  /** The place of a block, given now if it had none. */
  protected placeOf(block: u32): u32 {
    if (block >= this.capacity) this.extend(block + 1);
    const slot = this.slotOf(block);
    if (load<u32>(slot) == 0) {
      store<u32>(slot, this.placed + 1);
      this.open(this.placed++);
    }
    return load<u32>(slot) - 1;
  }

  private slotOf(block: u32): usize {
    return this.places + (<usize>block) * sizeof<u32>();
  }

  private extend(count: u32): void {
    const capacity = max(max(count, 2 * this.capacity), 1024);
    const places = allocate((<usize>capacity) * sizeof<u32>());
    memory.copy(places, this.places, (<usize>this.capacity) * sizeof<u32>());
    this.places = places;
    this.capacity = capacity;
  }
}
