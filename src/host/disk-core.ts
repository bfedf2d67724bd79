/** Starts the core that reads disks and hash trees. One core has one image open, and a file of hashes beside it. */
import { type Container, containerName } from "./container.ts";
import { digester } from "./hashing.ts";
import type { RandomAccess } from "./random-access.ts";
import { guard, startWasm, type Window } from "./wasm.ts";

/** The core's exports, typed by asc from their AssemblyScript signatures. */
type Exports = Awaited<ReturnType<typeof import("../../disk.js").instantiate>>;

/** Bytes that `read` reads at most. */
export const PIECE_SIZE = 512 * 1024;
const DIGEST_SIZE = 32;
const UUID_SIZE = 16;
/** What the core says where there is no number: all ones, which arrive as a negative one. */
const NONE = -1n;

/** The disk in an image file, whatever container it lies in. Any call throws an ImageError; the core is then spent. */
export interface Disk {
  /** Bytes. */
  readonly size: number;
  readonly container: Container;

  /** Where, from `at` on, something begins that may be other than zeros; `size` where nothing does. */
  dataAfter(at: number): number;

  /** A window on `length` bytes, PIECE_SIZE at most, valid until the core is called again. */
  read(at: number, length: number): Uint8Array;

  /** Byte of the dm-verity superblock of the tree that the disk ends with. */
  findTree(): number | undefined;
}

/** A hash tree, which `verifySome` holds against a root hash and the data. */
export interface Tree {
  readonly dataBlocks: number;
  readonly salt: Uint8Array;
  /** Zeros without a superblock. */
  readonly uuid: Uint8Array;

  /** What the tree itself says, unverified. */
  readRoot(): Uint8Array;

  /** Before `verifySome`. */
  setRoot(root: Uint8Array): void;

  /** Verifies half a megabyte more. @returns false: there is no more, or a block is bad */
  verifySome(): boolean;

  /** Data blocks that were verified. */
  verified(): number;

  /** The block that is not what its digest says, of the data or of the tree, whose root is its block 0. */
  badBlock(): { readonly of: "data" | "tree"; readonly block: number } | undefined;
}

/** Where a tree is: on which of the files, and from where. */
export interface TreePlace {
  readonly onHashFile: boolean;
  /** Byte of the superblock; of the top hash block where there is none. */
  readonly at: number;
  /** What a superblock would say. */
  readonly bare?: { readonly dataBlocks: number; readonly salt: Uint8Array };
}

export interface DiskCore {
  readonly disk: Disk;
  /** The disk in the file of hashes, if there is one. */
  readonly hashDisk: Disk | undefined;

  openTree(place: TreePlace): Tree;
}

export async function startDiskCore(image: RandomAccess, hashFile?: RandomAccess): Promise<DiskCore> {
  const files = hashFile === undefined ? [image] : [image, hashFile];
  const { exports, window } = startWasm<Exports>("disk.wasm", (window) => ({
    read: (file: number, at: bigint, to: number, length: number) => files[file]!.read(Number(at), window(to, length)),
    dataAfter: (file: number, at: bigint) => BigInt(files[file]!.dataAfter?.(Number(at)) ?? at),
    digest: digester((): ArrayBuffer => exports.memory.buffer),
  }));

  const [disk, hashDisk] = files.map((file, index) => openDisk(exports, window, index, file.size));
  return {
    disk: disk!,
    hashDisk,
    openTree: ({ onHashFile, at, bare }) =>
      guard(() => {
        const hashes = onHashFile ? 1 : 0;
        if (bare) {
          window(exports.buffer(), PIECE_SIZE).set(bare.salt);
          exports.openBareTree(0, hashes, BigInt(at), BigInt(bare.dataBlocks), bare.salt.length);
        } else exports.openTree(0, hashes, BigInt(at));
        return treeOf(exports, window);
      }),
  };
}

function openDisk(exports: Exports, window: Window, file: number, fileSize: number): Disk {
  const size = guard(() => Number(exports.open(file, BigInt(fileSize))));
  return {
    size,
    container: containerName(exports.container(file)),
    dataAfter: (at) => guard(() => Number(exports.dataAfter(file, BigInt(at)))),
    read: (at, length) =>
      guard(() => {
        exports.read(file, BigInt(at), length);
        return window(exports.buffer(), length);
      }),
    findTree: () => guard(() => numberOf(exports.findTree(file))),
  };
}

function numberOf(value: bigint): number | undefined {
  return value === NONE ? undefined : Number(value);
}

function treeOf(exports: Exports, window: Window): Tree {
  return {
    dataBlocks: Number(exports.dataBlocks()),
    salt: window(exports.salt(), exports.saltSize()).slice(),
    uuid: window(exports.uuid(), UUID_SIZE).slice(),
    readRoot: () =>
      guard(() => {
        exports.rootHash();
        return window(exports.buffer(), DIGEST_SIZE).slice();
      }),
    setRoot(root) {
      window(exports.buffer(), DIGEST_SIZE).set(root);
      exports.setRoot();
    },
    verifySome: () => guard(() => Boolean(exports.verifySome())),
    verified: () => Number(exports.verified()),
    badBlock() {
      const data = numberOf(exports.badData());
      const tree = numberOf(exports.badHash());
      if (data !== undefined) return { of: "data", block: data };
      return tree === undefined ? undefined : { of: "tree", block: tree };
    },
  };
}
