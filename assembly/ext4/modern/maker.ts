/** Makes directories that a layer names only by what is in them. */
import { Inode } from "../../tree/inode";
import { Path } from "../../tree/path";

export abstract class DirectoryMaker {
  /** @param path  that asks for it, for messages */
  abstract makeMissing(parent: Inode, name: usize, length: u32, path: Path): Inode;
}
