/** What changed from one tree of Windows to another. */
import { Change } from "../../abi";
import { ByteBuffer } from "../../bytes/memory";
import { WindowsTreeReader } from "../../tree/windows/tree-reader";
import { WindowsTreeWalk } from "../../tree/windows/tree-walk";
import { LinkComparison } from "../link-comparison";
import { Side } from "../merged-walk";
import { WindowsFileComparison } from "./file-comparison";
import { WindowsMergedWalk } from "./merged-walk";
import { NameCensus } from "./name-census";

const enum Phase {
  CountLower,
  CountUpper,
  Compare,
}

/**
 * Finds the changes, one path after another; before the first of them, which files have several names.
 *
 *     const differ = new WindowsDiffer(lower, upper);
 *     while (differ.step()) if (differ.change != Change.None) … differ.path …
 *
 * What each path turned out to be is kept, a byte for each: a layer is written when all is known.
 */
export class WindowsDiffer {
  readonly links: LinkComparison = new LinkComparison();
  readonly upperNames: NameCensus = new NameCensus();
  /** Of the path that the last step went to, or compared to its end; None while it is equal or not known. */
  change: Change = Change.None;
  /** A Change for each path. */
  readonly verdicts: ByteBuffer = new ByteBuffer();
  private lowerNames: NameCensus = new NameCensus();
  private walk: WindowsMergedWalk;
  private comparison: WindowsFileComparison = new WindowsFileComparison();
  private compares: bool = false;
  private phase: Phase = Phase.CountLower;

  constructor(readonly lower: WindowsTreeReader, readonly upper: WindowsTreeReader) {
    this.walk = new WindowsMergedWalk(lower, upper);
    this.walk.start();
  }

  /** The path of `change`. */
  get path(): ByteBuffer {
    return this.walk.side == Side.Lower ? this.walk.lower.path : this.walk.upper.path;
  }

  /** Goes on to the next name, path, or piece of two files. @returns whether there was one; @fails Corrupt, Unsupported */
  step(): bool {
    this.change = Change.None;
    switch (this.phase) {
      case Phase.CountLower:
        if (!count(this.walk.lower, this.lowerNames)) this.phase = Phase.CountUpper;
        return true;
      case Phase.CountUpper:
        if (count(this.walk.upper, this.upperNames)) return true;
        this.phase = Phase.Compare;
        this.walk.start();
        return true;
      default:
        return this.compare();
    }
  }

  private compare(): bool {
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
    const haveLinks = this.lowerNames.hasSeveral(lower.id) && this.upperNames.hasSeveral(upper.id);
    if (haveLinks && this.links.isKnown(lower.id, upper.id)) return this.decide(Change.None);
    this.compares = this.comparison.start(lower, upper);
    if (!this.compares) this.endComparison();
  }

  private endComparison(): void {
    this.decide(this.comparison.isEqual && this.haveSameNames() ? Change.None : Change.Changed);
  }

  /** Whether, as far as was seen, the names of the one file are those of the other. */
  private haveSameNames(): bool {
    const lower = this.lower.id;
    const upper = this.upper.id;
    if (!this.lowerNames.hasSeveral(lower) && !this.upperNames.hasSeveral(upper)) return true;
    return this.links.isSame(lower, upper);
  }

  private decide(change: Change): void {
    this.change = change;
    this.verdicts.appendByte(<u8>change);
    if (change == Change.None || change == Change.Deleted) return;
    if (this.upperNames.hasSeveral(this.upper.id)) this.links.markChanged(this.upper.id);
  }
}

/** Meets the next name of a tree. @returns whether there was one */
function count(walk: WindowsTreeWalk, census: NameCensus): bool {
  if (!walk.next()) return false;
  if (!walk.isDirectory) census.meet(walk.id);
  return true;
}
