/**
 * What the layers above say of a directory, and so of the names in it. Each directory of the layer at hand keeps it in
 * `content`, which directories have no other use for: nothing, that it is hidden, or the directory that is seen in its place.
 */
import { Inode, Name } from "../../tree/inode";
import { Tree } from "../../tree/tree";
import { State } from "./state";

/** The layers above have nothing of that path: so it is in the highest. */
const NONE: usize = 0;
/** Nothing in the directory is to be seen. */
export const HIDDEN: usize = 1;

/** Whether the layers above hide a name that the layer at hand has in `directory`. */
export function hidesName(tree: Tree, directory: Inode, name: usize, length: u32): bool {
  const above = directory.content;
  if (above == NONE) return false;
  return above == HIDDEN || tree.find(changetype<Inode>(above), name, length) != null;
}

/** Tells the directory of that name what the layers above say of it. */
export function setCounterpart(tree: Tree, name: Name): void {
  const above = name.parent.content;
  if (above <= HIDDEN) {
    name.inode.content = above;
    return;
  }
  const upper = tree.find(changetype<Inode>(above), name.bytes, name.length);
  name.inode.content = upper ? asSeenFromBelow(upper.inode) : NONE;
}

/** What a directory of a layer below finds where the layers above have `inode`. */
export function asSeenFromBelow(inode: Inode): usize {
  const isMerged = inode.isDirectory && (inode.state & State.Opaque) == 0;
  return isMerged ? changetype<usize>(inode) : HIDDEN;
}

/** The directory that is seen in the place of this one and of those above it; null where this one is hidden. */
export function mergedInto(directory: Inode): Inode | null {
  return directory.content > HIDDEN ? changetype<Inode>(directory.content) : null;
}
