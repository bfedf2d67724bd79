/** What changed from one tree to another. */
import { Change } from "../abi";
import { ByteBuffer } from "../bytes/memory";
import { TreeReader } from "../tree/tree-reader";
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

  /** Goes on to the next path, or piece of two files. @returns whether there was one; @fails Corrupt, Unsupported */
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
    const lower = this.lower;
    const upper = this.upper;
    const haveLinks = !upper.isDirectory && lower.linkCount > 1 && upper.linkCount > 1;
    if (haveLinks && this.links.isKnown(lower.id, upper.id)) return this.decide(Change.None);
    this.compares = this.comparison.start(lower, upper);
    if (!this.compares) this.endComparison();
  }

  private endComparison(): void {
    this.decide(this.comparison.isEqual && this.haveSameNames() ? Change.None : Change.Changed);
  }

  /** Whether, as far as was seen, the names of the one file are those of the other. */
  private haveSameNames(): bool {
    const lower = this.lower;
    const upper = this.upper;
    if (upper.isDirectory || (lower.linkCount < 2 && upper.linkCount < 2)) return true;
    return this.links.isSame(lower.id, upper.id);
  }

  private decide(change: Change): void {
    this.change = change;
    this.verdicts.appendByte(<u8>change);
    const isListed = change == Change.Added || change == Change.Changed;
    if (isListed && !this.upper.isDirectory && this.upper.linkCount > 1) this.links.markChanged(this.upper.id);
  }
}
