/**
 * Extent trees of any depth, root to leaf and left to right.
 *
 * A tree that an enemy made cannot hold us: each level is one less deep than the one above, and each entry must begin
 * where the one before it ended or later, so no node is of use twice.
 *
 * Source: Linux, "ext4 Data Structures and Algorithms", Extent Tree.
 */
import { crc32c } from "../../bytes/crc32c";
import { CONTENT_SIZE, Extent, EXTENT_MAGIC, ExtentHeader, ExtentIndex, MAX_EXTENT_BLOCKS } from "../format";
import { BlockMap } from "./block-map";
import { corrupt, refuseChecksum } from "./corrupt";
import { FileInode } from "./inode";
import { Volume } from "./volume";

const MAX_DEPTH: u32 = 5; // the kernel's; four levels of the smallest block map 2^32 blocks
const ENTRY_SIZE: u32 = 12;
const END: u64 = 1 << 32; // files have block numbers of 32 bits

/** A node on the way from the root to the leaf that is being read. */
@unmanaged
class Level {
  block: u64;  // 0x00  0: the root, in the inode
  end: u64;    // 0x08  block of the file where the node above goes on
  count: u32;  // 0x10  entries
  index: u32;  // 0x14  the next of them
}

export class ExtentTree extends BlockMap {
  private levels: usize = heap.alloc((MAX_DEPTH + 1) * offsetof<Level>());
  private depth: u32 = 0;
  private level: i32 = -1;
  private from: u64 = 0;
  private reached: u64 = 0;
  private withNodes: bool = false;

  constructor(volume: Volume) {
    super(volume);
  }

  start(inode: FileInode, from: u64, withNodes: bool): void {
    this.begin(inode);
    this.from = from;
    this.withNodes = withNodes;
    this.reached = 0;
    this.level = -1;
    this.depth = changetype<ExtentHeader>(inode.content).depth;
    if (this.depth > MAX_DEPTH) this.refuse(0, `depth ${this.depth}, where ${MAX_DEPTH} is the most`);
    this.enter(0, END);
  }

  next(): bool {
    while (this.level >= 0) {
      const level = this.at(this.level);
      if (level.index == level.count) {
        this.level--;
        continue;
      }
      const entry = this.node(level.block) + ENTRY_SIZE * (1 + level.index++);
      if (this.level == this.depth) {
        this.take(level, changetype<Extent>(entry));
        if (this.logical + this.length > this.from) return true;
      } else {
        this.descend(level, changetype<ExtentIndex>(entry));
        if (this.withNodes) return true;
      }
    }
    return false;
  }

  private take(level: Level, extent: Extent): void {
    const isWritten = extent.length <= MAX_EXTENT_BLOCKS;
    const length: u32 = isWritten ? extent.length : extent.length - MAX_EXTENT_BLOCKS;
    const physical = ((<u64>extent.startHi) << 32) | extent.startLo;
    const end = <u64>extent.block + length;
    if (length == 0) this.refuse(level.block, `extent of no blocks for block ${extent.block}`);
    if (extent.block < this.reached || end > level.end) {
      this.refuse(level.block, `extent of blocks ${extent.block} to ${end - 1}${this.expected(level)}`);
    }
    this.takeRun(extent.block, physical, length, isWritten);
    this.reached = end;
  }

  private descend(level: Level, index: ExtentIndex): void {
    const child = ((<u64>index.leafHi) << 32) | index.leafLo;
    // The next entry says where this one ends.
    const following = changetype<ExtentIndex>(changetype<usize>(index) + ENTRY_SIZE);
    const end = level.index < level.count ? <u64>following.block : level.end;
    if (index.block < this.reached || end <= index.block || end > level.end) {
      this.refuse(level.block, `index of blocks ${index.block} to ${end - 1}${this.expected(level)}`);
    }
    if (!this.volume.holds(child, 1)) {
      this.refuse(level.block, `node at block ${child} of ${this.volume.blocks}`);
    }
    this.takeNode(index.block, child);
    this.reached = index.block;
    this.enter(child, end);
  }

  /** Checks a node, and goes to its first entry that is wanted. */
  private enter(block: u64, end: u64): void {
    const node = this.node(block);
    const header = changetype<ExtentHeader>(node);
    const size = block == 0 ? CONTENT_SIZE : this.volume.blockSize;
    const depth = this.depth - (this.level + 1);
    if (header.magic != EXTENT_MAGIC) this.refuse(block, `magic 0x${header.magic.toString(16)}, not 0xf30a`);
    if (header.depth != depth) this.refuse(block, `depth ${header.depth}, where ${depth} was expected`);
    if (header.max > size / ENTRY_SIZE - 1 || header.entries > header.max) {
      this.refuse(block, `${header.entries} entries of ${header.max} in ${size} bytes`);
    }
    if (block != 0 && this.volume.checksums) this.verify(block, node, header);
    const level = this.at(++this.level);
    level.block = block;
    level.end = end;
    level.count = header.entries;
    level.index = this.firstWanted(node, header.entries);
  }

  /** The last entry that begins at `from` or before. Who wants all gets all, in whatever order an enemy put them. */
  private firstWanted(node: usize, count: u32): u32 {
    if (this.from == 0) return 0;
    let low: u32 = 0;
    let high = count;
    while (high - low > 1) {
      const middle = (low + high) / 2;
      if (load<u32>(node + ENTRY_SIZE * (1 + middle)) <= this.from) low = middle;
      else high = middle;
    }
    return low;
  }

  private verify(block: u64, node: usize, header: ExtentHeader): void {
    const length = ENTRY_SIZE * (1 + header.max);
    if (length + 4 > this.volume.blockSize) this.refuse(block, `${header.max} entries leave no room for the checksum`);
    const computed = crc32c(this.inode.checksumSeed, node, length);
    const stored = load<u32>(node + length);
    if (stored != computed) refuseChecksum(`inode ${this.inode.number}: extent node at block ${block}`, stored, computed);
  }

  /** Address of a node: asked for anew each time, as blocks do not stay. */
  private node(block: u64): usize {
    return block == 0 ? this.inode.content : this.volume.block(block);
  }

  private at(level: i32): Level {
    return changetype<Level>(this.levels + level * offsetof<Level>());
  }

  private expected(level: Level): string {
    return `, where ${this.reached} to ${level.end - 1} were expected`;
  }

  private refuse(block: u64, what: string): void {
    const place = block == 0 ? "extents" : `extent node at block ${block}`;
    this.level = -1;
    corrupt(`inode ${this.inode.number}: ${place}: ${what}`);
  }
}
