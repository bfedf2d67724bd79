/** Files of a tree become entries of an archive. */
import { ErrorCode } from "../abi";
import { ByteBuffer } from "../bytes/memory";
import { quote } from "../bytes/quote";
import { fail } from "../host";
import { Sink } from "../sink";
import { TarWriter } from "../tar/writer";
import { Entry, EntryType, Time } from "../tree/entry";
import { BLOCK_DEVICE, CHARACTER_DEVICE, DIRECTORY, FIFO, REGULAR, SYMBOLIC_LINK } from "../tree/mode";
import { TreeReader } from "../tree/tree-reader";
import { WHITEOUT_OPAQUE, WHITEOUT_PREFIX } from "../tree/whiteout";
import { XattrList } from "../tree/xattr-list";
import { LinkTable } from "./link-table";
import { LinkTarget } from "./link-target";
import { Regions } from "./regions";

const DOT: u8 = 0x2e;
const SLASH: u8 = 0x2f;

/**
 * Writes what is open in a tree, with all that the tree says of it.
 *
 *     if (archiver.begin(tree, path)) while (archiver.step()) …
 *
 * The first name of a file carries its content, later ones are hard links to it.
 */
export class Archiver {
  /** Of what `begin` writes next. */
  readonly xattrs: XattrList = new XattrList();
  entries: u64 = 0;
  /** Sockets, which an archive cannot hold. */
  sockets: u64 = 0;
  private writer: TarWriter;
  private entry: Entry = new Entry();
  private links: LinkTable = new LinkTable();
  private regions: Regions = new Regions();
  private name: ByteBuffer = new ByteBuffer();
  private target: LinkTarget = new LinkTarget();
  private tree: TreeReader;
  /** The region that is being written, and the byte of the file that comes next. */
  private region: u32 = 0;
  private at: u64 = 0;

  constructor(sink: Sink) {
    this.writer = new TarWriter(sink);
    this.tree = changetype<TreeReader>(0);
  }

  /** Bytes of the archive so far. */
  get size(): u64 {
    return this.writer.stream.position;
  }

  /**
   * Begins the file that is open in `tree`, with the attributes in `xattrs`.
   *
   * @param path  from the root of the archive; empty: the root itself
   * @returns whether it has content, which `step` writes; the file must stay open until then
   * @fails Corrupt, Unsupported; OutOfRange  its metadata is more than an archive can say
   */
  begin(tree: TreeReader, path: ByteBuffer): bool {
    const type = entryTypeOf(tree.type);
    if (type == 0) {
      this.sockets++;
      return false;
    }
    this.tree = tree;
    this.entries++;
    this.setName(path, type == EntryType.Directory);
    this.describe(tree, type);
    if (type != EntryType.Directory && tree.linkCount > 1 && this.writeLink(tree, path)) return false;
    this.entry.attributes = this.xattrs.at;
    this.entry.attributeCount = this.xattrs.count;
    if (type == EntryType.Regular) return this.beginContent(tree);
    if (type == EntryType.SymbolicLink) this.readTarget(tree, path);
    this.writer.begin(this.entry);
    this.writer.end();
    return false;
  }

  /** Writes the next piece of content. @returns whether there is more */
  step(): bool {
    const stream = this.writer.stream;
    const region = this.regions.region(this.region);
    const length = <u32>min<u64>(region.at + region.length - this.at, stream.room);
    if (this.tree.read(this.at, stream.next, length) != length) {
      fail(ErrorCode.Corrupt, `tar: file ${this.tree.id}: ends before its ${this.tree.size} bytes`);
    }
    stream.advance(length);
    this.at += length;
    if (this.at == region.at + region.length) return this.beginRegion(this.region + 1);
    return true;
  }

  /** Says that what an image below has at `path` is gone. */
  whiteout(path: ByteBuffer, nameAt: u32): void {
    const name = this.name;
    name.clear();
    name.append(path.at, nameAt);
    name.append(WHITEOUT_PREFIX.at, WHITEOUT_PREFIX.length);
    name.append(path.at + nameAt, path.length - nameAt);
    this.writeBare();
  }

