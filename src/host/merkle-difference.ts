/** Which hashes of two dm-verity trees of one shape differ: those with data under them that does. */
import type { TreeShape } from "./merkle-tree.ts";

/** Blocks side by side; in a list, in order, and no two touch. */
export interface BlockSpan {
  readonly first: number;
  readonly count: number;
}

/**
 * Blocks that differ, of each level from the root down, and last of the data.
 *
 * @param data  blocks of data that differ
 */
export function differencesOf({ levels, fanOut }: TreeShape, data: readonly BlockSpan[]): (readonly BlockSpan[])[] {
  const found = [data];
  for (let level = levels.length; level > 0; level--) found.unshift(above(found[0]!, fanOut));
  return found;
}

/** The blocks that hold the digests of `blocks`. */
function above(blocks: readonly BlockSpan[], fanOut: number): BlockSpan[] {
  const spans: { first: number; count: number }[] = [];
  for (const { first, count } of blocks) {
    const from = Math.floor(first / fanOut);
    const end = Math.floor((first + count - 1) / fanOut) + 1;
    const last = spans.at(-1);
    if (last && from <= last.first + last.count) last.count = end - last.first;
    else spans.push({ first: from, count: end - from });
  }
  return spans;
}

export function countBlocks(spans: readonly BlockSpan[]): number {
  return spans.reduce((sum, { count }) => sum + count, 0);
}

export function hasBlock(spans: readonly BlockSpan[], block: number): boolean {
  return nextBlock(spans, block) === block;
}

/** The first block of the spans that is not before `block`. */
export function nextBlock(spans: readonly BlockSpan[], block: number): number | undefined {
  let low = 0;
  let high = spans.length;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (spans[middle]!.first + spans[middle]!.count <= block) low = middle + 1;
    else high = middle;
  }
  const found = spans[low];
  return found && Math.max(found.first, block);
}

/** @param blocks  in order, each once */
export function toSpans(blocks: Iterable<number>): BlockSpan[] {
  const spans: { first: number; count: number }[] = [];
  for (const block of blocks) {
    const last = spans.at(-1);
    if (last && block === last.first + last.count) last.count++;
    else spans.push({ first: block, count: 1 });
  }
  return spans;
}
