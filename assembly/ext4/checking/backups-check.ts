/** Copies of the superblock: what e2fsck falls back on, and must say the same of the filesystem's shape. */
import { Problem } from "../../abi";
import { Superblock as RawSuperblock, SUPERBLOCK_MAGIC } from "../format";
import { CheckState } from "./check-state";
import { SuperblockDetail } from "./details";

/** The two superblocks that are compared. */
let copy: RawSuperblock = changetype<RawSuperblock>(0);
let first: RawSuperblock = changetype<RawSuperblock>(0);

export class BackupsCheck {
  constructor(private state: CheckState) {}

  /** Counts and times of a copy are those of the day it was made: only what never changes is compared. */
  run(): void {
    const superblock = this.state.superblock;
    for (let group: u32 = 1; group < superblock.groups; group++) {
      if (!this.state.groups.hasSuperblock(group)) continue;
      copy = changetype<RawSuperblock>(
        this.state.volume.block(superblock.firstBlock + <u64>group * superblock.blocksPerGroup),
      );
      first = superblock.struct;
      this.compare(group);
    }
  }

  private compare(group: u32): void {
    if (copy.magic != SUPERBLOCK_MAGIC) return this.report(group, SuperblockDetail.Magic, copy.magic, SUPERBLOCK_MAGIC);
    this.expect(group, SuperblockDetail.Inodes, copy.inodesCount, first.inodesCount);
    this.expect(group, SuperblockDetail.Blocks, copy.blocksCountLo, first.blocksCountLo);
    this.expect(group, SuperblockDetail.BlockSize, copy.logBlockSize, first.logBlockSize);
    this.expect(group, SuperblockDetail.BlocksPerGroup, copy.blocksPerGroup, first.blocksPerGroup);
    this.expect(group, SuperblockDetail.InodesPerGroup, copy.inodesPerGroup, first.inodesPerGroup);
    this.expect(group, SuperblockDetail.InodeSize, copy.inodeSize, first.inodeSize);
  }

  private expect(group: u32, detail: SuperblockDetail, found: u32, expected: u32): void {
    if (found != expected) this.report(group, detail, found, expected);
  }

  private report(group: u32, detail: SuperblockDetail, found: u32, expected: u32): void {
    this.state.findings.ofGroup(Problem.BackupSuperblock, group, detail, found, expected);
  }
}
