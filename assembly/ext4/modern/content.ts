/**
 * Contents of files on their way to disk, as they come. Blocks of zeros are not written: they are holes of the file.
 *
 * What comes may be cut anywhere, and must not show in the image: a block is looked at when it is whole.
 */
import { BlockStream } from "../../block-stream";
import { Inode } from "../../tree/inode";
import { Tree } from "../../tree/tree";
import { CONTENT_SIZE, InodeFlag } from "../format";
import { Geometry } from "./geometry";
import { Identity } from "./identity";
import { RunCollector } from "./runs";

/** Bytes at the start of each file that the image's id depends on. More would cost as much as writing them. */
const IDENTIFYING: u64 = 64 * 1024;

/** A block that has not come whole; the content of a file that is to live in its inode. */
const partial = memory.data(4096, 16);

export class ContentWriter {
  private runs: RunCollector = new RunCollector();
  private inode: Inode;
  /** Bytes of the file that have come. */
  private position: u64 = 0;
  /** Bytes in `partial`: those of the last block, or all of a file that lives in its inode. */
  private held: u32 = 0;
  private inlined: bool = false;

  constructor(
    private stream: BlockStream,
    private tree: Tree,
    private geometry: Geometry,
    private identity: Identity,
  ) {
    this.inode = tree.root;
  }

  /** What follows is the content of `inode`. @param inlineRoom  bytes it may have to live in the inode; 0: none may */
  begin(inode: Inode, inlineRoom: u32): void {
    this.inode = inode;
    this.position = 0;
    this.held = 0;
    this.inlined = inlineRoom > 0 && inode.size <= inlineRoom;
    this.runs.clear();
  }

  data(from: usize, length: u32): void {
    if (this.inlined) return this.hold(from, length);
    const blockSize = this.geometry.blockSize;
    let at = from;
    let left = length;
    if (this.held > 0) {
      const taken = min(left, blockSize - this.held);
      this.hold(at, taken);
      at += taken;
      left -= taken;
      if (this.held < blockSize) return;
      this.writeHeld(blockSize);
    }
    const whole = left & ~(blockSize - 1);
    if (whole > 0) this.writeBlocks(at, whole);
    at += whole;
    left -= whole;
    if (left == 0) return;
    // The end of a file need not wait for more.
    if (this.position + left == this.inode.size) {
      this.writeTail(at, left);
      this.position += left;
    } else this.hold(at, left);
  }

  zeros(length: u64): void {
    const blockSize = this.geometry.blockSize;
    let left = length;
    if (this.held > 0 || this.inlined) {
      const taken = <u32>min<u64>(left, (this.inlined ? <u64>this.inode.size : blockSize) - this.held);
      memory.fill(partial + this.held, 0, taken);
      this.held += taken;
      this.position += taken;
      left -= taken;
      if (this.inlined || this.held < blockSize) return;
      this.writeHeld(blockSize);
    }
    this.position += left & ~(<u64>blockSize - 1);
    const rest = <u32>(left & (blockSize - 1));
    memory.fill(partial, 0, rest);
    this.held = rest;
    this.position += rest;
  }

  /** All has come: `inode` knows where it is. */
  end(): void {
    const inode = this.inode;
    if (this.inlined) return this.keepInline();
    inode.flags |= InodeFlag.Extents;
    if (this.held > 0) {
      this.position -= this.held;
      this.writeTail(partial, this.held);
      this.held = 0;
    }
    this.runs.keep(inode, this.tree);
  }

  private keepInline(): void {
    const inode = this.inode;
    inode.flags |= InodeFlag.InlineData;
    inode.content = this.tree.room(max<u32>(<u32>inode.size, CONTENT_SIZE));
    memory.copy(inode.content, partial, this.held);
  }

  private hold(from: usize, length: u32): void {
    memory.copy(partial + this.held, from, length);
    this.held += length;
    this.position += length;
  }

  private writeHeld(length: u32): void {
    this.position -= length;
    this.held = 0;
    this.writeBlocks(partial, length);
  }

  /** Writes whole blocks, in runs of those that are not zero. */
  private writeBlocks(from: usize, length: u32): void {
    const blockSize = this.geometry.blockSize;
    const end = from + length;
    let run = from;
    for (let block = from; block < end; block += blockSize) {
      if (!isZero(block, blockSize)) continue;
      if (block > run) this.writeRun(run, <u32>(block - run));
      this.position += blockSize;
      run = block + blockSize;
    }
    if (end > run) this.writeRun(run, <u32>(end - run));
  }

  private writeRun(from: usize, length: u32): void {
    const stream = this.stream;
    const blockSize = this.geometry.blockSize;
    this.runs.add(<u32>(this.position / blockSize), <u32>(stream.position / blockSize), length / blockSize);
    for (let done: u32 = 0; done < length && this.position + done < IDENTIFYING; done += blockSize) {
      this.identity.addContent(stream.position + done, from + done, blockSize);
    }
    stream.append(from, length);
    this.position += length;
  }

  /** Writes the last block, which is not full. */
  private writeTail(from: usize, length: u32): void {
    if (isZero(from, length)) return;
    const stream = this.stream;
    const blockSize = this.geometry.blockSize;
    this.runs.add(<u32>(this.position / blockSize), <u32>(stream.position / blockSize), 1);
    if (this.position < IDENTIFYING) this.identity.addContent(stream.position, from, length);
    stream.append(from, length);
    stream.zeros(blockSize - length);
  }
}

/** Most blocks are told by their first word. */
function isZero(from: usize, length: u32): bool {
  const end = from + length;
  let at = from;
  for (const wide = from + (length & ~15); at < wide; at += 16) if (v128.any_true(v128.load(at))) return false;
  for (; at < end; at++) if (load<u8>(at) != 0) return false;
  return true;
}
