/** What the host may ask of a CIM, and how the answers are put into bytes. As access.ts is for ext4. */
import { CimCount, ErrorCode, InodeField, WindowsField } from "./abi";
import { allocate, ByteBuffer } from "./bytes/memory";
import { appendUtf8 } from "./bytes/utf16";
import { CimReader } from "./cim/reader";
import { Census } from "./cim/reading/census";
import { Content } from "./cim/reading/content";
import { File } from "./cim/reading/file";
import { describeGuid } from "./cim/reading/header";
import { LinkTable } from "./cim/reading/link-table";
import { isLinkTag, LinkTarget } from "./cim/reading/reparse";
import { CimStreams, MAX_NAME_LENGTH, readName } from "./cim-streams";
import { fail } from "./host";
import { Time } from "./tree/entry";
import { DIRECTORY, REGULAR, SYMBOLIC_LINK } from "./tree/mode";
import { EaChain } from "./tree/windows/ea-chain";
import { isFileName } from "./tree/windows/file-name";
import { setFileTime } from "./tree/windows/file-time";

export const BUFFER_SIZE: u32 = 512 * 1024;
/** Of an entry in a list: file, length of the name, type. The name follows. */
const ENTRY_HEADER_SIZE: u32 = 7;

/** As directories of ext4 have them, and our list. */
const enum EntryType {
  File = 1,
  Directory = 2,
  Link = 7,
}

export class CimAccess {
  /** Names go in, all else comes out. */
  readonly buffer: usize;
  private text: ByteBuffer = new ByteBuffer();
  private file: File;
  private child: File;
  private names: LinkTable;
  private content: Content;
  /** Whose content is open; 0: none is. */
  private contentOf: u32 = 0;
  private startedFile: File;
  private target: LinkTarget = new LinkTarget();
  private time: Time = changetype<Time>(allocate(offsetof<Time>()));
  readonly streams: CimStreams;
  readonly xattr: EaChain = new EaChain();
  /** Where `list` goes on; 0: nowhere. */
  nextPosition: u64 = 0;

  constructor(readonly reader: CimReader) {
    const buffer = allocate(BUFFER_SIZE);
    this.buffer = buffer;
    this.streams = new CimStreams(reader, buffer);
    this.file = reader.newFile();
    this.child = reader.newFile();
    this.startedFile = reader.newFile();
    this.names = reader.newNames();
    this.content = reader.newContent();
  }

  /** Puts the GUID of a region set into the buffer, as text. @returns its bytes */
  putSet(index: u32): u32 {
    if (index >= this.reader.header.setCount) fail(ErrorCode.InvalidArgument, `reader: no region set ${index}`);
    return putText(describeGuid(changetype<usize>(this.reader.header.set(index))), this.buffer);
  }

  /** Puts a CimCount each into the buffer. */
  putCounts(): void {
    const census = new Census(this.reader.regions, this.reader.tables);
    census.take();
    for (let i = 0; i < CimCount.Count; i++) this.put(i, census.counts[i]);
  }

  /** The file that the name in the buffer has in a directory, whatever its case; 0: it has no such name. */
  lookUp(directory: u32, length: u32): u32 {
    this.file.open(directory);
    this.reader.openNames(this.file, this.names);
    if (!readName(this.buffer, length, this.text)) return 0;
    const index = this.names.find(this.text.at, this.text.length / 2);
    return index < 0 ? 0 : this.reader.childAt(this.names, <u32>index);
  }

  /** Puts what is known of all files, of Windows or not, into the buffer: an InodeField each. */
  putInode(number: u32): void {
    const file = this.file;
    file.open(number);
    for (let field = 0; field < InodeField.Count; field++) this.put(field, 0);
    const type = typeOf(file);
    const isLink = type == EntryType.Link;
    this.put(InodeField.Mode, isLink ? SYMBOLIC_LINK : type == EntryType.Directory ? DIRECTORY : REGULAR);
    this.put(InodeField.Size, <f64>(isLink ? this.findTarget(file) : sizeOf(this.reader, file, this.names)));
    const record = file.record;
    this.putTime(InodeField.AccessTime, record.lastAccessTime);
    this.putTime(InodeField.ChangeTime, record.changeTime);
    this.putTime(InodeField.ModifyTime, record.lastWriteTime);
    this.put(InodeField.HasBirthTime, 1);
    this.putTime(InodeField.BirthTime, record.creationTime);
  }

  /** Puts what Windows knows of a file into the buffer: a WindowsField each, and the blobs behind them. @returns bytes */
  putWindows(number: u32): u32 {
    const file = this.file;
    file.open(number);
    file.readSecurityDescriptor();
    file.readEas();
    file.readReparse();
    const record = file.record;
    this.putField(WindowsField.Attributes, file.attributes);
    this.putField(WindowsField.CreationTime, record.creationTime);
    this.putField(WindowsField.LastWriteTime, record.lastWriteTime);
    this.putField(WindowsField.ChangeTime, record.changeTime);
    this.putField(WindowsField.LastAccessTime, record.lastAccessTime);
    this.putField(WindowsField.ReparseTag, record.reparseTag);
    this.putField(WindowsField.ParentFile, record.parentFileId);
    this.putField(WindowsField.DescriptorLength, file.securityDescriptorLength);
    this.putField(WindowsField.ExtendedAttributesLength, file.easLength);
    this.putField(WindowsField.ReparseLength, file.reparseLength);
    let to = this.buffer + <u32>WindowsField.Count * 8;
    to = append(to, file.securityDescriptor, file.securityDescriptorLength);
    to = append(to, file.eas, file.easLength);
    to = append(to, file.reparse, file.reparseLength);
    return <u32>(to - this.buffer);
  }

