/** Two hash trees, walked from their roots down to where they differ: what is alike above need not be looked at below. */
import type { DiskCore } from "./disk-core.ts";
import { ErrorCode, ImageError } from "./errors.ts";
import { type BlockSpan, toSpans } from "./merkle-difference.ts";
import { pathTo, type TreeShape, type TreeStep } from "./merkle-tree.ts";
import { type TreeHashes, treeHashesOf } from "./tree-hashes.ts";
import type { DiskTreeOptions } from "./verity-tree.ts";

const DIGEST_SIZE = 32;

export interface TreeComparison {
  readonly shape: TreeShape;

  /** Of both, in hex. */
  readonly rootHashes: readonly [a: string, b: string];

  /** The first block of data whose digest differs; absent where all are alike. */
  readonly block?: number;

  /** The way to it from the root. */
  readonly path: readonly TreeStep[];

  /** Hash blocks that differ, of each level from the root down; those of one level by their place in it. */
  readonly differing: readonly (readonly number[])[];

  /** Blocks of data whose digests differ: how many, and which. */
  readonly differingData: number;
  readonly dataSpans: readonly BlockSpan[];
}

/**
 * Holds the trees of two disks against each other, the first of them computed where it is not there, and the other with its salt.
 *
 * @throws ImageError  InvalidArgument if their data have not as many blocks
 */
export async function compareTreesOf(
  [a, b]: readonly [DiskCore, DiskCore],
  options: DiskTreeOptions,
): Promise<TreeComparison> {
  const ofA = await treeHashesOf(a, options);
  return compareTrees(ofA, await treeHashesOf(b, options, ofA.salt));
}

/** @throws ImageError  InvalidArgument if their data have not as many blocks */
function compareTrees(a: TreeHashes, b: TreeHashes): TreeComparison {
  const { shape } = a;
  if (shape.dataBlocks !== b.shape.dataBlocks) {
    const sizes = `${shape.dataBlocks} and ${b.shape.dataBlocks} blocks of data`;
    throw new ImageError(ErrorCode.InvalidArgument, `verity: trees over ${sizes} cannot be compared`);
  }
  const rootHashes = [a.rootHash, b.rootHash] as const;
  // Without levels there is one block of data, whose digest is the root hash.
  let below: number[] = a.rootHash === b.rootHash ? [] : [0];
  const differing: number[][] = [];
  for (const { first } of shape.levels) {
    differing.push(below);
    below = below.flatMap((index) =>
      digestsThatDiffer(a.hashBlock(first + index), b.hashBlock(first + index), index, shape),
    );
  }
  const [block] = below;
  return {
    shape,
    rootHashes,
    ...(block !== undefined && { block }),
    path: block === undefined ? [] : pathTo(shape, block),
    differing,
    differingData: below.length,
    dataSpans: toSpans(below),
  };
}

/** @returns what is below those digests: places in the next level, or blocks of data */
function digestsThatDiffer(a: Uint8Array, b: Uint8Array, index: number, { fanOut }: TreeShape): number[] {
  const found: number[] = [];
  for (let digest = 0; digest < fanOut; digest++) {
    const from = digest * DIGEST_SIZE;
    for (let byte = from; byte < from + DIGEST_SIZE; byte++) {
      if (a[byte] === b[byte]) continue;
      found.push(index * fanOut + digest);
      break;
    }
  }
  return found;
}
