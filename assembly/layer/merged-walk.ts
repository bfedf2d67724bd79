/** A walk over two trees in step: what has the same path in both is met in both at once. */
import { TreeReader } from "../tree/tree-reader";
import { TreeWalk } from "../tree/tree-walk";

const SLASH: u8 = 0x2f;

/** Which of the trees has the path at hand. */
export const enum Side {
  Lower = 1,
  Upper = 2,
  Both = 3,
}

/**
 * What stands below a directory of the lower tree is met only where the upper has a directory too: if that is not so, all
 * of it is gone with the directory.
 */
export class MergedWalk {
  readonly lower: TreeWalk;
  readonly upper: TreeWalk;
  side: Side = Side.Both;
  private hasLower: bool = false;
  private hasUpper: bool = false;

  constructor(lower: TreeReader, upper: TreeReader) {
    this.lower = new TreeWalk(lower);
    this.upper = new TreeWalk(upper);
  }

  start(): void {
    this.lower.start(this.lower.tree.root);
    this.upper.start(this.upper.tree.root);
    this.hasLower = true;
    this.hasUpper = true;
    this.side = Side.Both;
  }

  /** Goes to the next path. What has it is open in its tree. @returns whether there is one; @fails Corrupt, Unsupported */
  next(): bool {
    const before = this.side;
    const isGone = before == Side.Lower || (before == Side.Both && !this.upper.isDirectory);
    if (isGone) this.lower.skip();
    if (before & Side.Lower) this.hasLower = this.lower.next();
    if (before & Side.Upper) this.hasUpper = this.upper.next();
    if (!this.hasLower && !this.hasUpper) return false;
    this.side = this.choose();
    // One that waited for the other may have been closed: its caller looked at another file.
    if (this.side & Side.Lower) this.lower.reopen();
    if (this.side & Side.Upper) this.upper.reopen();
    return true;
  }

  private choose(): Side {
    if (!this.hasLower) return Side.Upper;
    if (!this.hasUpper) return Side.Lower;
    const order = comparePaths(this.lower, this.upper);
    if (order == 0) return Side.Both;
    return order < 0 ? Side.Lower : Side.Upper;
  }
}

/** The order of a walk: by parts, so that a slash comes before all that names are made of. */
function comparePaths(lower: TreeWalk, upper: TreeWalk): i32 {
  const a = lower.path;
  const b = upper.path;
  const length = min(a.length, b.length);
  let i: u32 = 0;
  while (i < length && load<u8>(a.at + i) == load<u8>(b.at + i)) i++;
  if (i == length) return <i32>a.length - <i32>b.length;
  const one = load<u8>(a.at + i);
  const other = load<u8>(b.at + i);
  if (one == SLASH) return -1;
  return other == SLASH ? 1 : <i32>one - <i32>other;
}
