/**
 * What a layer has, without its contents: its tree by the rules of this profile, as columns of one row for each name. What
 * the layer says of those below it is among them: whiteouts, opaque directories, hard links to files that only they have.
 */
import { ErrorCode, ListedFlag, ListedType } from "../../abi";
import { allocate } from "../../bytes/memory";
import { fail } from "../../host";
import { Sink } from "../../sink";
import { Entry, EntryType } from "../../tree/entry";
import { Inode, Name } from "../../tree/inode";
import { BLOCK_DEVICE, CHARACTER_DEVICE, DIRECTORY, REGULAR, SYMBOLIC_LINK } from "../../tree/mode";
import { NameSorter } from "../../tree/name-list";
import { HIDDEN } from "./counterpart";
import { awaitedPath, awaitedPathLength } from "./hard-links";
import { ModernLayer } from "./layer";
import { byBytes } from "./names";
import { Settings } from "./settings";
import { State } from "./state";

/** Bytes of what links lead to. Names may share a target, which each of them has in the columns: a few megabytes could fill the memory. */
const MAX_TARGETS: u64 = 256 * 1024 * 1024;

export class LayerListing extends ModernLayer {
  /** Of all entries, also of those that later ones replaced. */
  contentBytes: u64 = 0;
  private rows: u32 = 0;
  private textLength: u32 = 0;
  private targetsLength: u64 = 0;
  private sorter: NameSorter = new NameSorter();

  /** @param settings  with `isStacked` and `overlay` */
  constructor(private sink: Sink, settings: Settings) {
    super(sink, settings);
    const root = this.root;
    root.state = State.Implied;
    root.content = HIDDEN; // as if a layer above hid all of this one: no content is taken
    this.links.leadBelow = true;
  }

  entry(entry: Entry): bool {
    if (entry.fileType == REGULAR && entry.type != EntryType.HardLink) this.contentBytes += entry.size;
    return super.entry(entry);
  }

  /** The layer is whole. @fails as HardLinks.settle; OutOfRange  links lead to paths of more than MAX_TARGETS bytes in all */
  end(): void {
    this.links.settle();
    this.numberRows();
    this.writeColumns();
  }

  /** Directories are listed by `next`, and not by calls within calls: a path may have a million parts. */
  private numberRows(): void {
    const root = this.root;
    root.number = this.rows++;
    root.state |= State.Numbered;
    root.next = null;
    let last = root;
    for (let directory: Inode | null = root; directory; directory = directory.next) {
      this.sorter.sort(directory, byBytes);
      for (let name = directory.firstName; name; name = (name as Name).next) {
        const inode = (name as Name).inode;
        const row = this.rows++;
        this.addText((name as Name).length, targetLength(inode));
        if ((inode.state & State.Numbered) == 0) {
          inode.number = row;
          inode.state |= State.Numbered;
        }
        if (!inode.isDirectory) continue;
        inode.next = null;
        last.next = inode;
        last = inode;
      }
    }
  }

  private addText(name: u32, target: u32): void {
    this.targetsLength += target;
    if (this.targetsLength > MAX_TARGETS) {
      fail(ErrorCode.OutOfRange, `layer: what links lead to takes more than ${MAX_TARGETS} bytes`);
    }
    this.textLength += name + target;
  }

  private writeColumns(): void {
    const columns = new Columns(this.rows, this.textLength);
    columns.add(this.root, this.root, 0, 0);
    for (let directory: Inode | null = this.root; directory; directory = directory.next) {
      for (let name = directory.firstName; name; name = (name as Name).next) {
        columns.add((name as Name).inode, directory, (name as Name).bytes, (name as Name).length);
      }
    }
    columns.write(this.sink);
  }
}

/** As Column in abi.ts has them. */
class Columns {
  private row: u32 = 0;
  private text: u32 = 0;
  private sizes: usize;
  private parents: usize;
  private files: usize;
  private texts: usize;
  private nameLengths: usize;
  private types: usize;
  private bytes: usize;

  constructor(private rows: u32, private textLength: u32) {
    this.sizes = allocate(rows * sizeof<f64>());
    this.parents = allocate(rows * sizeof<u32>());
    this.files = allocate(rows * sizeof<u32>());
    this.texts = allocate((rows + 1) * sizeof<u32>());
    this.nameLengths = allocate(rows);
    this.types = allocate(rows);
    this.bytes = allocate(textLength);
  }

  add(inode: Inode, directory: Inode, name: usize, length: u32): void {
    const row = this.row++;
    store<f64>(this.sizes + row * sizeof<f64>(), inode.type == REGULAR ? <f64>inode.size : 0);
    store<u32>(this.parents + row * sizeof<u32>(), directory.number);
    store<u32>(this.files + row * sizeof<u32>(), inode.number);
    store<u32>(this.texts + row * sizeof<u32>(), this.text);
    store<u8>(this.nameLengths + row, <u8>length);
    store<u8>(this.types + row, <u8>typeOf(inode));
    this.append(name, length);
    this.append(targetOf(inode), targetLength(inode));
  }

  private append(from: usize, length: u32): void {
    memory.copy(this.bytes + this.text, from, length);
    this.text += length;
  }

  write(sink: Sink): void {
    const rows = this.rows;
    store<u32>(this.texts + rows * sizeof<u32>(), this.text);
    let at: u64 = 0;
    at = put(sink, at, this.sizes, rows * sizeof<f64>());
    at = put(sink, at, this.parents, rows * sizeof<u32>());
    at = put(sink, at, this.files, rows * sizeof<u32>());
    at = put(sink, at, this.texts, (rows + 1) * sizeof<u32>());
    at = put(sink, at, this.nameLengths, rows);
    at = put(sink, at, this.types, rows);
    at = put(sink, at, this.bytes, this.textLength);
    sink.close(at);
  }
}

/** @returns where the next column comes */
function put(sink: Sink, at: u64, from: usize, length: u32): u64 {
  sink.write(at, from, length);
  return at + length;
}

/** A ListedType and ListedFlags. */
function typeOf(inode: Inode): u32 {
  if (inode.state & State.Awaited) return ListedType.LinkBelow;
  if (inode.state & State.Whiteout) return ListedType.Whiteout;
  switch (inode.type) {
    case DIRECTORY:
      return (
        ListedType.Directory |
        (inode.state & State.Opaque ? ListedFlag.Opaque : 0) |
        (inode.state & State.Implied ? ListedFlag.Implied : 0)
      );
    case REGULAR:
      return ListedType.File;
    case SYMBOLIC_LINK:
      return ListedType.SymbolicLink;
    case CHARACTER_DEVICE:
      return ListedType.CharacterDevice;
    case BLOCK_DEVICE:
      return ListedType.BlockDevice;
    default:
      return ListedType.Fifo;
  }
}

function targetOf(inode: Inode): usize {
  return inode.state & State.Awaited ? awaitedPath(inode) : inode.content;
}

/** Bytes of what a link leads to; 0 of what is none. */
function targetLength(inode: Inode): u32 {
  if (inode.state & State.Awaited) return awaitedPathLength(inode);
  return inode.type == SYMBOLIC_LINK ? <u32>inode.size : 0;
}
