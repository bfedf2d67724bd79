/** Walks over a tree by its pointers alone: it may be 16,000 levels deep. */
import { WindowsFile, WindowsName } from "../tree/windows/file";
import { WindowsTree } from "../tree/windows/tree";

/** The name behind `name`, each directory before what is in it; null behind the last. */
export function nextName(name: WindowsName): WindowsName | null {
  const file = name.file;
  if (file.isDirectory && file.firstName) return file.firstName;
  let at: WindowsName | null = name;
  while (at) {
    if (at.next) return at.next;
    at = at.parent.ownName;
  }
  return null;
}

/**
 * Files in the order of their IDs, once they are numbered.
 *
 *     for (walk.start(tree); walk.hasFile; walk.next()) … walk.file …
 */
export class FileWalk {
  /** A file with several names has that of the first of them. */
  directory: WindowsFile | null = null;
  private at: WindowsFile | null = null;
  private name: WindowsName | null = null;

  start(tree: WindowsTree): void {
    this.directory = null;
    this.at = tree.root;
    this.name = tree.root.firstName;
  }

  get hasFile(): bool {
    return this.at != null;
  }

  get file(): WindowsFile {
    return this.at as WindowsFile;
  }

  next(): void {
    const wanted = this.file.number + 1;
    let name = this.name;
    while (name && name.file.number != wanted) name = nextName(name);
    this.at = name ? name.file : null;
    this.directory = name ? name.parent : null;
    this.name = name ? nextName(name) : null;
  }
}
