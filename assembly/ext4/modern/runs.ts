/**
 * Which blocks of the image hold which of a file's.
 *
 * Nearly every file is one run without holes, and its record says so: `firstBlock`, `blockCount`. Others keep a list of
 * runs in the tree's memory, in order of the file.
 */
import { ByteBuffer } from "../../bytes/memory";
import { Inode } from "../../tree/inode";
import { Tree } from "../../tree/tree";
import { MAX_EXTENT_BLOCKS } from "../format";
import { State } from "./state";

/** Blocks that follow each other in the file and on disk. */
@unmanaged
export class Run {
  logical: u32; // 0x00  of the file
  start: u32;   // 0x04  on disk
  count: u32;   // 0x08
}

/** A count of runs, then the runs. */
const LIST_HEADER: u32 = 4;

/** Collects the runs of the file at hand. */
export class RunCollector {
  private list: ByteBuffer = new ByteBuffer();
  /** Blocks in all of them. */
  private blocks: u32 = 0;

  clear(): void {
    this.list.clear();
    this.blocks = 0;
  }

  add(logical: u32, start: u32, count: u32): void {
    this.blocks += count;
    const list = this.list;
    if (list.length > 0) {
      const last = changetype<Run>(list.at + list.length - offsetof<Run>());
      if (last.logical + last.count == logical && last.start + last.count == start) {
        last.count += count;
        return;
      }
    }
    list.reserve(list.length + offsetof<Run>());
    const run = changetype<Run>(list.at + list.length);
    run.logical = logical;
    run.start = start;
    run.count = count;
    list.length += offsetof<Run>();
  }

  /** Gives what was collected to `inode`. */
  keep(inode: Inode, tree: Tree): void {
    inode.blockCount = this.blocks;
    const first = changetype<Run>(this.list.at);
    if (this.blocks == 0) return;
    if (this.list.length == offsetof<Run>() && first.logical == 0) {
      inode.firstBlock = first.start;
      return;
    }
    inode.state |= State.Fragmented;
    inode.content = tree.room(LIST_HEADER + this.list.length);
    store<u32>(inode.content, this.list.length / offsetof<Run>());
    memory.copy(inode.content + LIST_HEADER, this.list.at, this.list.length);
  }
}

const whole = changetype<Run>(memory.data(12, 4));

/** Runs of an inode's content. */
export function countRuns(inode: Inode): u32 {
  if (inode.state & State.Fragmented) return load<u32>(inode.content);
  return inode.blockCount > 0 ? 1 : 0;
}

/** Run `index` of them. That of a file with only one is overwritten by the next call. */
export function runAt(inode: Inode, index: u32): Run {
  if (inode.state & State.Fragmented) return changetype<Run>(inode.content + LIST_HEADER + index * offsetof<Run>());
  whole.logical = 0;
  whole.start = inode.firstBlock;
  whole.count = inode.blockCount;
  return whole;
}

/** Extents that map the content: a run may need several. */
export function countExtents(inode: Inode): u32 {
  let count: u32 = 0;
  for (let i: u32 = 0, runs = countRuns(inode); i < runs; i++) {
    count += (runAt(inode, i).count + MAX_EXTENT_BLOCKS - 1) / MAX_EXTENT_BLOCKS;
  }
  return count;
}

/** Extents of an inode, one after another. */
export class ExtentCursor {
  logical: u32 = 0;
  start: u32 = 0;
  count: u32 = 0;
  private inode: Inode | null = null;
  private run: u32 = 0;
  /** Blocks of the run that are done. */
  private done: u32 = 0;

  rewind(inode: Inode): void {
    this.inode = inode;
    this.run = 0;
    this.done = 0;
  }

  /** Goes on to the next, of which there must be one. */
  next(): void {
    const run = runAt(this.inode as Inode, this.run);
    this.logical = run.logical + this.done;
    this.start = run.start + this.done;
    this.count = min(run.count - this.done, MAX_EXTENT_BLOCKS);
    this.done += this.count;
    if (this.done < run.count) return;
    this.run++;
    this.done = 0;
  }
}
