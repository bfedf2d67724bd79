/** What a VHDX says of its disk. */
import { ErrorCode } from "../abi";
import { fail } from "../host";
import { Source } from "../source";
import {
  FILE_PARAMETERS, FileParameter, ItemFlag, LOGICAL_SECTOR_SIZE, MAX_BLOCK_SIZE, MAX_DISK_SIZE, MAX_ITEMS, METADATA_ENTRIES_AT,
  METADATA_SIGNATURE, METADATA_TABLE_SIZE, MetadataEntry, MetadataTable, MIN_BLOCK_SIZE, PARENT_LOCATOR,
  PHYSICAL_SECTOR_SIZE_ITEM, VIRTUAL_DISK_ID, VIRTUAL_DISK_SIZE,
} from "./format";

const tableAt = memory.data(64 * 1024, 8);
const item = memory.data(8, 8);

export class Metadata {
  /** Bytes. */
  blockSize: u32 = 0;
  /** Bytes. */
  diskSize: u64 = 0;
  /** Bytes. */
  logicalSectorSize: u32 = 0;
}

/** @param at  byte of the file where the region stands; @param size  its bytes. @fails as `openVhdx` */
export function readMetadata(file: Source, at: u64, size: u64): Metadata {
  file.read(at, tableAt, METADATA_TABLE_SIZE);
  const table = changetype<MetadataTable>(tableAt);
  if (table.signature != METADATA_SIGNATURE) fail(ErrorCode.Corrupt, `vhdx: metadata at ${at}: no signature`);
  if (table.entryCount > MAX_ITEMS) {
    fail(ErrorCode.Corrupt, `vhdx: metadata: ${table.entryCount} items, more than ${MAX_ITEMS}`);
  }
  const metadata = new Metadata();
  let entryAt = tableAt + METADATA_ENTRIES_AT;
  for (let index: u32 = 0; index < table.entryCount; index++, entryAt += offsetof<MetadataEntry>()) {
    readItem(file, at, size, entryAt, index, metadata);
  }
  check(metadata);
  return metadata;
}

function readItem(file: Source, regionAt: u64, regionSize: u64, entryAt: usize, index: u32, metadata: Metadata): void {
  const entry = changetype<MetadataEntry>(entryAt);
  const width = widthOf(entryAt);
  if (width == 0) {
    if (PARENT_LOCATOR.isAt(entryAt)) refuseParent();
    if (!VIRTUAL_DISK_ID.isAt(entryAt) && !PHYSICAL_SECTOR_SIZE_ITEM.isAt(entryAt) && (entry.flags & ItemFlag.Required) != 0) {
      fail(ErrorCode.Unsupported, `vhdx: metadata: item ${index} is required, and not known here`);
    }
    return;
  }
  if (entry.offset < METADATA_TABLE_SIZE || (<u64>entry.offset) + width > regionSize || entry.length < width) {
    fail(ErrorCode.Corrupt, `vhdx: metadata: item ${index}, ${entry.length} bytes at ${entry.offset}, has no room or too few`);
  }
  file.read(regionAt + entry.offset, item, width);
  if (FILE_PARAMETERS.isAt(entryAt)) {
    if (load<u32>(item, 4) & FileParameter.HasParent) refuseParent();
    metadata.blockSize = load<u32>(item);
  } else if (VIRTUAL_DISK_SIZE.isAt(entryAt)) metadata.diskSize = load<u64>(item);
  else metadata.logicalSectorSize = load<u32>(item);
}

/** Bytes of an item that is looked at; 0: it is another. */
function widthOf(entryAt: usize): u32 {
  if (FILE_PARAMETERS.isAt(entryAt) || VIRTUAL_DISK_SIZE.isAt(entryAt)) return 8;
  return LOGICAL_SECTOR_SIZE.isAt(entryAt) ? 4 : 0;
}

function refuseParent(): void {
  fail(ErrorCode.Unsupported, "vhdx: is a differencing disk, whose parent has the rest; merge it into its parent first");
}

function check(metadata: Metadata): void {
  const blockSize = metadata.blockSize;
  if (blockSize < MIN_BLOCK_SIZE || blockSize > MAX_BLOCK_SIZE || (blockSize & (blockSize - 1)) != 0) {
    fail(ErrorCode.Corrupt, `vhdx: metadata: blocks of ${blockSize} bytes, or no item that says so`);
  }
  const sector = metadata.logicalSectorSize;
  if (sector != 512 && sector != 4096) {
    fail(ErrorCode.Corrupt, `vhdx: metadata: logical sectors of ${sector} bytes, or no item that says so`);
  }
  if (metadata.diskSize == 0 || metadata.diskSize % sector != 0 || metadata.diskSize > MAX_DISK_SIZE) {
    const rule = `not whole sectors of ${sector}, past ${MAX_DISK_SIZE}, or not said`;
    fail(ErrorCode.Corrupt, `vhdx: metadata: a disk of ${metadata.diskSize} bytes: ${rule}`);
  }
}
