/** What of a dm-verity tree is looked at: one block of data, and the way to it from the root. It knows of no screen. */
import { type BlockSpan, differencesOf, hasBlock, nextBlock } from "./merkle-difference.ts";
import { pathTo, type TreeShape, type TreeStep } from "./merkle-tree.ts";

/** A hash block on the way, and the digests in it. */
export interface TreeRow extends TreeStep {
  /** Blocks of its level. */
  readonly blocks: number;

  /** What its digests are of: blocks of the next level, or, of the last, of data. */
  readonly below: BlockSpan;
}

export class MerkleView {
  #chosen = 0;
  #level = 0;
  readonly #differences: readonly (readonly BlockSpan[])[];

  /** @param differing  blocks of data that differ from those of another image, whose tree has the same shape */
  constructor(
    readonly shape: TreeShape,
    readonly differing: readonly BlockSpan[] = [],
  ) {
    this.#differences = differencesOf(shape, differing);
    this.#level = Math.max(0, shape.levels.length - 1);
    this.choose(differing[0]?.first ?? 0);
  }

  /** Number of the chosen block of data. */
  get chosen(): number {
    return this.#chosen;
  }

  /** Which row the keys move in. */
  get level(): number {
    return this.#level;
  }

  /** From the root down. */
  get rows(): readonly TreeRow[] {
    const { levels, fanOut, dataBlocks } = this.shape;
    return pathTo(this.shape, this.#chosen).map((step) => {
      const first = step.index * fanOut;
      const all = levels[step.level + 1]?.blocks ?? dataBlocks;
      return {
        ...step,
        blocks: levels[step.level]!.blocks,
        below: { first, count: Math.min(fanOut, all - first) },
      };
    });
  }

  /** Blocks that differ in the level below `level`, or, below the last, of the data. */
  differencesBelow(level: number): readonly BlockSpan[] {
    return this.#differences[level + 1]!;
  }

  /** Chooses a block of data; the nearest that there is. */
  choose(block: number): void {
    this.#chosen = Math.max(0, Math.min(Math.floor(block) || 0, this.shape.dataBlocks - 1));
  }

  /**
   * Chooses a digest of a row: the first block of data under it, or, where there is any, the first that differs.
   *
   * @param digest  from 0; the nearest that there is
   */
  chooseDigest(level: number, digest: number): void {
    const row = this.rows[level];
    if (row === undefined) return;
    this.#level = level;
    const below = row.below.first + Math.max(0, Math.min(digest, row.below.count - 1));
    const each = this.shape.fanOut ** (this.shape.levels.length - 1 - level);
    const first = below * each;
    const differing = nextBlock(this.differing, first);
    this.choose(differing !== undefined && differing < first + each ? differing : first);
  }

  setLevel(level: number): void {
    this.#level = Math.max(0, Math.min(level, this.shape.levels.length - 1));
  }

  /** Whether the digest of a block below `level` differs. */
  differs(level: number, below: number): boolean {
    return hasBlock(this.differencesBelow(level), below);
  }

  /** The next block of data that differs; behind the last, the first. Undefined: there is none. */
  get nextDifference(): number | undefined {
    return nextBlock(this.differing, this.#chosen + 1) ?? this.differing[0]?.first;
  }
}
