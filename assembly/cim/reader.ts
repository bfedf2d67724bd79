/**
 * Reads CIMs: a small file, and the regions that it names, those of its parents among them.
 *
 *     const reader = opening.reader();                    // see opening.ts
 *     const file = reader.newFile();                      // once, for as long as it is of use
 *     file.open(reader.root);
 *     const names = reader.newNames();
 *     reader.openNames(file, names);
 *     names.readName(index) … reader.childAt(names, index) …
 *
 * All that goes over something is made once and opened again and again: memory that was taken is not given back. After a
 * failure it may be opened anew; what was read before stays right.
 *
 * Source: hcsshim, internal/cimfs/format/format.go and cim_reader_windows.go.
 */
import { allocate } from "../bytes/memory";
import { FilesystemObject, Stream } from "./format";
import { Content, lengthOf } from "./reading/content";
import { File } from "./reading/file";
import { FileTables } from "./reading/file-tables";
import { Header } from "./reading/header";
import { isBehindLength, LinkTable } from "./reading/link-table";
import { describeOffset, Regions } from "./reading/regions";
import { Upcase } from "./reading/upcase";

export class CimReader {
  readonly filesystem: FilesystemObject;
  readonly upcase: Upcase;
  readonly tables: FileTables;

  /** @fails Corrupt, Unsupported */
  constructor(readonly header: Header, readonly regions: Regions) {
    const offset = header.struct.filesystemOffset;
    const filesystem = changetype<FilesystemObject>(allocate(offsetof<FilesystemObject>()));
    if (!regions.holds(offset, offsetof<FilesystemObject>())) {
      regions.corrupt(`image: filesystem at ${describeOffset(offset)}, where there is no room for it`);
    }
    regions.copy(offset, changetype<usize>(filesystem), offsetof<FilesystemObject>());
    const tables = new FileTables(regions, filesystem);
    this.filesystem = filesystem;
    this.upcase = new Upcase(regions, filesystem.upcaseTableOffset);
    this.tables = tables;
    const root = filesystem.rootDirectory;
    if (!tables.has(root)) regions.corrupt(`filesystem: file ${root}, its root, is not there`);
  }

  get root(): u32 {
    return this.filesystem.rootDirectory;
  }

  newFile(): File {
    return new File(this.regions, this.tables);
  }

  newContent(): Content {
    return new Content(this.regions);
  }

  newNames(): LinkTable {
    return new LinkTable(this.regions, this.upcase, 4, "directory");
  }

  newStreams(): LinkTable {
    return new LinkTable(this.regions, this.upcase, offsetof<Stream>(), "alternate streams");
  }

  /** @fails Corrupt  the file is no directory, or a damaged one */
  openNames(directory: File, names: LinkTable): void {
    const record = directory.record;
    names.close();
    if (!directory.isDirectory) this.regions.corrupt(`file ${directory.id}: is no directory`);
    const length = lengthOf(record.dataLengthAndType);
    if (length > 0) names.open(directory.id, record.dataOffset, length);
  }

  /** The file that has a name. */
  childAt(names: LinkTable, index: u32): u32 {
    return this.regions.u32At(names.valueAt(index));
  }

  /** @fails Corrupt; Unsupported  the table is of a form that is not public */
  openStreams(file: File, streams: LinkTable): void {
    const offset = file.record.streamTableOffset;
    streams.close();
    if (offset == 0) return;
    if (isBehindLength(this.regions, offset)) {
      this.regions.corrupt(`file ${file.id}: alternate streams: a length of four bytes stands before their table`);
    }
    streams.open(file.id, offset, this.regions.room(offset));
  }

  /** @fails Corrupt, Unsupported */
  openContent(file: File, content: Content): void {
    content.open(file.id, file.record.dataOffset, file.record.dataLengthAndType);
  }

  /** @fails Corrupt, Unsupported */
  openStreamAt(file: File, streams: LinkTable, index: u32, content: Content): void {
    const at = streams.valueAt(index);
    content.open(file.id, this.regions.u64At(at), this.regions.u64At(at + offsetof<Stream>("lengthAndType")));
  }
}
