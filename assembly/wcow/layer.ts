/**
 * A layer of Windows containers, entry by entry: what is a whiteout, a link, a file, or a stream of the file before.
 *
 * Sources: OCI image specification, "Image Layer Filesystem Changeset"; hcsshim, pkg/ociwclayer/cim; go-winio, package
 * backuptar.
 */
import { ErrorCode } from "../abi";
import { fail } from "../host";
import { Entry, EntryListener, EntryType } from "../tree/entry";
import { REGULAR } from "../tree/mode";
import { Content, ContentStore } from "../tree/windows/content";
import { WindowsFile, WindowsStream } from "../tree/windows/file";
import { WindowsTree } from "../tree/windows/tree";
import { Hives } from "./hives";
import { HostFiles } from "./host-files";
import { LayerWriter } from "./layer-writer";
import { LayerMetadata } from "./metadata";
import { WindowsPath } from "./path";

/** Streams that a file may have beside its content. */
const MAX_STREAMS: u32 = 10_000;
const WHITEOUT = ".wh.";
const OPAQUE = ".wh..wh..opq";

export class WindowsLayer extends EntryListener {
  /** Entries with a whiteout's name. */
  whiteoutCount: u64 = 0;
  /** Devices and pipes, of which empty files are made. */
  deviceCount: u64 = 0;
  readonly hives: Hives;
  /** What the host writes beside the image. Known at the end. */
  readonly hostFiles: HostFiles = new HostFiles();
  private writer: LayerWriter;
  private metadata: LayerMetadata = new LayerMetadata();
  private path: WindowsPath = new WindowsPath();
  private target: WindowsPath = new WindowsPath();
  private content: Content = changetype<Content>(heap.alloc(offsetof<Content>()));

  /** The file that the last entry was of, whose streams may follow. */
  private file: WindowsFile | null = null;
  private filePath: WindowsPath = new WindowsPath();
  private streamCount: u32 = 0;
  /** Whose bytes come; null: those of `file` itself. */
  private stream: WindowsStream | null = null;

  /**
   * @param tree          empty, or as the layers below left it
   * @param hasParents    whether there are layers below
   * @param requireHives  whether a layer without parents must have its registry
   */
  constructor(tree: WindowsTree, private contents: ContentStore, hasParents: bool, requireHives: bool) {
    super();
    this.writer = new LayerWriter(tree, hasParents);
    this.hives = new Hives(tree, contents, hasParents, requireHives);
  }

  /** Files of which attributes were dropped that an image cannot hold. */
  get droppedAttributeCount(): u64 {
    return this.metadata.droppedCount;
  }

  entry(entry: Entry): bool {
    const path = this.path;
    path.take(entry.name, entry.nameLength);
    const isWhiteout = beginsWith(path, WHITEOUT);
    if (path.streamUnits > 0 && !isWhiteout) return this.beginStream(entry);
    this.file = null; // no stream may follow
    if (isWhiteout) return this.whiteOut();
    if (entry.type == EntryType.HardLink) return this.link(entry);
    return this.beginFile(entry);
  }

  data(from: usize, length: u32): void {
    this.contents.append(from, length);
  }

  zeros(length: u64): void {
    this.contents.zeros(length);
  }

  endData(): void {
    const stream = this.stream;
    const content = this.content;
    this.contents.end(content);
    if (stream) stream.setContent(content);
    else (this.file as WindowsFile).setContent(content);
  }

  end(): void {
    this.writer.close();
    this.hives.finish(this.hostFiles);
  }

  /** @returns whether its content is wanted */
  private beginFile(entry: Entry): bool {
    const path = this.path;
    this.metadata.takeEntry(entry, path);
    const file = this.writer.add(path, this.metadata);
    this.path = this.filePath;
    this.filePath = path;
    this.file = file;
    this.stream = null;
    this.streamCount = 0;
    if (isDevice(entry.type)) this.deviceCount++;
    if (entry.fileType != REGULAR || entry.size == 0) return false;
    if (file.isDirectory) refuse(ErrorCode.Corrupt, path, `a directory that has ${entry.size} bytes of content`);
    this.contents.begin(entry.size);
    return true;
  }

  /** @returns whether its content is wanted */
  private beginStream(entry: Entry): bool {
    const path = this.path;
    const file = this.file;
    if (!file || !path.equals(this.filePath)) {
      refuse(ErrorCode.Corrupt, path, "a stream that does not follow its file");
      return false;
    }
    const isLink = entry.type == EntryType.HardLink;
    if (entry.fileType != REGULAR || isLink) refuse(ErrorCode.Corrupt, path, "a stream that is no plain file");
    if (++this.streamCount > MAX_STREAMS) {
      refuse(ErrorCode.OutOfRange, path, `more than ${MAX_STREAMS} streams, the limit for a file`);
    }
    this.stream = this.writer.addStream(file, path);
    if (entry.size == 0) return false;
    this.contents.begin(entry.size);
    return true;
  }

  /** @returns false: it has no content */
  private link(entry: Entry): bool {
    const target = this.target;
    target.take(entry.link, entry.linkLength);
    if (target.streamUnits > 0) refuse(ErrorCode.Corrupt, this.path, `hard link to "${target.quoted}": a stream has no names`);
    this.writer.addLink(this.path, target);
    return false;
  }

  /** @returns false: it has no content */
  private whiteOut(): bool {
    const path = this.path;
    this.whiteoutCount++;
    if (path.streamUnits > 0) refuse(ErrorCode.Corrupt, path, "a whiteout of a stream");
    if (path.baseUnits == <u32>OPAQUE.length && beginsWith(path, OPAQUE)) {
      path.dropBase();
      this.writer.hideInherited(path);
    } else {
      path.cutBase(WHITEOUT.length);
      this.writer.remove(path);
    }
    return false;
  }
}

function beginsWith(path: WindowsPath, text: string): bool {
  return path.baseUnits >= <u32>text.length && memory.compare(path.base, changetype<usize>(text), 2 * text.length) == 0;
}

function isDevice(type: i32): bool {
  return type == EntryType.CharacterDevice || type == EntryType.BlockDevice || type == EntryType.Fifo;
}

function refuse(code: ErrorCode, path: WindowsPath, why: string): void {
  fail(code, `layer: "${path.quoted}": ${why}`);
}
