/** Where the parts of a VHDX stand: what its header and its region table say. */
import { ErrorCode } from "../abi";
import { fail } from "../host";
import { Source } from "../source";
import {
  BAT_REGION, FIXED_SIZE, Header, HEADER_1_AT, HEADER_2_AT, HEADER_SIGNATURE, HEADER_SIZE, MAX_REGIONS, METADATA_REGION, MIB,
  REGION_SIGNATURE, REGION_TABLE_1_AT, REGION_TABLE_2_AT, REGION_TABLE_SIZE, RegionEntry, RegionTable, VERSION,
} from "./format";
import { computeChecksum } from "./structures";

const first = memory.data(64 * 1024, 8);
const second = memory.data(64 * 1024, 8);

/** Bytes of the file. */
export class Places {
  logAt: u64 = 0;
  logSize: u64 = 0;
  batAt: u64 = 0;
  batSize: u64 = 0;
  metadataAt: u64 = 0;
  metadataSize: u64 = 0;

  /** Whether the `length` bytes at `at` reach into anything that is not a block. */
  meetsStructure(at: u64, length: u64): bool {
    return (
      at < FIXED_SIZE || meets(at, length, this.logAt, this.logSize) || meets(at, length, this.batAt, this.batSize)
      || meets(at, length, this.metadataAt, this.metadataSize)
    );
  }
}

function meets(at: u64, length: u64, otherAt: u64, otherLength: u64): bool {
  return at < otherAt + otherLength && otherAt < at + length;
}

/** @fails as `openVhdx` */
export function readPlaces(file: Source): Places {
  if (file.size < FIXED_SIZE) fail(ErrorCode.Corrupt, `vhdx: a file of ${file.size} bytes ends before its regions begin`);
  const places = new Places();
  readLog(readHeader(file), places);
  checkPlace("log", places.logAt, places.logSize, file);
  readRegions(readRegionTable(file), places);
  if (places.batSize == 0 || places.metadataSize == 0) {
    const missing = places.batSize == 0 ? "block allocation table" : "metadata";
    fail(ErrorCode.Corrupt, `vhdx: region table: names no ${missing}`);
  }
  checkPlace("block allocation table", places.batAt, places.batSize, file);
  checkPlace("metadata", places.metadataAt, places.metadataSize, file);
  if (
    meets(places.batAt, places.batSize, places.metadataAt, places.metadataSize)
    || meets(places.batAt, places.batSize, places.logAt, places.logSize)
    || meets(places.metadataAt, places.metadataSize, places.logAt, places.logSize)
  ) {
    fail(ErrorCode.Corrupt, `vhdx: regions at ${places.batAt} and ${places.metadataAt} overlap, or reach into the log`);
  }
  return places;
}

/** @returns the header that counts */
function readHeader(file: Source): Header {
  const isFirst = isHeader(file, HEADER_1_AT, first);
  const isSecond = isHeader(file, HEADER_2_AT, second);
  if (!isFirst && !isSecond) {
    fail(ErrorCode.Corrupt, `vhdx: no sound header at ${HEADER_1_AT} nor at ${HEADER_2_AT}: signature or checksum is wrong`);
  }
  const one = changetype<Header>(first);
  const other = changetype<Header>(second);
  if (isFirst && isSecond && one.sequenceNumber == other.sequenceNumber && memory.compare(first, second, HEADER_SIZE) != 0) {
    fail(ErrorCode.Corrupt, `vhdx: two headers that differ, and both have sequence number ${one.sequenceNumber}`);
  }
  return isFirst && (!isSecond || one.sequenceNumber >= other.sequenceNumber) ? one : other;
}

function isHeader(file: Source, at: u64, to: usize): bool {
  file.read(at, to, HEADER_SIZE);
  const header = changetype<Header>(to);
  return header.signature == HEADER_SIGNATURE && header.checksum == computeChecksum(to, HEADER_SIZE);
}

function readLog(header: Header, places: Places): void {
  if (header.version != VERSION) fail(ErrorCode.Unsupported, `vhdx: version ${header.version} is not ${VERSION}`);
  if (header.logGuid0 != 0 || header.logGuid8 != 0) {
    const how = "attach it once where it was made, or run qemu-img check -r all";
    fail(ErrorCode.FailedPrecondition, `vhdx: was not closed cleanly, and its log is still to be replayed: ${how}`);
  }
  places.logAt = header.logOffset;
  places.logSize = header.logLength;
}

/** @returns the first copy that is sound */
function readRegionTable(file: Source): RegionTable {
  const isFirst = isRegionTable(file, REGION_TABLE_1_AT, first);
  const isSecond = isRegionTable(file, REGION_TABLE_2_AT, second);
  if (!isFirst && !isSecond) {
    const where = `at ${REGION_TABLE_1_AT} nor at ${REGION_TABLE_2_AT}`;
    fail(ErrorCode.Corrupt, `vhdx: no sound region table ${where}: signature, checksum or count is wrong`);
  }
  if (isFirst && isSecond && memory.compare(first, second, REGION_TABLE_SIZE) != 0) {
    fail(ErrorCode.Corrupt, `vhdx: region tables at ${REGION_TABLE_1_AT} and ${REGION_TABLE_2_AT} differ`);
  }
  return changetype<RegionTable>(isFirst ? first : second);
}

function isRegionTable(file: Source, at: u64, to: usize): bool {
  file.read(at, to, REGION_TABLE_SIZE);
  const table = changetype<RegionTable>(to);
  return (
    table.signature == REGION_SIGNATURE && table.entryCount <= MAX_REGIONS
    && table.checksum == computeChecksum(to, REGION_TABLE_SIZE)
  );
}

function readRegions(table: RegionTable, places: Places): void {
  let at = changetype<usize>(table) + offsetof<RegionTable>();
  for (let index: u32 = 0; index < table.entryCount; index++, at += offsetof<RegionEntry>()) {
    const entry = changetype<RegionEntry>(at);
    if (BAT_REGION.isAt(at)) {
      if (places.batSize != 0) fail(ErrorCode.Corrupt, `vhdx: region table: entry ${index} names the table once more`);
      places.batAt = entry.fileOffset;
      places.batSize = entry.length;
    } else if (METADATA_REGION.isAt(at)) {
      if (places.metadataSize != 0) fail(ErrorCode.Corrupt, `vhdx: region table: entry ${index} names metadata once more`);
      places.metadataAt = entry.fileOffset;
      places.metadataSize = entry.length;
    } else if (entry.required & 1) {
      fail(ErrorCode.Unsupported, `vhdx: region table: entry ${index} is required, and not known here`);
    }
  }
}

function checkPlace(what: string, at: u64, size: u64, file: Source): void {
  if (at % MIB != 0 || size % MIB != 0) fail(ErrorCode.Corrupt, `vhdx: ${what}: ${size} bytes at ${at} are not whole megabytes`);
  if (size == 0) return; // a log may be left out where nothing was ever written to it
  if (at < FIXED_SIZE || at > file.size || size > file.size - at) {
    fail(ErrorCode.Corrupt, `vhdx: ${what}: ${size} bytes at ${at} in a file of ${file.size}`);
  }
}
