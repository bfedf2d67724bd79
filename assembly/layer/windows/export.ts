/** A tree of Windows, or a directory of it, as a layer. */
import { Sink } from "../../sink";
import { DIRECTORY } from "../../tree/windows/attributes";
import { WindowsTreeReader } from "../../tree/windows/tree-reader";
import { WindowsTreeWalk } from "../../tree/windows/tree-walk";
import { refuseWhiteout, WindowsArchiver } from "./archiver";
import { BaseAdditions, isBare } from "./base-additions";
import { NameCensus } from "./name-census";

/**
 *     const exporter = new WindowsExporter(tree, tree.root, sink);
 *     while (exporter.step()) …
 *
 * Entries come directory by directory, each before what is in it, names in the order of their upper case.
 */
export class WindowsExporter {
  readonly archiver: WindowsArchiver;
  private census: NameCensus;
  private additions: BaseAdditions = new BaseAdditions();
  private walk: WindowsTreeWalk;
  private isCounted: bool = false;
  private hasMore: bool = false;

  /** @param root  a directory of the tree, which becomes the root of the layer */
  constructor(private tree: WindowsTreeReader, private root: u32, sink: Sink) {
    const census = new NameCensus();
    const walk = new WindowsTreeWalk(tree, tree.upcase);
    this.census = census;
    this.walk = walk;
    this.archiver = new WindowsArchiver(census, sink);
    if (root == tree.root) this.additions.find(tree);
    walk.start(root);
  }

  /** Looks at a file, or writes the next piece. @returns whether there is more; @fails Corrupt, Unsupported, OutOfRange */
  step(): bool {
    if (this.hasMore) {
      this.hasMore = this.archiver.step();
      return true;
    }
    if (this.isCounted) return this.writeNext();
    this.count();
    return true;
  }

  /** All names are met before the first entry: only then is it known which files have several. */
  private count(): void {
    if (this.walk.next()) {
      if (!this.walk.isDirectory) this.census.meet(this.walk.id);
      return;
    }
    this.isCounted = true;
    this.walk.start(this.root);
  }

  private writeNext(): bool {
    const walk = this.walk;
    if (!walk.next()) {
      this.archiver.finish();
      return false;
    }
    if (this.additions.has(walk.id, walk.depth)) {
      walk.skip();
      return true;
    }
    // Every image has a root, whether a layer says so or not.
    if (walk.depth == 0 && isBare(this.tree, DIRECTORY)) return true;
    refuseWhiteout(walk.path, walk.nameAt);
    this.hasMore = this.archiver.begin(this.tree, walk.path);
    return true;
  }
}
