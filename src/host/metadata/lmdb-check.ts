/**
 * Looks through a database before lmdb opens it. lmdb trusts its file: it maps it into memory, and where a page is missing or
 * wrong it ends the process with a signal. So every page that it would follow from the newest meta page is checked to be there,
 * to be what it should be, and to be in one place only; and so are the lists of free pages, into which it would write.
 *
 * What a record says is checked when it is read: it has a sum of its own.
 */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { ImageError, toImageError } from "../errors.ts";
import {
  BIG,
  BRANCH,
  corrupt,
  LEAF,
  type Meta,
  type Node,
  OVERFLOW,
  PAGE_HEADER_SIZE,
  PAGE_SIZE,
  readCount,
  readMeta,
  readNodes,
  type Tree,
} from "./lmdb-format.ts";

/** What lmdb writes has other widths there. */
const ARE_32_BIT: readonly string[] = ["arm", "ia32", "mips", "mipsel"];

/**
 * Nobody may write to the file meanwhile.
 *
 * @throws ImageError  Corrupt; Unsupported: another version of lmdb's file
 */
export function assertSound(path: string): void {
  if (ARE_32_BIT.includes(process.arch)) return;
  try {
    const file = openSync(path, "r");
    try {
      new Check(file).run();
    } finally {
      closeSync(file);
    }
  } catch (error) {
    if (!(error instanceof ImageError)) throw toImageError(path, error);
    const remedy = "it is left as it is; put a copy of it back, or remove it together with all snapshots";
    throw new ImageError(error.code, `${path}: ${error.message}; ${remedy}`, error);
  }
}

type Compare = (a: Buffer, b: Buffer) => number;

/** Where a page's keys must lie: from `low` on and before `high`. */
interface Bounds {
  readonly low: Buffer | undefined;
  readonly high: Buffer | undefined;
}

interface Counts {
  branchPages: number;
  leafPages: number;
  overflowPages: number;
  entries: number;
}

class Check {
  readonly #pages: number;

  /** Those met so far. Two places for one would be overwritten by each other. */
  readonly #seen = new Set([0, 1]);
  #meta!: Meta;

  constructor(private readonly file: number) {
    this.#pages = Math.floor(fstatSync(file).size / PAGE_SIZE);
  }

