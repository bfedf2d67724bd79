/** The dm-verity tree of a disk that is open: computed, read, verified. */
import { Option, Result } from "../../assembly/abi.ts";
import { startCore } from "./core.ts";
import { type Disk, type DiskCore, PIECE_SIZE, type Tree, type TreePlace } from "./disk-core.ts";
import { feedDisk } from "./disk-writing.ts";
import { ErrorCode, ImageError } from "./errors.ts";
import { bytesOf, hexOf, uuidBytes, uuidText } from "./hex.ts";
import { intakeByPosition } from "./intake.ts";
import type { Progress } from "./options.ts";

const BLOCK_SIZE = 4096;
const SUPERBLOCK_SIZE = 512;
/** Where a superblock may stand. Bytes. */
const SECTOR_SIZE = 512;
const DIGEST_SIZE = 32;
const MAX_SALT_SIZE = 256;
const DEFAULT_SALT = new Uint8Array(32);

/** Where a tree stands, or is to, and how it is made. */
export interface DiskTreeOptions {
  /** Byte of the file where the superblock stands. Default: 0 in a file of its own, else found at the end of the image. */
  hashOffset?: number;

  /** Default: true. Without a superblock the tree itself stands at `hashOffset`. */
  superblock?: boolean;

  /** Up to 256 bytes; a superblock that is there knows its own. Default: 32 zero bytes, as hcsshim has it. */
  salt?: Uint8Array;

  /** Rejects with the signal's reason; nothing is left behind. */
  signal?: AbortSignal;

  /** Called about ten times a second at most, and once at the end. */
  onProgress?: (progress: Progress) => void;
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

/** A root hash, as people give it. @throws ImageError  InvalidArgument if it is not 64 hex digits */
export function rootHashOf(text: string): Uint8Array {
  return bytesOf("root hash", text, DIGEST_SIZE);
}

/**
 * Holds the disk against its tree, and the tree against `root`.
 *
 * @param image  what messages call it
 * @throws ImageError  NotFound if there is no tree
 */
export async function verifyTree(
  core: DiskCore,
  image: string,
  root: Uint8Array,
  options: DiskTreeOptions,
): Promise<VerifyResult> {
  const place = placeOf(core, options);
  if (place === undefined)
    throw new ImageError(ErrorCode.NotFound, `${image}: does not end with a dm-verity tree; say where it is`);
  const tree = core.openTree(place);
  tree.setRoot(root);
  await verifyAll(tree, options);
  const bad = tree.badBlock();
  return { verified: bad === undefined, dataBlocks: tree.dataBlocks, ...(bad && { bad }) };
}

/** What the tree of a disk says of itself, unverified; computed where the disk ends with none. */
export async function readTree(core: DiskCore, options: DiskTreeOptions): Promise<HashTree> {
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
}

/** @param emit  takes data and, from the byte behind it on, the tree */
export async function makeTree(
  disk: Disk,
  options: DiskTreeOptions & { uuid?: string },
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
function placeOf({ disk, hashDisk }: DiskCore, options: DiskTreeOptions): TreePlace | undefined {
  const { hashOffset, superblock = true } = options;
  const onHashFile = hashDisk !== undefined;
  const at = hashOffset ?? (onHashFile ? 0 : superblock ? disk.findTree() : undefined);
  if (at === undefined) return undefined;
  checkOffset(at, superblock ? SECTOR_SIZE : BLOCK_SIZE);
  if (superblock) return { onHashFile, at };
  const dataBlocks = Math.floor((onHashFile ? disk.size : at) / BLOCK_SIZE);
  return { onHashFile, at, bare: { dataBlocks, salt: saltOf(options) } };
}

async function verifyAll(tree: Tree, { signal, onProgress }: DiskTreeOptions): Promise<void> {
  const intake = intakeByPosition(tree.dataBlocks * BLOCK_SIZE, signal, onProgress);
  try {
    while (tree.verifySome()) await intake.pass(PIECE_SIZE);
    intake.report();
  } finally {
    await intake.close();
  }
}

/** What is known of a tree from where it stands. */
export function placed(
  at: number,
  { superblock = true }: DiskTreeOptions,
): Required<Pick<HashTree, "hashOffset" | "hashStartBlock">> {
  return { hashOffset: at, hashStartBlock: Math.ceil((superblock ? at + SUPERBLOCK_SIZE : at) / BLOCK_SIZE) };
}

function saltOf({ salt = DEFAULT_SALT }: DiskTreeOptions): Uint8Array {
  if (salt.length > MAX_SALT_SIZE) throw wrong(`salt of ${salt.length} bytes, and ${MAX_SALT_SIZE} are the most`);
  return salt;
}

/** @throws ImageError  InvalidArgument */
export function checkOffset(at: number, unit: number): void {
  if (Number.isSafeInteger(at) && at >= 0 && at % unit === 0) return;
  throw wrong(`hash offset ${at} is no multiple of ${unit}`);
}

export function wrong(what: string): ImageError {
  return new ImageError(ErrorCode.InvalidArgument, `verity: ${what}`);
}
