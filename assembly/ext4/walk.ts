/** Directories of the tree, one after another: depth first, in the order of their names. */
import { Inode, Name } from "../tree/inode";

/** The directory behind `directory`; null behind the last. Without recursion: a path may have a million parts. */
export function nextDirectory(directory: Inode): Inode | null {
  let next = firstDirectory(directory.firstName);
  while (!next) {
    const own = directory.ownName;
    if (!own) return null;
    next = firstDirectory(own.next);
    directory = own.parent;
  }
  return next;
}

/** The first directory that `from`, or a name after it, stands for. */
function firstDirectory(from: Name | null): Inode | null {
  let name = from;
  while (name) {
    if (name.inode.isDirectory) return name.inode;
    name = name.next;
  }
  return null;
}
