/**
 * Inodes that were deleted while they were open: in a list through the inodes, or in a file.
 *
 * Source: Linux, "ext4 Data Structures and Algorithms", Orphan file; fs/ext4/orphan.c.
 */
import { Problem } from "../../abi";
import { crc32c } from "../../bytes/crc32c";
import { CompatibleFeature } from "../features";
import { FileInode } from "../reading/inode";
import { Superblock } from "../reading/superblock";
import { LAST_ORPHAN_AT, ORPHAN_FILE_INODE_AT } from "../superblock-fields";
import { BlockVisitor, BlockWalk } from "./block-walk";
import { CheckState } from "./check-state";
import { OrphanDetail } from "./details";

const MAGIC: u32 = 0x0b10_ca04;
/** Magic and checksum, at the end of a block. Bytes. */
const TAIL_SIZE: u32 = 8;

export class OrphansCheck extends BlockVisitor {
  private superblock: Superblock;
  private inode: FileInode;

  constructor(private state: CheckState) {
    super();
    this.superblock = state.superblock;
    this.inode = new FileInode(state.volume);
  }

  /** Before all inodes: finds out which of them are orphans. */
  check(): void {
    this.followList();
    if (!(this.superblock.compatible & CompatibleFeature.OrphanFile)) return;
    const number = load<u32>(this.superblock.raw, ORPHAN_FILE_INODE_AT);
    if (!this.state.canRead(number))
      return this.state.findings.ofFilesystem(Problem.OrphanFile, OrphanDetail.NoInode, number, 0);
    this.state.readUnchecked(number, this.inode);
    if (!this.inode.hasBlocks)
      return this.state.findings.ofInode(Problem.OrphanFile, number, OrphanDetail.NoInode, this.inode.mode, 0);
    new BlockWalk(this.state.volume, this.state.findings).walk(this.inode, this, true);
  }

  node(block: u64, logical: u64): bool {
    return logical < this.superblock.blocks;
  }

  run(logical: u64, start: u64, count: u32, isWritten: bool): void {
    // No more than there are inodes to name: an enemy's file may be of any length.
    for (let i: u32 = 0; i < count && logical + i < this.superblock.inodes; i++) this.checkBlock(start + i);
  }

  /** Each leads to the next by its time of deletion. */
  private followList(): void {
    const orphans = this.state.orphans;
    const first = load<u32>(this.superblock.raw, LAST_ORPHAN_AT);
    let number = first;
    let count: u32 = 0;
    while (number != 0) {
      if (!this.state.canRead(number) || orphans.has(number)) {
        return this.state.findings.ofFilesystem(
          Problem.OrphanList,
          OrphanDetail.NoInode,
          number,
          this.superblock.inodes,
        );
      }
      orphans.add(number);
      count++;
      this.state.readUnchecked(number, this.inode);
      number = this.inode.deletionTime;
    }
    if (count > 0 && !this.superblock.needsRecovery)
      this.state.findings.ofFilesystem(Problem.OrphansLeft, 0, first, count);
  }

  private checkBlock(block: u64): void {
    const at = this.state.volume.block(block);
    const tail = at + this.superblock.blockSize - TAIL_SIZE;
    if (load<u32>(tail) != MAGIC) return this.report(block, OrphanDetail.Magic, load<u32>(tail), MAGIC);
    if (this.superblock.hasMetadataChecksums) {
      const seed = this.state.volume.numberSeed(this.inode.checksumSeed, block);
      const computed = crc32c(seed, at, this.superblock.blockSize - TAIL_SIZE);
      if (load<u32>(tail, 4) != computed) this.report(block, OrphanDetail.Checksum, load<u32>(tail, 4), computed);
    }
    for (let each = at; each < tail; each += 4) {
      const number = load<u32>(each);
      if (number == 0) continue;
      if (!this.state.canRead(number)) this.report(block, OrphanDetail.NoInode, number, this.superblock.inodes);
      else this.state.orphans.add(number);
      if (!this.superblock.needsRecovery)
        this.state.findings.ofBlock(Problem.OrphansLeft, this.inode.number, block, 0, number, 1);
    }
  }

  private report(block: u64, detail: OrphanDetail, found: u64, expected: u64): void {
    this.state.findings.ofBlock(Problem.OrphanFile, this.inode.number, block, detail, found, expected);
  }
}