  run(): void {
    if (this.#pages < 2) throw corrupt(`has ${this.#pages} pages of ${PAGE_SIZE} bytes, and no room for its head`);
    const metas = [0, 1].map((number) => readMeta(this.#read(number), number)) as [Meta, Meta];
    const [first, second] = metas;
    if (Math.abs(first.transaction - second.transaction) > 1)
      throw corrupt(`has heads of transactions ${first.transaction} and ${second.transaction}`);
    this.#meta = first.transaction >= second.transaction ? first : second;
    this.#checkTree(this.#meta.records, Buffer.compare, () => {});
    const used = this.#seen.size;
    this.#checkTree(this.#meta.free, compareIntegers, (data) => this.#checkFreeList(data));
    const free = this.#seen.size - used;
    // The file ends before the last page only where the rest is free.
    if (this.#meta.lastPage >= this.#pages + free)
      throw corrupt(`has ${this.#pages} pages and ${free} free ones, and page ${this.#meta.lastPage} is its last`);
  }

  #checkTree(tree: Tree, compare: Compare, visit: (data: Buffer) => void): void {
    const counts: Counts = { branchPages: 0, leafPages: 0, overflowPages: 0, entries: 0 };
    if (tree.root !== undefined) {
      if (tree.depth < 1 || tree.depth > 32) throw corrupt(`has a tree of depth ${tree.depth}`);
      this.#checkPage(tree.root, tree.depth, { low: undefined, high: undefined }, compare, visit, counts);
    }
    for (const what of Object.keys(counts) as (keyof Counts)[])
      if (counts[what] !== tree[what]) throw corrupt(`has ${counts[what]} ${what} of ${tree[what]} in a tree`);
  }

  /** @param height  1 in a leaf */
  #checkPage(
    number: number,
    height: number,
    bounds: Bounds,
    compare: Compare,
    visit: (data: Buffer) => void,
    counts: Counts,
  ): void {
    const isLeaf = height === 1;
    const page = this.#claim(number, isLeaf ? LEAF : BRANCH);
    const nodes = readNodes(page, number, isLeaf);
    if (nodes.length < (isLeaf ? 1 : 2)) throw corrupt(`page ${number} has ${nodes.length} nodes`);
    assertOrder(nodes, number, isLeaf, bounds, compare);
    if (isLeaf) {
      counts.leafPages++;
      counts.entries += nodes.length;
      for (const node of nodes) visit(this.#dataOf(node, counts));
      return;
    }
    counts.branchPages++;
    for (const [index, { child, key }] of nodes.entries()) {
      const inner = { low: index === 0 ? bounds.low : key, high: nodes[index + 1]?.key ?? bounds.high };
      this.#checkPage(child, height - 1, inner, compare, visit, counts);
    }
  }

  #dataOf({ flags, size, data }: Node, counts: Counts): Buffer {
    if (flags !== BIG) return data;
    const number = readCount(data, 0);
    const page = this.#claim(number, OVERFLOW);
    const count = page.readUInt32LE(20);
    const needed = Math.floor((PAGE_HEADER_SIZE - 1 + size) / PAGE_SIZE) + 1;
    if (count !== needed) throw corrupt(`page ${number} begins ${count} pages, and ${needed} are needed`);
    if (number + count > this.#pages) throw corrupt(`page ${number} and ${count - 1} more are not all there`);
    for (let next = number + 1; next < number + count; next++) this.#take(next);
    counts.overflowPages += count;
    return this.#read(number, count).subarray(PAGE_HEADER_SIZE, PAGE_HEADER_SIZE + size);
  }

  /** A count, then numbers of pages, zeros, and, negative, how many pages begin at the one that follows. */
  #checkFreeList(data: Buffer): void {
    const count = data.length < 8 ? -1 : readCount(data, 0);
    if (count < 0 || count > data.length / 8 - 1)
      throw corrupt(`a list of ${count} free pages has ${data.length} bytes`);
    for (let index = 1; index <= count; index++) {
      const entry = data.readBigInt64LE(8 * index);
      if (entry === 0n) continue;
      if (entry < 0n && index === count) throw corrupt("a list of free pages ends before its last run");
      const length = entry < 0n ? -entry : 1n;
      const first = entry < 0n ? readCount(data, 8 * ++index) : Number(entry);
      if (first < 2 || BigInt(first) + length - 1n > BigInt(this.#meta.lastPage))
        throw corrupt(`${length} pages from ${first} on are said to be free`);
      for (let page = first; page < first + Number(length); page++) this.#take(page);
    }
  }

  /** The page, which nothing else may use. */
  #claim(number: number, flags: number): Buffer {
    if (number < 2 || number >= this.#pages || number > this.#meta.lastPage)
      throw corrupt(`page ${number} of ${this.#pages} is used`);
    this.#take(number);
    const page = this.#read(number);
    const [stored, transaction, found] = [readCount(page, 0), readCount(page, 8), page.readUInt16LE(18)];
    if (stored !== number || found !== flags || transaction > this.#meta.transaction)
      throw corrupt(`page ${number} says it is ${stored}, has flags ${found}, and is of transaction ${transaction}`);
    return page;
  }

  #take(number: number): void {
    if (this.#seen.has(number)) throw corrupt(`page ${number} is used twice`);
    this.#seen.add(number);
  }

  #read(number: number, count = 1): Buffer {
    const bytes = Buffer.alloc(count * PAGE_SIZE);
    for (let done = 0; done < bytes.length; ) {
      const length = readSync(this.file, bytes, done, bytes.length - done, number * PAGE_SIZE + done);
      if (length === 0) throw corrupt(`page ${number} is not there`);
      done += length;
    }
    return bytes;
  }
}

/** The first key of a branch counts for nothing. */
function assertOrder(
  nodes: readonly Node[],
  number: number,
  isLeaf: boolean,
  { low, high }: Bounds,
  compare: Compare,
): void {
  const keys = nodes.map(({ key }) => key).slice(isLeaf ? 0 : 1);
  const inOrder =
    keys.every((key, index) => key.length > 0 && (index === 0 || compare(keys[index - 1]!, key) < 0)) &&
    (low === undefined || compare(low, keys[0]!) <= 0) &&
    (high === undefined || compare(keys.at(-1)!, high) < 0);
  if (!inOrder) throw corrupt(`page ${number} has keys out of order`);
}

function compareIntegers(a: Buffer, b: Buffer): number {
  if (a.length !== 8 || b.length !== 8)
    throw corrupt(`a list of free pages has a key of ${a.length} and one of ${b.length} bytes`);
  const [left, right] = [a.readBigUInt64LE(), b.readBigUInt64LE()];
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Whether an error of lmdb's says that its file is no good. */
export function isCorruption(error: unknown): boolean {
  const code = (error as { code?: unknown } | undefined)?.code;
  // MDB_PAGE_NOTFOUND, MDB_CORRUPTED, MDB_PANIC, MDB_VERSION_MISMATCH, MDB_INVALID, MDB_BAD_TXN, MDB_PROBLEM
  return [-30797, -30796, -30795, -30794, -30793, -30782, -30779].includes(code as number);
}
