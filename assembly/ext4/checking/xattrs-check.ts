/** The extended attributes of all inodes; blocks of them may be shared, and count by how many. */
import { Problem } from "../../abi";
import { crc32c } from "../../bytes/crc32c";
import { allocate } from "../../bytes/memory";
import { CompatibleFeature } from "../features";
import { XATTR_BLOCK_HEADER_SIZE, XATTR_MAGIC, XattrBlockHeader } from "../format";
import { FileInode, OLD_SIZE } from "../reading/inode";
import { CheckState } from "./check-state";
import { XattrDetail } from "./details";
import { NO_BLOCK } from "./findings";
import { SharedBlock, SharedBlocks } from "./shared-blocks";
import { XattrListCheck } from "./xattr-list-check";
import { XattrValues } from "./xattr-values";

const CHECKSUM_AT: u32 = 0x10; // u32
const ZERO = memory.data(4, 4);

export class XattrsCheck {
  readonly values: XattrValues;
  private list: XattrListCheck;
  private shared: SharedBlocks = new SharedBlocks();
  /** A copy: reading a value elsewhere may drive the block out of the cache. */
  private block: usize;
  /** Whether the list in the inode that was checked last can be gone over. */
  isInodeSound: bool = false;

  constructor(private state: CheckState) {
    const values = new XattrValues(state);
    this.values = values;
    this.list = new XattrListCheck(state.findings, values);
    this.block = allocate(state.superblock.blockSize);
  }

  /** @returns blocks that they take: theirs, and those of values in inodes of their own */
  check(inode: FileInode): u64 {
    return this.checkInode(inode) + this.checkBlock(inode);
  }

  private checkInode(inode: FileInode): u64 {
    this.isInodeSound = true;
    const size = inode.volume.superblock.inodeSize;
    const area = OLD_SIZE + inode.extraSize;
    if (inode.extraSize == 0 || area + 4 > size || load<u32>(inode.raw + area) != XATTR_MAGIC) return 0;
    const first = inode.raw + area + 4;
    this.isInodeSound = this.list.check(inode.number, NO_BLOCK, false, first, first, inode.raw + size);
    return this.list.valueBlocks;
  }

  private checkBlock(inode: FileInode): u64 {
    const block = inode.xattrBlock;
    if (block == 0) return 0;
    const hasFeature = (this.state.superblock.compatible & CompatibleFeature.ExtendedAttributes) != 0;
    if (!hasFeature || !this.state.volume.holds(block, 1)) {
      this.state.findings.ofInode(
        Problem.XattrBlock,
        inode.number,
        hasFeature ? XattrDetail.Outside : XattrDetail.NoFeature,
        block,
        this.state.superblock.blocks,
      );
      return 0;
    }
    const shared = this.shared.get(block);
    if (shared.references++ == 0) this.readBlock(inode, block, shared);
    return 1 + shared.valueBlocks;
  }

  private readBlock(inode: FileInode, number: u64, shared: SharedBlock): void {
    const state = this.state;
    const block = this.block;
    const size = state.superblock.blockSize;
    shared.inode = inode.number;
    if (!state.claims.claim(inode.number, number, 1)) return;
    memory.copy(block, state.volume.block(number), size);
    const header = changetype<XattrBlockHeader>(block);
    if (header.magic != XATTR_MAGIC)
      return this.report(Problem.XattrBlock, inode, number, XattrDetail.Magic, header.magic, XATTR_MAGIC);
    if (header.blocks != 1) this.report(Problem.XattrBlock, inode, number, XattrDetail.Blocks, header.blocks, 1);
    shared.stored = header.refCount;
    shared.isSound = true;
    if (state.superblock.hasMetadataChecksums) this.verify(inode, number);
    this.list.check(inode.number, number, true, block + XATTR_BLOCK_HEADER_SIZE, block, block + size);
    shared.valueBlocks = this.list.valueBlocks;
  }

  private verify(inode: FileInode, number: u64): void {
    const block = this.block;
    const seed = this.state.volume.numberSeed(this.state.superblock.checksumSeed, number);
    const head = crc32c(crc32c(seed, block, CHECKSUM_AT), ZERO, 4);
    const computed = crc32c(head, block + CHECKSUM_AT + 4, this.state.superblock.blockSize - CHECKSUM_AT - 4);
    const stored = load<u32>(block, CHECKSUM_AT);
    if (stored != computed) this.report(Problem.XattrChecksum, inode, number, 0, stored, computed);
  }

  /** After all inodes: how often blocks and values are referred to. */
  finish(): void {
    let shared = this.shared.first;
    while (shared) {
      if (shared.isSound && shared.stored != shared.references) {
        this.state.findings.ofBlock(
          Problem.XattrReferences,
          shared.inode,
          shared.block,
          0,
          shared.stored,
          shared.references,
        );
      }
      shared = shared.next;
    }
    this.values.runAll();
  }

  private report(problem: Problem, inode: FileInode, block: u64, detail: u32, found: u64, expected: u64): void {
    this.state.findings.ofBlock(problem, inode.number, block, detail, found, expected);
  }
}
