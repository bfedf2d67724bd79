/** What changed from one tree to another, and the layer that says so. */
import { Change, ErrorCode } from "../abi";
import { ByteBuffer } from "../bytes/memory";
import { quote } from "../bytes/quote";
import { fail } from "../host";
import { Sink } from "../sink";
import { TreeReader } from "../tree/tree-reader";
import { TreeWalk } from "../tree/tree-walk";
import { isWhiteout } from "../tree/whiteout";
import { Archiver } from "./archiver";
import { FileComparison } from "./file-comparison";
import { LinkComparison } from "./link-comparison";
import { MergedWalk, Side } from "./merged-walk";

/**
 * Finds the changes, one path after another.
 *
 *     const differ = new Differ(lower, upper);
 *     while (differ.step()) if (differ.change != Change.None) … differ.walk.path …
 *
 * What each path turned out to be is kept, a byte for each, so that the layer need not compare anew: it must know of all
 * changes before it begins, for a file with several names is in it with all of them or with none.
 */
export class Differ {
  readonly links: LinkComparison = new LinkComparison();
  /** Of the path that the last step went to, or compared to its end; None while it is equal or not known. */
  change: Change = Change.None;
  private walk: MergedWalk;
  private comparison: FileComparison = new FileComparison();
  private compares: bool = false;
  /** A Change for each path. */
  readonly verdicts: ByteBuffer = new ByteBuffer();

  constructor(readonly lower: TreeReader, readonly upper: TreeReader) {
    this.walk = new MergedWalk(lower, upper);
    this.walk.start();
  }

  /** The path of `change`. */
  get path(): ByteBuffer {
    return this.walk.side == Side.Lower ? this.walk.lower.path : this.walk.upper.path;
  }

  /** Goes on to the next path, or the next piece of two files. @returns whether there was one; @fails Corrupt, Unsupported */
  step(): bool {
    this.change = Change.None;
    if (this.compares) {
      this.compares = this.comparison.step();
      if (!this.compares) this.endComparison();
      return true;
    }
    if (!this.walk.next()) return false;
    switch (this.walk.side) {
      case Side.Lower:
        this.decide(Change.Deleted);
        break;
      case Side.Upper:
        this.decide(Change.Added);
        break;
      default:
        this.startComparison();
    }
    return true;
  }

  private startComparison(): void {
    if (!this.upper.isDirectory && this.links.isKnown(this.lower, this.upper)) return this.decide(Change.None);
    this.compares = this.comparison.start(this.lower, this.upper);
    if (!this.compares) this.endComparison();
  }

  private endComparison(): void {
    const isEqual = this.comparison.isEqual && (this.upper.isDirectory || this.links.isSame(this.lower, this.upper));
    this.decide(isEqual ? Change.None : Change.Changed);
  }

  private decide(change: Change): void {
    this.change = change;
    this.verdicts.appendByte(<u8>change);
    const isListed = change == Change.Added || change == Change.Changed;
    if (isListed && !this.upper.isDirectory) this.links.markChanged(this.upper);
  }
}

/** A directory on the way to the path at hand. */
@unmanaged
class Ancestor {
  id: u64;         // 0x00
  pathLength: u32; // 0x08
  isWritten: bool; // 0x0c
}

/**
 * Writes the layer that makes the upper tree of the lower, once a differ has found all changes.
 *
 *     const writer = new DiffWriter(differ, sink);
 *     while (writer.step()) …
 *
 * With each path come the directories that it is in, changed or not: a layer may be mounted by itself, over another, and
 * then it is the upper one whose directories are seen.
 */
export class DiffWriter {
  readonly archiver: Archiver;
  private walk: MergedWalk;
  private ancestors: ByteBuffer = new ByteBuffer();
  private ancestorPath: ByteBuffer = new ByteBuffer();
  private index: u32 = 0;
  private hasContent: bool = false;

  constructor(private differ: Differ, sink: Sink) {
    this.archiver = new Archiver(sink);
    this.walk = new MergedWalk(differ.lower, differ.upper);
    this.walk.start();
  }

  /** @returns whether there is more; @fails Corrupt, OutOfRange; Unsupported  a name that a layer cannot hold */
  step(): bool {
    if (this.hasContent) {
      this.hasContent = this.archiver.step();
      return true;
    }
    if (!this.walk.next()) {
      this.archiver.finish();
      return false;
    }
    const change = <Change>load<u8>(this.differ.verdicts.at + this.index++);
    if (change == Change.Deleted) this.writeDeleted(this.walk.lower);
    else this.writeUpper(this.walk.upper, change);
    return true;
  }

  private writeDeleted(lower: TreeWalk): void {
    this.refuseReserved(lower);
    this.writeAncestors(lower.path, lower.depth);
    this.archiver.whiteout(lower.path, lower.nameAt);
  }

  private writeUpper(upper: TreeWalk, change: Change): void {
    const tree = upper.tree;
    const isWanted = change != Change.None || (!upper.isDirectory && this.differ.links.isChanged(tree));
    if (isWanted) {
      this.refuseReserved(upper);
      this.writeAncestors(upper.path, upper.depth);
      this.write(upper.id, upper.path);
    }
    if (upper.isDirectory) this.pushAncestor(upper, isWanted);
  }

  private write(id: u64, path: ByteBuffer): void {
    const tree = this.differ.upper;
    if (tree.id != id) tree.open(id);
    this.archiver.xattrs.take(tree);
    this.hasContent = this.archiver.begin(tree, path);
  }

  /** Writes the directories that hold `path`, where the layer does not have them yet. */
  private writeAncestors(path: ByteBuffer, depth: u32): void {
    for (let i: u32 = 0; i < depth; i++) {
      const ancestor = this.ancestor(i);
      if (ancestor.isWritten) continue;
      ancestor.isWritten = true;
      this.ancestorPath.clear();
      this.ancestorPath.append(path.at, ancestor.pathLength);
      this.write(ancestor.id, this.ancestorPath);
    }
  }

  private pushAncestor(directory: TreeWalk, isWritten: bool): void {
    const ancestors = this.ancestors;
    ancestors.length = directory.depth * offsetof<Ancestor>();
    ancestors.reserve(ancestors.length + offsetof<Ancestor>());
    ancestors.length += offsetof<Ancestor>();
    const ancestor = this.ancestor(directory.depth);
    ancestor.id = directory.id;
    ancestor.pathLength = directory.path.length;
    ancestor.isWritten = isWritten;
  }

  private ancestor(depth: u32): Ancestor {
    return changetype<Ancestor>(this.ancestors.at + depth * offsetof<Ancestor>());
  }

  /** In a layer, such a name would say that another is gone. */
  private refuseReserved(walk: TreeWalk): void {
    if (!isWhiteout(walk.name, walk.nameLength)) return;
    const path = quote(walk.path.at, walk.path.length);
    fail(ErrorCode.Unsupported, `diff: ${path}: a layer cannot say that a name changed that begins with .wh.`);
  }
}