  /** Says that what images below have in the directory `path` is gone. */
  opaque(path: ByteBuffer): void {
    const name = this.name;
    name.clear();
    name.append(path.at, path.length);
    if (path.length > 0) name.appendByte(SLASH);
    name.append(WHITEOUT_OPAQUE.at, WHITEOUT_OPAQUE.length);
    this.writeBare();
  }

  finish(): void {
    this.writer.finish();
  }

  /** An empty file of which only the name counts. */
  private writeBare(): void {
    const entry = this.entry;
    this.clear(EntryType.Regular);
    entry.name = this.name.at;
    entry.nameLength = this.name.length;
    this.entries++;
    this.writer.begin(entry);
    this.writer.end();
  }

  /** As archivers write names: from the root without a slash, directories with one at the end. */
  private setName(path: ByteBuffer, isDirectory: bool): void {
    const name = this.name;
    name.clear();
    name.append(path.at, path.length);
    if (path.length == 0) name.appendByte(DOT);
    if (isDirectory) name.appendByte(SLASH);
    this.entry.name = name.at;
    this.entry.nameLength = name.length;
  }

  private clear(type: EntryType): void {
    const entry = this.entry;
    entry.type = type;
    entry.mode = 0;
    entry.uid = 0;
    entry.gid = 0;
    entry.deviceMajor = 0;
    entry.deviceMinor = 0;
    entry.size = 0;
    entry.linkLength = 0;
    entry.atime.present = false;
    entry.ctime.present = false;
    entry.mtime.present = false;
    entry.attributeCount = 0;
  }

  private describe(tree: TreeReader, type: EntryType): void {
    const entry = this.entry;
    this.clear(type);
    entry.mode = tree.mode;
    entry.uid = tree.uid;
    entry.gid = tree.gid;
    entry.deviceMajor = tree.deviceMajor;
    entry.deviceMinor = tree.deviceMinor;
    copyTime(entry.mtime, tree.mtime);
    copyTime(entry.atime, tree.atime);
    copyTime(entry.ctime, tree.ctime);
  }

  /**
   * Writes a hard link, if the file has an entry already. Owner, permissions and mtime are said again, for there are
   * programs that set them when they make a link.
   *
   * @returns whether it did
   */
  private writeLink(tree: TreeReader, path: ByteBuffer): bool {
    if (!this.links.find(tree.id)) {
      this.links.add(tree.id, path.at, path.length);
      return false;
    }
    const entry = this.entry;
    entry.type = EntryType.HardLink;
    entry.link = this.links.path;
    entry.linkLength = this.links.pathLength;
    entry.deviceMajor = 0;
    entry.deviceMinor = 0;
    entry.atime.present = false;
    entry.ctime.present = false;
    this.writer.begin(entry);
    this.writer.end();
    return true;
  }

  private readTarget(tree: TreeReader, path: ByteBuffer): void {
    const target = this.target;
    if (!target.take(tree)) {
      fail(ErrorCode.Corrupt, `tar: ${quote(path.at, path.length)}: symbolic link with a target of ${tree.size} bytes`);
    }
    this.entry.link = target.at;
    this.entry.linkLength = target.length;
  }

  private beginContent(tree: TreeReader): bool {
    const entry = this.entry;
    const regions = this.regions;
    entry.size = tree.size;
    if (regions.take(tree)) this.writer.beginSparse(entry, regions.at, regions.count);
    else this.writer.begin(entry);
    return this.beginRegion(0);
  }

  /** @returns whether there is such a region; if not, the entry is ended */
  private beginRegion(index: u32): bool {
    if (index == this.regions.count) {
      this.writer.end();
      return false;
    }
    this.region = index;
    this.at = this.regions.region(index).at;
    return true;
  }
}

/** 0: no archive can hold it. */
function entryTypeOf(type: u32): EntryType {
  switch (type) {
    case REGULAR:
      return EntryType.Regular;
    case DIRECTORY:
      return EntryType.Directory;
    case SYMBOLIC_LINK:
      return EntryType.SymbolicLink;
    case CHARACTER_DEVICE:
      return EntryType.CharacterDevice;
    case BLOCK_DEVICE:
      return EntryType.BlockDevice;
    case FIFO:
      return EntryType.Fifo;
    default:
      return <EntryType>0;
  }
}

function copyTime(to: Time, from: Time): void {
  memory.copy(changetype<usize>(to), changetype<usize>(from), offsetof<Time>());
}
