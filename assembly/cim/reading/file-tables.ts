/** Records of files by their IDs. Source: hcsshim, internal/cimfs/format/format.go. */
import { allocate } from "../../bytes/memory";
import {
  FileRecord, FilesystemObject, FILES_PER_TABLE, FileTableEntry, MAX_FILE_RECORD_SIZE,
} from "../format";
import { describeOffset, Regions } from "./regions";

/** As many as file IDs have room for. */
const MAX_TABLES: u32 = 1 << 22;

export class FileTables {
  /** What `read` read. */
  readonly record: FileRecord = changetype<FileRecord>(allocate(offsetof<FileRecord>()));
  /** Records of all tables, those that are not in use among them. */
  recordCount: u64 = 0;
  /** Bytes of the tables and of their directory. */
  size: u64 = 0;
  readonly tableCount: u32;
  private directory: u64;
  // Of the table that was asked for last.
  private table: u32 = u32.MAX_VALUE;
  private tableOffset: u64 = 0;
  private count: u32 = 0;
  private entrySize: u32 = 0;

  /** @fails Corrupt, Unsupported */
  constructor(private regions: Regions, filesystem: FilesystemObject) {
    const tables = filesystem.fileTableDirectoryLength;
    const directory = filesystem.fileTableDirectoryOffset;
    this.tableCount = tables;
    this.directory = directory;
    const size = <u64>tables * offsetof<FileTableEntry>();
    if (tables == 0 || tables > MAX_TABLES) regions.corrupt(`filesystem: ${tables} file tables`);
    if (!regions.holds(directory, size)) {
      regions.corrupt(`filesystem: ${tables} file tables at ${describeOffset(directory)}, where there is no room for them`);
    }
    let bytes: u64 = 0;
    for (let table: u32 = 0; table < tables; table++) {
      this.open(table);
      bytes += <u64>this.count * this.entrySize;
      this.recordCount += this.count;
    }
    // No two tables stand in one place: so a small image cannot have files without end.
    if (bytes > regions.totalSize) {
      regions.corrupt(`filesystem: file tables of ${bytes} bytes in regions of ${regions.totalSize}`);
    }
    this.size = size + bytes;
  }

  /** Whether there is a record of that ID. */
  has(id: u32): bool {
    if (id == 0 || (id - 1) / FILES_PER_TABLE >= this.tableCount) return false;
    this.open((id - 1) / FILES_PER_TABLE);
    return (id - 1) % FILES_PER_TABLE < this.count;
  }

  /** Records of a table. */
  countOf(table: u32): u32 {
    this.open(table);
    return this.count;
  }

  /** Fills `record`: a shorter one on disk goes on in zeros, what is behind a longer one is not looked at. @fails Corrupt */
  read(id: u32): void {
    if (!this.has(id)) this.regions.corrupt(`file ${id}: there is no such file`);
    const record = changetype<usize>(this.record);
    const size = min<u32>(this.entrySize, offsetof<FileRecord>());
    this.regions.copy(this.tableOffset + <u64>((id - 1) % FILES_PER_TABLE) * this.entrySize, record, size);
    memory.fill(record + size, 0, offsetof<FileRecord>() - size);
  }

  private open(table: u32): void {
    if (table == this.table) return;
    const regions = this.regions;
    const entry = this.directory + <u64>table * offsetof<FileTableEntry>();
    const offset = regions.u64At(entry);
    const count = regions.u16At(entry + offsetof<FileTableEntry>("count"));
    const size = regions.u16At(entry + offsetof<FileTableEntry>("entrySize"));
    this.table = u32.MAX_VALUE; // until all has gone well
    if (count > FILES_PER_TABLE)
      regions.corrupt(`file table ${table}: ${count} files, where ${FILES_PER_TABLE} are the most`);
    if (count > 0) this.checkPlace(table, offset, count, size);
    this.tableOffset = offset;
    this.count = count;
    this.entrySize = size;
    this.table = table;
  }

  private checkPlace(table: u32, offset: u64, count: u32, size: u32): void {
    if (size < this.regions.minRecordSize || size > MAX_FILE_RECORD_SIZE) {
      this.regions.corrupt(`file table ${table}: records of ${size} bytes`);
    }
    if (!this.regions.holds(offset, <u64>count * size)) {
      const place = describeOffset(offset);
      this.regions.corrupt(`file table ${table}: ${count} records at ${place}, where there is no room for them`);
    }
  }
}
