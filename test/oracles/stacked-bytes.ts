/** A model of a stack held against the tree of the image that is made of the same layers. */
import type { LayerStack } from "../../src/index.ts";
import { pathsOf } from "../fixtures/stacked.ts";
import type { Kind, Tree } from "./tree.ts";

const TYPES: Record<Kind, string> = {
  dir: "Directory",
  file: "File",
  symlink: "SymbolicLink",
  char: "CharacterDevice",
  block: "BlockDevice",
  fifo: "Fifo",
  socket: "Socket",
};

/** Where the two differ, a line each: nothing where what is visible in one is there in the other. */
export function stackDifferences(stack: LayerStack, image: Tree): string[] {
  const lines: string[] = [];
  const paths = pathsOf(stack.tree);
  const bytes = new Map<string, number>();
  for (const [path, { kind, inode, size = 0 }] of image) {
    const at = paths.get(path);
    if (path === "lost+found" && at?.type === undefined) continue; // every image has it
    if (at?.type !== TYPES[kind]) lines.push(`/${path}: is a ${kind}, and the model shows ${at?.type ?? "nothing"}`);
    // Of hard links, one path has the bytes.
    bytes.set(inode, (bytes.get(inode) ?? size) - (at?.visible ?? 0));
  }
  for (const [path, left] of bytes) if (left !== 0) lines.push(`/${path}: ${left} bytes that the model does not show`);
  for (const [path, { type, visible }] of paths) {
    if (image.has(path)) continue;
    if (type !== undefined) lines.push(`/${path}: the model shows a ${type}`);
    if (visible !== 0) lines.push(`/${path}: the model shows ${visible} bytes`);
  }
  return lines;
}
