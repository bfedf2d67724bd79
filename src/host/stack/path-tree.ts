/** Paths, and the bytes below each: what a treemap shows. Columns of a row for each path, the root's first. */
import { compareBytes } from "../compare-bytes.ts";
import { type NamedRows, nameAt } from "./listing.ts";

/** What becomes of the bytes of a file. */
export interface ByteFates {
  /** Those that the whole image shows. */
  readonly visible: Float64Array;

  /** A later layer has the same path, or something that is no directory in the place of one on the way. */
  readonly shadowed: Float64Array;

  /** A later layer deleted the path, or a directory on the way. */
  readonly whiteouted: Float64Array;
}

/** A directory's row stands before those of what it holds. Bytes are those of the path and of all below it. */
export interface PathTree extends NamedRows, ByteFates {
  /** Row of the directory; the root's own is 0. */
  readonly parents: Uint32Array;

  /** A ListedType: of what is seen at the path; 0: nothing is. In the tree of a layer: of what the layer has. Flags may be set. */
  readonly types: Uint8Array;

  /** Files, at the path and below it, whose bytes are not visible. A file of several layers counts in each. */
  readonly wasted: Uint32Array;

  /** What a directory holds are the rows in `children` from `starts[row]` to `starts[row + 1]`. */
  readonly starts: Uint32Array;
  readonly children: Uint32Array;
}

/** Of rows whose children stand together, in the order of their directories: where those of each begin, and after the last. */
export function childStarts(parents: Uint32Array): Uint32Array {
  const starts = new Uint32Array(parents.length + 1);
  starts.fill(parents.length);
  for (let row = parents.length - 1; row > 0; row--) starts[parents[row]!] = row;
  // A directory of nothing begins where the next one does.
  for (let row = parents.length - 1; row >= 0; row--) starts[row] = Math.min(starts[row]!, starts[row + 1]!);
  return starts;
}

/** The children of each row, in the order of their rows. */
export function childrenOf(parents: Uint32Array): Pick<PathTree, "starts" | "children"> {
  const starts = new Uint32Array(parents.length + 1);
  for (let row = 1; row < parents.length; row++) starts[parents[row]! + 1]!++;
  for (let row = 0; row < parents.length; row++) starts[row + 1]! += starts[row]!;
  const next = starts.slice();
  const children = new Uint32Array(Math.max(parents.length - 1, 0));
  for (let row = 1; row < parents.length; row++) children[next[parents[row]!]!++] = row;
  return { starts, children };
}

/** The row of a name in the directory at `row`, among all that it holds. */
export function findChild(tree: PathTree, row: number, name: Uint8Array): number | undefined {
  const children = tree.children.subarray(tree.starts[row]!, tree.starts[row + 1]!);
  return children.find((child) => compareBytes(nameAt(tree, child), name) === 0);
}

/** The bytes of a path from the root, without a slash in front; none of the root. */
export function pathAt(
  { parents, texts, nameLengths, bytes }: NamedRows & Pick<PathTree, "parents">,
  row: number,
): Uint8Array {
  let length = -1;
  for (let at = row; at > 0; at = parents[at]!) length += nameLengths[at]! + 1;
  const path = new Uint8Array(Math.max(length, 0));
  let end = length;
  for (let at = row; at > 0; at = parents[at]!) {
    const from = texts[at]!;
    end -= nameLengths[at]!;
    path.set(bytes.subarray(from, from + nameLengths[at]!), end);
    if (end > 0) path[--end] = SLASH;
  }
  return path;
}

const SLASH = 0x2f;
