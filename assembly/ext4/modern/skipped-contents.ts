/**
 * Contents of one layer that were passed over, as layers above hide the names of their files. A hard link that is seen may
 * want one after all: then the layer is fed again, and only what is wanted is taken.
 */
import { Inode } from "../../tree/inode";
import { State } from "./state";

export class SkippedContents {
  /** How many are wanted. */
  wanted: u32 = 0;
  /** Of the entry at hand, in the layer, from 1. */
  entry: u32 = 0;
  // In the order of their entries, listed by `next`; the entry's number stands in `firstBlock`, as there are no blocks.
  private first: Inode | null = null;
  private last: Inode | null = null;

  /** Another layer begins. */
  clear(): void {
    this.wanted = 0;
    this.entry = 0;
    this.first = null;
    this.last = null;
  }

  /** The content of the entry at hand, which `inode` describes, is passed over. */
  add(inode: Inode): void {
    inode.state |= State.Skipped;
    inode.firstBlock = this.entry;
    const last = this.last;
    if (last) last.next = inode;
    else this.first = inode;
    this.last = inode;
  }

  /** A name of `inode` is seen. */
  want(inode: Inode): void {
    if ((inode.state & (State.Skipped | State.Wanted)) != State.Skipped) return;
    inode.state |= State.Wanted;
    this.wanted++;
  }

  /** The layer is fed again. */
  rewind(): void {
    this.entry = 0;
  }

  /** The file that has the content of the entry at hand, if it is wanted; once. */
  take(): Inode | null {
    let inode = this.first;
    while (inode && (inode.firstBlock < this.entry || (inode.state & State.Wanted) == 0)) inode = inode.next;
    this.first = inode;
    if (!inode || inode.firstBlock != this.entry) return null;
    this.first = inode.next;
    inode.state &= ~(State.Skipped | State.Wanted);
    inode.firstBlock = 0;
    this.wanted--;
    return inode;
  }
}
