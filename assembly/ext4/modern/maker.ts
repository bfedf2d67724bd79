/** Makes directories that a layer names only by what is in them. */
import { Inode, Name } from "../../tree/inode";
import { Path } from "../../tree/path";

export abstract class DirectoryMaker {
  /**
   * @param gone  the name, where the layer has it as a whiteout
   * @param path  that asks for it, for messages
   */
  abstract makeMissing(parent: Inode, gone: Name | null, name: usize, length: u32, path: Path): Inode;
}
