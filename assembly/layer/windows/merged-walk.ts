/** A walk over two trees of Windows in step: what has the same path in both is met in both at once. */
import { upperCase } from "../../tree/windows/name-order";
import { WindowsTreeReader } from "../../tree/windows/tree-reader";
import { WindowsTreeWalk } from "../../tree/windows/tree-walk";
import { Side } from "../merged-walk";

const BACKSLASH: u16 = 0x5c;

/**
 * What stands below a directory of the lower tree is met only where the upper has a directory too: if that is not so, all
 * of it is gone with the directory. A path is the same if its letters are, case and all: who changed the case of a name
 * took the one away, which is met first, and gave the other.
 */
export class WindowsMergedWalk {
  readonly lower: WindowsTreeWalk;
  readonly upper: WindowsTreeWalk;
  side: Side = Side.Both;
  private hasLower: bool = false;
  private hasUpper: bool = false;
  /** Of the upper tree: both are gone over in its order. */
  private upcase: usize;

  constructor(lower: WindowsTreeReader, upper: WindowsTreeReader) {
    const upcase = upper.upcase;
    this.upcase = upcase;
    this.lower = new WindowsTreeWalk(lower, upcase);
    this.upper = new WindowsTreeWalk(upper, upcase);
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

  /** Whether a directory became something else, or something else a directory. */
  get isReplaced(): bool {
    return this.side == Side.Both && this.lower.isDirectory != this.upper.isDirectory;
  }

  private choose(): Side {
    if (!this.hasLower) return Side.Upper;
    if (!this.hasUpper) return Side.Lower;
    const order = this.compare();
    if (order == 0) return Side.Both;
    return order < 0 ? Side.Lower : Side.Upper;
  }

  /** The order of a walk: name by name, so that what is in a directory comes before its neighbours. */
  private compare(): i32 {
    const a = this.lower.wide;
    const b = this.upper.wide;
    const length = min(a.length, b.length);
    let i: u32 = 0;
    while (i < length && load<u16>(a.at + i) == load<u16>(b.at + i)) i += 2;
    if (i == length) return <i32>a.length - <i32>b.length;
    while (true) {
      const one = i < a.length ? load<u16>(a.at + i) : BACKSLASH;
      const other = i < b.length ? load<u16>(b.at + i) : BACKSLASH;
      if (one == BACKSLASH || other == BACKSLASH) return one == other || one == BACKSLASH ? -1 : 1;
      const order = <i32>upperCase(this.upcase, one) - <i32>upperCase(this.upcase, other);
      if (order != 0) return order;
      i += 2;
    }
  }
}
