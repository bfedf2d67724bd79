/** Attribute blocks in waiting: kept without the room between entries and values, as a layer can have many. */
import { Tree } from "../tree/tree";
import { BLOCK_SIZE } from "./format";

/** Keeps the block at `from` as long as `tree`. @returns what `unpackBlock` takes: two lengths, head, tail */
export function packBlock(tree: Tree, from: usize): usize {
  let head = BLOCK_SIZE;
  let tail: u32 = 0;
  let gap: u32 = 0;
  for (let start: u32 = 0, at: u32 = 0; at <= BLOCK_SIZE; at += 4) {
    if (at < BLOCK_SIZE && load<u32>(from + at) == 0) continue;
    if (at - start > gap) {
      gap = at - start;
      head = start;
      tail = BLOCK_SIZE - at;
    }
    start = at + 4;
  }
  const packed = tree.room(8 + head + tail);
  store<u32>(packed, head);
  store<u32>(packed + 4, tail);
  memory.copy(packed + 8, from, head);
  memory.copy(packed + 8 + head, from + BLOCK_SIZE - tail, tail);
  return packed;
}

/** @param to  a block */
export function unpackBlock(packed: usize, to: usize): void {
  const head = load<u32>(packed);
  const tail = load<u32>(packed + 4);
  memory.copy(to, packed + 8, head);
  memory.fill(to + head, 0, BLOCK_SIZE - head - tail);
  memory.copy(to + BLOCK_SIZE - tail, packed + 8 + head, tail);
}
