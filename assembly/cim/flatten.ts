/** Takes over what the tree still has of a parent's contents, so that the image holds all that is in it. */
import { CimFile, ErrorCode } from "../abi";
import { allocate } from "../bytes/memory";
import { fail } from "../host";
import { Content } from "../tree/windows/content";
import { WindowsFile } from "../tree/windows/file";
import { WindowsTree } from "../tree/windows/tree";
import { ContentTable } from "./content-table";
import { DataRegion } from "./data-region";
import { FileWalk } from "./file-walk";
import { PAGE_SIZE, StreamType } from "./format";
import { byteOf, regionOf } from "./layout";
import { Parent } from "./parent";
import { SPARSE_KIND } from "./stream";

/** Contents of as many bytes do not pass through the core. */
const MIN_COPY: u64 = 256 * 1024;
/** What goes on between two looks of the host. */
const FILES_A_STEP: u32 = 1024;
const BYTES_A_STEP: u64 = 16 * 1024 * 1024;
const BUFFER_SIZE: u32 = 256 * 1024;
const buffer = memory.data(256 * 1024, 16);

export class Flattener {
  /** Where contents stand now, by their old place and kind. Those that share one go on to share one. */
  private moved: ContentTable = new ContentTable();
  private content: Content = changetype<Content>(allocate(offsetof<Content>()));
  private copied: u64 = 0;
  private walk: FileWalk = new FileWalk();

  /** @param tree  whose files are numbered */
  constructor(tree: WindowsTree, private parent: Parent, private data: DataRegion, private keepsSparse: bool) {
    this.walk.start(tree);
  }

  /** Moves the contents of some files. @returns whether there are more; @fails Corrupt  those of the parent overlap */
  step(): bool {
    const end = this.copied + BYTES_A_STEP;
    const walk = this.walk;
    for (let files: u32 = 0; walk.hasFile && files < FILES_A_STEP && this.copied < end; files++) {
      this.moveFile(walk.file);
      walk.next();
    }
    return walk.hasFile;
  }

  private moveFile(file: WindowsFile): void {
    const content = this.content;
    if (!file.isDirectory && this.isElsewhere(file.place, file.kind)) {
      file.tellContent(content);
      this.move();
      file.setContent(content);
    }
    let stream = file.firstStream;
    while (stream) {
      if (this.isElsewhere(stream.place, stream.kind)) {
        content.place = stream.place;
        content.length = stream.length;
        content.kind = stream.kind;
        this.move();
        stream.setContent(content);
      }
      stream = stream.next;
    }
  }

  private isElsewhere(place: u64, kind: u32): bool {
    if (kind & SPARSE_KIND) return !this.keepsSparse;
    return place != 0 && regionOf(place) != this.data.region;
  }

  /** Moves the content at hand, unless it was moved before. */
  private move(): void {
    const content = this.content;
    const place = content.place;
    const kind = content.kind;
    const length = content.length;
    const known = this.moved.find(place, kind, length);
    if (known) {
      content.place = known.place;
      content.kind = StreamType.Data;
      return;
    }
    this.claim(length, kind);
    if (kind == StreamType.Data && length >= MIN_COPY) {
      this.data.copyFrom(CimFile.FirstParentRegion + this.parent.regionInParent(place), byteOf(place), length, content);
    } else this.pass(length, kind);
    this.moved.add(place, kind, length, content.place);
  }

  /** Takes a small content, or one that is stored in another form, through the core. */
  private pass(length: u64, kind: u32): void {
    const data = this.data;
    data.begin(length);
    if (kind & SPARSE_KIND) data.zeros(length);
    else {
      for (let done: u64 = 0; done < length; ) {
        const some = <u32>min<u64>(length - done, BUFFER_SIZE);
        this.parent.read(this.content, done, buffer, some);
        data.append(buffer, some);
        done += some;
      }
    }
    data.end(this.content);
  }

  /** No two contents of a sound image have bytes in common, so together they are no larger than its regions. */
  private claim(length: u64, kind: u32): void {
    if (kind & SPARSE_KIND) return;
    this.copied += length;
    const most = this.parent.size + PAGE_SIZE;
    if (this.copied > most) {
      fail(ErrorCode.Corrupt, `cim: contents of ${this.copied} bytes and more in a parent whose regions have ${this.parent.size}`);
    }
  }
}
