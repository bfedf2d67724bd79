/** The tree in a CIM. */
import { isFileName, isStreamName } from "../tree/windows/file-name";
import { WindowsTreeReader } from "../tree/windows/tree-reader";
import { FileRecord } from "./format";
import { CimReader } from "./reader";
import { Content } from "./reading/content";
import { File } from "./reading/file";
import { LinkTable } from "./reading/link-table";

/** How often all bytes of an image may be gone over as tables of names: files may share tables, but not without end. */
const MOST_TABLE_BYTES: u64 = 4;

export class CimTree extends WindowsTreeReader {
  private file: File;
  private names: LinkTable;
  private streams: LinkTable;
  private content: Content;
  private stream: Content;
  private nextNameIndex: u32 = 0;
  private nextStreamIndex: u32 = 0;
  private isContentOpen: bool = false;
  private isStreamOpen: bool = false;
  /** Bytes of tables that this walk has gone over. */
  private tableBytes: u64 = 0;

  constructor(private reader: CimReader) {
    super();
    this.file = reader.newFile();
    this.names = reader.newNames();
    this.streams = reader.newStreams();
    this.content = reader.newContent();
    this.stream = reader.newContent();
  }

  get root(): u32 {
    return this.reader.root;
  }

  get upcase(): usize {
    return this.reader.upcase.table;
  }

  /** What stands on disk of the open file, for who makes an image that refers to this one. */
  get record(): FileRecord {
    return this.file.record;
  }

  /** A walk over the tree begins, in which no directory is asked twice for its names. */
  beginWalk(): void {
    this.tableBytes = 0;
  }

  open(id: u32): void {
    const file = this.file;
    this.id = 0; // until all has gone well
    this.isContentOpen = false;
    this.isStreamOpen = false;
    file.open(id);
    file.readSecurityDescriptor();
    file.readEas();
    file.readReparse();
    this.tellMetadata(file);
    this.isDirectory = file.isDirectory;
    this.size = file.size;
    this.id = id;
  }

  startNames(): void {
    this.nextNameIndex = 0;
    this.reader.openNames(this.file, this.names);
    this.tableBytes += this.names.size;
    const most = MOST_TABLE_BYTES * this.reader.regions.totalSize;
    if (this.tableBytes > most) {
      const what = `with it, tables of names have ${this.tableBytes} bytes, where ${most} are the most`;
      this.reader.regions.corrupt(`file ${this.id}: directory: ${what}`);
    }
  }

  nextName(): bool {
    const names = this.names;
    if (this.nextNameIndex >= names.count) return false;
    names.readName(this.nextNameIndex);
    if (!isFileName(names.name, names.nameUnits)) names.refuseName();
    this.name = names.name;
    this.nameUnits = names.nameUnits;
    this.child = this.reader.childAt(names, this.nextNameIndex++);
    return true;
  }

  startStreams(): void {
    this.nextStreamIndex = 0;
    this.isStreamOpen = false;
    this.reader.openStreams(this.file, this.streams);
  }

  nextStream(): bool {
    const streams = this.streams;
    this.isStreamOpen = false;
    if (this.nextStreamIndex >= streams.count) return false;
    streams.readName(this.nextStreamIndex);
    if (!isStreamName(streams.name, streams.nameUnits)) streams.refuseName();
    this.reader.openStreamAt(this.file, streams, this.nextStreamIndex++, this.stream);
    this.isStreamOpen = true;
    this.streamName = streams.name;
    this.streamUnits = streams.nameUnits;
    this.streamSize = this.stream.size;
    return true;
  }

  read(at: u64, to: usize, length: u32): u32 {
    this.openContent();
    return this.content.read(at, to, length);
  }

  readStream(at: u64, to: usize, length: u32): u32 {
    return this.isStreamOpen ? this.stream.read(at, to, length) : 0;
  }

  sharesContent(other: WindowsTreeReader): bool {
    if (!(other instanceof CimTree)) return false;
    const tree = other as CimTree;
    this.openContent();
    tree.openContent();
    return this.content.isSharedWith(tree.content);
  }

  sharesStream(other: WindowsTreeReader): bool {
    if (!(other instanceof CimTree)) return false;
    const tree = other as CimTree;
    return this.isStreamOpen && tree.isStreamOpen && this.stream.isSharedWith(tree.stream);
  }

  /** Region offset of the Stream at hand; 0: `nextStream` told none. */
  get streamPlace(): u64 {
    return this.nextStreamIndex > 0 ? this.streams.valueAt(this.nextStreamIndex - 1) : 0;
  }

  private openContent(): void {
    if (!this.isContentOpen) this.reader.openContent(this.file, this.content);
    this.isContentOpen = true;
  }

  private tellMetadata(file: File): void {
    const metadata = this.metadata;
    const record = file.record;
    metadata.attributes = file.attributes;
    metadata.creationTime = record.creationTime;
    metadata.lastWriteTime = record.lastWriteTime;
    metadata.changeTime = record.changeTime;
    metadata.lastAccessTime = record.lastAccessTime;
    metadata.securityDescriptor = file.securityDescriptor;
    metadata.securityDescriptorLength = file.securityDescriptorLength;
    metadata.eas = file.eas;
    metadata.easLength = file.easLength;
    metadata.reparse = file.reparse;
    metadata.reparseLength = file.reparseLength;
  }
}
