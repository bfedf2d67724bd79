/** Where the blocks of a directory are, and what its index says of each of them. */
import { ByteBuffer } from "../../bytes/memory";
import { BitSet } from "./bit-set";
import { BlockVisitor } from "./block-walk";
import { CheckState } from "./check-state";

/** Of one directory: 64 GiB of names, where blocks have 4 KiB. */
const MOST_BLOCKS: u64 = 1 << 24;

@unmanaged
export class DirectoryBlock {
  /** On disk; 0: it is a hole. */
  block: u64;          // 0x00
  /** Hashes that names in it may have. */
  firstHash: u32;      // 0x08
  lastHash: u32;       // 0x0c
  /** Whether the index leads to it. */
  isReferenced: bool;  // 0x10
  /** Whether it is part of the index. */
  isNode: bool;        // 0x11
}

export class DirectoryBlocks extends BlockVisitor {
  private list: ByteBuffer = new ByteBuffer();
  /** Blocks that may still be looked at: enough for sound directories, which share none. */
  private budget: u64;
  private reached: u64 = 0;
  /** Blocks of several owners that were given out already: each is looked at once. */
  private seen: BitSet;

  constructor(private state: CheckState) {
    super();
    this.budget = state.superblock.blocks;
    this.seen = new BitSet(state.superblock.blocks);
  }

  /** @param blocks  that the directory says to have */
  start(blocks: u64): void {
    const count = <u32>min<u64>(blocks, min<u64>(this.budget, MOST_BLOCKS));
    this.budget -= count;
    this.reached = 0;
    this.list.clear();
    this.extend(count);
  }

  get count(): u32 {
    return this.list.length / offsetof<DirectoryBlock>();
  }

  get(logical: u32): DirectoryBlock {
    return changetype<DirectoryBlock>(this.list.at + logical * offsetof<DirectoryBlock>());
  }

  node(block: u64, logical: u64): bool {
    return this.isFirstTime(block);
  }

  run(logical: u64, start: u64, count: u32, isWritten: bool): void {
    if (!isWritten || logical < this.reached) return;
    this.reached = logical + count;
    const end = min<u64>(logical + count, this.count);
    for (let i = logical; i < end; i++) {
      const block = start + (i - logical);
      if (this.isFirstTime(block)) this.get(<u32>i).block = block;
    }
  }

  private isFirstTime(block: u64): bool {
    if (!this.state.claims.doubles.has(block)) return true;
    if (this.seen.has(block)) return false;
    this.seen.add(block);
    return true;
  }

  private extend(count: u32): void {
    const length = count * offsetof<DirectoryBlock>();
    this.list.reserve(length);
    memory.fill(this.list.at, 0, length);
    this.list.length = length;
  }
}
