/** What a path leads to, whatever its case. */
import { WindowsName } from "../tree/windows/file";
import { WindowsTree } from "../tree/windows/tree";
import { WindowsPath } from "./path";

/** @returns null: there is no such name; the root has none either */
export function findName(tree: WindowsTree, path: WindowsPath): WindowsName | null {
  let directory = tree.root;
  let name: WindowsName | null = null;
  for (let from: u32 = 0; from < path.units; ) {
    const units = path.partUnits(from);
    name = directory.isDirectory ? tree.find(directory, path.at + 2 * from, units) : null;
    if (!name) return null;
    directory = name.file;
    from += units + 1;
  }
  return name;
}

/**
 * The same, where a path of the program's own says it.
 *
 * @param isExact  whether names count that are spelled just so, and no others
 */
export function findText(tree: WindowsTree, path: string, isExact: bool = false): WindowsName | null {
  let directory = tree.root;
  let name: WindowsName | null = null;
  for (let from = 0; from <= path.length; ) {
    const slash = path.indexOf("\\", from);
    const end = slash < 0 ? path.length : slash;
    const part = changetype<usize>(path) + 2 * from;
    name = directory.isDirectory ? tree.find(directory, part, end - from) : null;
    if (!name || (isExact && memory.compare(name.at, part, 2 * (end - from)) != 0)) return null;
    directory = name.file;
    from = end + 1;
  }
  return name;
}
