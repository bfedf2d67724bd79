/** All blocks that differ, counted by what they are, and by whose. */
import { nextTurn } from "../turn.ts";
import type { CompareOptions, DifferingRun } from "./differing-blocks.ts";
import type { AffectedFile, SpreadRow } from "./explanation.ts";
import { compareInodes } from "./fields.ts";
import type { ImageView } from "./image-view.ts";
import { isOfFile, type Placed, Places } from "./places.ts";

/** Inodes that are compared field by field; what differs in more is much the same. */
const MAX_INODES = 20_000;
/** Files that are told. */
const MAX_FILES = 100;

export interface Survey {
  /** What the first block that differs is, in each; then the same of each other structure that differs in both. */
  readonly firsts: (readonly [a: Placed, b: Placed])[];
  readonly spread: SpreadRow[];

  /** Without their paths. */
  readonly files: AffectedFile[];

  readonly inodeFields: { field: string; inodes: number }[];

  /** Each block that differs is the same block of the same thing in both. */
  readonly isSameLayout: boolean;
}

/** @param runs  what differs; there is some */
export async function survey(
  views: readonly [ImageView, ImageView],
  diskSizes: readonly [number, number],
  runs: readonly DifferingRun[],
  blockSize: number,
  { signal }: CompareOptions,
): Promise<Survey> {
  const spread = new Map<string, Counted<Omit<SpreadRow, "blocks">>>();
  const files = new Map<string, Counted<Omit<AffectedFile, "blocks">>>();
  const inodes = new InodeFields();
  const firsts: [Placed, Placed][] = [];
  let isSameLayout = true;
  let steps = 0;
  for (const pair of pairsOf(views, diskSizes, runs)) {
    const [a, b] = pair;
    if (firsts.length === 0 || (a.structure === b.structure && !spread.has(`${a.structure} ${b.structure}`)))
      firsts.push(pair);
    // Where a disk ends within a block, that block is what it is there.
    const blocks = Math.ceil((a.at + a.length) / blockSize) - Math.ceil(a.at / blockSize);
    add(spread, `${a.structure} ${b.structure}`, { a: a.structure, b: b.structure }, blocks);
    if (isOfFile(a)) add(files, `a${a.owner}`, { image: "a", inode: a.owner, structure: a.structure }, blocks);
    if (isOfFile(b) && !(isOfFile(a) && a.owner === b.owner)) {
      add(files, `b${b.owner}`, { image: "b", inode: b.owner, structure: b.structure }, blocks);
    }
    if (!isSame(a, b)) isSameLayout = false;
    else if (a.structure === "inode-table") inodes.look(views, pair);
    if (++steps % 1000 !== 0) continue;
    await nextTurn();
    signal?.throwIfAborted();
  }
  const most = byBlocks(files).slice(0, MAX_FILES);
  return {
    firsts,
    spread: byBlocks(spread),
    files: most,
    inodeFields: inodes.counts,
    isSameLayout,
  };
}

/** Pieces of what differs that are one thing in each of the images. */
function* pairsOf(
  views: readonly [ImageView, ImageView],
  diskSizes: readonly [number, number],
  runs: readonly DifferingRun[],
): Generator<[Placed, Placed], void, undefined> {
  const [ofA, ofB] = [new Places(views[0], diskSizes[0]), new Places(views[1], diskSizes[1])];
  for (const { at, length } of runs) {
    for (let from = at; from < at + length; ) {
      const [a, b] = [ofA.from(from), ofB.from(from)];
      const some = Math.min(a.length, b.length, at + length - from);
      yield [
        { ...a, length: some },
        { ...b, length: some },
      ];
      from += some;
    }
  }
}

function isSame(a: Placed, b: Placed): boolean {
  return a.structure === b.structure && a.owner === b.owner && a.first === b.first;
}

/** What can be counted in blocks. */
type Counted<T> = T & { blocks: number };

function add<T extends object>(counts: Map<string, Counted<T>>, key: string, what: T, blocks: number): void {
  const known = counts.get(key);
  if (known) known.blocks += blocks;
  else counts.set(key, { ...what, blocks });
}

/** Without what only stands in the rest of a block, where a disk ends within it. */
function byBlocks<T extends { blocks: number }>(counts: Map<string, T>): T[] {
  return [...counts.values()].filter(({ blocks }) => blocks > 0).sort((a, b) => b.blocks - a.blocks);
}

class InodeFields {
  readonly #counts = new Map<string, number>();
  #looked = 0;

  /** @param pair  blocks of inode tables that hold the same inodes in both */
  look(views: readonly [ImageView, ImageView], [a, b]: [Placed, Placed]): void {
    const { blockSize } = views[0];
    for (let block = 0; block * blockSize < a.length && this.#looked < MAX_INODES; block++) {
      const places = [
        { ...a, first: a.first + block },
        { ...b, first: b.first + block },
      ] as const;
      for (const fields of compareInodes(views, places)) {
        this.#looked++;
        for (const { field } of fields) this.#counts.set(field, (this.#counts.get(field) ?? 0) + 1);
      }
    }
  }

  get counts(): { field: string; inodes: number }[] {
    return [...this.#counts].map(([field, inodes]) => ({ field, inodes })).sort((a, b) => b.inodes - a.inodes);
  }
}
