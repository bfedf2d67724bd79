/** Files of a tree of Windows become entries of a layer. */
import { ErrorCode } from "../../abi";
import { Literal, wideLiteral } from "../../bytes/literal";
import { ByteBuffer } from "../../bytes/memory";
import { quote } from "../../bytes/quote";
import { appendUtf8 } from "../../bytes/utf16";
import { fail } from "../../host";
import { Sink } from "../../sink";
import { TarWriter } from "../../tar/writer";
import { Entry, EntryType } from "../../tree/entry";
import { isWhiteout, WHITEOUT_PREFIX } from "../../tree/whiteout";
import { isStreamName } from "../../tree/windows/file-name";
import { setFileTime } from "../../tree/windows/file-time";
import { WindowsMetadata } from "../../tree/windows/metadata";
import { compareNames } from "../../tree/windows/name-order";
import { WindowsTreeReader } from "../../tree/windows/tree-reader";
import { LinkTable } from "../link-table";
import { WindowsLinkTarget } from "./link-target";
import { MetadataRecords } from "./metadata-records";
import { NameCensus } from "./name-census";

const ROOT = new Literal("./");
/** Of a stream that has no name: `file:$DATA` is the file itself. */
const DATA_TYPE = wideLiteral("$DATA");
const COLON: u8 = 0x3a;
/** Windows has no modes: these let whoever unpacks a layer elsewhere read it. */
const FILE_MODE: u32 = 0o644;
const DIRECTORY_MODE: u32 = 0o755;
const LINK_MODE: u32 = 0o777;

/** What of a file is being written. */
const enum Phase {
  Content,
  /** An alternate stream. */
  Stream,
}

/**
 * Writes what is open in a tree, with all that the tree says of it.
 *
 *     if (archiver.begin(tree, path)) while (archiver.step()) …
 *
 * The first name of a file carries content and streams, later ones are hard links to it. Each alternate stream is an entry
 * of its own right behind its file's, `name:stream`.
 */
export class WindowsArchiver {
  entries: u64 = 0;
  private writer: TarWriter;
  private entry: Entry;
  private records: MetadataRecords;
  private links: LinkTable = new LinkTable();
  private name: ByteBuffer = new ByteBuffer();
  private target: WindowsLinkTarget = new WindowsLinkTarget();
  private tree: WindowsTreeReader;
  private phase: Phase = Phase.Content;
  /** Bytes of the entry that are still to be written. */
  private left: u64 = 0;
  /** Bytes of the file's name in the archive, before those of a stream. */
  private fileNameLength: u32 = 0;

  /** @param census  of the tree that files are in */
  constructor(private census: NameCensus, sink: Sink) {
    const entry = new Entry();
    this.entry = entry;
    this.records = new MetadataRecords(entry.records);
    this.writer = new TarWriter(sink);
    this.tree = changetype<WindowsTreeReader>(0);
  }

  /** Bytes of the archive so far. */
  get size(): u64 {
    return this.writer.stream.position;
  }

  /**
   * Begins the file that is open in `tree`.
   *
   * @param path  from the root of the archive; empty: the root itself
   * @returns whether there is more of it, which `step` writes; the file must stay open until then
   * @fails Corrupt; Unsupported  something that a layer cannot say; OutOfRange  its metadata is more than an archive holds
   */
  begin(tree: WindowsTreeReader, path: ByteBuffer): bool {
    const entry = this.entry;
    const metadata = tree.metadata;
    this.tree = tree;
    this.entries++;
    this.setName(path);
    this.describe(metadata, typeOf(tree));
    if (!tree.isDirectory && this.census.hasSeveral(tree.id) && this.writeLink(tree.id, path)) return false;
    const isLink = entry.type == EntryType.SymbolicLink;
    if (isLink) this.setTarget(tree);
    this.records.fill(metadata, isLink && this.target.isMountPoint, this.name);
    if (entry.type == EntryType.Regular) entry.size = tree.size;
    this.writer.begin(entry);
    this.phase = Phase.Content;
    this.left = entry.size;
    return this.left > 0 || this.goOn();
  }

  /** Writes the next piece of content, or begins a stream. @returns whether there is more; @fails as `begin` */
  step(): bool {
    if (this.left > 0) this.writePiece();
    return this.left > 0 || this.goOn();
  }

  /** Says that what an image below has at `path` is gone. */
  whiteout(path: ByteBuffer, nameAt: u32): void {
    const entry = this.entry;
    const name = this.name;
    name.clear();
    name.append(path.at, nameAt);
    name.append(WHITEOUT_PREFIX.at, WHITEOUT_PREFIX.length);
    name.append(path.at + nameAt, path.length - nameAt);
    this.clear(EntryType.Regular, 0);
    entry.mtime.present = false;
    entry.atime.present = false;
    entry.ctime.present = false;
    entry.name = name.at;
    entry.nameLength = name.length;
    this.entries++;
    this.writer.begin(entry);
    this.writer.end();
  }

