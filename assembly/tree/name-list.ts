/** The list of a directory's names, put in another order. */
import { ByteBuffer } from "../bytes/memory";
import { mergeSort, Order } from "../bytes/merge-sort";
import { Inode, Name } from "./inode";

export class NameSorter {
  private list: ByteBuffer = new ByteBuffer();

  /** Puts the names of `directory` in `order`, which takes their addresses. */
  sort(directory: Inode, order: Order): void {
    if (isSorted(directory, order)) return;
    const count = directory.nameCount;
    this.list.reserve(2 * count * sizeof<usize>());
    const list = this.list.at;
    let at = list;
    let name = directory.firstName;
    while (name) {
      store<Name>(at, name);
      name = name.next;
      at += sizeof<usize>();
    }
    mergeSort(list, at, count, order);
    relink(directory, list, sizeof<usize>());
  }
}

/**
 * Gives all names of `directory` the order in which a list in memory has their addresses.
 *
 * @param stride  bytes from one address in `list` to the next
 */
export function relink(directory: Inode, list: usize, stride: u32): void {
  let last: Name | null = null;
  for (let i: u32 = 0; i < directory.nameCount; i++) {
    const name = load<Name>(list + i * stride);
    if (last) last.next = name;
    else directory.firstName = name;
    last = name;
  }
  if (last) last.next = null;
  directory.lastName = last;
}

/** Most directories are: archivers walk them in the order of their names, and inodes are numbered in that of the layer. */
function isSorted(directory: Inode, order: Order): bool {
  let name = directory.firstName;
  while (name) {
    const following = name.next;
    if (following && order.compare(changetype<usize>(following), changetype<usize>(name)) < 0) return false;
    name = following;
  }
  return true;
}
