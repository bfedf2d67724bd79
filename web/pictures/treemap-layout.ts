/** Where the paths below a directory stand in a rectangle, each as large as its bytes. What is too small to be seen is one tile. */
import { treemapSquarify } from "d3-hierarchy";
import type { PathTree } from "../../build/src/host/stack/path-tree.js";

/** In CSS pixels. */
export interface Box {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
}

/** A part of the picture. */
export interface Tile extends Box {
  /** Of the tree. */
  readonly row: number;

  /** Paths of that directory that are too small, together; 0: it is `row` itself. */
  readonly rest: number;

  /** From 1 for what the picture's own directory holds. */
  readonly depth: number;

  /** Row of the path that the picture's own directory holds, in which this one is. */
  readonly top: number;

  /** Whether tiles of what it holds lie upon it. */
  readonly isOpen: boolean;

  readonly visible: number;
  readonly shadowed: number;
  readonly whiteouted: number;
}

/** Below this a tile cannot be told from its neighbours, nor pointed at. Square pixels. */
const LEAST_AREA = 36;
/** Of a directory that shows what it holds: its title, and the smallest that has one. */
const TITLE_HEIGHT = 18;
const LEAST_TITLED = { width: 48, height: 40 };
const LEAST_OPEN = 14;
const EDGE = 2;

/** A child on its way to its place. */
interface Part {
  readonly row: number;
  readonly rest: number;
  readonly value: number;
  readonly visible: number;
  readonly shadowed: number;
  readonly whiteouted: number;
  x0: number;
  y0: number;
  x1: number;
  y1: number;
}

export function bytesAt({ visible, shadowed, whiteouted }: PathTree, row: number): number {
  return visible[row]! + shadowed[row]! + whiteouted[row]!;
}

/** Tiles of what `directory` holds, each before those upon it. */
export function layOut(tree: PathTree, directory: number, width: number, height: number): Tile[] {
  const tiles: Tile[] = [];
  const whole = place(tree, { row: directory, x0: 0, y0: 0, x1: width, y1: height });
  const open: { row: number; depth: number; parts: readonly Part[] }[] = [{ row: directory, depth: 0, parts: whole }];
  const tops = new Map<number, number>();
  // By a list, as a path may have a million parts.
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    for (const part of at.parts) {
      const depth = at.depth + 1;
      const top = depth === 1 ? part.row : tops.get(at.row)!;
      if (part.rest > 0) {
        tiles.push({ ...part, depth, top: depth === 1 ? directory : top, isOpen: false });
        continue;
      }
      tops.set(part.row, top);
      const parts = isLarge(part) ? place(tree, { row: part.row, ...insideOf(part) }) : [];
      // If all are too small, the directory says more by itself.
      const isOpen = parts.length > 0 && parts[0]!.rest === 0;
      tiles.push({ ...part, depth, top, isOpen });
      if (isOpen) open.push({ row: part.row, depth, parts });
    }
  }
  return tiles;
}

const isLarge = ({ x0, y0, x1, y1 }: Part): boolean => Math.min(x1 - x0, y1 - y0) >= LEAST_OPEN;

/** Whether there is room for a title over what a directory holds. */
export function hasTitle({ x0, y0, x1, y1 }: Box): boolean {
  return x1 - x0 >= LEAST_TITLED.width && y1 - y0 >= LEAST_TITLED.height;
}

function insideOf(part: Part): Box {
  const { x0, y0, x1, y1 } = part;
  return { x0: x0 + EDGE, y0: y0 + (hasTitle(part) ? TITLE_HEIGHT : EDGE), x1: x1 - EDGE, y1: y1 - EDGE };
}

function place(tree: PathTree, { row, x0, y0, x1, y1 }: Box & { readonly row: number }): readonly Part[] {
  const parts = partsOf(tree, row, (x1 - x0) * (y1 - y0));
  const value = parts.reduce((sum, part) => sum + part.value, 0);
  // It looks at these alone of what d3 has for a node.
  const node = { value, children: parts } as unknown as Parameters<typeof treemapSquarify>[0];
  if (parts.length > 0) treemapSquarify(node, x0, y0, x1, y1);
  return parts;
}

/** What a directory holds, the largest first; what is too small for a tile of its own comes last, as one. */
function partsOf(tree: PathTree, directory: number, area: number): Part[] {
  const children = tree.children.subarray(tree.starts[directory]!, tree.starts[directory + 1]!);
  const all = children.reduce((sum, child) => sum + bytesAt(tree, child), 0);
  const least = (all * LEAST_AREA) / area;
  const parts: Part[] = [];
  const small = { rest: 0, value: 0, visible: 0, shadowed: 0, whiteouted: 0 };
  for (const row of children) {
    const value = bytesAt(tree, row);
    const bytes = { visible: tree.visible[row]!, shadowed: tree.shadowed[row]!, whiteouted: tree.whiteouted[row]! };
    if (value >= least && value > 0) parts.push({ row, rest: 0, value, ...bytes, ...NOWHERE });
    else if (value > 0) {
      small.rest++;
      small.value += value;
      for (const key of ["visible", "shadowed", "whiteouted"] as const) small[key] += bytes[key];
    }
  }
  parts.sort((one, other) => other.value - one.value || one.row - other.row);
  if (small.rest > 0) parts.push({ row: directory, ...small, ...NOWHERE });
  return parts;
}

const NOWHERE = { x0: 0, y0: 0, x1: 0, y1: 0 };
