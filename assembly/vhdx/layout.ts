/** Where the parts of a VHDX stand, and how large its block allocation table is. Numbers in, numbers out. */
import { FIXED_SIZE, MIB } from "./format";

/** A log that nothing is in, as small as it may be. */
export const LOG_AT: u64 = FIXED_SIZE;
export const LOG_SIZE: u32 = MIB;
export const METADATA_AT: u64 = LOG_AT + LOG_SIZE;
export const METADATA_SIZE: u32 = MIB;
/** The first block of data. */
export const BLOCKS_AT: u64 = METADATA_AT + METADATA_SIZE;

/** Blocks of a disk of `size` bytes, the last of which may reach past its end. */
export function countBlocks(size: u64, blockSize: u32): u64 {
  return (size + blockSize - 1) / blockSize;
}

/**
 * Blocks whose sectors one sector bitmap could tell of, "chunk ratio": after so many entries the table has one for it,
 * in disks without a parent too.
 *
 * Source: [MS-VHDX] §2.5.
 */
export function computeChunkRatio(blockSize: u32, logicalSectorSize: u32): u32 {
  return <u32>(((<u64>logicalSectorSize) << 23) / blockSize);
}

/** Entry of the table that says where `block` is. */
export function entryOf(block: u64, chunkRatio: u32): u64 {
  return block + block / chunkRatio;
}

/** Entries of the table of a disk without a parent: it ends with the last block's. */
export function countEntries(blocks: u64, chunkRatio: u32): u64 {
  return blocks == 0 ? 0 : entryOf(blocks - 1, chunkRatio) + 1;
}

/** Bytes of the region of a table: whole megabytes, and at least one. */
export function computeBatSize(entries: u64): u64 {
  const size = (entries * sizeof<u64>() + MIB - 1) & ~(<u64>MIB - 1);
  return max<u64>(size, MIB);
}
