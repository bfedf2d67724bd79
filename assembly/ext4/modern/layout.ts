/**
 * Where things stand in an image of profile modern. Numbers in, numbers out; blocks unless they say otherwise.
 *
 *     head │ contents │ directories, long targets │ extent nodes │ attributes │ bitmaps │ inode tables │ journal │ free
 *          └ as it came ┘└──────────────────────── written at the end, in one run ────────────────────────┘
 */
import { ErrorCode } from "../../abi";
import { fail } from "../../host";
import { MAX_EXTENT_BLOCKS } from "../format";
import { DESCRIPTOR_SIZE } from "./format";
import { Geometry, PIECE } from "./geometry";

export const DEFAULT_MAX_SIZE: u64 = 128 << 30;
/** A writable filesystem gets an inode for this many bytes, as from mke2fs. */
const BYTES_PER_INODE: u64 = 16384;
/** Contents and metadata are found by 32 bits in our records; what is free behind them is not. */
const MOST_USED_BLOCKS: u64 = u32.MAX_VALUE;
/** The superblock counts inodes in 32 bits. */
const MOST_INODES: u64 = u32.MAX_VALUE;
/** Inodes in a group come in multiples of it: their bitmap has whole bytes, their table whole blocks. */
const INODE_UNIT: u32 = 16;

const FEWEST_JOURNAL_BLOCKS: u64 = 1024;
/** As mke2fs bounds it. */
const MOST_JOURNAL_BLOCKS: u64 = 10_240_000;
/** Extents that an inode holds without a node of its own. */
const ROOT_EXTENTS: u64 = 4;

/** A journal is as large as the filesystem lets it be. */
export const JOURNAL_BY_TABLE: u64 = 1;

/** What an image is asked to have. */
export class Demand {
  /** The first block behind all that is written so far. */
  contentEnd: u64 = 0;
  /** The highest inode number. */
  lastInode: u32 = 0;
  /** Bytes of the filesystem; 0: as it needs. */
  size: u64 = 0;
  /** Bytes that stay free. */
  free: u64 = 0;
  /** 0: none; JOURNAL_BY_TABLE; else bytes. */
  journal: u64 = 0;

  /** Whether nothing but what the layer needs is asked for. */
  get isCompact(): bool {
    return this.size == 0 && this.free == 0;
  }
}

export class Layout {
  groups: u32 = 1;
  blocksPerGroup: u32 = 0;
  inodesPerGroup: u32 = 0;
  blockBitmapsAt: u64 = 0;
  inodeBitmapsAt: u64 = 0;
  inodeTablesAt: u64 = 0;
  tableBlocksPerGroup: u32 = 0;
  /** The node of the journal's extents, if they need one; it stands before the tables. */
  journalNodes: u32 = 0;
  journalAt: u64 = 0;
  journalBlocks: u64 = 0;
  /** The end of what is in use. */
  usedEnd: u64 = 0;
  /** The end of the filesystem. */
  end: u64 = 0;

  /** Blocks of group `group`: the last may be short. */
  blocksOf(group: u32, geometry: Geometry): u32 {
    const first = this.firstOf(group, geometry);
    return <u32>min<u64>(this.blocksPerGroup, this.end - first);
  }

  firstOf(group: u32, geometry: Geometry): u64 {
    return geometry.firstBlock + <u64>group * this.blocksPerGroup;
  }
}

/** Bytes kept at the start of an image of at most `maxSize` bytes, for superblock and descriptors. Whole pieces. */
export function computeHeadSize(maxSize: u64, geometry: Geometry): u64 {
  const groups = divCeil(geometry.blocksOf(maxSize), geometry.bitmapBits);
  return roundUp(geometry.descriptorsAt + groups * DESCRIPTOR_SIZE, PIECE);
}

/**
 * @fails OutOfRange       more is in use than the size asked for, or than block numbers can say
 * @fails InvalidArgument  no journal of that size can be
 */
export function computeLayout(demand: Demand, geometry: Geometry): Layout {
  const layout = new Layout();
  layout.end = demand.size > 0 ? demand.size / geometry.blockSize : demand.contentEnd + geometry.blocksOf(demand.free);
  layout.blocksPerGroup = geometry.bitmapBits;
  layout.groups = <u32>divCeil(demand.lastInode, geometry.bitmapBits);
  // More groups need more bitmaps, those more blocks, those perhaps another group: until nothing grows.
  while (true) {
    const before = layout.end;
    place(layout, demand, geometry);
    const groups = <u32>divCeil(layout.end - geometry.firstBlock, layout.blocksPerGroup);
    if (groups > layout.groups) layout.groups = groups;
    else if (layout.end > before) continue; // inodes and journal follow from the whole
    else if (groups == layout.groups) return layout;
    else if (layout.blocksPerGroup == geometry.bitmapBits) shrinkGroups(layout, geometry);
    else {
      // Larger groups of inodes have fewer blocks of them at their ends: the last group must have one block all the same.
      layout.end = wholePieces(layout.firstOf(layout.groups - 1, geometry) + 1, geometry);
      return layout;
    }
  }
}

