/** File IDs: 1 for the root, then each directory before what is in it, by the order of names; each file by its first name. */
import { WindowsFile } from "../tree/windows/file";
import { WindowsTree } from "../tree/windows/tree";
import { nextName } from "./file-walk";
import { NameOrder } from "./name-order";
import { Profile } from "./profile";

export const ROOT_ID: u32 = 1;

/** Sorts the names in all directories and the streams of all files, and numbers the files. @returns files there are */
export function numberFiles(tree: WindowsTree, profile: Profile): u32 {
  const order = new NameOrder(tree.upcase, profile.ordersByCodePoint);
  let last = ROOT_ID;
  numberFile(tree.root, last, order);
  let name = tree.root.firstName;
  while (name) {
    if (name.file.number == 0) numberFile(name.file, ++last, order);
    name = nextName(name);
  }
  return last;
}

function numberFile(file: WindowsFile, id: u32, order: NameOrder): void {
  file.number = id;
  if (file.isDirectory) order.sortNames(file);
  order.sortStreams(file);
}
