/** What follows from the size of a block. */
import { INODE_SIZE } from "../format";

/** Sinks take whole pieces of this many bytes; what we lay out begins and ends at one. */
export const PIECE: u32 = 4096;

export class Geometry {
  /** Blocks that a bitmap of one block can count; inodes too. */
  readonly bitmapBits: u32;
  readonly inodesPerBlock: u32;
  /** The block of the superblock: the first that belongs to a group. */
  readonly firstBlock: u32;
  /** Byte of the first group descriptor. */
  readonly descriptorsAt: u32;

  /** @param blockSize  1024, 2048 or 4096 bytes */
  constructor(readonly blockSize: u32) {
    this.bitmapBits = 8 * blockSize;
    this.inodesPerBlock = blockSize / INODE_SIZE;
    this.firstBlock = blockSize == 1024 ? 1 : 0;
    this.descriptorsAt = max<u32>(blockSize, 2048);
  }

  /** Blocks for `bytes`, the last of them perhaps not full. */
  blocksOf(bytes: u64): u64 {
    return (bytes + this.blockSize - 1) / this.blockSize;
  }

  /** Block sizes count in powers of two from 1024. */
  get logBlockSize(): u32 {
    return 31 - clz<u32>(this.blockSize) - 10;
  }
}
