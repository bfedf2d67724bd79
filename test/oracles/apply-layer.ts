/** Applies layers to trees: once as plain data, once by the kernel, GNU tar and a script, in a folder. Neither knows our code. */
import type { ByteString, LayerEntry } from "../fixtures/layer.ts";
import { layerTree } from "./layer-tree.ts";
import { PYTHON } from "./loop-mount.ts";
import { ask } from "./oracle.ts";
import { type Entry, nameInodes, type Tree } from "./tree.ts";

const WHITEOUT = ".wh.";

/** The tree that `lower` becomes by a layer whose hard links stay within it. */
export function applyLayer(lower: Tree, layer: LayerEntry[]): Tree {
  const whiteouts = layer.map(({ path }) => path).filter((path) => nameOf(path).startsWith(WHITEOUT));
  const added = layerTree(layer.filter(({ path }) => !whiteouts.includes(path)));
  const listed = new Set(layer.map(({ path }) => path.replace(/^\.\/|\/$/g, "")));

  const tree = new Map([...lower].map(([path, entry]) => [path, { ...entry }]));
  const numbers = new Map([...lower].map(([path, { inode }]) => [path, BigInt(numberOf(`lower/${inode}`))]));
  const remove = (path: ByteString): void => {
    for (const other of [...tree.keys()]) if (other === path || other.startsWith(`${path}/`)) tree.delete(other);
  };
  for (const path of whiteouts) {
    const gone = path.slice(0, path.length - nameOf(path).length) + nameOf(path).slice(WHITEOUT.length);
    if (!tree.has(gone)) throw new Error(`layer: nothing stands at ${gone}`);
    remove(gone);
  }
  for (const [path, entry] of added) {
    if (!listed.has(path)) continue;
    if (tree.get(path)?.kind !== "dir" || entry.kind !== "dir") remove(path);
    tree.set(path, { ...entry });
    numbers.set(path, BigInt(numberOf(`layer/${entry.inode}`)));
  }
  nameInodes(numbers, tree);
  return tree;
}

const nameOf = (path: ByteString): ByteString => path.slice(path.lastIndexOf("/") + 1);

const known = new Map<string, number>();

function numberOf(name: string): number {
  if (!known.has(name)) known.set(name, known.size);
  return known.get(name)!;
}

/** What a layer brings from one machine to another: times of access and change aside, and counts, which follow from names. */
export function comparable(tree: Tree): Tree {
  return new Map([...tree].map(([path, { atime, ctime, links, ...rest }]) => [path, rest as Entry]));
}

/** Applies the layer in the file `tar` to what is in `folder`: what it replaces goes first, attributes of directories too. */
export function applyInFolder(folder: string, tar: string): void {
  ask(PYTHON, ["-I", "-S", "-c", SCRIPT, folder, tar]);
  ask("tar", ["--xattrs", "--xattrs-include=*", "--numeric-owner", "--exclude=.wh.*", "-xpf", tar, "-C", folder]);
}

const SCRIPT = `
import os, shutil, sys, tarfile
root = os.fsencode(sys.argv[1])
def remove(path):
    if os.path.isdir(path) and not os.path.islink(path): shutil.rmtree(path)
    else: os.unlink(path)
for member in tarfile.open(sys.argv[2], errors="surrogateescape"):
    folder, name = os.path.split(os.fsencode(member.name))
    path = os.path.join(root, folder, name)
    if name.startswith(b".wh."): remove(os.path.join(root, folder, name[4:]))
    elif os.path.lexists(path):
        if not (member.isdir() and os.path.isdir(path) and not os.path.islink(path)): remove(path)
        else:
            for xattr in os.listxattr(path): os.removexattr(path, xattr)
`;
