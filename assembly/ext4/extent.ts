/** Extent trees of files whose blocks are one run. */
import { BLOCK_SIZE, CONTENT_SIZE, Extent, EXTENT_MAGIC, ExtentHeader, ExtentIndex, MAX_EXTENT_BLOCKS } from "./format";

/** Extents, or indexes, that fit beside a header. */
const ROOT_MAX: u32 = CONTENT_SIZE / 12 - 1;
const LEAF_MAX: u32 = BLOCK_SIZE / 12 - 1;

/** Blocks that one leaf maps. */
const LEAF_SPAN: u32 = LEAF_MAX * MAX_EXTENT_BLOCKS;

/** Leaf blocks that a file of `blocks` needs beside its root; the root alone maps four extents. */
export function countLeaves(blocks: u32): u32 {
  const extents = divCeil(blocks, MAX_EXTENT_BLOCKS);
  return extents <= ROOT_MAX ? 0 : divCeil(extents, LEAF_MAX);
}

/**
 * Encodes the root of a tree over `blocks` blocks from `start` on; the leaves, if any, stand right behind them.
 *
 * @param root  60 bytes, zero
 */
export function encodeRoot(root: usize, start: u32, blocks: u32): void {
  const leaves = countLeaves(blocks);
  if (leaves == 0) {
    encodeExtents(root, ROOT_MAX, start, 0, blocks);
    return;
  }
  encodeHeader(root, leaves, ROOT_MAX, 1);
  for (let i: u32 = 0; i < leaves; i++) {
    const index = changetype<ExtentIndex>(root + 12 + 12 * i);
    index.block = i * LEAF_SPAN;
    index.leafLo = start + blocks + i;
  }
}

/** Encodes leaf `index` of such a tree. @param leaf  a block, zero */
export function encodeLeaf(leaf: usize, index: u32, start: u32, blocks: u32): void {
  const from = index * LEAF_SPAN;
  encodeExtents(leaf, LEAF_MAX, start, from, min(blocks, from + LEAF_SPAN));
}

/** Maps the blocks of a file from `from` up to `end`; its block 0 is `start` on disk. */
function encodeExtents(node: usize, maxEntries: u32, start: u32, from: u32, end: u32): void {
  let entries: u32 = 0;
  for (let block = from; block < end; block += MAX_EXTENT_BLOCKS) {
    const extent = changetype<Extent>(node + 12 + 12 * entries++);
    extent.block = block;
    extent.length = <u16>min(end - block, MAX_EXTENT_BLOCKS);
    extent.startLo = start + block;
  }
  encodeHeader(node, entries, maxEntries, 0);
}

function encodeHeader(node: usize, entries: u32, maxEntries: u32, depth: u16): void {
  const header = changetype<ExtentHeader>(node);
  header.magic = EXTENT_MAGIC;
  header.entries = <u16>entries;
  header.max = <u16>maxEntries;
  header.depth = depth;
}

function divCeil(value: u32, unit: u32): u32 {
  return (value + unit - 1) / unit;
}
