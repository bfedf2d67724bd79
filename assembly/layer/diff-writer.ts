/** The layer that makes one tree of another. */
import { Change, ErrorCode } from "../abi";
import { ByteBuffer } from "../bytes/memory";
import { quote } from "../bytes/quote";
import { fail } from "../host";
import { Sink } from "../sink";
import { TreeWalk } from "../tree/tree-walk";
import { isWhiteout } from "../tree/whiteout";
import { Ancestors } from "./ancestors";
import { Archiver } from "./archiver";
import { Differ } from "./differ";
import { MergedWalk } from "./merged-walk";

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
  private ancestors: Ancestors = new Ancestors();
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
    const isWanted = change != Change.None || (!upper.isDirectory && this.differ.links.isChanged(tree.id));
    if (isWanted) {
      this.refuseReserved(upper);
      this.writeAncestors(upper.path, upper.depth);
      this.write(upper.id, upper.path);
    }
    if (upper.isDirectory) this.ancestors.set(upper.depth, upper.id, upper.path.length, isWanted);
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
      const ancestor = this.ancestors.at(i);
      if (ancestor.isWritten) continue;
      ancestor.isWritten = true;
      this.ancestorPath.clear();
      this.ancestorPath.append(path.at, ancestor.pathLength);
      this.write(ancestor.id, this.ancestorPath);
    }
  }

  /** In a layer, such a name would say that another is gone. */
  private refuseReserved(walk: TreeWalk): void {
    if (!isWhiteout(walk.name, walk.nameLength)) return;
    const path = quote(walk.path.at, walk.path.length);
    fail(ErrorCode.Unsupported, `diff: ${path}: a layer cannot say that a name changed that begins with .wh.`);
  }
}
