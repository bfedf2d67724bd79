/** What a layer of Windows makes of the tree below it, by rules of the tests' own: those that hcsshim goes by. */
import type { PaxEntry } from "./pax-entries.ts";

interface Node {
  entry: PaxEntry;
  streams: Map<string, Buffer>;
}

/** Names are told apart whatever their case. */
const key = (path: string): string => path.toUpperCase();

/** What nobody has described began when Windows begins to count. */
const BEGINNING = "-11644473600";
const ROOT: PaxEntry = {
  type: "5",
  name: "./",
  link: "",
  mode: 0o755,
  mtime: 0,
  data: Buffer.alloc(0),
  records: {
    mtime: BEGINNING,
    atime: BEGINNING,
    ctime: BEGINNING,
    "LIBARCHIVE.creationtime": BEGINNING,
    "MSWINDOWS.fileattr": "16",
  },
};

export class WindowsModel {
  #nodes = new Map<string, { path: string; node: Node }>();
  #root: Node = { entry: ROOT, streams: new Map() };

  /** Applies a layer, entry by entry. Gives itself. */
  apply(entries: readonly PaxEntry[]): this {
    let last: Node | undefined;
    let lastName = "";
    for (const entry of entries) {
      const name = entry.name;
      const base = name.slice(name.lastIndexOf("/") + 1);
      if (last !== undefined && name.startsWith(`${lastName}:`)) {
        last.streams.set(name.slice(lastName.length + 1), entry.data);
        continue;
      }
      if (base.startsWith(".wh.")) this.#remove(name.slice(0, name.length - base.length) + base.slice(4));
      else last = this.#add(name, entry);
      lastName = name;
    }
    return this;
  }

  #add(path: string, entry: PaxEntry): Node {
    if (path === "./") {
      this.#root = { entry, streams: new Map() };
      return this.#root;
    }
    const parent = path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : undefined;
    if (parent !== undefined && this.#nodes.get(key(parent))?.node.entry.type !== "5") throw new Error(`no ${parent}`);
    const node = entry.type === "1" ? this.#nodes.get(key(entry.link))?.node : { entry, streams: new Map() };
    if (node === undefined || (entry.type === "1" && node.entry.type === "5")) throw new Error(`no ${entry.link}`);
    if (entry.type !== "5") this.#remove(path);
    this.#nodes.set(key(path), { path, node });
    return node;
  }

  #remove(path: string): void {
    for (const each of this.#nodes.keys()) {
      if (each === key(path) || each.startsWith(`${key(path)}/`)) this.#nodes.delete(each);
    }
  }

  /** All that there is, so that equal trees look equal. Files of several names are told by the first of them. */
  get shown(): object {
    const firsts = new Map<Node, string>();
    const paths = [...this.#nodes.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
    for (const { path, node } of paths) if (!firsts.has(node)) firsts.set(node, path);
    const show = ({ entry, streams }: Node): object => {
      const { path: _path, linkpath: _linkpath, ...records } = entry.records;
      const { type, mtime, link } = entry;
      return { type, mtime, link, records, data: entry.data.toString("hex"), streams: [...streams].map(String).sort() };
    };
    return [
      show(this.#root),
      ...paths.map(({ path, node }) => [path, firsts.get(node), firsts.get(node) === path ? show(node) : ""]),
    ];
  }
}
