/** The tree, from the root down: each directory once, each name in it. */
import { CimProblem } from "../../abi";
import { FileRecord, MAX_PATH_UNITS, STREAM_SPARSE, StreamType } from "../format";
import { isKnown, lengthOf, typeOf } from "../reading/content";
import { CheckState } from "./check-state";
import { FilesystemDetail, LinkDetail, SizeDetail } from "./details";
import { Seen } from "./file-states";
import { FilesCheck } from "./files-check";
import { LinksCheck } from "./links-check";

const HAS_PARENT_SIZE: u32 = offsetof<FileRecord>("baseRegionIndex");
/** How often all bytes of an image may be gone over as tables of names: files may share tables, but not without end. */
const MOST_TABLE_BYTES: u64 = 4;

export class DirectoriesCheck {
  /** Files that were met. */
  filesMet: u64 = 0;
  private links: LinksCheck;
  /** The directory that is next. 0: none is. */
  private waiting: u32 = 0;
  private tableBytes: u64 = 0;

  constructor(private state: CheckState, private files: FilesCheck) {
    this.links = new LinksCheck(state, 4);
  }

  /** @returns whether there is a tree */
  begin(): bool {
    const state = this.state;
    const root = state.filesystem.rootDirectory;
    const offset = state.header.struct.filesystemOffset;
    if (!state.hasFile(root)) {
      state.findings.add(CimProblem.Filesystem, 0, offset, FilesystemDetail.Root, root, 0);
      return false;
    }
    state.readRecord(root);
    if (!isDirectory(state.record)) {
      state.findings.add(CimProblem.Filesystem, root, offset, FilesystemDetail.RootType, root, 0);
      this.files.check(root);
      return false;
    }
    this.meet(root, 0, 0, 0);
    const parent = state.record.parentFileId;
    if (parent == 0 || parent == root) state.fileOf(root).note(Seen.InItsParent);
    this.files.check(root);
    return true;
  }

  /** Looks at one directory. @returns whether there are more; `filesMet` says how far it is */
  step(): bool {
    const directory = this.waiting;
    if (directory == 0) return false;
    this.waiting = this.state.fileOf(directory).next;
    this.check(directory);
    return this.waiting != 0;
  }

  private check(directory: u32): void {
    const state = this.state;
    state.readRecord(directory);
    const stream = state.record.dataLengthAndType;
    const offset = state.record.dataOffset;
    const span = lengthOf(stream);
    if (stream & STREAM_SPARSE) {
      state.findings.add(CimProblem.LinkTable, directory, offset, LinkDetail.Sparse, 0, 0);
      return;
    }
    if (span == 0) {
      state.findings.add(CimProblem.LinkTableSize, directory, 0, SizeDetail.None, 0, 8);
      return;
    }
    const links = this.links;
    if (!links.open(directory, offset, span)) return;
    if (links.length != span)
      state.findings.add(CimProblem.LinkTableSize, directory, offset, SizeDetail.Length, span, links.length);
    state.claims.claim(offset, links.length, directory);
    this.tableBytes += links.length;
    const most = MOST_TABLE_BYTES * state.regions.totalSize;
    if (this.tableBytes > most) {
      state.findings.add(CimProblem.LinkTablesShared, directory, offset, 0, this.tableBytes, most);
      this.waiting = 0; // nor are those looked at that wait
      return;
    }
    const pathUnits = state.fileOf(directory).pathUnits;
    for (; links.index < links.count; links.next()) if (links.checkName()) this.checkEntry(directory, pathUnits);
  }

  private checkEntry(directory: u32, pathUnits: u32): void {
    const state = this.state;
    const links = this.links;
    const child = state.regions.u32At(links.value);
    const findings = state.findings;
    if (!state.hasFile(child)) {
      findings.addName(CimProblem.FileMissing, directory, links.value, 0, child, links.name, links.nameUnits);
      return;
    }
    state.readRecord(child);
    const file = state.fileOf(child);
    const units = pathUnits + 1 + links.nameUnits;
    if (units > MAX_PATH_UNITS && (file.seen & Seen.Met) == 0)
      findings.addName(CimProblem.PathLength, directory, 0, 0, units, links.name, links.nameUnits);
    if (state.recordSize >= HAS_PARENT_SIZE) {
      file.note(Seen.HasParent);
      if (state.record.parentFileId == directory) file.note(Seen.InItsParent);
    }
    if ((file.seen & Seen.Met) == 0) {
      this.meet(child, directory, links.index, units);
      this.files.check(child);
    } else if (file.seen & Seen.Directory) {
      findings.addName(CimProblem.DirectoryLinkedTwice, child, links.value, 0, directory, links.name, links.nameUnits);
    }
  }

  /** For the first time. Its record was read. */
  private meet(id: u32, directory: u32, entry: u32, pathUnits: u32): void {
    const file = this.state.fileOf(id);
    file.note(Seen.Met);
    file.directory = directory;
    file.entry = entry;
    file.pathUnits = <u16>min<u32>(pathUnits, u16.MAX_VALUE);
    this.filesMet++;
    if (!isDirectory(this.state.record)) return;
    file.note(Seen.Directory);
    file.next = this.waiting;
    this.waiting = id;
  }
}

/** As the reader sees it. */
function isDirectory(record: FileRecord): bool {
  return typeOf(record.dataLengthAndType) == StreamType.LinkTable && isKnown(record.dataLengthAndType);
}