  finish(): void {
    this.writer.finish();
  }

  /** As layers of Windows have them: directories without a slash at the end, for their streams' entries begin so. */
  private setName(path: ByteBuffer): void {
    const name = this.name;
    name.clear();
    if (path.length > 0) name.append(path.at, path.length);
    else name.append(ROOT.at, ROOT.length);
    this.fileNameLength = name.length;
    this.entry.name = name.at;
    this.entry.nameLength = name.length;
  }

  private clear(type: EntryType, mode: u32): void {
    const entry = this.entry;
    entry.type = type;
    entry.mode = mode;
    entry.size = 0;
    entry.linkLength = 0;
    entry.records.clear();
  }

  private describe(metadata: WindowsMetadata, type: EntryType): void {
    const entry = this.entry;
    this.clear(type, modeOf(type));
    setFileTime(entry.mtime, metadata.lastWriteTime);
    setFileTime(entry.atime, metadata.lastAccessTime);
    setFileTime(entry.ctime, metadata.changeTime);
  }

  /** Writes a hard link, if the file has an entry already. @returns whether it did */
  private writeLink(id: u32, path: ByteBuffer): bool {
    if (!this.links.find(id)) {
      this.links.add(id, path.at, path.length);
      return false;
    }
    const entry = this.entry;
    this.clear(EntryType.HardLink, FILE_MODE);
    entry.link = this.links.path;
    entry.linkLength = this.links.pathLength;
    entry.atime.present = false;
    entry.ctime.present = false;
    this.writer.begin(entry);
    this.writer.end();
    return true;
  }

  private setTarget(tree: WindowsTreeReader): void {
    const text = this.target.text;
    if (!tree.isDirectory && tree.size > 0) this.refuse(ErrorCode.Unsupported, "a link with content of its own");
    this.target.take(tree.metadata, this.name);
    this.entry.link = text.at;
    this.entry.linkLength = text.length;
  }

  private writePiece(): void {
    const stream = this.writer.stream;
    const tree = this.tree;
    const isContent = this.phase == Phase.Content;
    const at = this.entry.size - this.left;
    const length = <u32>min<u64>(this.left, stream.room);
    const read = isContent ? tree.read(at, stream.next, length) : tree.readStream(at, stream.next, length);
    if (read != length) this.refuse(ErrorCode.Corrupt, `ends before its ${this.entry.size} bytes`);
    stream.advance(length);
    this.left -= length;
  }

  /** Ends an entry, and goes on to the next stream. @returns whether there is one */
  private goOn(): bool {
    const tree = this.tree;
    this.writer.end();
    if (this.phase == Phase.Content) tree.startStreams();
    this.phase = Phase.Stream;
    if (!tree.nextStream()) return false;
    this.beginStream(tree);
    return true;
  }

  private beginStream(tree: WindowsTreeReader): void {
    const entry = this.entry;
    const name = this.name;
    name.length = this.fileNameLength;
    name.appendByte(COLON);
    const isSound = appendUtf8(tree.streamName, tree.streamUnits, name);
    entry.name = name.at;
    entry.nameLength = name.length;
    if (!isStreamName(tree.streamName, tree.streamUnits)) this.refuse(ErrorCode.Corrupt, "a name that no stream may have");
    if (!isSound) this.refuse(ErrorCode.Unsupported, "half a surrogate pair in the name, which UTF-8 cannot say");
    if (compareNames(tree.upcase, tree.streamName, tree.streamUnits, DATA_TYPE.at, DATA_TYPE.length / 2) == 0) {
      this.refuse(ErrorCode.Unsupported, "a stream whose name in a layer is that of the content");
    }
    this.clear(EntryType.Regular, FILE_MODE);
    entry.size = tree.streamSize;
    this.left = entry.size;
    this.entries++;
    this.writer.begin(entry);
  }

  private refuse(code: ErrorCode, what: string): void {
    fail(code, `tar: ${quote(this.name.at, this.name.length)}: ${what}`);
  }
}

/**
 * What a layer cannot hold: there such a name says that another is gone.
 *
 * @param nameAt  where the last name begins in `path`
 */
export function refuseWhiteout(path: ByteBuffer, nameAt: u32): void {
  if (!isWhiteout(path.at + nameAt, path.length - nameAt)) return;
  const shown = quote(path.at, path.length);
  fail(ErrorCode.Unsupported, `tar: ${shown}: a layer cannot hold a name that begins with .wh.`);
}

function typeOf(tree: WindowsTreeReader): EntryType {
  if (tree.metadata.reparseLength > 0) return EntryType.SymbolicLink;
  return tree.isDirectory ? EntryType.Directory : EntryType.Regular;
}

function modeOf(type: EntryType): u32 {
  if (type == EntryType.Directory) return DIRECTORY_MODE;
  return type == EntryType.SymbolicLink ? LINK_MODE : FILE_MODE;
}
