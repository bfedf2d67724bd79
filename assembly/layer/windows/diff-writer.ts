/** The layer that makes one tree of Windows of another. */
import { Change } from "../../abi";
import { ByteBuffer } from "../../bytes/memory";
import { Sink } from "../../sink";
import { WindowsTreeWalk } from "../../tree/windows/tree-walk";
import { Ancestors } from "../ancestors";
import { refuseWhiteout, WindowsArchiver } from "./archiver";
import { WindowsDiffer } from "./differ";
import { WindowsMergedWalk } from "./merged-walk";

/**
 * Writes the layer that makes the upper tree of the lower, once a differ has found all changes.
 *
 *     const writer = new WindowsDiffWriter(differ, sink);
 *     while (writer.step()) …
 *
 * With each path come the directories that it is in, changed or not, as layers of Windows have them.
 */
export class WindowsDiffWriter {
  readonly archiver: WindowsArchiver;
  private walk: WindowsMergedWalk;
  private ancestors: Ancestors = new Ancestors();
  private ancestorPath: ByteBuffer = new ByteBuffer();
  private index: u32 = 0;
  private hasMore: bool = false;

  constructor(private differ: WindowsDiffer, sink: Sink) {
    this.archiver = new WindowsArchiver(differ.upperNames, sink);
    this.walk = new WindowsMergedWalk(differ.lower, differ.upper);
    this.walk.start();
  }

  /** @returns whether there is more; @fails Corrupt, OutOfRange; Unsupported  something that a layer cannot say */
  step(): bool {
    if (this.hasMore) {
      this.hasMore = this.archiver.step();
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

  private writeDeleted(lower: WindowsTreeWalk): void {
    refuseWhiteout(lower.path, lower.nameAt);
    this.writeAncestors(lower.path, lower.depth);
    this.archiver.whiteout(lower.path, lower.nameAt);
  }

  private writeUpper(upper: WindowsTreeWalk, change: Change): void {
    const isLinked = !upper.isDirectory && this.differ.links.isChanged(upper.id);
    const isWanted = change != Change.None || isLinked;
    if (isWanted) {
      refuseWhiteout(upper.path, upper.nameAt);
      this.writeAncestors(upper.path, upper.depth);
      // What replaces a directory is not said to take away what is in it.
      if (this.walk.isReplaced) this.archiver.whiteout(upper.path, upper.nameAt);
      this.write(upper.id, upper.path);
    }
    if (!upper.isDirectory) return;
    // There is a root wherever a layer comes to lie.
    this.ancestors.set(upper.depth, upper.id, upper.path.length, isWanted || upper.depth == 0);
  }

  private write(id: u32, path: ByteBuffer): void {
    const tree = this.differ.upper;
    if (tree.id != id) tree.open(id);
    this.hasMore = this.archiver.begin(tree, path);
  }

  /** Writes the directories that hold `path`, where the layer does not have them yet. */
  private writeAncestors(path: ByteBuffer, depth: u32): void {
    for (let i: u32 = 0; i < depth; i++) {
      const ancestor = this.ancestors.at(i);
      if (ancestor.isWritten) continue;
      ancestor.isWritten = true;
      this.ancestorPath.clear();
      this.ancestorPath.append(path.at, ancestor.pathLength);
      this.write(<u32>ancestor.id, this.ancestorPath);
      while (this.hasMore) this.hasMore = this.archiver.step(); // streams, which a directory may have
    }
  }
}
