/** What becomes of the bytes at each path, and of all below it. */
import { Fate } from "./contents.ts";
import type { ByteFates } from "./path-tree.ts";

/** Columns of as many rows as a tree has. */
export interface ByteSums extends ByteFates {
  /** Files whose bytes are not visible. */
  readonly wasted: Uint32Array;
}

export const byteSums = (rows: number): ByteSums => ({
  visible: new Float64Array(rows),
  shadowed: new Float64Array(rows),
  whiteouted: new Float64Array(rows),
  wasted: new Uint32Array(rows),
});

/** A file of `size` bytes is at `row`. */
export function add({ visible, shadowed, whiteouted, wasted }: ByteSums, row: number, size: number, fate: Fate): void {
  const column = fate === Fate.Visible ? visible : fate === Fate.Shadowed ? shadowed : whiteouted;
  column[row]! += size;
  if (fate !== Fate.Visible) wasted[row]!++;
}

/** All files are in: adds to each directory what it holds. */
export function addUp({ visible, shadowed, whiteouted, wasted }: ByteSums, parents: Uint32Array): void {
  for (const column of [visible, shadowed, whiteouted, wasted]) {
    for (let row = parents.length - 1; row > 0; row--) column[parents[row]!]! += column[row]!;
  }
}
