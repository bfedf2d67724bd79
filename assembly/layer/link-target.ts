/** Where a symbolic link leads. */
import { allocate } from "../bytes/memory";
import { TreeReader } from "../tree/tree-reader";

/** Linux's PATH_MAX. Bytes. */
const MAX_LENGTH: u32 = 4096;

export class LinkTarget {
  readonly at: usize = allocate(MAX_LENGTH);
  length: u32 = 0;

  /** Takes the target of the link that is open in `tree`. @returns whether there is one that a system could have made */
  take(tree: TreeReader): bool {
    this.length = 0;
    if (tree.size == 0 || tree.size > MAX_LENGTH) return false;
    this.length = tree.read(0, this.at, <u32>tree.size);
    return true;
  }
}
