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
