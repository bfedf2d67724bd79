/** Where things stand in a CIM's metadata region, and how large they are. Numbers in, numbers out. */
import { FILES_PER_TABLE, LinkTableHeader, REGION_BYTE_MASK, REGION_INDEX_SHIFT } from "./format";

/** A region offset. */
export function regionOffset(region: u32, at: u64): u64 {
  return ((<u64>region) << REGION_INDEX_SHIFT) | at;
}

export function regionOf(offset: u64): u32 {
  return <u32>(offset >> REGION_INDEX_SHIFT);
}

export function byteOf(offset: u64): u64 {
  return offset & REGION_BYTE_MASK;
}

/** Bytes before the first name of a link table. */
export function computeNamesAt(count: u32, valueSize: u32): u64 {
  return offsetof<LinkTableHeader>() + (<u64>count) * (valueSize + sizeof<u32>());
}

/**
 * Bytes of a link table.
 *
 * @param valueSize  bytes of what a name stands for
 * @param units      of all names, of UTF-16
 */
export function computeLinkTableSize(count: u32, valueSize: u32, units: u64): u64 {
  return computeNamesAt(count, valueSize) + sizeof<u16>() * (count + units);
}

/** Tables that so many files need. */
export function countFileTables(files: u32): u32 {
  return (files + (FILES_PER_TABLE - 1)) / FILES_PER_TABLE;
}

/** Files of one of the tables: all are full but the last. */
export function countFilesOfTable(table: u32, files: u32): u32 {
  return min(FILES_PER_TABLE, files - table * FILES_PER_TABLE);
}
