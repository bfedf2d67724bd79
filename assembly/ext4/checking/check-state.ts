/** What all parts of a check share. */
import { allocate } from "../../bytes/memory";
import { EXTRA_SIZE_AT } from "../format";
import { Groups } from "../reading/groups";
import { FileInode, OLD_SIZE } from "../reading/inode";
import { Superblock } from "../reading/superblock";
import { Volume } from "../reading/volume";
import { BitSet } from "./bit-set";
import { BlockClaims } from "./block-claims";
import { Census } from "./census";
import { Findings } from "./findings";

const MIN_EXTRA_SIZE: u32 = 4;

export class CheckState {
  readonly superblock: Superblock;
  readonly groups: Groups;
  readonly findings: Findings;
  readonly claims: BlockClaims;
  readonly census: Census;
  /** Inodes that were deleted while they were open: their blocks are theirs until the next mount. */
  readonly orphans: BitSet;
  /** An inode whose wrong extra size is taken out, so that the rest can be read. */
  private patched: usize;

  /** @param volume  opened without looking at checksums: that is what the check is for */
  constructor(readonly volume: Volume) {
    const superblock = volume.superblock;
    this.superblock = superblock;
    this.groups = new Groups(volume);
    const findings = new Findings();
    this.findings = findings;
    this.claims = new BlockClaims(volume, findings);
    this.census = new Census(superblock.inodes);
    this.orphans = new BitSet(<u64>superblock.inodes + 1);
    this.patched = allocate(superblock.inodeSize);
  }

  /** Whether what a descriptor says of unwritten bitmaps and unused inodes can be believed. */
  trustsFlags(group: u32): bool {
    return this.superblock.hasGroupFlags && this.groups.storedChecksum(group) == this.groups.computeChecksum(group);
  }

  /** Whether there is such an inode, in a table that can be. */
  canRead(inode: u32): bool {
    const superblock = this.superblock;
    if (inode == 0 || inode > superblock.inodes) return false;
    const group = this.groups.getUnchecked((inode - 1) / superblock.inodesPerGroup);
    return this.volume.holds(group.inodeTable, this.groups.tableBlocks);
  }

  /** Fills `into` with an inode, whatever is wrong with it. `canRead` must hold. */
  readUnchecked(number: u32, into: FileInode): void {
    const superblock = this.superblock;
    const index = (number - 1) % superblock.inodesPerGroup;
    const perBlock = superblock.blockSize / superblock.inodeSize;
    const table = this.groups.getUnchecked((number - 1) / superblock.inodesPerGroup).inodeTable;
    this.decode(number, this.volume.block(table + index / perBlock) + (index % perBlock) * superblock.inodeSize, into);
  }

  /** Fills `into` from the inode at `at`. @returns whether its extra size can be */
  decode(number: u32, at: usize, into: FileInode): bool {
    const size = this.superblock.inodeSize;
    const extra: u32 = size > OLD_SIZE ? load<u16>(at, EXTRA_SIZE_AT) : 0;
    const isSound = extra == 0 || (extra >= MIN_EXTRA_SIZE && extra <= size - OLD_SIZE && extra % 4 == 0);
    if (!isSound) {
      memory.copy(this.patched, at, size);
      store<u16>(this.patched, 0, EXTRA_SIZE_AT);
    }
    into.decode(number, isSound ? at : this.patched);
    return isSound;
  }
}
