/** The structures of a VHDX that say what it is, encoded into memory that is given, and zero. */
import { crc32c } from "../bytes/crc32c";
import {
  BAT_REGION, FILE_PARAMETERS, Guid, Header, HEADER_SIGNATURE, HEADER_SIZE, ItemFlag, LOGICAL_SECTOR_SIZE, MetadataEntry,
  METADATA_ENTRIES_AT, METADATA_REGION, METADATA_SIGNATURE, METADATA_TABLE_SIZE, MetadataTable, PHYSICAL_SECTOR_SIZE,
  PHYSICAL_SECTOR_SIZE_ITEM, REGION_SIGNATURE, REGION_TABLE_SIZE, RegionEntry, RegionTable, SECTOR_SIZE, VERSION,
  VIRTUAL_DISK_ID, VIRTUAL_DISK_SIZE,
} from "./format";
import { LOG_AT, LOG_SIZE, METADATA_AT, METADATA_SIZE } from "./layout";

/** The checksum of `size` bytes, whose field for it, the second word, counts as zero. It stays as it was. */
export function computeChecksum(from: usize, size: u32): u32 {
  const held = load<u32>(from, 4);
  store<u32>(from, 0, 4);
  const checksum = ~crc32c(u32.MAX_VALUE, from, size);
  store<u32>(from, held, 4);
  return checksum;
}

/**
 * @param to  HEADER_SIZE bytes
 * @param fileGuid  16 bytes; @param dataGuid  the same
 */
export function encodeHeader(to: usize, sequenceNumber: u64, fileGuid: usize, dataGuid: usize): void {
  const header = changetype<Header>(to);
  header.signature = HEADER_SIGNATURE;
  header.sequenceNumber = sequenceNumber;
  memory.copy(to + offsetof<Header>("fileWriteGuid0"), fileGuid, 16);
  memory.copy(to + offsetof<Header>("dataWriteGuid0"), dataGuid, 16);
  header.version = VERSION;
  header.logLength = LOG_SIZE;
  header.logOffset = LOG_AT;
  header.checksum = computeChecksum(to, HEADER_SIZE);
}

/** @param to  REGION_TABLE_SIZE bytes */
export function encodeRegionTable(to: usize, batAt: u64, batSize: u64): void {
  const table = changetype<RegionTable>(to);
  table.signature = REGION_SIGNATURE;
  table.entryCount = 2;
  encodeRegion(to + offsetof<RegionTable>(), BAT_REGION, batAt, <u32>batSize);
  encodeRegion(to + offsetof<RegionTable>() + offsetof<RegionEntry>(), METADATA_REGION, METADATA_AT, METADATA_SIZE);
  table.checksum = computeChecksum(to, REGION_TABLE_SIZE);
}

function encodeRegion(to: usize, guid: Guid, fileOffset: u64, length: u32): void {
  const entry = changetype<RegionEntry>(to);
  entry.guid0 = guid.low;
  entry.guid8 = guid.high;
  entry.fileOffset = fileOffset;
  entry.length = length;
  entry.required = 1;
}

/** Where the next item goes. */
let nextEntry: usize = 0;
let nextItem: u32 = 0;

/**
 * Table and items: five, as a disk without a parent must have.
 *
 * @param table  METADATA_TABLE_SIZE bytes; @param items  64 bytes, which stand behind them
 * @param diskId  16 bytes
 */
export function encodeMetadata(table: usize, items: usize, blockSize: u32, size: u64, diskId: usize): void {
  const metadata = changetype<MetadataTable>(table);
  metadata.signature = METADATA_SIGNATURE;
  metadata.entryCount = 5;
  nextEntry = table + METADATA_ENTRIES_AT;
  nextItem = 0;
  store<u32>(items + place(FILE_PARAMETERS, 8, ItemFlag.Required), blockSize);
  store<u64>(items + place(VIRTUAL_DISK_SIZE, 8, ItemFlag.Required | ItemFlag.VirtualDisk), size);
  memory.copy(items + place(VIRTUAL_DISK_ID, 16, ItemFlag.Required | ItemFlag.VirtualDisk), diskId, 16);
  store<u32>(items + place(LOGICAL_SECTOR_SIZE, 4, ItemFlag.Required | ItemFlag.VirtualDisk), SECTOR_SIZE);
  store<u32>(items + place(PHYSICAL_SECTOR_SIZE_ITEM, 4, ItemFlag.Required | ItemFlag.VirtualDisk), PHYSICAL_SECTOR_SIZE);
}

/** Encodes the entry of the next item. @returns where the item itself goes, in bytes behind the table */
function place(guid: Guid, length: u32, flags: u32): u32 {
  const entry = changetype<MetadataEntry>(nextEntry);
  const at = nextItem;
  entry.guid0 = guid.low;
  entry.guid8 = guid.high;
  entry.offset = METADATA_TABLE_SIZE + at;
  entry.length = length;
  entry.flags = flags;
  nextEntry += offsetof<MetadataEntry>();
  nextItem += length;
  return at;
}
