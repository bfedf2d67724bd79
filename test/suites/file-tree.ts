/** Trees of files as they are compared between snapshots: all but times and attributes, and the mode of the root. */
import { createHash } from "node:crypto";
import { type BigIntStats, constants, lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";

/** Path to what is there, in words. */
export type FileTree = Map<string, string>;

export function readFileTree(root: string): FileTree {
  const tree: FileTree = new Map();
  const linked = new Map<bigint, string>();

  const visit = (path: string): void => {
    const place = join(root, path);
    const stats = lstatSync(place, { bigint: true });
    tree.set(path, described(place, stats, path === ""));
    if (stats.isDirectory()) for (const name of readdirSync(place).sort()) visit(join(path, name));
    else if (stats.isFile()) {
      const first = linked.get(stats.ino);
      if (first !== undefined) tree.set(path, `${tree.get(path)}, the same as ${first}`);
      linked.set(stats.ino, first ?? path);
    }
  };
  visit("");
  return tree;
}

function described(place: string, stats: BigIntStats, isRoot: boolean): string {
  const type = stats.mode & BigInt(constants.S_IFMT);
  const mode = isRoot ? "" : ` mode ${(stats.mode & 0o7777n).toString(8)}`;
  const owner = `${type.toString(8)}${mode} of ${stats.uid}:${stats.gid}`;
  if (stats.isFile()) return `${owner}, ${stats.size} bytes, ${sha256(readFileSync(place))}`;
  if (stats.isSymbolicLink()) return `${owner}, to ${readlinkSync(place)}`;
  return stats.rdev === 0n ? owner : `${owner}, device ${stats.rdev}`;
}

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** @throws where the tree under `actual` is other than that under `expected`, and says where */
export function assertSameFiles(actual: string, expected: string): void {
  const [got, want] = [readFileTree(actual), readFileTree(expected)];
  const lines = [...new Set([...got.keys(), ...want.keys()])]
    .filter((path) => got.get(path) !== want.get(path))
    .map((path) => `/${path}: ${got.get(path) ?? "missing"}; expected ${want.get(path) ?? "nothing"}`);
  if (lines.length > 0) throw new Error(`${lines.length} differences\n${lines.slice(0, 20).join("\n")}`);
}