/** Puts one part behind the other, for `layout.groups` groups. */
function place(layout: Layout, demand: Demand, geometry: Geometry): void {
  layout.journalBlocks = computeJournalBlocks(demand.journal, layout.end, geometry);
  layout.inodesPerGroup = computeInodesPerGroup(layout, demand, geometry);
  layout.tableBlocksPerGroup = layout.inodesPerGroup / geometry.inodesPerBlock;
  layout.blockBitmapsAt = demand.contentEnd;
  layout.inodeBitmapsAt = layout.blockBitmapsAt + layout.groups;
  layout.journalNodes = divCeil(layout.journalBlocks, MAX_EXTENT_BLOCKS) > ROOT_EXTENTS ? 1 : 0;
  layout.inodeTablesAt = layout.inodeBitmapsAt + layout.groups + layout.journalNodes;
  layout.journalAt = layout.inodeTablesAt + <u64>layout.groups * layout.tableBlocksPerGroup;
  layout.usedEnd = layout.journalAt + layout.journalBlocks;
  if (demand.size == 0) layout.end = wholePieces(layout.usedEnd + geometry.blocksOf(demand.free), geometry);
  else if (layout.usedEnd > layout.end) {
    const needed = layout.usedEnd * geometry.blockSize;
    fail(ErrorCode.OutOfRange, `ext4: ${needed} bytes and more are needed, past the size of ${demand.size}`);
  }
  if (layout.usedEnd > MOST_USED_BLOCKS) {
    fail(ErrorCode.OutOfRange, `ext4: ${layout.usedEnd} blocks in use, past the limit of ${MOST_USED_BLOCKS}`);
  }
}

/**
 * Shares the blocks out, where inodes ask for more groups than a bitmap's worth of blocks each: otherwise groups would have
 * to be filled up with nothing, 402 MB of it for 120,000 empty files. Once only: what is shared out grows a little again.
 */
function shrinkGroups(layout: Layout, geometry: Geometry): void {
  const blocks = layout.end - geometry.firstBlock;
  layout.blocksPerGroup = <u32>max<u64>((blocks / layout.groups) & ~7, 8);
}

function computeInodesPerGroup(layout: Layout, demand: Demand, geometry: Geometry): u32 {
  let inodes: u64 = demand.lastInode;
  if (!demand.isCompact) {
    const bytes = layout.end * geometry.blockSize;
    const contents = min(demand.contentEnd, layout.end) * geometry.blockSize;
    const used = inodes + (bytes - contents) / BYTES_PER_INODE - min<u64>(inodes, 11);
    inodes = min(max(max(inodes, used), bytes / BYTES_PER_INODE), MOST_INODES - <u64>layout.groups * INODE_UNIT);
  }
  const perGroup = roundUp(divCeil(inodes, layout.groups), INODE_UNIT);
  return <u32>min<u64>(perGroup, geometry.bitmapBits);
}

/** Blocks of a filesystem, and of the journal that mke2fs gives to fewer. Source: e2fsprogs, ext2fs_default_journal_size. */
const JOURNAL_TABLE: StaticArray<u32> = [
  32_768, 1024, 262_144, 4096, 524_288, 8192, 4_194_304, 16_384, 8_388_608, 32_768, 16_777_216, 65_536, 33_554_432, 131_072,
];
const LARGEST_BY_TABLE: u64 = 262_144;

/** @fails InvalidArgument  `asked` bytes are no journal */
export function computeJournalBlocks(asked: u64, filesystemBlocks: u64, geometry: Geometry): u64 {
  if (asked == 0) return 0;
  if (asked == JOURNAL_BY_TABLE) {
    for (let i = 0; i < JOURNAL_TABLE.length; i += 2) if (filesystemBlocks < JOURNAL_TABLE[i]) return JOURNAL_TABLE[i + 1];
    return LARGEST_BY_TABLE;
  }
  const blocks = asked / geometry.blockSize;
  const most = min<u64>(MOST_JOURNAL_BLOCKS, <u64>((geometry.blockSize - 12) / 12) * MAX_EXTENT_BLOCKS);
  if (blocks < FEWEST_JOURNAL_BLOCKS || blocks > most) {
    const least = FEWEST_JOURNAL_BLOCKS * geometry.blockSize;
    fail(ErrorCode.InvalidArgument, `ext4: journal of ${asked} bytes is not from ${least} to ${most * geometry.blockSize}`);
  }
  return blocks;
}

function wholePieces(blocks: u64, geometry: Geometry): u64 {
  return roundUp(blocks, PIECE / geometry.blockSize);
}

function divCeil(value: u64, unit: u64): u64 {
  return (value + unit - 1) / unit;
}

function roundUp(value: u64, unit: u64): u64 {
  return divCeil(value, unit) * unit;
}
