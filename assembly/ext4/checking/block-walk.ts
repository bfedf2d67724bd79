/**
 * Goes over the blocks of a file whose map may be broken: tells what can be told, reports what cannot, and goes on.
 *
 * The reader's maps (reading/extent-tree.ts, reading/indirect-blocks.ts) stop at what is wrong; a check must not.
 *
 * Source: Linux, "ext4 Data Structures and Algorithms", The Contents of inode.i_block.
 */
import { Problem } from "../../abi";
import { crc32c } from "../../bytes/crc32c";
import { CONTENT_SIZE, Extent, EXTENT_MAGIC, ExtentHeader, ExtentIndex, MAX_EXTENT_BLOCKS } from "../format";
import { FileInode } from "../reading/inode";
import { Volume } from "../reading/volume";
import { Findings, NO_BLOCK } from "./findings";
import { Detail } from "./details";

const MAX_DEPTH: u32 = 5;
const ENTRY_SIZE: u32 = 12;
const END: u64 = 1 << 32;
const DIRECT: u32 = 12;
const INDIRECT_LEVELS: u32 = 3;

/** Who is told. */
export abstract class BlockVisitor {
  /**
   * A block of the map itself.
   *
   * @param logical  block of the file from which on it maps
   * @returns whether to look into it
   */
  abstract node(block: u64, logical: u64): bool;

  /** Blocks of the file. They are within the filesystem. */
  abstract run(logical: u64, start: u64, count: u32, isWritten: bool): void;
}

export class BlockWalk {
  private inode: FileInode;
  private visitor: BlockVisitor;
  private isSilent: bool = false;
  private reached: u64 = 0;
  private perBlock: u64;

  constructor(
    private volume: Volume,
    private findings: Findings,
  ) {
    this.inode = changetype<FileInode>(0);
    this.visitor = changetype<BlockVisitor>(0);
    this.perBlock = volume.blockSize / 4;
  }

  /**
   * @param inode     it has blocks
   * @param isSilent  whether what is wrong was reported before
   */
  walk(inode: FileInode, visitor: BlockVisitor, isSilent: bool): void {
    this.inode = inode;
    this.visitor = visitor;
    this.isSilent = isSilent;
    this.reached = 0;
    if (!inode.hasExtents) return this.walkNumbers();
    const header = changetype<ExtentHeader>(inode.content);
    if (header.depth > MAX_DEPTH) return this.report(Problem.ExtentHeader, 0, Detail.Depth, header.depth, MAX_DEPTH);
    this.walkNode(0, header.depth, 0, END);
  }

  /** @param block  0: the root, in the inode */
  private walkNode(block: u64, depth: u32, first: u64, end: u64): void {
    if (!this.isSoundNode(block, depth)) return;
    const count: u32 = this.header(block).entries;
    if (count == 0 && block != 0) this.report(Problem.ExtentHeader, block, Detail.Empty, 0, 1);
    for (let index: u32 = 0; index < count; index++) {
      const at = this.node(block) + ENTRY_SIZE * (1 + index);
      if (index == 0 && block != 0 && load<u32>(at) != <u32>first) {
        this.report(Problem.ExtentOrder, block, Detail.NodeStart, load<u32>(at), first);
      }
      if (depth == 0) this.takeExtent(block, changetype<Extent>(at), end);
      else {
        const next = index + 1 < count ? <u64>load<u32>(at + ENTRY_SIZE) : end;
        this.descend(block, changetype<ExtentIndex>(at), depth - 1, next);
      }
    }
  }

  private isSoundNode(block: u64, depth: u32): bool {
    const header = this.header(block);
    const room: u32 = (block == 0 ? CONTENT_SIZE : this.volume.blockSize) / ENTRY_SIZE - 1;
    if (header.magic != EXTENT_MAGIC) return this.refuse(block, Detail.Magic, header.magic, EXTENT_MAGIC);
    if (header.depth != depth) return this.refuse(block, Detail.Depth, header.depth, depth);
    // mke2fs leaves room for one entry less in some nodes, or for the checksum.
    if (header.max > room || header.max + 2 < room || header.max == 0)
      return this.refuse(block, Detail.Limit, header.max, room);
    if (header.entries > header.max) return this.refuse(block, Detail.Count, header.entries, header.max);
    if (block != 0 && this.volume.superblock.hasMetadataChecksums) this.verify(block);
    return true;
  }

  private verify(block: u64): void {
    const node = this.node(block);
    const length: u32 = ENTRY_SIZE * (1 + <u32>changetype<ExtentHeader>(node).max);
    if (length + 4 > this.volume.blockSize) return this.report(Problem.ExtentChecksum, block, Detail.NoChecksum, 0, 0);
    const computed = crc32c(this.inode.checksumSeed, node, length);
    if (computed != load<u32>(node + length))
      this.report(Problem.ExtentChecksum, block, 0, load<u32>(node + length), computed);
  }

