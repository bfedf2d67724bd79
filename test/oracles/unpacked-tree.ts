/**
 * The tree that a layer describes, as an unpacker would leave it on disk: the last entry of a name counts, whatever stood
 * there before, and parents are found through symbolic links, never out of the root.
 *
 * Throws `Refused` where a layer asks for what cannot be. Shares no code with the core.
 */
import { createHash } from "node:crypto";
import { type ByteString, contentOf, type LayerEntry, partsOf } from "../fixtures/layer.ts";
import { type Entry, type Kind, nameInodes, type Tree } from "./tree.ts";

export class Refused extends Error {}

export interface Node {
  entry: Entry;
  number: number;
  children: Map<ByteString, Node>;
  parent: Node | undefined;
  opaque: boolean;
  /** A directory that no entry described. */
  implied: boolean;
  /** Made by a whiteout. */
  whiteout: boolean;
  /** Of a hard link whose target has not come yet. */
  awaits: ByteString[] | undefined;
}

const OPAQUE = "trusted.overlay.opaque";
const MARKER = ".wh..wh..opq";
const MAX_HOPS = 40;
const MIN_TIME = -(2n ** 31n) * 1_000_000_000n;
const END_OF_TIME = (2n ** 34n - 2n ** 31n) * 1_000_000_000n;

/** @param overlay  whether `.wh.` entries are overlayfs' whiteouts */
export function unpackedTree(entries: LayerEntry[], overlay = false): Tree {
  const unpacker = new Unpacker(overlay);
  unpacker.makeLostFound();
  unpacker.unpack(entries);
  return flatten(unpacker.root);
}

/** One layer of several, or the only one. */
export class Unpacker {
  #count = 0;
  readonly root: Node = this.#node(blank("dir", 0o755), true);
  #lostFound: Node | undefined;
  /** Names that a whiteout said the layers below have no more. */
  readonly #whitedOut = new Set<string>();
  /** After `#walk` found nothing: whether that is for a part which is there, and no directory. */
  #isCutOff = false;

  /** @param leadsBelow  whether what a hard link leads to may be in a layer below */
  constructor(
    private readonly overlay: boolean,
    private readonly leadsBelow = false,
  ) {}

  makeLostFound(): void {
    this.#lostFound = this.#node(blank("dir", 0o700));
    this.#put(this.root, "lost+found", this.#lostFound);
  }

  unpack(entries: LayerEntry[]): void {
    for (const item of entries) this.#take(item);
    this.#settleLinks(this.root);
  }

