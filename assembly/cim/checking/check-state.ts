/** What all parts of a check share. */
import { allocate } from "../../bytes/memory";
import { FileRecord, FilesystemObject, FILES_PER_TABLE, FileTableEntry, MAX_FILE_RECORD_SIZE } from "../format";
import { Header } from "../reading/header";
import { Regions } from "../reading/regions";
import { Claims } from "./claims";
import { FileState, FileStates } from "./file-states";
import { Findings } from "./findings";

export class CheckState {
  readonly findings: Findings;
  readonly claims: Claims;
  readonly filesystem: FilesystemObject = changetype<FilesystemObject>(allocate(offsetof<FilesystemObject>()));
  /** What `readRecord` read; what is not on disk is zero. */
  readonly record: FileRecord = changetype<FileRecord>(allocate(offsetof<FileRecord>()));
  /** Bytes of it that are on disk. */
  recordSize: u32 = 0;
  /** Upper case of each unit, once it was found; before that all zeros. */
  readonly upcase: usize = allocate(0x20000);
  private known: FileStates | null = null;

  constructor(readonly header: Header, readonly regions: Regions) {
    const findings = new Findings();
    this.findings = findings;
    this.claims = new Claims(findings);
  }

  /** What is known of a file that there is. */
  fileOf(id: u32): FileState {
    return this.files.of(id, this.countOf((id - 1) / FILES_PER_TABLE));
  }

  /** Files of a table, once it is known how many tables there are. */
  countOf(table: u32): u32 {
    return this.regions.u16At(this.tableEntry(table) + offsetof<FileTableEntry>("count"));
  }

  /** Whether a file of the table was met. */
  hasMet(table: u32): bool {
    return this.files.hasTable(table);
  }

  /** Whether a table's numbers can be, and all of it is there. */
  isTable(table: u32): bool {
    const regions = this.regions;
    const entry = this.tableEntry(table);
    const count = this.countOf(table);
    const size = regions.u16At(entry + offsetof<FileTableEntry>("entrySize"));
    if (count > FILES_PER_TABLE || size < regions.minRecordSize || size > MAX_FILE_RECORD_SIZE) return false;
    return count > 0 && regions.holds(regions.u64At(entry), <u64>count * size);
  }

  /** Region offset of a table's entry in their directory. */
  tableEntry(table: u32): u64 {
    return this.filesystem.fileTableDirectoryOffset + <u64>table * offsetof<FileTableEntry>();
  }

  /** Whether there is such a file, in a table that can be. */
  hasFile(id: u32): bool {
    const table = (id - 1) / FILES_PER_TABLE;
    if (id == 0 || table >= this.filesystem.fileTableDirectoryLength || !this.isTable(table)) return false;
    return (id - 1) % FILES_PER_TABLE < this.countOf(table);
  }

  /** Region offset of a file's record, of one that there is. */
  recordPlace(id: u32): u64 {
    const entry = this.tableEntry((id - 1) / FILES_PER_TABLE);
    const size = this.regions.u16At(entry + offsetof<FileTableEntry>("entrySize"));
    return this.regions.u64At(entry) + <u64>((id - 1) % FILES_PER_TABLE) * size;
  }

  readRecord(id: u32): void {
    const entry = this.tableEntry((id - 1) / FILES_PER_TABLE);
    const size: u32 = this.regions.u16At(entry + offsetof<FileTableEntry>("entrySize"));
    const there = min<u32>(size, offsetof<FileRecord>());
    const record = changetype<usize>(this.record);
    this.regions.copy(this.recordPlace(id), record, there);
    memory.fill(record + there, 0, offsetof<FileRecord>() - there);
    this.recordSize = there;
  }

  private get files(): FileStates {
    let files = this.known;
    if (!files) {
      files = new FileStates(this.filesystem.fileTableDirectoryLength);
      this.known = files;
    }
    return files;
  }
}
