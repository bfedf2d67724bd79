/** The geometry of a disk, in the terms of 1984, and where the blocks of a dynamic one stand. Numbers in, numbers out. */
import { FOOTER_SIZE, HEADER_SIZE, SECTOR_SIZE } from "./format";

export class Geometry {
  constructor(readonly cylinders: u32, readonly heads: u32, readonly trackSectors: u32) {}
}

/**
 * The geometry for a disk of `size` bytes; nearly always a little less than the size, and never used for it by readers
 * that know better.
 *
 * Source: VHD specification, "CHS Calculation".
 */
export function computeGeometry(size: u64): Geometry {
  const sectors = <u32>min<u64>(size / SECTOR_SIZE, 65535 * 16 * 255);
  if (sectors >= 65535 * 16 * 63) return divide(sectors, 16, 255);
  const heads = max<u32>(4, (sectors / 17 + 1023) / 1024);
  if (heads <= 16 && sectors / 17 < heads * 1024) return divide(sectors, heads, 17);
  if (sectors / 31 < 16 * 1024) return divide(sectors, 16, 31);
  return divide(sectors, 16, 63);
}

function divide(sectors: u32, heads: u32, trackSectors: u32): Geometry {
  return new Geometry(sectors / trackSectors / heads, heads, trackSectors);
}

/** What blocks may have: as Windows makes them. Bytes. */
export const BLOCK_SIZES: u32[] = [2 * 1024 * 1024, 512 * 1024];
/** Data stands where sectors of new disks and pages of hosts begin. Bytes. */
const ALIGNMENT: u32 = 4096;

/** Blocks of a disk of `size` bytes, the last of which may reach past its end. */
export function countBlocks(size: u64, blockSize: u32): u32 {
  return <u32>((size + blockSize - 1) / blockSize);
}

/** Bytes of the bitmap before each block: a bit a sector, in whole sectors. */
export function computeBitmapSize(blockSize: u32): u32 {
  const bytes = blockSize / SECTOR_SIZE / 8;
  return max(SECTOR_SIZE, (bytes + SECTOR_SIZE - 1) & ~(SECTOR_SIZE - 1));
}

/** Byte of the file where the data of the block at `place` stands; its bitmap ends there. */
export function computeDataAt(blockSize: u32, place: u32): u64 {
  const first = align(FOOTER_SIZE + HEADER_SIZE + computeBitmapSize(blockSize));
  return first + (<u64>place) * (blockSize + align(computeBitmapSize(blockSize)));
}

function align(size: u32): u32 {
  return (size + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
}