  private takeExtent(block: u64, extent: Extent, end: u64): void {
    const isWritten = extent.length <= MAX_EXTENT_BLOCKS;
    const length: u32 = isWritten ? extent.length : extent.length - MAX_EXTENT_BLOCKS;
    const start = ((<u64>extent.startHi) << 32) | extent.startLo;
    const logical: u64 = extent.block;
    if (length == 0) return this.report(Problem.ExtentRange, block, Detail.Empty, logical, 0);
    if (!this.volume.holds(start, length)) return this.report(Problem.BlockOutside, block, length, logical, start);
    if (logical < this.reached) this.report(Problem.ExtentOrder, block, Detail.Order, logical, this.reached);
    else if (logical + length > end) this.report(Problem.ExtentOrder, block, Detail.NodeEnd, logical + length, end);
    this.reached = max(this.reached, logical + length);
    this.visitor.run(logical, start, length, isWritten);
  }

  private descend(block: u64, index: ExtentIndex, depth: u32, end: u64): void {
    const child = ((<u64>index.leafHi) << 32) | index.leafLo;
    const logical: u64 = index.block;
    if (!this.volume.holds(child, 1)) return this.report(Problem.BlockOutside, block, 1, logical, child);
    if (logical < this.reached) this.report(Problem.ExtentOrder, block, Detail.Order, logical, this.reached);
    if (end <= logical) this.report(Problem.ExtentOrder, block, Detail.NodeEnd, logical, end);
    if (this.visitor.node(child, logical)) this.walkNode(child, depth, logical, end);
  }

  /** Block numbers, as ext2 and ext3 have them. */
  private walkNumbers(): void {
    this.walkRun(0, 0, DIRECT, 0);
    let first: u64 = DIRECT;
    let span = this.perBlock;
    for (let level: u32 = 1; level <= INDIRECT_LEVELS; level++) {
      const number = load<u32>(this.inode.content + (DIRECT + level - 1) * 4);
      if (number != 0) this.walkIndirect(0, number, level, first, span);
      first += span;
      span *= this.perBlock;
    }
  }

  /** @param span  blocks of the file that a node of this level maps */
  private walkIndirect(parent: u64, block: u64, level: u32, first: u64, span: u64): void {
    if (!this.volume.holds(block, 1)) return this.report(Problem.BlockOutside, parent, 1, first, block);
    if (!this.visitor.node(block, first)) return;
    if (level == 1) return this.walkRun(block, 0, <u32>this.perBlock, first);
    const under = span / this.perBlock;
    for (let index: u32 = 0; index < <u32>this.perBlock; index++) {
      const number = load<u32>(this.node(block) + index * 4);
      if (number != 0) this.walkIndirect(block, number, level - 1, first + index * under, under);
    }
  }

  /** Tells numbers that follow one another together. @param block  0: those in the inode */
  private walkRun(block: u64, from: u32, count: u32, first: u64): void {
    for (let index = from; index < count; ) {
      const numbers = this.node(block);
      const start: u64 = load<u32>(numbers + index * 4);
      let length: u32 = 1;
      if (start != 0)
        while (index + length < count && load<u32>(numbers + (index + length) * 4) == <u32>(start + length)) length++;
      if (start != 0) this.takeRun(block, first + index, start, length);
      index += length;
    }
  }

  private takeRun(block: u64, logical: u64, start: u64, length: u32): void {
    if (this.volume.holds(start, length)) return this.visitor.run(logical, start, length, true);
    for (let i: u32 = 0; i < length; i++) {
      if (this.volume.holds(start + i, 1)) this.visitor.run(logical + i, start + i, 1, true);
      else this.report(Problem.BlockOutside, block, 1, logical + i, start + i);
    }
  }

  /** Address of a node: asked for anew each time, as blocks do not stay. */
  private node(block: u64): usize {
    return block == 0 ? this.inode.content : this.volume.block(block);
  }

  private header(block: u64): ExtentHeader {
    return changetype<ExtentHeader>(this.node(block));
  }

  private refuse(block: u64, detail: u32, found: u64, expected: u64): bool {
    this.report(Problem.ExtentHeader, block, detail, found, expected);
    return false;
  }

  private report(problem: Problem, block: u64, detail: u32, found: u64, expected: u64): void {
    if (this.isSilent) return;
    this.findings.ofBlock(problem, this.inode.number, block == 0 ? NO_BLOCK : block, detail, found, expected);
  }
}