  #node(entry: Entry, implied = false): Node {
    return {
      entry,
      number: this.#count++,
      children: new Map(),
      parent: undefined,
      opaque: false,
      implied,
      whiteout: false,
      awaits: undefined,
    };
  }

  #take(item: LayerEntry): void {
    const parts = partsOf(item.path);
    const name = parts.pop();
    if (name === undefined) this.#takeRoot(item);
    else if (!this.overlay) this.#takeOwn(parts, name, item);
    else if (!this.#isForAufs([...parts, name])) {
      if (!name.startsWith(".wh.")) this.#takeOwn(parts, name, item);
      else if (!this.#leadsThroughFile(parts)) this.#whiteOut(this.#directory(parts), name.slice(4), name === MARKER);
    }
  }

  #takeRoot(item: LayerEntry): void {
    if (item.kind !== "dir") throw new Refused("the root is a directory");
    this.#describe(this.root, item);
  }

  #isForAufs(parts: ByteString[]): boolean {
    for (const [index, part] of parts.entries()) {
      if (!part.startsWith(".wh.")) continue;
      const isLast = index === parts.length - 1;
      if (part.startsWith(".wh..wh.") && !(isLast && part === MARKER)) return true;
      if (!isLast) throw new Refused("below a whiteout");
    }
    return false;
  }

  #takeOwn(parts: ByteString[], name: ByteString, item: LayerEntry): void {
    if (name.length > 255) throw new Refused("name");
    const parent = this.#directory(parts);
    const old = parent.children.get(name);
    if (item.kind === "hardlink") this.#link(parent, name, item);
    else if (item.kind === "dir" && old?.entry.kind === "dir" && old.awaits === undefined) this.#describe(old, item);
    else {
      const made = this.#node(entryOf(item));
      made.opaque = item.kind === "dir" && this.#whitedOut.has(keyOf(parent, name));
      this.#put(parent, name, made);
    }
  }

  #describe(node: Node, item: LayerEntry): void {
    node.entry = entryOf(item);
    node.implied = false;
  }

  #put(parent: Node, name: ByteString, node: Node): void {
    const old = parent.children.get(name);
    if (old !== undefined && old === this.#lostFound && node !== old) throw new Refused("lost+found");
    if (old === node) return;
    if (node.entry.kind === "dir") node.parent = parent;
    parent.children.set(name, node);
  }

  #whiteOut(parent: Node, name: ByteString, isMarker: boolean): void {
    if (isMarker) {
      parent.opaque = true;
      return;
    }
    if (["", ".", ".."].includes(name)) throw new Refused("a whiteout of no name");
    this.#whitedOut.add(keyOf(parent, name));
    const own = parent.children.get(name);
    if (own?.entry.kind === "dir" && own.awaits === undefined) {
      own.opaque = true;
      own.implied = false; // the directory below is gone
    }
    if (own !== undefined) return;
    const made = this.#node({ ...blank("char", 0), device: "0:0" });
    made.whiteout = true;
    this.#put(parent, name, made);
  }

  #link(parent: Node, name: ByteString, item: LayerEntry): void {
    const target = partsOf(item.target);
    const found = this.#find(target);
    if (target.length === 0) throw new Refused("a directory");
    if (found !== undefined && !found.whiteout) {
      if (found.entry.kind === "dir" && found.awaits === undefined) throw new Refused("a directory");
      this.#put(parent, name, found);
      return;
    }
    const standIn = this.#node(blank("file", 0));
    standIn.awaits = target;
    this.#put(parent, name, standIn);
  }

  /** Names that are still for what was to come get it, or have none. */
  #settleLinks(directory: Node): void {
    for (const [name, child] of directory.children) {
      if (child.awaits !== undefined) directory.children.set(name, this.#settled(child));
      else if (child.entry.kind === "dir") this.#settleLinks(child);
    }
  }

  #settled(link: Node): Node {
    const seen = new Set<Node>();
    let at = link;
    while (at.awaits !== undefined) {
      if (seen.has(at)) throw new Refused("links in a circle");
      seen.add(at);
      const found = this.seek(at.awaits);
      if (found === "below") return at;
      at = found;
    }
    if (at.entry.kind === "dir") throw new Refused("a directory");
    return at;
  }

  /** @returns what a hard link leads to, or that only layers below can have it */
  seek(parts: ByteString[]): Node | "below" {
    const found = this.#find(parts);
    if (found !== undefined && !(this.leadsBelow && found.whiteout)) return found;
    if (found === undefined && this.leadsBelow && !this.#hides(parts)) return "below";
    throw new Refused("no target");
  }

  #find(parts: ByteString[]): Node | undefined {
    if (parts.length === 0) return this.root;
    return this.#walk(parts.slice(0, -1), false)?.children.get(parts.at(-1)!);
  }

  /** Whether something on the way to what is not here hides what layers below have there. */
  #hides(parts: ByteString[]): boolean {
    let at: Node | undefined = this.root;
    for (const part of parts) {
      if (at.opaque) return true;
      at = at.children.get(part);
      if (at === undefined) return false;
      if (at.entry.kind !== "dir" || at.awaits !== undefined) return true;
    }
    return true;
  }

  /** Whether something on the way is there, and no directory: then it hides what a whiteout below it would. */
  #leadsThroughFile(parts: ByteString[]): boolean {
    return this.#walk(parts, false) === undefined && this.#isCutOff;
  }

  #directory(parts: ByteString[]): Node {
    return this.#walk(parts, true)!;
  }

  #walk(parts: ByteString[], make: boolean): Node | undefined {
    const left = [...parts];
    let directory = this.root;
    let hops = 0;
    this.#isCutOff = false;
    for (let part = left.shift(); part !== undefined; part = left.shift()) {
      if (part === "..") {
        directory = directory.parent ?? directory;
        continue;
      }
      let child = directory.children.get(part);
      if (child === undefined || (make && child.whiteout)) {
        if (!make) return undefined;
        if (part.length > 255) throw new Refused("name");
        const isWhitedOut = child?.whiteout === true;
        child = this.#node(blank("dir", 0o755), !isWhitedOut);
        child.opaque = isWhitedOut;
        this.#put(directory, part, child);
      }
      if (child.awaits === undefined && child.entry.kind === "symlink") {
        if (++hops > MAX_HOPS) throw new Refused("links in a circle");
        const { target } = child.entry;
        if (target!.startsWith("/")) directory = this.root;
        left.unshift(...target!.split("/").filter((each) => each !== "" && each !== "."));
      } else if (child.awaits === undefined && child.entry.kind === "dir") {
        directory = child;
      } else if (make) {
        throw new Refused("no directory");
      } else {
        this.#isCutOff = !child.whiteout;
        return undefined;
      }
    }
    return directory;
  }
}

