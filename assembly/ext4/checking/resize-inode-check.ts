/**
 * The inode that keeps the blocks into which the descriptors can grow: one double indirect block, whose entries are the
 * reserved blocks behind the descriptors, each of which lists its own copies in other groups.
 *
 * Source: Linux, fs/ext4/resize.c.
 */
import { Problem } from "../../abi";
import { REGULAR } from "../../tree/mode";
import { CONTENT_SIZE } from "../format";
import { FileInode } from "../reading/inode";
import { Superblock } from "../reading/superblock";
import { RESERVED_DESCRIPTOR_BLOCKS_AT } from "../superblock-fields";
import { CheckState } from "./check-state";
import { ResizeDetail } from "./details";
import { NO_BLOCK } from "./findings";

const DOUBLE_INDIRECT: u32 = 13;

export class ResizeInodeCheck {
  private superblock: Superblock;
  private inode: u32 = 0;

  constructor(private state: CheckState) {
    this.superblock = state.superblock;
  }

  run(inode: FileInode): void {
    this.inode = inode.number;
    if (inode.type != REGULAR || inode.linkCount == 0) return this.report(ResizeDetail.Mode, 0, inode.mode, REGULAR);
    if (this.superblock.hasMetadataChecksums && inode.storedChecksum != inode.computeChecksum()) {
      this.state.findings.ofInode(
        Problem.InodeChecksum,
        inode.number,
        0,
        inode.storedChecksum,
        inode.computeChecksum(),
      );
    }
    for (let i: u32 = 0; i < CONTENT_SIZE / 4; i++) {
      const block = load<u32>(inode.content + i * 4);
      if (i != DOUBLE_INDIRECT && block != 0) return this.report(ResizeDetail.Blocks, 0, block, 0);
    }
    const root = load<u32>(inode.content + DOUBLE_INDIRECT * 4);
    if (!this.state.volume.holds(root, 1)) return this.report(ResizeDetail.Root, 0, root, this.superblock.blocks);
    this.state.claims.claim(inode.number, root, 1);
    const blocks = 1 + this.checkRoot(root);
    const sectors = blocks * (this.superblock.blockSize / 512);
    if (inode.sectors != sectors)
      this.state.findings.ofInode(Problem.InodeBlocks, inode.number, 0, inode.sectors, sectors);
  }

  /** @returns blocks under it */
  private checkRoot(root: u64): u64 {
    const superblock = this.superblock;
    const perBlock = superblock.blockSize / 4;
    const reserved: u32 = load<u16>(superblock.raw, RESERVED_DESCRIPTOR_BLOCKS_AT);
    const first = superblock.firstBlock + 1 + superblock.descriptorBlocks;
    let blocks: u64 = 0;
    for (let index: u32 = 0; index < perBlock; index++) {
      const found = load<u32>(this.state.volume.block(root) + index * 4);
      const offset = (index + perBlock - (superblock.descriptorBlocks % perBlock)) % perBlock;
      const expected = offset < reserved ? first + offset : 0;
      if (found != expected) this.report(ResizeDetail.Primary, root, found, expected);
      else if (found != 0) blocks += 1 + this.checkCopies(found);
    }
    return blocks;
  }

  /** @returns copies of a reserved block in other groups */
  private checkCopies(primary: u32): u32 {
    const superblock = this.superblock;
    const perBlock = superblock.blockSize / 4;
    let index: u32 = 0;
    for (let group: u32 = 1; group < superblock.groups && index < perBlock; group++) {
      if (!this.state.groups.hasSuperblock(group)) continue;
      const expected = <u64>primary + <u64>group * superblock.blocksPerGroup;
      const found: u64 = load<u32>(this.state.volume.block(primary) + index * 4);
      if (found != expected) this.report(ResizeDetail.Copy, primary, found, expected);
      index++;
    }
    this.checkEmpty(primary, index);
    return index;
  }

  /** Nothing stands behind the copies. */
  private checkEmpty(primary: u32, from: u32): void {
    const block = this.state.volume.block(primary);
    for (let at = from * 4; at < this.superblock.blockSize; at += 4) {
      const found = load<u32>(block + at);
      if (found != 0) return this.report(ResizeDetail.Copy, primary, found, 0);
    }
  }

  private report(detail: ResizeDetail, block: u64, found: u64, expected: u64): void {
    this.state.findings.ofBlock(
      Problem.ResizeInode,
      this.inode,
      block == 0 ? NO_BLOCK : block,
      detail,
      found,
      expected,
    );
  }
}
