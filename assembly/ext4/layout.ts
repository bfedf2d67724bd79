/** Where things stand in an image of profile hcsshim. Numbers in, numbers out. */
import { BLOCK_SIZE, BLOCKS_PER_GROUP, DESCRIPTORS_PER_BLOCK, INODES_PER_BLOCK, MAX_INODES_PER_GROUP } from "./format";

export const DEFAULT_MAX_SIZE: u64 = 16 << 30;
/** 2^32 blocks: without the 64bit feature, block numbers end there. */
export const LARGEST_MAX_SIZE: u64 = 16 << 40;

/** Bytes the image may have when `asked` are: 0 is the default, all else is whole blocks up to 16 TiB. */
export function computeMaxSize(asked: u64): u64 {
  if (asked == 0) return DEFAULT_MAX_SIZE;
  if (asked > LARGEST_MAX_SIZE) return LARGEST_MAX_SIZE;
  return (asked + BLOCK_SIZE - 1) & ~(<u64>BLOCK_SIZE - 1);
}

/** Blocks kept for group descriptors, which depend on the most that an image may have, not on what it has. */
export function computeDescriptorBlocks(maxSize: u64): u32 {
  const groups = divCeil64(divCeil64(maxSize, BLOCK_SIZE), BLOCKS_PER_GROUP);
  return <u32>divCeil64(groups, DESCRIPTORS_PER_BLOCK);
}

/** What is settled once all but the tables is written. Blocks, unless they say otherwise. */
export class Layout {
  groups: u32 = 0;
  /** Inodes. */
  inodesPerGroup: u32 = 0;
  inodeTableAt: u32 = 0;
  inodeTableBlocks: u32 = 0;
  /** Of each group: a block of block bitmap, a block of inode bitmap. */
  bitmapsAt: u32 = 0;
  /** The end of what is in use. */
  usedEnd: u32 = 0;
  /** The end of the image: every group but the last is whole. */
  end: u32 = 0;
  descriptorBlocks: u32 = 0;
  usedDescriptorBlocks: u32 = 0;
}

/**
 * @param tableAt           first block behind all content
 * @param lastInode         the highest inode number
 * @param descriptorBlocks  blocks kept for descriptors
 */
export function computeLayout(tableAt: u32, lastInode: u32, descriptorBlocks: u32): Layout {
  const layout = new Layout();
  chooseGroups(layout, tableAt, lastInode);
  layout.inodeTableAt = tableAt;
  layout.inodeTableBlocks = layout.groups * (layout.inodesPerGroup / INODES_PER_BLOCK);
  layout.bitmapsAt = tableAt + layout.inodeTableBlocks;
  layout.usedEnd = layout.bitmapsAt + 2 * layout.groups;
  layout.end = max(layout.usedEnd, (layout.groups - 1) * BLOCKS_PER_GROUP + 1);
  layout.descriptorBlocks = descriptorBlocks;
  layout.usedDescriptorBlocks = (layout.groups - 1) / DESCRIPTORS_PER_BLOCK + 1;
  return layout;
}

/** The fewest groups, and of those the fewest inodes in each. */
function chooseGroups(layout: Layout, blocks: u32, inodes: u32): void {
  let fewest = u32.MAX_VALUE;
  for (let perGroup = INODES_PER_BLOCK; perGroup <= MAX_INODES_PER_GROUP; perGroup += INODES_PER_BLOCK) {
    const groups = countGroups(blocks, inodes, perGroup);
    if (groups >= fewest) continue;
    fewest = groups;
    layout.groups = groups;
    layout.inodesPerGroup = perGroup;
  }
}

/** Groups that hold both. The products wrap at 32 bits, as hcsshim's do. */
function countGroups(blocks: u32, inodes: u32, inodesPerGroup: u32): u32 {
  const dataBlocks = BLOCKS_PER_GROUP - inodesPerGroup / INODES_PER_BLOCK - 2; // less its part of the table, and bitmaps
  const forInodes = ((inodes - 1) / inodesPerGroup) * dataBlocks + 1;
  return (max(blocks, forInodes) + dataBlocks - 1) / dataBlocks;
}

function divCeil64(value: u64, unit: u64): u64 {
  return (value + unit - 1) / unit;
}
