/** Trees of files as plain data, so that what different readers saw can be held side by side. */
import type { ByteString } from "../fixtures/layer.ts";

export type Kind = "file" | "dir" | "symlink" | "char" | "block" | "fifo" | "socket";

export interface Entry {
  kind: Kind;
  mode: number;
  uid: number;
  gid: number;
  /** Nanoseconds since 1970. */
  mtime: bigint;
  atime: bigint;
  ctime: bigint;
  links: number;
  /** The first path, in byte order, of the same inode: hard links share it. */
  inode: ByteString;
  /** Bytes of a file. */
  size?: number;
  sha256?: string;
  /** Of a symlink. */
  target?: ByteString;
  /** Of a device: "major:minor". */
  device?: string;
  /** Name to value, in hex. */
  xattrs: Map<ByteString, string>;
}

/** Path to entry. The root is "", and nothing begins with "/". */
export type Tree = Map<ByteString, Entry>;

/** Throws unless the trees are equal, and says where they are not. */
export function assertSameTree(actual: Tree, expected: Tree): void {
  const lines = differences(actual, expected);
  if (lines.length > 0) throw new Error(`${lines.length} differences\n${lines.slice(0, 20).join("\n")}`);
}

/** How `actual` differs from `expected`, a line each: nothing where they are equal. */
export function differences(actual: Tree, expected: Tree): string[] {
  const lines: string[] = [];
  for (const [path, want] of expected) {
    const got = actual.get(path);
    if (got === undefined) lines.push(`/${path}: missing`);
    else lines.push(...entryDifferences(got, want).map((line) => `/${path}: ${line}`));
  }
  for (const path of actual.keys()) if (!expected.has(path)) lines.push(`/${path}: not expected`);
  return lines;
}

function entryDifferences(got: Entry, want: Entry): string[] {
  const lines: string[] = [];
  const { xattrs: gotXattrs, ...gotRest } = got;
  const { xattrs: wantXattrs, ...wantRest } = want;
  for (const key of new Set([...Object.keys(gotRest), ...Object.keys(wantRest)]) as Set<keyof typeof gotRest>) {
    if (gotRest[key] !== wantRest[key]) lines.push(`${key} is ${show(gotRest[key])}, not ${show(wantRest[key])}`);
  }
  for (const name of new Set([...gotXattrs.keys(), ...wantXattrs.keys()])) {
    const [gotValue, wantValue] = [gotXattrs.get(name), wantXattrs.get(name)];
    if (gotValue !== wantValue) lines.push(`xattr ${name} is ${show(gotValue)}, not ${show(wantValue)}`);
  }
  return lines;
}

const show = (value: unknown): string => {
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  return text.length > 100 ? `${text.slice(0, 100)}… (${text.length} characters)` : text;
};

/** Gives each entry of a shared inode the same name: the first of its paths. */
export function nameInodes(numbers: Map<ByteString, number | bigint>, tree: Tree): void {
  const first = new Map<number | bigint, ByteString>();
  for (const path of [...tree.keys()].sort()) {
    const number = numbers.get(path)!;
    if (!first.has(number)) first.set(number, path);
    tree.get(path)!.inode = first.get(number)!;
  }
}
