/** Where the blocks of a file stand: what extent trees and block numbers have in common. */
import { FileInode } from "./inode";

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

  /**
   * @param inode      must hold until the last `next`; it has blocks
   * @param from       block of the file from which on runs are wanted
   * @param withNodes  whether blocks of the map itself are told too, each before the runs under it
   */
  abstract start(inode: FileInode, from: u64, withNodes: bool): void;

  /** @returns whether there is another; @fails Corrupt  the map contradicts itself, or leads out of the filesystem */
  abstract next(): bool;
}
