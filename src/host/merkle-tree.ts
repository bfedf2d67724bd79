/** The shape of a dm-verity tree: which of its blocks stand where, and which lead from a block of data to the root. */

/** What a superblock of dm-verity says of the tree behind it. Sizes are bytes. */
export interface TreeForm {
  readonly algorithm: string;
  readonly dataBlocks: number;
  readonly dataBlockSize: number;
  readonly hashBlockSize: number;
}

/** Hash blocks side by side, each of which holds digests of the level below. */
export interface TreeLevel {
  readonly blocks: number;

  /** The first of them, in the tree: its root is block 0. */
  readonly first: number;
}

export interface TreeShape {
  readonly dataBlocks: number;

  /** Digests in a hash block. */
  readonly fanOut: number;

  /** From the root down. None where there is one block of data alone: its digest is the root hash. */
  readonly levels: readonly TreeLevel[];

  /** Hash blocks of all levels. */
  readonly blocks: number;
}

/** One step of the way from the root to a block of data. */
export interface TreeStep {
  /** From the root, which is 0. */
  readonly level: number;

  /** In its level, and in the tree. */
  readonly index: number;
  readonly block: number;

  /** Which of its digests is that of the next step, or of the data. */
  readonly digest: number;
}

/** Bytes that a digest takes in a hash block: powers of two. */
const DIGEST_SIZES = new Map([
  ["sha1", 32],
  ["sha224", 32],
  ["sha256", 32],
  ["sha384", 64],
  ["sha512", 64],
]);
const USUAL_DIGEST_SIZE = 32;

/** Source: cryptsetup, "DM-Verity On-Disk Format Specification", "Hash tree". */
export function treeShapeOf({ algorithm, dataBlocks, hashBlockSize }: Omit<TreeForm, "dataBlockSize">): TreeShape {
  const fanOut = Math.max(2, Math.floor(hashBlockSize / (DIGEST_SIZES.get(algorithm) ?? USUAL_DIGEST_SIZE)));
  const counts: number[] = [];
  for (let below = dataBlocks; below > 1; ) {
    below = Math.ceil(below / fanOut);
    counts.unshift(below);
  }
  let blocks = 0;
  const levels = counts.map((count) => {
    const level = { blocks: count, first: blocks };
    blocks += count;
    return level;
  });
  return { dataBlocks, fanOut, levels, blocks };
}

const SUPERBLOCK_SIZE = 512;

/** Where the tree begins whose superblock stands at byte `at`: at the next whole hash block. Of blocks of nothing: at once. */
export function treeAfter(at: number, hashBlockSize: number): number {
  const unit = Math.max(hashBlockSize, 1);
  return Math.ceil((at + SUPERBLOCK_SIZE) / unit) * unit;
}

/** Bytes of a tree, without its superblock. */
export function treeSizeOf(form: TreeForm): number {
  return treeShapeOf(form).blocks * form.hashBlockSize;
}

/** The way from the root down to a block of data, which is one of the tree's. */
export function pathTo({ levels, fanOut }: TreeShape, dataBlock: number): TreeStep[] {
  let below = dataBlock;
  const upward = levels.toReversed().map(({ first }, distance) => {
    const index = Math.floor(below / fanOut);
    const step = { level: levels.length - 1 - distance, index, block: first + index, digest: below % fanOut };
    below = index;
    return step;
  });
  return upward.reverse();
}
