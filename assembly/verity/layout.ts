/** Where the levels of a hash tree stand. Numbers in, numbers out. */
import { DIGESTS_PER_BLOCK } from "./format";

/** Hash blocks of the level above `blocks` blocks. */
export function countHashBlocks(blocks: u64): u64 {
  return (blocks + DIGESTS_PER_BLOCK - 1) / DIGESTS_PER_BLOCK;
}

/** Levels of a tree over `dataBlocks`. A single block needs none: its digest is the root hash. */
export function countLevels(dataBlocks: u64): u32 {
  let levels: u32 = 0;
  for (let blocks = dataBlocks; blocks > 1; blocks = countHashBlocks(blocks)) levels++;
  return levels;
}

/** Hash blocks before those of `level`, which is counted from the data upward: the root stands first. */
export function blocksBefore(dataBlocks: u64, level: u32): u64 {
  let before: u64 = 0;
  let blocks = dataBlocks;
  for (let each: u32 = 0, count = countLevels(dataBlocks); each < count; each++) {
    blocks = countHashBlocks(blocks);
    if (each > level) before += blocks;
  }
  return before;
}

/** Hash blocks of the whole tree over `dataBlocks`. */
export function countTreeBlocks(dataBlocks: u64): u64 {
  let total: u64 = 0;
  for (let blocks = dataBlocks; blocks > 1; ) {
    blocks = countHashBlocks(blocks);
    total += blocks;
  }
  return total;
}

/**
 * Data blocks of a file of `blocks` that is data, a block with the superblock, and the tree; 0: no number of them makes so
 * many.
 */
export function countDataBlocks(blocks: u64): u64 {
  let low: u64 = 1;
  let high = blocks;
  while (low < high) {
    const middle = low + (high - low) / 2;
    if (middle + 1 + countTreeBlocks(middle) < blocks) low = middle + 1;
    else high = middle;
  }
  return low + 1 + countTreeBlocks(low) == blocks ? low : 0;
}
