/** The filesystem that the header leads to, its upcase table, its file tables. */
import { CimProblem } from "../../abi";
import {
  FilesystemObject, FILE_RECORD_V1_SIZE, FileRecord, FILES_PER_TABLE, FileTableEntry, MAX_FILE_RECORD_SIZE, OBJECT_ALIGNMENT,
  UPCASE_TABLE_SIZE,
} from "../format";
import { CheckState } from "./check-state";
import { AlignmentDetail, FilesystemDetail, TableDetail, UpcaseDetail } from "./details";

const MAX_TABLES: u32 = 1 << 22;
const FIRST_SURROGATE: u32 = 0xd800;
const SURROGATES_END: u32 = 0xe000;
const UNITS: u32 = 0x10000;

export class TablesCheck {
  constructor(private state: CheckState) {}

  /** @returns whether files can be looked for */
  run(): bool {
    const state = this.state;
    const regions = state.regions;
    const offset = state.header.struct.filesystemOffset;
    const size = <u32>offsetof<FilesystemObject>();
    if (!regions.holds(offset, size)) {
      state.findings.add(CimProblem.Filesystem, 0, offset, FilesystemDetail.Object, size, regions.room(offset));
      return false;
    }
    state.claims.claim(offset, size, 0);
    this.checkAlignment(offset, AlignmentDetail.Filesystem);
    regions.copy(offset, changetype<usize>(state.filesystem), size);
    this.checkUpcase(state.filesystem.upcaseTableOffset);
    return this.checkTables();
  }

  private checkUpcase(offset: u64): void {
    const state = this.state;
    const findings = state.findings;
    if (!state.regions.holds(offset, UPCASE_TABLE_SIZE)) {
      findings.add(CimProblem.UpcaseTable, 0, offset, UpcaseDetail.Place, UPCASE_TABLE_SIZE, state.regions.room(offset));
      for (let unit: u32 = 0; unit < UNITS; unit++) store<u16>(state.upcase + 2 * unit, <u16>unit);
      return;
    }
    state.claims.claim(offset, UPCASE_TABLE_SIZE, 0);
    this.checkAlignment(offset, AlignmentDetail.Upcase);
    state.regions.read(offset, state.upcase, UPCASE_TABLE_SIZE);
    for (let unit = FIRST_SURROGATE; unit < SURROGATES_END; unit++) {
      const upper = load<u16>(state.upcase + 2 * unit);
      if (upper == <u16>unit) continue;
      findings.add(CimProblem.UpcaseTable, 0, offset + 2 * unit, UpcaseDetail.Surrogate, unit, upper);
      break; // the first says it all
    }
    for (let unit: u32 = 0; unit < UNITS; unit++) {
      const upper = load<u16>(state.upcase + 2 * unit);
      const again = load<u16>(state.upcase + 2 * <u32>upper);
      if (again == upper) continue;
      findings.add(CimProblem.UpcaseTwice, 0, offset + 2 * unit, 0, unit, upper);
      break;
    }
  }

  private checkTables(): bool {
    const state = this.state;
    const tables = state.filesystem.fileTableDirectoryLength;
    const directory = state.filesystem.fileTableDirectoryOffset;
    const size = <u64>tables * offsetof<FileTableEntry>();
    if (tables == 0 || tables > MAX_TABLES || !state.regions.holds(directory, size)) {
      state.findings.add(CimProblem.FileTable, 0, directory, TableDetail.Directory, tables, state.regions.room(directory));
      return false;
    }
    state.claims.claim(directory, size, 0);
    this.checkAlignment(directory, AlignmentDetail.FileTables);
    let bytes: u64 = 0;
    for (let table: u32 = 0; table < tables; table++) bytes += this.checkTable(table);
    const room = state.regions.totalSize;
    if (bytes <= room) return true;
    state.findings.add(CimProblem.FileTable, 0, directory, TableDetail.Bytes, bytes, room);
    return false;
  }

  /** @returns its bytes */
  private checkTable(table: u32): u64 {
    const regions = this.state.regions;
    const findings = this.state.findings;
    const entry = this.state.tableEntry(table);
    const offset = regions.u64At(entry);
    const count: u32 = regions.u16At(entry + offsetof<FileTableEntry>("count"));
    const size: u32 = regions.u16At(entry + offsetof<FileTableEntry>("entrySize"));
    const reserved = regions.u32At(entry + offsetof<FileTableEntry>("reserved"));
    if (reserved != 0) findings.add(CimProblem.FileTableField, 0, entry, 0, reserved, 0);
    if (count > FILES_PER_TABLE) findings.add(CimProblem.FileTable, 0, entry, TableDetail.Count, count, FILES_PER_TABLE);
    if (count == 0 || count > FILES_PER_TABLE) return 0;
    if (size < regions.minRecordSize || size > MAX_FILE_RECORD_SIZE) {
      findings.add(CimProblem.FileTable, 0, entry, TableDetail.EntrySize, size, MAX_FILE_RECORD_SIZE);
      return 0;
    }
    if (size < FILE_RECORD_V1_SIZE || size > <u32>offsetof<FileRecord>())
      findings.add(CimProblem.FileTableEntrySize, 0, entry, 0, size, offsetof<FileRecord>());
    const bytes = <u64>count * size;
    if (!regions.holds(offset, bytes)) {
      findings.add(CimProblem.FileTable, 0, entry, TableDetail.Place, bytes, regions.room(offset));
      return 0;
    }
    if (offset % OBJECT_ALIGNMENT != 0) findings.add(CimProblem.FileTable, 0, offset, TableDetail.Alignment, table, 0);
    this.state.claims.claim(offset, bytes, 0);
    return bytes;
  }

  private checkAlignment(offset: u64, what: AlignmentDetail): void {
    if (offset % OBJECT_ALIGNMENT != 0) this.state.findings.add(CimProblem.Alignment, 0, offset, what, 0, 0);
  }
}
