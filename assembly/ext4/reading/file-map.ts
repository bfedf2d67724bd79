/** The block map of any file, in whichever form it is. */
import { BlockMap } from "./block-map";
import { ExtentTree } from "./extent-tree";
import { IndirectBlocks } from "./indirect-blocks";
import { FileInode } from "./inode";
import { Volume } from "./volume";

/** As `BlockMap`. Who goes over several files at a time needs one for each of them. */
export class FileMap {
  private tree: ExtentTree;
  private blocks: IndirectBlocks;

  constructor(volume: Volume) {
    this.tree = new ExtentTree(volume);
    this.blocks = new IndirectBlocks(volume);
  }

  /** @returns the map of an inode that has blocks, started; it holds until `start` is called again */
  start(inode: FileInode, from: u64, withNodes: bool): BlockMap {
    const map: BlockMap = inode.hasExtents ? this.tree : this.blocks;
    map.start(inode, from, withNodes);
    return map;
  }
}
