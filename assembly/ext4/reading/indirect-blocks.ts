/**
 * Block numbers, as ext2 and ext3 have them: twelve in the inode, then blocks of numbers, up to three deep.
 *
 * Source: Linux, "ext4 Data Structures and Algorithms", Direct/Indirect Block Addressing.
 */
import { BlockMap } from "./block-map";
import { corrupt } from "./corrupt";
import { FileInode } from "./inode";
import { Volume } from "./volume";

const DIRECT: u32 = 12;
const MAX_DEPTH: u32 = 3;

export class IndirectBlocks extends BlockMap {
  private perBlock: u64;
  /** Blocks that a file can have. */
  private end: u64;
  private position: u64 = 0;
  private withNodes: bool = false;
  /** First block of the file under the node of each depth that was told last; those from `MAX_DEPTH` down. */
  private told: StaticArray<u64> = new StaticArray<u64>(MAX_DEPTH + 1);

  constructor(volume: Volume) {
    super(volume);
    const perBlock = <u64>volume.blockSize / 4;
    this.perBlock = perBlock;
    this.end = DIRECT + perBlock + perBlock * perBlock + perBlock * perBlock * perBlock;
  }

  start(inode: FileInode, from: u64, withNodes: bool): void {
    this.begin(inode);
    this.position = from;
    this.withNodes = withNodes;
    for (let depth: u32 = 1; depth <= MAX_DEPTH; depth++) this.told[depth] = u64.MAX_VALUE;
  }

  next(): bool {
    while (this.position < this.end) {
      const position = this.position;
      const isDirect = position < DIRECT;
      if (isDirect && this.takeNumbers(this.inode.content, <u32>position, DIRECT)) return true;
      if (!isDirect && this.descend(position, this.depthAt(position))) return true;
    }
    return false;
  }

  /** How deep the tree is that has a block of the file. */
  private depthAt(position: u64): u32 {
    const perBlock = this.perBlock;
    if (position < DIRECT + perBlock) return 1;
    return position < DIRECT + perBlock + perBlock * perBlock ? 2 : 3;
  }

  /** Goes from the inode to the numbers at `position`. @returns whether there is something to tell; if not, moves on */
  private descend(position: u64, depth: u32): bool {
    let span = this.perBlock; // blocks of the file under the node at hand
    let first: u64 = DIRECT; // of them
    for (let shallower: u32 = 1; shallower < depth; shallower++) {
      first += span;
      span *= this.perBlock;
    }
    let node = load<u32>(this.inode.content + (DIRECT + depth - 1) * 4);
    for (let height = depth; height > 0; height--) {
      if (node == 0) {
        this.position = first + span;
        return false;
      }
      if (!this.volume.holds(node, 1)) {
        corrupt(`inode ${this.inode.number}: block numbers for ${first} at ${node} of ${this.volume.blocks}`);
      }
      if (this.withNodes && this.told[height] != first) return this.tellNode(node, first, height);
      span /= this.perBlock;
      const index = (position - first) / span;
      if (height == 1) return this.takeNumbers(this.volume.block(node), <u32>index, <u32>this.perBlock);
      first += index * span;
      node = load<u32>(this.volume.block(node) + <usize>index * 4);
    }
    return false;
  }

  private tellNode(node: u32, first: u64, height: u32): bool {
    this.told[height] = first;
    this.takeNode(first, node);
    return true;
  }

  /** Takes the numbers from `index` on that follow one another. @returns whether there are; if not, passes zeros over */
  private takeNumbers(numbers: usize, index: u32, count: u32): bool {
    const physical = load<u32>(numbers + index * 4);
    let length: u32 = 1;
    // A zero is followed by zeros, a block by the block behind it.
    const step: u32 = physical != 0 ? 1 : 0;
    while (index + length < count && load<u32>(numbers + (index + length) * 4) == physical + length * step) length++;
    const logical = this.position;
    this.position += length;
    if (physical == 0) {
      if (length == this.perBlock) this.count(1); // a block of zeros only: an enemy may have us meet it a million times
      return false;
    }
    this.takeRun(logical, physical, length, true);
    return true;
  }
}
