/** Which blocks are in use, by those who use them; and which are claimed more than once. */
import { Problem } from "../../abi";
import { ReadOnlyFeature } from "../features";
import { Volume } from "../reading/volume";
import { BitSet } from "./bit-set";
import { Findings } from "./findings";

export class BlockClaims {
  readonly used: BitSet;
  /** Claimed by two or more. */
  readonly doubles: BitSet;
  doubleCount: u64 = 0;
  /** Two files may have the same blocks, if the filesystem says that they do. */
  private mayShare: bool;
  /** Claims of blocks that others have are followed so far, and then only reported: what is false need not end. */
  private mostDoubles: u64;

  constructor(private volume: Volume, private findings: Findings) {
    const superblock = volume.superblock;
    this.used = new BitSet(superblock.blocks);
    this.doubles = new BitSet(superblock.blocks);
    this.mayShare = (superblock.readOnly & ReadOnlyFeature.SharedBlocks) != 0;
    this.mostDoubles = 4 * superblock.blocks;
    if (superblock.firstBlock > 0) this.used.add(0);
  }

  /**
   * Claims blocks for an inode, and finds out whether someone else did before.
   *
   * @returns whether all of them were free
   */
  claim(inode: u32, start: u64, count: u64): bool {
    if (this.doubleCount > this.mostDoubles) return false;
    const before = this.used.addRange(start, start + count, this.mayShare ? null : this.doubles);
    if (before == 0) return true;
    this.doubleCount += before;
    if (this.mayShare) return false;
    this.findings.ofBlock(Problem.BlockClaimedTwice, inode, start, 0, before, count);
    return false;
  }

  /** As `claim`, for what a group is made of. */
  claimForGroup(group: u32, start: u64, count: u64): void {
    const before = this.used.addRange(start, start + count, this.doubles);
    if (before == 0) return;
    this.doubleCount += before;
    this.findings.ofBlock(Problem.BlockClaimedTwice, 0, start, 0, before, count).group = group;
  }
}
