/**
 * The tree that a layer describes, as hcsshim understands it: later entries mend earlier ones, missing parents take
 * after their own, and nothing follows a symlink.
 *
 * A model for layers that convert: it refuses nothing that could be refused for want of room or out of order.
 */
import { createHash } from "node:crypto";
import { type ByteString, contentOf, type LayerEntry, type LayerKind, partsOf } from "../fixtures/layer.ts";
import { type Entry, type Kind, nameInodes, type Tree } from "./tree.ts";

const OPAQUE = "trusted.overlay.opaque";

interface Node {
  entry: Entry;
  number: number;
  children: Map<ByteString, Node>;
}

export interface Rules {
  /** Whether `.wh.` entries become overlayfs whiteouts. */
  overlay?: boolean;
}

export function layerTree(entries: LayerEntry[], rules: Rules = {}): Tree {
  let count = 0;
  const node = (entry: Entry): Node => ({ entry, number: count++, children: new Map() });
  const root = node(blank("dir", 0o755));
  root.children.set("lost+found", node(blank("dir", 0o700)));

  /** The directory at `parts`, made where it is missing. */
  const directory = (parts: ByteString[]): Node =>
    parts.reduce((parent, part) => {
      const found = parent.children.get(part);
      if (found !== undefined && found.entry.kind !== "dir") throw new Error(`layer: ${part} is no directory`);
      const child = found ?? node({ ...parent.entry, xattrs: new Map() });
      parent.children.set(part, child);
      return child;
    }, root);

  for (const item of entries) {
    const parts = partsOf(item.path);
    const name = parts.at(-1);
    if (name === undefined) {
      root.entry = entryOf(item);
      continue;
    }
    const parent = directory(parts.slice(0, -1));
    if (rules.overlay && name.startsWith(".wh.") && !item.path.endsWith("/")) {
      if (name === ".wh..wh..opq") parent.entry.xattrs.set(OPAQUE, hex("y"));
      else parent.children.set(name.slice(4), node({ ...blank("char", 0), device: "0:0" }));
      continue;
    }
    if (item.kind === "hardlink") {
      const target = partsOf(item.target);
      const linked = directory(target.slice(0, -1)).children.get(target.at(-1)!);
      if (linked === undefined) throw new Error(`layer: ${item.target} is not there to be linked`);
      parent.children.set(name, linked);
      continue;
    }
    const old = parent.children.get(name);
    if (old?.entry.kind === "dir") {
      const opaque = old.entry.xattrs.get(OPAQUE);
      old.entry = entryOf(item);
      if (opaque !== undefined) old.entry.xattrs.set(OPAQUE, opaque);
    } else parent.children.set(name, node(entryOf(item)));
  }
  return flatten(root);
}

/** What nobody described: owned by root, all times zero. */
const blank = (kind: Kind, mode: number): Entry => ({
  kind,
  mode,
  uid: 0,
  gid: 0,
  mtime: 0n,
  atime: 0n,
  ctime: 0n,
  links: 0,
  inode: "",
  xattrs: new Map(),
});

function entryOf(item: LayerEntry): Entry {
  const kind = item.kind as Exclude<LayerKind, "hardlink">;
  const entry: Entry = {
    ...blank(kind, kind === "symlink" ? item.mode | 0o777 : item.mode),
    uid: item.uid,
    gid: item.gid,
    mtime: item.mtime,
    atime: item.atime ?? 0n,
    ctime: item.ctime ?? 0n,
    xattrs: new Map(item.xattrs.map(([name, value]) => [name, hex(value)])),
  };
  if (kind === "symlink") entry.target = item.target;
  if (kind === "char" || kind === "block") entry.device = `${item.major}:${item.minor}`;
  if (kind === "file") {
    const content = contentOf(item.data);
    entry.size = content.length;
    entry.sha256 = createHash("sha256").update(content).digest("hex");
  }
  return entry;
}

/** Every path of the tree, with links counted. */
function flatten(root: Node): Tree {
  const tree: Tree = new Map();
  const numbers = new Map<ByteString, number>();
  const visit = (path: ByteString, { entry, number, children }: Node): void => {
    tree.set(path, entry);
    numbers.set(path, number);
    entry.links++;
    if (entry.kind === "dir") entry.links++; // its own "."
    for (const [name, child] of children) {
      if (child.entry.kind === "dir") entry.links++;
      visit(path === "" ? name : `${path}/${name}`, child);
    }
  };
  visit("", root);
  nameInodes(numbers, tree);
  return tree;
}

const hex = (value: string | Uint8Array): string => Buffer.from(value).toString("hex");
