/** Whether two files hold the same bytes. */
import { equalBytes } from "../bytes/equal";
import { TreeReader } from "../tree/tree-reader";

const PIECE: u32 = 256 * 1024;
const lowerPiece = memory.data(256 * 1024, 16);
const upperPiece = memory.data(256 * 1024, 16);

/** The region of one of the files in which we are, or to which we come next. */
class Cursor {
  private tree: TreeReader;
  private end: u64 = 0;
  at: u64 = 0;

  constructor() {
    this.tree = changetype<TreeReader>(0);
  }

  start(tree: TreeReader): void {
    this.tree = tree;
    this.at = 0;
    this.end = 0;
    tree.startRegions();
  }

  /** Where there is something at or behind `from`; the largest number if there is nothing. */
  seek(from: u64): u64 {
    while (this.end <= from) {
      if (!this.tree.nextRegion()) {
        this.at = u64.MAX_VALUE;
        this.end = u64.MAX_VALUE;
        break;
      }
      this.at = this.tree.regionAt;
      this.end = this.at + this.tree.regionLength;
    }
    return max(this.at, from);
  }
}

/**
 * Compares the regular files that are open in two trees, of one size. What is a hole in both is passed over.
 *
 *     comparison.start(lower, upper);
 *     while (comparison.step()) …
 *     comparison.isEqual
 */
export class ContentComparison {
  isEqual: bool = false;
  private lower: TreeReader;
  private upper: TreeReader;
  private lowerCursor: Cursor = new Cursor();
  private upperCursor: Cursor = new Cursor();
  private at: u64 = 0;

  constructor() {
    this.lower = changetype<TreeReader>(0);
    this.upper = changetype<TreeReader>(0);
  }

  start(lower: TreeReader, upper: TreeReader): void {
    this.lower = lower;
    this.upper = upper;
    this.lowerCursor.start(lower);
    this.upperCursor.start(upper);
    this.at = 0;
    this.isEqual = true;
  }

  /** Compares the next piece. @returns whether it must go on to know; @fails Corrupt, Unsupported */
  step(): bool {
    const size = this.upper.size;
    const at = min(this.lowerCursor.seek(this.at), this.upperCursor.seek(this.at));
    if (at >= size) return false;
    const length = <u32>min<u64>(PIECE, size - at);
    this.lower.read(at, lowerPiece, length);
    this.upper.read(at, upperPiece, length);
    this.isEqual = equalBytes(lowerPiece, upperPiece, length);
    this.at = at + length;
    return this.isEqual;
  }
}
