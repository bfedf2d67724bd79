/** dm-verity trees of images: made, verified, and asked for their root hash. */
import { stat } from "node:fs/promises";
import { AppendedFile } from "./appended-file.ts";
import { type Disk, type DiskCore, startDiskCore } from "./disk-core.ts";
import { ErrorCode, ImageError } from "./errors.ts";
import { ImageFile } from "./image-file.ts";
import type { ImageSink } from "./image-sink.ts";
import { writeTo } from "./image-sink.ts";
import { OpenImage } from "./open-image.ts";
import { asOperation } from "./operation.ts";
import type { Platform } from "./platform.ts";
import { intoTarget } from "./target.ts";
import {
  checkOffset,
  type DiskTreeOptions,
  type HashTree,
  makeTree,
  placed,
  readTree,
  rootHashOf,
  type VerifyResult,
  verifyTree,
  wrong,
} from "./verity-tree.ts";

const BLOCK_SIZE = 4096;

export interface TreeOptions extends DiskTreeOptions {
  /** The file that the tree stands in. Default: the image itself, behind its data. */
  hashFile?: string;

  platform?: Platform;
}

export interface CreateTreeOptions extends TreeOptions {
  /** A copy of the image, which gets the tree. Default: the image itself does. */
  target?: string;

  /** As text, with or without dashes. Default: made of the root hash, which does not cover it. */
  uuid?: string;
}

/**
 * Computes the tree over an image, and puts it behind the image's data or into a file of its own. If that fails, all is
 * as it was.
 *
 * @throws ImageError  AlreadyExists if the image ends with a tree
 */
export async function createHashTree(image: string, options: CreateTreeOptions = {}): Promise<HashTree> {
  return asOperation("verity", options.signal, () =>
    withImage(image, options.platform, undefined, async ({ disk }) => {
      const at = placeOfNew(image, disk, options);
      const sink = await openSink(image, options);
      return intoTarget(sink, options.signal, async () => {
        const emit = (from: number, bytes: Uint8Array) => {
          if (from >= disk.size) writeTo(sink, at + from - disk.size, bytes);
          else if (options.target !== undefined) writeTo(sink, from, bytes);
        };
        const { treeSize, ...tree } = await makeTree(disk, options, emit);
        return { ...tree, ...placed(at, options), size: at + treeSize };
      });
    }),
  ).then(({ size: _, ...tree }) => tree);
}

/**
 * Holds an image against its tree, and the tree against `rootHash`. The image may lie in a VHD or a VHDX.
 *
 * @param rootHash  64 hex digits
 * @throws ImageError  NotFound if there is no tree
 */
export async function verifyHashTree(
  image: string,
  rootHash: string,
  options: TreeOptions = {},
): Promise<VerifyResult> {
  return asOperation("verity", options.signal, () => {
    const root = rootHashOf(rootHash);
    return withImage(image, options.platform, options.hashFile, (core) => verifyTree(core, image, root, options));
  });
}

/** What the tree of an image says of itself, unverified; computed where the image ends with none. */
export async function readHashTree(image: string, options: TreeOptions = {}): Promise<HashTree> {
  return asOperation("verity", options.signal, () =>
    withImage(image, options.platform, options.hashFile, (core) => readTree(core, options)),
  );
}

async function withImage<T>(
  image: string,
  platform: Platform | undefined,
  hashFile: string | undefined,
  work: (core: DiskCore) => Promise<T>,
): Promise<T> {
  const file = await OpenImage.open(image, platform);
  try {
    if (hashFile === undefined) return await work(await startDiskCore(file));
    const hashes = await OpenImage.open(hashFile, platform);
    try {
      return await work(await startDiskCore(file, hashes));
    } finally {
      await hashes.close();
    }
  } finally {
    await file.close();
  }
}

/** @returns byte of the file where a new tree goes */
function placeOfNew(image: string, disk: Disk, { hashFile, hashOffset, target }: CreateTreeOptions): number {
  const inItsOwn = hashFile !== undefined;
  if (inItsOwn && target !== undefined) throw wrong("a tree goes into one file, and two are named");
  if (disk.container !== "raw" && !inItsOwn) {
    const how = "convert the disk with its tree instead: layerkiln disk IMAGE -o OUT --verity";
    throw new ImageError(
      ErrorCode.FailedPrecondition,
      `${image}: nothing can be appended to a ${disk.container}; ${how}`,
    );
  }
  const found = inItsOwn ? undefined : disk.findTree();
  if (found !== undefined)
    throw new ImageError(
      ErrorCode.AlreadyExists,
      `${image}: ends with a dm-verity tree already, whose superblock is at ${found}`,
    );
  const at = hashOffset ?? (inItsOwn ? 0 : disk.size);
  checkOffset(at, BLOCK_SIZE);
  if (!inItsOwn && at < disk.size) throw wrong(`hash offset ${at} lies within the ${disk.size} bytes of data`);
  return at;
}

async function openSink(image: string, { hashFile, target, signal }: CreateTreeOptions): Promise<ImageSink> {
  // As `veritysetup format F F` names it twice. We would replace the data by its hashes.
  if (hashFile !== undefined && (await isSameFile(image, hashFile))) {
    throw wrong(`${hashFile} is the image itself; without a file of its own the tree goes behind the data`);
  }
  const file = hashFile ?? target;
  return file === undefined ? AppendedFile.open(image) : ImageFile.create(file, signal);
}

async function isSameFile(one: string, other: string): Promise<boolean> {
  const [first, second] = await Promise.all([one, other].map((path) => stat(path).catch(() => undefined)));
  return first !== undefined && first.ino === second?.ino && first.dev === second.dev;
}
