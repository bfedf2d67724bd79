/** The geometry of a disk, in the terms of 1984. Numbers in, numbers out. */
import { SECTOR_SIZE } from "./format";

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
