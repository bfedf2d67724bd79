/** Where the bytes are that a stack of layers carries along for nothing. */
import { type PathTree, pathAt } from "./path-tree.ts";

export interface WastedPath {
  /** Bytes of a name; from the root, without a slash in front. */
  readonly path: Uint8Array;

  /** Whether the bytes are those of all that the directory holds, of which none is much by itself. */
  readonly isDirectory: boolean;

  /** Versions of files. */
  readonly files: number;

  readonly shadowed: number;
  readonly whiteouted: number;
}

/** Of a directory, the part that one of its children has before the two are told apart. */
const MUCH = 0.1;

interface Row extends Omit<WastedPath, "path"> {
  readonly row: number;
}

/** The paths that waste most, the worst first. A directory stands for what it holds if that is many and small. */
export function wastedPaths(tree: PathTree, limit: number): WastedPath[] {
  const rows: Row[] = [];
  const directories = [0];
  for (let row = directories.pop(); row !== undefined; row = directories.pop()) {
    const children = childrenWithWaste(tree, row);
    const isWhole = children.length === 0 || (row !== 0 && isScattered(tree, row, children));
    const told = isWhole ? wholeOf(tree, row, children.length > 0) : ownOf(tree, row, children);
    if (told.shadowed + told.whiteouted > 0) rows.push(told);
    if (!isWhole) for (const child of children) directories.push(child);
  }
  const worst = rows.sort(byWaste).slice(0, limit);
  return worst.map(({ row, ...told }) => ({ path: pathAt(tree, row), ...told }));
}

const wasteOf = ({ shadowed, whiteouted }: PathTree, row: number): number => shadowed[row]! + whiteouted[row]!;

function childrenWithWaste(tree: PathTree, row: number): number[] {
  const children = tree.children.subarray(tree.starts[row]!, tree.starts[row + 1]!);
  return [...children].filter((child) => wasteOf(tree, child) > 0);
}

function isScattered(tree: PathTree, row: number, children: readonly number[]): boolean {
  const much = wasteOf(tree, row) * MUCH;
  return children.every((child) => wasteOf(tree, child) <= much);
}

function wholeOf(tree: PathTree, row: number, isDirectory: boolean): Row {
  const [files, shadowed, whiteouted] = [tree.wasted[row]!, tree.shadowed[row]!, tree.whiteouted[row]!];
  return { row, isDirectory, files, shadowed, whiteouted };
}

/** Of the path alone: it was a file in one of the layers. */
function ownOf(tree: PathTree, row: number, children: readonly number[]): Row {
  const own = (column: Float64Array | Uint32Array): number =>
    children.reduce((left, child) => left - column[child]!, column[row]!);
  const [files, shadowed, whiteouted] = [own(tree.wasted), own(tree.shadowed), own(tree.whiteouted)];
  return { row, isDirectory: false, files, shadowed, whiteouted };
}

/** The worst first; of equals, in the order of their rows. */
function byWaste(one: Row, other: Row): number {
  return other.shadowed + other.whiteouted - one.shadowed - one.whiteouted || one.row - other.row;
}
