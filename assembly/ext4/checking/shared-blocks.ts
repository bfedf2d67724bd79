/** Blocks that several inodes may refer to, and how many do. */
import { allocate, Arena } from "../../bytes/memory";

@unmanaged
export class SharedBlock {
  block: u64;       // 0x00
  /** Of the inodes that were seen. */
  references: u32;  // 0x08
  /** As the block itself has it. */
  stored: u32;      // 0x0c
  /** Blocks of values that stand in inodes of their own. */
  valueBlocks: u64; // 0x10
  /** The first that was seen. */
  inode: u32;       // 0x18
  /** Whether the block could be read. */
  isSound: bool;    // 0x1c
  /** In the order in which they were seen. */
  next: SharedBlock | null; // 0x20
}

/** A hash table by block number. */
export class SharedBlocks {
  first: SharedBlock | null = null;
  private last: SharedBlock | null = null;
  private arena: Arena = new Arena(64 * 1024);
  private slots: usize = 0;
  private capacity: u32 = 0;
  private count: u32 = 0;

  /** The record of a block; a new one, if it was not asked for before. */
  get(block: u64): SharedBlock {
    if (this.count >= this.capacity / 2) this.grow();
    const slot = this.find(block);
    const found = load<usize>(slot);
    if (found != 0) return changetype<SharedBlock>(found);
    const made = changetype<SharedBlock>(this.arena.take(offsetof<SharedBlock>()));
    made.block = block;
    store<SharedBlock>(slot, made);
    const last = this.last;
    if (last) last.next = made;
    else this.first = made;
    this.last = made;
    this.count++;
    return made;
  }

  private find(block: u64): usize {
    const mask = this.capacity - 1;
    let index = <u32>((block * 0x9e37_79b9_7f4a_7c15) >> 32) & mask;
    while (!this.isPlace(index, block)) index = (index + 1) & mask;
    return this.slots + index * sizeof<usize>();
  }

  /** Whether the slot is empty, or has the block. */
  private isPlace(index: u32, block: u64): bool {
    const found = load<usize>(this.slots + index * sizeof<usize>());
    return found == 0 || changetype<SharedBlock>(found).block == block;
  }

  private grow(): void {
    this.capacity = max<u32>(64, this.capacity * 4);
    this.slots = allocate(this.capacity * sizeof<usize>());
    let each = this.first;
    while (each) {
      store<SharedBlock>(this.find(each.block), each);
      each = each.next;
    }
  }
}
