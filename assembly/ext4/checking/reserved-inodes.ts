/**
 * Inodes that the filesystem keeps for itself.
 *
 * Source: Linux, "ext4 Data Structures and Algorithms", Special inodes.
 */
import { Problem } from "../../abi";
import { REGULAR } from "../../tree/mode";
import { CompatibleFeature, ReadOnlyFeature } from "../features";
import { ROOT_INODE } from "../format";
import { FileInode } from "../reading/inode";
import { Superblock } from "../reading/superblock";
import {
  GROUP_QUOTA_INODE_AT, ORPHAN_FILE_INODE_AT, PROJECT_QUOTA_INODE_AT, USER_QUOTA_INODE_AT,
} from "../superblock-fields";
import { BlockWalk } from "./block-walk";
import { CheckState } from "./check-state";
import { ReservedDetail } from "./details";
import { InodeBlocks } from "./inode-blocks";
import { ResizeInodeCheck } from "./resize-inode-check";

const BAD_BLOCKS: u32 = 1;
const RESIZE: u32 = 7;
const JOURNAL: u32 = 8;

export class ReservedInodes {
  private superblock: Superblock;
  private resize: ResizeInodeCheck;

  constructor(
    private state: CheckState,
    private walk: BlockWalk,
    private blocks: InodeBlocks,
  ) {
    this.superblock = state.superblock;
    this.resize = new ResizeInodeCheck(state);
  }

  /** Whether it is in use though no directory has its name: a journal, quotas, the file of orphans. */
  isNameless(number: u32): bool {
    const superblock = this.superblock;
    const raw = superblock.raw;
    if (number == superblock.journalInode) return true;
    if (superblock.compatible & CompatibleFeature.OrphanFile && number == load<u32>(raw, ORPHAN_FILE_INODE_AT))
      return true;
    if (!(superblock.readOnly & ReadOnlyFeature.Quota)) return false;
    return (
      number == load<u32>(raw, USER_QUOTA_INODE_AT) ||
      number == load<u32>(raw, GROUP_QUOTA_INODE_AT) ||
      number == load<u32>(raw, PROJECT_QUOTA_INODE_AT)
    );
  }

  /** Checks an inode below the first of users. @returns whether it is to be looked at as all others are */
  check(inode: FileInode): bool {
    const number = inode.number;
    const isEmpty = inode.mode == 0 && inode.linkCount == 0;
    if (number == ROOT_INODE) return this.checkRoot(inode);
    if (number == BAD_BLOCKS) return this.checkBadBlocks(inode);
    if (number == RESIZE && this.superblock.compatible & CompatibleFeature.ResizeInode) {
      this.resize.run(inode);
      return false;
    }
    if (this.isNameless(number)) {
      if (inode.type != REGULAR || inode.linkCount == 0) this.report(inode, ReservedDetail.Mode, inode.mode, REGULAR);
      return !isEmpty;
    }
    if (isEmpty) return false;
    if (number == JOURNAL) this.report(inode, ReservedDetail.NotEmpty, inode.mode, 0);
    else if (inode.mode != 0 && inode.type != REGULAR) this.report(inode, ReservedDetail.Mode, inode.mode, REGULAR);
    return inode.mode != 0;
  }

  private checkRoot(inode: FileInode): bool {
    if (inode.isDirectory && inode.linkCount != 0) return true;
    this.state.findings.ofInode(
      Problem.RootInode,
      inode.number,
      inode.isDirectory ? ReservedDetail.NotUsed : ReservedDetail.Mode,
      inode.mode,
      0,
    );
    return inode.mode != 0;
  }

  /** Has no type, but blocks. */
  private checkBadBlocks(inode: FileInode): bool {
    const foreign = inode.mode | inode.uid | inode.gid | inode.linkCount | inode.flags | <u32>inode.xattrBlock;
    if (foreign != 0) this.report(inode, ReservedDetail.NotEmpty, foreign, 0);
    this.blocks.start(inode.number);
    if (!inode.hasExtents) this.walk.walk(inode, this.blocks, false);
    return false;
  }

  private report(inode: FileInode, detail: ReservedDetail, found: u64, expected: u64): void {
    this.state.findings.ofInode(Problem.ReservedInode, inode.number, detail, found, expected);
  }
}
