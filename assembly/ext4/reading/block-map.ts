/** Where the blocks of a file stand: what extent trees and block numbers have in common. */
import { ReadOnlyFeature } from "../features";
import { corrupt } from "./corrupt";
import { FileInode } from "./inode";
import { Volume } from "./volume";

/**
 * Goes over the blocks of one file, run by run, in the order of the file. What is left out is a hole.
 *
 *     map.start(inode, 0, false);
 *     while (map.next()) … map.logical, map.physical, map.length, map.isWritten …
 *
 * Runs may end past the end of the file; the first may begin before the block where it was started.
 */
export abstract class BlockMap {
  /** Blocks of the file. */
  logical: u64 = 0;
  /** Blocks of the filesystem. */
  physical: u64 = 0;
  length: u32 = 0;
  /** Not: its blocks are the file's, and read as zeros. */
  isWritten: bool = false;
  /** It is no run but one block of the map itself. */
  isNode: bool = false;
  protected inode: FileInode;
  /** Blocks that were met since the start. */
  private counted: u64 = 0;

  constructor(protected volume: Volume) {
    this.inode = changetype<FileInode>(0);
  }

  /**
   * @param inode      must hold until the last `next`; it has blocks
   * @param from       block of the file from which on runs are wanted
   * @param withNodes  whether blocks of the map itself are told too, each before the runs under it
   */
  abstract start(inode: FileInode, from: u64, withNodes: bool): void;

  protected begin(inode: FileInode): void {
    this.inode = inode;
    this.counted = 0;
  }

  /**
   * Counts blocks that were met. There is an end to them: a file has no block twice, unless a feature says that it may.
   *
   * @fails Corrupt
   */
  protected count(blocks: u32): void {
    const most = this.volume.blocks;
    this.counted += blocks;
    if (this.counted > most && !(this.volume.superblock.readOnly & ReadOnlyFeature.SharedBlocks)) {
      corrupt(`inode ${this.inode.number}: has more blocks than the ${most} that there are`);
    }
  }

  /** Takes a run. @fails Corrupt  it is not in the filesystem, or one too many */
  protected takeRun(logical: u64, physical: u64, length: u32, isWritten: bool): void {
    if (!this.volume.holds(physical, length)) {
      const run = `block ${logical} of the file at ${physical} of ${this.volume.blocks}, in a run of ${length}`;
      corrupt(`inode ${this.inode.number}: ${run}`);
    }
    this.count(length);
    this.logical = logical;
    this.physical = physical;
    this.length = length;
    this.isWritten = isWritten;
    this.isNode = false;
  }

  /** Takes a block of the map itself. */
  protected takeNode(logical: u64, physical: u64): void {
    this.logical = logical;
    this.physical = physical;
    this.length = 1;
    this.isWritten = true;
    this.isNode = true;
  }

  /** @returns whether there is another; @fails Corrupt  the map contradicts itself, or leads out of the filesystem */
  abstract next(): bool;
}
