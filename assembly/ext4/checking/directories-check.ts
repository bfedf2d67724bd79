/**
 * All directories: their blocks, their names, and the inodes to which those lead.
 *
 * Source: Linux, "ext4 Data Structures and Algorithms", Directory Entries.
 */
import { Problem } from "../../abi";
import { crc32c } from "../../bytes/crc32c";
import { CompatibleFeature } from "../features";
import { InlineData } from "../reading/inline-data";
import { InodeFlag } from "../format";
import { FileInode } from "../reading/inode";
import { BlockWalk } from "./block-walk";
import { InodeRecord, Known } from "./census";
import { CheckState } from "./check-state";
import { DirectoryDetail } from "./details";
import { DirectoryBlock, DirectoryBlocks } from "./directory-blocks";
import { DirectoryIndex } from "./directory-index";
import { EntriesCheck } from "./entries-check";
import { NO_BLOCK } from "./findings";

/** The last entry of a block that has a checksum. */
const TAIL_SIZE: u32 = 12;
const TAIL_TYPE: u8 = 0xde;
/** The number of the directory above, before the entries of an inline directory. */
const INLINE_PARENT_SIZE: u32 = 4;

export class DirectoriesCheck {
  private inode: FileInode;
  private inline: InlineData = new InlineData();
  private walk: BlockWalk;
  private blocks: DirectoryBlocks;
  private index: DirectoryIndex;
  private entries: EntriesCheck;

  constructor(private state: CheckState) {
    this.inode = new FileInode(state.volume);
    this.walk = new BlockWalk(state.volume, state.findings);
    this.blocks = new DirectoryBlocks(state);
    this.index = new DirectoryIndex(state);
    this.entries = new EntriesCheck(state);
  }

  /** Looks at a directory, by its inode. */
  check(number: u32): void {
    const inode = this.inode;
    const record = this.state.census.get(number);
    this.state.readUnchecked(number, inode);
    this.entries.start(inode, record);
    if (!inode.isInline) this.checkBlocks();
    else if (!(record.known & Known.Opaque)) this.checkInline(record);
  }

  private checkInline(record: InodeRecord): void {
    const inode = this.inode;
    this.inline.find(inode);
    this.entries.takeParent(load<u32>(this.inline.head));
    this.entries.checkArea(
      NO_BLOCK,
      this.inline.head + INLINE_PARENT_SIZE,
      this.inline.headLength - INLINE_PARENT_SIZE,
    );
    this.entries.checkArea(NO_BLOCK, this.inline.tail, this.inline.tailLength);
  }

  private checkBlocks(): void {
    const inode = this.inode;
    const blocks = this.blocks;
    const isIndexed =
      (inode.flags & InodeFlag.Indexed) != 0 &&
      (this.state.superblock.compatible & CompatibleFeature.DirectoryIndex) != 0;
    blocks.start(inode.size / this.state.superblock.blockSize);
    this.walk.walk(inode, blocks, true);
    const isSound = isIndexed && blocks.count > 0 && this.index.check(inode, blocks);
    // Names that are encrypted or folded have other hashes than their bytes.
    const hasPlainNames = (inode.flags & (InodeFlag.Encrypted | InodeFlag.Casefolded)) == 0;
    for (let logical: u32 = 0; logical < blocks.count; logical++) {
      const each = blocks.get(logical);
      if (each.block == 0) this.report(Problem.DirectoryHole, NO_BLOCK, 0, logical, 0);
      else
        this.checkBlock(
          each,
          logical,
          isIndexed && logical == 0,
          isSound && hasPlainNames && each.isReferenced && !each.isNode,
        );
    }
    if (isSound) this.index.checkReached();
  }

  /** @param isRoot  of an index; @param hasRange  whether the index says which names may stand in it */
  private checkBlock(each: DirectoryBlock, logical: u32, isRoot: bool, hasRange: bool): void {
    const at = this.state.volume.block(each.block);
    const size = this.state.superblock.blockSize;
    const isNode = isRoot || each.isNode;
    const hasTail = this.state.superblock.hasMetadataChecksums && !isNode;
    if (hasTail) this.verify(each.block, at);
    this.entries.bounds = hasRange ? each : null;
    this.entries.hashVersion = this.index.version;
    if (logical == 0) this.entries.checkFirst(each.block, at, hasTail ? size - TAIL_SIZE : size);
    else if (!isNode) this.entries.checkArea(each.block, at, hasTail ? size - TAIL_SIZE : size);
  }

  private verify(block: u64, at: usize): void {
    const tail = at + this.state.superblock.blockSize - TAIL_SIZE;
    const isTail =
      load<u32>(tail) == 0 &&
      load<u16>(tail, 4) == TAIL_SIZE &&
      load<u8>(tail, 6) == 0 &&
      load<u8>(tail, 7) == TAIL_TYPE;
    if (!isTail) return this.report(Problem.DirectoryChecksum, block, DirectoryDetail.NoTail, 0, 0);
    const stored = load<u32>(tail, 8);
    const computed = crc32c(this.inode.checksumSeed, at, this.state.superblock.blockSize - TAIL_SIZE);
    if (stored != computed) this.report(Problem.DirectoryChecksum, block, 0, stored, computed);
  }

  private report(problem: Problem, block: u64, detail: u32, found: u64, expected: u64): void {
    this.state.findings.ofBlock(problem, this.inode.number, block, detail, found, expected);
  }
}
