/** dm-verity trees of images: made, verified, and asked for their root hash. */
import { stat } from "node:fs/promises";
import { Option, Result } from "../../assembly/abi.ts";
import { AppendedFile } from "./appended-file.ts";
import { startCore } from "./core.ts";
import { type Disk, type DiskCore, PIECE_SIZE, startDiskCore, type Tree, type TreePlace } from "./disk-core.ts";
import { feedDisk } from "./disk-writing.ts";
import { ErrorCode, ImageError } from "./errors.ts";
import { bytesOf, hexOf, uuidBytes, uuidText } from "./hex.ts";
import { ImageFile } from "./image-file.ts";
import type { ImageSink } from "./image-sink.ts";
import { writeTo } from "./image-sink.ts";
import { intakeByPosition } from "./intake.ts";
import { OpenImage } from "./open-image.ts";
import { asOperation } from "./operation.ts";
import type { Progress } from "./options.ts";
import type { Platform } from "./platform.ts";
import { intoTarget } from "./target.ts";

const BLOCK_SIZE = 4096;
const SUPERBLOCK_SIZE = 512;
/** Where a superblock may stand. Bytes. */
const SECTOR_SIZE = 512;
const DIGEST_SIZE = 32;
const MAX_SALT_SIZE = 256;
const DEFAULT_SALT = new Uint8Array(32);

export interface TreeOptions {
  /** The file that the tree stands in. Default: the image itself, behind its data. */
  hashFile?: string;

  /** Byte of that file where the superblock stands. Default: 0 in a file of its own, else found at the end of the image. */
  hashOffset?: number;

  /** Default: true. Without a superblock the tree itself stands at `hashOffset`. */
  superblock?: boolean;

  /** Up to 256 bytes; a superblock that is there knows its own. Default: 32 zero bytes, as hcsshim has it. */
  salt?: Uint8Array;

  platform?: Platform;

  /** Rejects with the signal's reason; nothing is left behind. */
  signal?: AbortSignal;

  /** Called about ten times a second at most, and once at the end. */
  onProgress?: (progress: Progress) => void;
}

export interface CreateTreeOptions extends TreeOptions {
  /** A copy of the image, which gets the tree. Default: the image itself does. */
  target?: string;

  /** As text, with or without dashes. Default: made of the root hash, which does not cover it. */
  uuid?: string;
}

export interface HashTree {
  /** In hex, as the salt is. */
  readonly rootHash: string;
  readonly salt: string;

  /** Absent without a superblock. */
  readonly uuid?: string;

  readonly dataBlocks: number;

  /** Byte where the superblock stands, or a tree without one. Absent if there is no tree, and `rootHash` was computed. */
  readonly hashOffset?: number;

  /** Block where the tree stands, as the device mapper counts. Absent as `hashOffset`. */
  readonly hashStartBlock?: number;
}

export interface VerifyResult {
  readonly verified: boolean;
  readonly dataBlocks: number;

  /** The first block that is not what its digest says. Those of the tree count from its root, which is block 0. */
  readonly bad?: { readonly of: "data" | "tree"; readonly block: number };
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
    const root = bytesOf("root hash", rootHash, DIGEST_SIZE);
    return withImage(image, options.platform, options.hashFile, async (core) => {
      const place = placeOf(core, options);
      if (place === undefined)
        throw new ImageError(ErrorCode.NotFound, `${image}: does not end with a dm-verity tree; say where it is`);
      const tree = core.openTree(place);
      tree.setRoot(root);
      await verifyAll(tree, options);
      const bad = tree.badBlock();
      return { verified: bad === undefined, dataBlocks: tree.dataBlocks, ...(bad && { bad }) };
    });
  });
}

/** What the tree of an image says of itself, unverified; computed where the image ends with none. */
export async function readHashTree(image: string, options: TreeOptions = {}): Promise<HashTree> {
  return asOperation("verity", options.signal, () =>
    withImage(image, options.platform, options.hashFile, async (core) => {
      const place = placeOf(core, options);
      if (place === undefined) {
        const { treeSize: _, uuid: __, ...tree } = await makeTree(core.disk, options, () => {});
        return tree;
      }
      const tree = core.openTree(place);
      return {
        rootHash: hexOf(tree.readRoot()),
        salt: hexOf(tree.salt),
        ...(place.bare === undefined && { uuid: uuidText(tree.uuid) }),
        dataBlocks: tree.dataBlocks,
        ...placed(place.at, options),
      };
    }),
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

/** @param emit  takes data and, from the byte behind it on, the tree */
async function makeTree(
  disk: Disk,
  options: CreateTreeOptions,
  emit: (at: number, bytes: Uint8Array) => void,
): Promise<HashTree & { treeSize: number }> {
  const { uuid, superblock = true, signal, onProgress } = options;
  const salt = saltOf(options);
  const core = await startCore(emit);
  core.set(Option.Verity, true);
  core.set(Option.BareVerity, !superblock);
  core.setBytes(Option.VeritySalt, salt);
  if (uuid !== undefined) core.setBytes(Option.VerityUuid, uuidBytes(uuid));
  await feedDisk(disk, core, signal, onProgress);
  return {
    rootHash: hexOf(core.rootHash()!),
    salt: hexOf(salt),
    ...(superblock && { uuid: uuidText(core.verityUuid()!) }),
    dataBlocks: disk.size / BLOCK_SIZE,
    treeSize: core.result(Result.Size) - disk.size,
  };
}

/** @returns where the tree of an image is; undefined: nowhere, unless the caller knows better */
function placeOf({ disk, hashDisk }: DiskCore, options: TreeOptions): TreePlace | undefined {
  const { hashOffset, superblock = true } = options;
  const onHashFile = hashDisk !== undefined;
  const at = hashOffset ?? (onHashFile ? 0 : superblock ? disk.findTree() : undefined);
  if (at === undefined) return undefined;
  checkOffset(at, superblock ? SECTOR_SIZE : BLOCK_SIZE);
  if (superblock) return { onHashFile, at };
  const dataBlocks = Math.floor((onHashFile ? disk.size : at) / BLOCK_SIZE);
  return { onHashFile, at, bare: { dataBlocks, salt: saltOf(options) } };
}

async function verifyAll(tree: Tree, { signal, onProgress }: TreeOptions): Promise<void> {
  const intake = intakeByPosition(tree.dataBlocks * BLOCK_SIZE, signal, onProgress);
  try {
    while (tree.verifySome()) await intake.pass(PIECE_SIZE);
    intake.report();
  } finally {
    await intake.close();
  }
}

/** What is known of a tree from where it stands. */
function placed(
  at: number,
  { superblock = true }: TreeOptions,
): Required<Pick<HashTree, "hashOffset" | "hashStartBlock">> {
  return { hashOffset: at, hashStartBlock: Math.ceil((superblock ? at + SUPERBLOCK_SIZE : at) / BLOCK_SIZE) };
}

function saltOf({ salt = DEFAULT_SALT }: TreeOptions): Uint8Array {
  if (salt.length > MAX_SALT_SIZE) throw wrong(`salt of ${salt.length} bytes, and ${MAX_SALT_SIZE} are the most`);
  return salt;
}

function checkOffset(at: number, unit: number): void {
  if (Number.isSafeInteger(at) && at >= 0 && at % unit === 0) return;
  throw wrong(`hash offset ${at} is no multiple of ${unit}`);
}

function wrong(what: string): ImageError {
  return new ImageError(ErrorCode.InvalidArgument, `verity: ${what}`);
}
