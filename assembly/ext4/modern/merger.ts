/**
 * Lays the tree of a layer beneath what is there of the layers above it.
 *
 * Source: Linux, overlayfs.rst, "Upper and Lower", "Directories", "whiteouts and opaque directories".
 */
import { ErrorCode } from "../../abi";
import { quote } from "../../bytes/quote";
import { fail } from "../../host";
import { Inode, Name } from "../../tree/inode";
import { Tree } from "../../tree/tree";
import { nextDirectory } from "../walk";
import { mergedInto } from "./counterpart";
import { NameState, State } from "./state";

export class Merger {
  /** Of the directories to be merged, listed by `next`: a path may have a million parts, too many for calls within calls. */
  private last: Inode | null = null;

  /**
   * Moves what is seen of a layer into `tree`.
   *
   * @param root  of the layer; what was not moved is given up
   * @fails FailedPrecondition  an addition would take the place of what is of another type
   */
  merge(tree: Tree, root: Inode): void {
    root.next = null;
    this.last = root;
    inherit(tree.root, root);
    for (let lower: Inode | null = root; lower; lower = lower.next) this.mergeDirectory(tree, lower);
  }

  private mergeDirectory(tree: Tree, lower: Inode): void {
    const upper = mergedInto(lower);
    if (!upper) return;
    let name = lower.firstName;
    while (name) {
      const following = name.next;
      const above = tree.find(upper, name.bytes, name.length);
      if (above) this.meet(above, name);
      else tree.move(name, upper);
      name = following;
    }
    upper.state |= lower.state & State.Opaque;
  }

  /** Two layers have the name. */
  private meet(above: Name, name: Name): void {
    const upper = above.inode;
    const lower = name.inode;
    if (above.state & NameState.Addition) {
      checkAddition(upper, name);
      above.state &= ~<u8>NameState.Addition; // what even lower layers have there is hidden by this one
    }
    if (!upper.isDirectory) return;
    if (!lower.isDirectory) {
      // What even lower layers have there is hidden by this one.
      upper.state = (upper.state | State.Opaque) & ~State.Implied;
      return;
    }
    inherit(upper, lower);
    if (!mergedInto(lower)) return;
    lower.next = null;
    (this.last as Inode).next = lower;
    this.last = lower;
  }
}

/** Marks what a layer of additions has. @param root  of the layer, which is whole */
export function markAdditions(root: Inode): void {
  for (let directory: Inode | null = root; directory; directory = nextDirectory(directory)) {
    let name = directory.firstName;
    while (name) {
      name.state |= <u8>NameState.Addition;
      name = name.next;
    }
  }
}

/** @param name  of the highest layer below that has it */
function checkAddition(upper: Inode, name: Name): void {
  const lower = name.inode;
  if ((lower.state & State.Whiteout) != 0 || upper.isDirectory == lower.isDirectory) return;
  const why = lower.isDirectory
    ? "is a directory here, and a file is to be added in its place"
    : "is no directory here, and a file is to be added below it";
  fail(ErrorCode.FailedPrecondition, `ext4: "${quote(name.bytes, name.length)}" ${why}`);
}

/** Takes out what the tree below `root` has for layers below: there are no more. */
export function stripWhiteouts(root: Inode): void {
  for (let directory: Inode | null = root; directory; directory = nextDirectory(directory)) {
    directory.state &= ~State.Opaque;
    dropWhiteouts(directory);
  }
}

/** A directory that only stood on the way to others is the one that was described below it. */
function inherit(upper: Inode, lower: Inode): void {
  if ((upper.state & State.Implied) == 0 || (lower.state & State.Implied) != 0) return;
  upper.state &= ~State.Implied;
  upper.mode = lower.mode;
  upper.uid = lower.uid;
  upper.gid = lower.gid;
  upper.atime = lower.atime;
  upper.ctime = lower.ctime;
  upper.mtime = lower.mtime;
  upper.xattrPacked = lower.xattrPacked;
}

function dropWhiteouts(directory: Inode): void {
  let last: Name | null = null;
  let name = directory.firstName;
  while (name) {
    const following = name.next;
    if (name.inode.state & State.Whiteout) {
      if (last) last.next = following;
      else directory.firstName = following;
      directory.nameCount--;
    } else last = name;
    name = following;
  }
  directory.lastName = last;
}
