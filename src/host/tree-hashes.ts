/** Digests of a dm-verity tree, block by block: as they stand on a disk, or computed of it. */
import type { Disk, DiskCore } from "./disk-core.ts";
import { ErrorCode, ImageError } from "./errors.ts";
import { bytesOf, hexOf } from "./hex.ts";
import { type TreeShape, treeAfter, treeShapeOf } from "./merkle-tree.ts";
import { type DiskTreeOptions, makeTree } from "./verity-tree.ts";

const BLOCK_SIZE = 4096;
const DIGEST_SIZE = 32;
const ALGORITHM = "sha256";
/** A tree that is computed is kept in memory. Bytes: of 32 GiB of data. */
const LARGEST_KEPT = 260 * 1024 ** 2;

export interface TreeHashes {
  readonly shape: TreeShape;

  /** In hex, as the root hash is. */
  readonly salt: string;
  readonly rootHash: string;

  /** Whether it stands on the disk. Nothing says that it is that of the data. */
  readonly isStored: boolean;

  /** A hash block, of which the root is block 0: digests of 32 bytes, then zeros. */
  hashBlock(block: number): Uint8Array;
}

/**
 * Of the tree that the disk ends with, unverified; computed where it ends with none, with progress and signal of `options`.
 *
 * @param salt  in hex: that it must have, to be held against another; a tree that has another is computed anew
 */
export async function treeHashesOf(core: DiskCore, options: DiskTreeOptions, salt?: string): Promise<TreeHashes> {
  const at = core.disk.findTree();
  const stored = at === undefined ? undefined : storedHashes(core, at);
  if (stored && (salt === undefined || salt === stored.salt)) return stored;
  const data = stored ? startOf(core.disk, stored.shape.dataBlocks * BLOCK_SIZE) : core.disk;
  return computeHashes(data, {
    ...options,
    ...(salt !== undefined && { salt: bytesOf("salt", salt, salt.length / 2) }),
  });
}

/** The first `size` bytes, as a disk of their own. */
function startOf(disk: Disk, size: number): Disk {
  return { ...disk, size, dataAfter: (at) => Math.min(disk.dataAfter(at), size) };
}

/** @param at  byte of the superblock */
function storedHashes(core: DiskCore, at: number): TreeHashes {
  const { disk } = core;
  const tree = core.openTree({ onHashFile: false, at });
  const from = treeAfter(at, BLOCK_SIZE);
  return {
    shape: shapeOf(tree.dataBlocks),
    salt: hexOf(tree.salt),
    rootHash: hexOf(tree.readRoot()),
    isStored: true,
    hashBlock: (block) => disk.read(from + block * BLOCK_SIZE, BLOCK_SIZE).slice(),
  };
}

/** @throws ImageError  OutOfRange if there would be too many to be kept */
async function computeHashes(disk: Disk, options: DiskTreeOptions): Promise<TreeHashes> {
  const shape = shapeOf(disk.size / BLOCK_SIZE);
  const size = shape.blocks * BLOCK_SIZE;
  if (size > LARGEST_KEPT) {
    throw new ImageError(
      ErrorCode.OutOfRange,
      `verity: a tree of ${size} bytes is not kept; ${LARGEST_KEPT} are the most`,
    );
  }
  const kept = new Uint8Array(size);
  const { rootHash, salt } = await makeTree(disk, { ...options, superblock: false }, (at, bytes) => {
    if (at >= disk.size) kept.set(bytes, at - disk.size);
  });
  const hashBlock = (block: number) => kept.slice(block * BLOCK_SIZE, (block + 1) * BLOCK_SIZE);
  return { shape, salt, rootHash, isStored: false, hashBlock };
}

/**
 * Digests of one level, side by side. Those below the last one are of blocks of data.
 *
 * @param level  from the root's block down, which has the digests of its level 0
 * @throws ImageError  InvalidArgument if there are not as many
 */
export function hashesOf(
  { shape, hashBlock }: TreeHashes,
  level: number,
  first: number,
  count: number,
): Uint8Array<ArrayBuffer> {
  const here = shape.levels[level];
  const below = shape.levels[level + 1]?.blocks ?? shape.dataBlocks;
  const isThere = here !== undefined && [first, count].every((each) => Number.isSafeInteger(each) && each >= 0);
  if (!isThere || first + count > below) {
    throw new ImageError(ErrorCode.InvalidArgument, `verity: no ${count} digests from ${first} on at level ${level}`);
  }
  const digests = new Uint8Array(count * DIGEST_SIZE);
  for (let done = 0; done < count; ) {
    const from = (first + done) % shape.fanOut;
    const some = Math.min(shape.fanOut - from, count - done);
    const block = hashBlock(here.first + (first + done - from) / shape.fanOut);
    digests.set(block.subarray(from * DIGEST_SIZE, (from + some) * DIGEST_SIZE), done * DIGEST_SIZE);
    done += some;
  }
  return digests;
}

function shapeOf(dataBlocks: number): TreeShape {
  return treeShapeOf({ algorithm: ALGORITHM, dataBlocks, hashBlockSize: BLOCK_SIZE });
}
