/** File tables: a record for each file, by its ID, and the directory of the tables. */
import { ARCHIVE, HIDDEN, READONLY, SPARSE_FILE, SYSTEM } from "../tree/windows/attributes";
import { Blob, WindowsFile } from "../tree/windows/file";
import { FileFlag, FileRecord, FILES_PER_TABLE, FileTableEntry, Stream } from "./format";
import { FileWalk } from "./file-walk";
import { countFilesOfTable, countFileTables } from "./layout";
import { MetadataRegion } from "./metadata-region";
import { Profile } from "./profile";
import { StreamEncoder } from "./stream";

const record = changetype<FileRecord>(memory.data(0x60, 8));
const entry = changetype<FileTableEntry>(memory.data(16, 8));

export class FileTableWriter {
  constructor(private region: MetadataRegion, private streams: StreamEncoder, private profile: Profile) {}

  /**
   * Writes the records of all files, and the directory behind them.
   *
   * @param walk   at the first file
   * @param files  how many there are
   * @returns region offset of the directory
   */
  write(walk: FileWalk, files: u32): u64 {
    const size = this.profile.fileRecordSize;
    const first = this.region.startObject();
    for (; walk.hasFile; walk.next()) {
      const directory = walk.directory;
      this.encodeRecord(walk.file, directory ? directory.number : this.profile.rootParentFileId);
      this.region.append(changetype<usize>(record), size);
    }
    const place = this.region.startObject();
    for (let table: u32 = 0; table < countFileTables(files); table++) {
      entry.offset = first + (<u64>table) * FILES_PER_TABLE * size;
      entry.count = <u16>countFilesOfTable(table, files);
      entry.entrySize = <u16>size;
      this.region.append(changetype<usize>(entry), offsetof<FileTableEntry>());
    }
    return place;
  }

  private encodeRecord(file: WindowsFile, parent: u32): void {
    const eas = file.eas;
    const reparse = file.reparse;
    const firstStream = file.firstStream;
    memory.fill(changetype<usize>(record), 0, offsetof<FileRecord>());
    record.flags = encodeFlags(file.attributes);
    record.eaLength = eas ? <u16>eas.length : 0;
    record.reparseTag = reparse ? load<u32>(reparse.at) : 0;
    record.creationTime = file.creationTime;
    record.lastWriteTime = file.lastWriteTime;
    record.changeTime = file.changeTime;
    record.lastAccessTime = file.lastAccessTime;
    const stream = changetype<Stream>(changetype<usize>(record) + offsetof<FileRecord>("dataOffset"));
    this.streams.encode(stream, file.place, file.length, file.kind);
    record.sdOffset = placeOf(file.securityDescriptor);
    record.eaOffset = placeOf(eas);
    record.reparseOffset = placeOf(reparse);
    record.streamTableOffset = firstStream ? firstStream.place : 0;
    record.parentFileId = parent;
    record.baseRegionIndex = this.profile.baseRegionIndex;
  }
}

function encodeFlags(attributes: u32): u16 {
  return (
    (attributes & READONLY ? FileFlag.ReadOnly : 0) |
    (attributes & HIDDEN ? FileFlag.Hidden : 0) |
    (attributes & SYSTEM ? FileFlag.System : 0) |
    (attributes & ARCHIVE ? FileFlag.Archive : 0) |
    (attributes & SPARSE_FILE ? FileFlag.Sparse : 0)
  ) as u16;
}

function placeOf(blob: Blob | null): u64 {
  return blob ? blob.place : 0;
}