const keyOf = (parent: Node, name: ByteString): string => `${parent.number}/${name}`;

/** What nobody described: owned by root, all times zero. */
export const blank = (kind: Kind, mode: number): Entry => ({
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

const clamp = (time: bigint): bigint => (time < MIN_TIME ? MIN_TIME : time >= END_OF_TIME ? END_OF_TIME - 1n : time);

function entryOf(item: LayerEntry): Entry {
  const kind = item.kind as Kind;
  const mtime = clamp(item.mtime);
  const entry: Entry = {
    ...blank(kind, kind === "symlink" ? 0o777 : item.mode),
    uid: item.uid,
    gid: item.gid,
    mtime,
    atime: clamp(item.atime ?? mtime),
    ctime: clamp(item.ctime ?? mtime),
    xattrs: new Map(item.xattrs.map(([name, value]) => [name, Buffer.from(value).toString("hex")])),
  };
  applyAcl(entry);
  if (kind === "symlink") entry.target = item.target;
  if (kind === "char" || kind === "block") entry.device = `${item.major}:${item.minor}`;
  if (kind === "file") {
    const content = contentOf(item.data);
    entry.size = content.length;
    entry.sha256 = createHash("sha256").update(content).digest("hex");
  }
  return entry;
}

/** An access ACL is the mode in another form, and goes where it says no more. */
function applyAcl(entry: Entry): void {
  const hex = entry.xattrs.get("system.posix_acl_access");
  if (hex === undefined) return;
  const acl = Buffer.from(hex, "hex");
  const permissions = new Map<number, number>();
  for (let at = 4; at < acl.length; at += 8) permissions.set(acl.readUInt16LE(at), acl.readUInt16LE(at + 2));
  if (permissions.size === 0) {
    entry.xattrs.delete("system.posix_acl_access");
    return;
  }
  const group = permissions.get(16) ?? permissions.get(4)!;
  entry.mode = (entry.mode & ~0o777) | (permissions.get(1)! << 6) | (group << 3) | permissions.get(32)!;
  if (permissions.size === 3) entry.xattrs.delete("system.posix_acl_access");
}

/** Every path of the tree, with links counted. */
export function flatten(root: Node): Tree {
  const tree: Tree = new Map();
  const numbers = new Map<ByteString, number>();
  const visit = (path: ByteString, { entry, number, children, opaque }: Node): void => {
    if (opaque) entry.xattrs.set(OPAQUE, Buffer.from("y").toString("hex"));
    tree.set(path, entry);
    numbers.set(path, number);
    entry.links += entry.kind === "dir" ? 2 : 1;
    for (const [name, child] of children) {
      if (child.entry.kind === "dir") entry.links++;
      visit(path === "" ? name : `${path}/${name}`, child);
    }
    if (entry.kind === "dir" && entry.links >= 65_000) entry.links = 1;
  };
  visit("", root);
  nameInodes(numbers, tree);
  return tree;
}
