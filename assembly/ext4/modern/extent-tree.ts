/**
 * Extent trees of any depth, built from the leaves up.
 *
 * Source: Linux, "ext4 Data Structures", Extent Tree.
 */
import { BlockStream } from "../../block-stream";
import { ByteBuffer } from "../../bytes/memory";
import { Inode } from "../../tree/inode";
import { Tree } from "../../tree/tree";
import { CONTENT_SIZE, Extent, EXTENT_MAGIC, ExtentHeader, ExtentIndex } from "../format";
import { Checksums } from "./checksum";
import { Geometry } from "./geometry";
import { countExtents, ExtentCursor } from "./runs";
import { State } from "./state";

const ENTRY_SIZE: u32 = 12;
const ROOT_MAX: u32 = CONTENT_SIZE / ENTRY_SIZE - 1;

const node = memory.data(4096, 16);

/** Encodes a node, or a root, as far as its header. */
function encodeHeader(at: usize, entries: u32, most: u32, depth: u32): void {
  const header = changetype<ExtentHeader>(at);
  header.magic = EXTENT_MAGIC;
  header.entries = <u16>entries;
  header.max = <u16>most;
  header.depth = <u16>depth;
}

function encodeExtent(at: usize, logical: u32, start: u64, count: u32): void {
  const extent = changetype<Extent>(at);
  extent.block = logical;
  extent.length = <u16>count;
  extent.startHi = <u16>(start >> 32);
  extent.startLo = <u32>start;
}

function encodeIndex(at: usize, logical: u32, child: u64): void {
  const index = changetype<ExtentIndex>(at);
  index.block = logical;
  index.leafLo = <u32>child;
  index.leafHi = <u16>(child >> 32);
}

const cursor = new ExtentCursor();

/** Encodes the root of a content that needs no nodes. @param root  60 bytes, zero */
export function encodeRoot(root: usize, inode: Inode): void {
  if (inode.state & State.Rooted) {
    memory.copy(root, inode.content, CONTENT_SIZE);
    return;
  }
  const extents = countExtents(inode);
  encodeHeader(root, extents, ROOT_MAX, 0);
  cursor.rewind(inode);
  for (let i: u32 = 1; i <= extents; i++) {
    cursor.next();
    encodeExtent(root + i * ENTRY_SIZE, cursor.logical, cursor.start, cursor.count);
  }
}

export class ExtentTreeWriter {
  private nodeMax: u32;
  /** Written for the inode at hand. */
  private nodes: u32 = 0;
  // The nodes of the level below: first logical block, block on disk.
  private below: ByteBuffer = new ByteBuffer();
  private above: ByteBuffer = new ByteBuffer();

  constructor(
    private stream: BlockStream,
    private tree: Tree,
    private geometry: Geometry,
    private checksums: Checksums,
  ) {
    this.nodeMax = (geometry.blockSize - ENTRY_SIZE) / ENTRY_SIZE;
  }

  /** Appends the nodes of `inode`, if it needs any, and keeps its root: its runs are then gone. Its number must be final. */
  write(inode: Inode): void {
    const extents = countExtents(inode);
    if (extents <= ROOT_MAX) return;
    const seed = this.checksums.ofInode(inode.number);
    this.nodes = 0;
    this.writeLeaves(inode, extents, seed);
    let depth: u32 = 1;
    for (; this.below.length / 8 > ROOT_MAX; depth++) this.writeIndexes(depth, seed);

    const root = this.tree.room(CONTENT_SIZE);
    const children = this.below.length / 8;
    encodeHeader(root, children, ROOT_MAX, depth);
    for (let i: u32 = 0; i < children; i++) this.encodeChild(root, i, i);
    inode.content = root;
    inode.blockCount += this.nodes;
    inode.state = (inode.state & ~State.Fragmented) | State.Rooted;
  }

  private writeLeaves(inode: Inode, extents: u32, seed: u32): void {
    this.below.clear();
    cursor.rewind(inode);
    for (let done: u32 = 0; done < extents; ) {
      const entries = min(extents - done, this.nodeMax);
      this.beginNode(entries, 0);
      for (let i: u32 = 1; i <= entries; i++) {
        cursor.next();
        if (i == 1) this.list(this.below, cursor.logical);
        encodeExtent(node + i * ENTRY_SIZE, cursor.logical, cursor.start, cursor.count);
      }
      this.endNode(seed);
      done += entries;
    }
  }

  /** Appends a level that points to the nodes `below`, and takes its place. */
  private writeIndexes(depth: u32, seed: u32): void {
    this.above.clear();
    const children = this.below.length / 8;
    for (let done: u32 = 0; done < children; ) {
      const entries = min(children - done, this.nodeMax);
      this.beginNode(entries, depth);
      this.list(this.above, load<u32>(this.below.at + done * 8));
      for (let i: u32 = 0; i < entries; i++) this.encodeChild(node, i, done + i);
      this.endNode(seed);
      done += entries;
    }
    const below = this.below;
    this.below = this.above;
    this.above = below;
  }

  private encodeChild(parent: usize, slot: u32, child: u32): void {
    const at = this.below.at + child * 8;
    encodeIndex(parent + (slot + 1) * ENTRY_SIZE, load<u32>(at), load<u32>(at, 4));
  }

  private list(to: ByteBuffer, logical: u32): void {
    to.reserve(to.length + 8);
    store<u32>(to.at + to.length, logical);
    store<u32>(to.at + to.length, <u32>(this.stream.position / this.geometry.blockSize), 4);
    to.length += 8;
  }

  private beginNode(entries: u32, depth: u32): void {
    memory.fill(node, 0, this.geometry.blockSize);
    encodeHeader(node, entries, this.nodeMax, depth);
  }

  private endNode(seed: u32): void {
    const length = ENTRY_SIZE + ENTRY_SIZE * this.nodeMax;
    store<u32>(node + length, this.checksums.of(seed, node, length));
    this.stream.append(node, this.geometry.blockSize);
    this.nodes++;
  }
}