  /**
   * Puts entries of a directory into the buffer, as many as fit.
   *
   * @param position  0, or where the list before it ended
   * @returns bytes; `nextPosition` says where the next list goes on
   */
  list(number: u32, position: u64): u32 {
    const names = this.names;
    this.file.open(number);
    this.reader.openNames(this.file, names);
    this.nextPosition = 0;
    let to = this.buffer;
    const end = to + BUFFER_SIZE - (ENTRY_HEADER_SIZE + MAX_NAME_LENGTH);
    for (let i = position; i < names.count; i++) {
      if (to > end) {
        this.nextPosition = i;
        break;
      }
      to = this.putEntry(<u32>i, to);
    }
    return <u32>(to - this.buffer);
  }

  /** The directory above another; of the root, itself. */
  parentOf(number: u32): u32 {
    if (number == this.reader.root) return number;
    this.file.open(number);
    const parent = this.file.record.parentFileId;
    if (parent == 0) fail(ErrorCode.Unsupported, `cim: file ${number}: does not say which directory it is in`);
    return parent;
  }

  /** Puts at most `length` bytes of a file or a link's target into the buffer. @returns how many; 0: behind the end */
  read(number: u32, at: u64, length: u32): u32 {
    if (this.contentOf != number) {
      this.contentOf = 0; // until all has gone well
      this.file.open(number);
      if (isLink(this.file)) return this.putTarget(at, length);
      if (this.file.isDirectory) fail(ErrorCode.InvalidArgument, `reader: file ${number}: has no content`);
      this.reader.openContent(this.file, this.content);
      this.contentOf = number;
    }
    return this.content.read(at, this.buffer, min(length, BUFFER_SIZE));
  }

  startXattrs(number: u32): void {
    const file = this.startedFile;
    file.open(number);
    file.readEas();
    this.xattr.start(file.eas, file.easLength);
  }

  nextXattr(): bool {
    if (this.xattr.next()) return true;
    const file = this.startedFile.id;
    if (this.xattr.isBroken) this.reader.regions.corrupt(`file ${file}: extended attributes: their chain is broken`);
    return false;
  }

  private putEntry(index: u32, to: usize): usize {
    const names = this.names;
    names.readName(index);
    if (!isFileName(names.name, names.nameUnits)) names.refuseName();
    const id = this.reader.childAt(names, index);
    this.child.open(id);
    this.text.clear();
    appendUtf8(names.name, names.nameUnits, this.text);
    const length = this.text.length;
    store<u32>(to, id);
    store<u16>(to, <u16>length, 4);
    store<u8>(to, <u8>typeOf(this.child), 6);
    return append(to + ENTRY_HEADER_SIZE, this.text.at, length);
  }

  private putTarget(at: u64, length: u32): u32 {
    const size = this.findTarget(this.file);
    if (at >= size) return 0;
    const there = <u32>min<u64>(length, size - at);
    memory.copy(this.buffer, this.text.at + <usize>at, there);
    return there;
  }

  /** Puts where a link leads into `text`. @returns its bytes; @fails Corrupt */
  private findTarget(file: File): u32 {
    file.readReparse();
    this.text.clear();
    if (!this.target.find(file.reparse, file.reparseLength)) {
      this.reader.regions.corrupt(`file ${file.id}: reparse data: ${file.reparseLength} bytes that name no target`);
    }
    appendUtf8(this.target.at, this.target.units, this.text);
    return this.text.length;
  }

  private put(field: u32, value: f64): void {
    store<f64>(this.buffer + field * 8, value);
  }

  private putField(field: WindowsField, value: u64): void {
    store<u64>(this.buffer + <u32>field * 8, value);
  }

  /** Seconds since 1970, and nanoseconds from there on. */
  private putTime(field: u32, ticks: u64): void {
    const time = this.time;
    setFileTime(time, ticks);
    this.put(field, <f64>time.seconds);
    this.put(field + 1, <f64>time.nanoseconds);
  }
}

function typeOf(file: File): EntryType {
  if (isLink(file)) return EntryType.Link;
  return file.isDirectory ? EntryType.Directory : EntryType.File;
}

/** A directory may be one too. */
function isLink(file: File): bool {
  return file.hasReparse && isLinkTag(file.record.reparseTag);
}

/** Of a directory, what its names take. */
function sizeOf(reader: CimReader, file: File, names: LinkTable): u64 {
  if (!file.isDirectory) return file.size;
  reader.openNames(file, names);
  return names.size;
}

function append(to: usize, from: usize, length: u32): usize {
  memory.copy(to, from, length);
  return to + length;
}

function putText(text: string, to: usize): u32 {
  return <u32>String.UTF8.encodeUnsafe(changetype<usize>(text), text.length, to);
}
