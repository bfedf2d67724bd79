/** What an image says of itself. */
import { BlockUse, Container, Fact, Text } from "../../../assembly/abi.ts";
import { hexOf, uuidText } from "../hex.ts";
import { decodeName } from "./name.ts";
import type { Ext4Core } from "./reader-core.ts";

export type ContainerName = "vhd" | "vhd-dynamic" | "vhdx" | "verity";

/** Sizes are bytes, times seconds since 1970. */
export interface Inspection {
  /** What the filesystem is wrapped in or followed by, from the outermost in. */
  readonly containers: readonly ContainerName[];

  /** Of the file, and of the disk in it. */
  readonly fileSize: number;
  readonly diskSize: number;

  /** Bytes of the disk that the file has room for. The rest are zeros, which a dynamic VHD or a VHDX leaves out. */
  readonly storedSize: number;
  readonly filesystem: Filesystem;

  /** The dm-verity tree behind the filesystem. */
  readonly verity?: Verity;
}

export interface Filesystem {
  /** What Linux calls one with these features. */
  readonly type: "ext2" | "ext3" | "ext4";
  readonly uuid: string;
  readonly label: string;
  readonly lastMounted: string;
  readonly features: readonly string[];
  readonly size: number;
  readonly blockSize: number;
  readonly blocks: number;
  readonly freeBlocks: number;

  /** Free, but for the superuser alone. */
  readonly reservedBlocks: number;
  readonly groups: number;
  readonly blocksPerGroup: number;
  readonly inodes: number;
  readonly freeInodes: number;
  readonly inodesPerGroup: number;
  readonly inodeSize: number;

  /** It was unmounted in order, and no error is on record. */
  readonly clean: boolean;

  /** The journal holds changes that are not in their places yet; they are not seen here. Mounting it applies them. */
  readonly needsRecovery: boolean;
  readonly mountCount: number;
  readonly madeTime: number;
  readonly writeTime: number;
  readonly mountTime: number;
  readonly checkTime: number;
}

export interface Verity {
  /** Where its superblock stands in the disk. */
  readonly at: number;
  readonly algorithm: string;

  /** In hex. */
  readonly salt: string;
  readonly uuid: string;
  readonly dataBlocks: number;
  readonly dataBlockSize: number;
  readonly hashBlockSize: number;
}

const CONTAINERS: Record<Exclude<Container, Container.Raw>, ContainerName> = {
  [Container.FixedVhd]: "vhd",
  [Container.DynamicVhd]: "vhd-dynamic",
  [Container.Vhdx]: "vhdx",
  [Container.Verity]: "verity",
};

/** What extents and the like make of ext2 or ext3. */
const EXT4_FEATURES = [
  "extent",
  "64bit",
  "flex_bg",
  "huge_file",
  "uninit_bg",
  "dir_nlink",
  "extra_isize",
  "metadata_csum",
];

export function inspect(core: Ext4Core, fileSize: number): Inspection {
  const fact = (what: Fact) => core.ask(({ fact }) => fact(what));
  return {
    containers: containersOf(core),
    fileSize,
    diskSize: fact(Fact.DiskSize),
    storedSize: fact(Fact.StoredSize),
    filesystem: inspectFilesystem(core),
    ...(fact(Fact.VerityAt) > 0 && { verity: inspectVerity(core) }),
  };
}

function containersOf(core: Ext4Core): ContainerName[] {
  const containers: ContainerName[] = [];
  for (;;) {
    const kind: number = core.ask(({ container }) => container(containers.length));
    if (kind === 0) return containers;
    containers.push(CONTAINERS[kind as keyof typeof CONTAINERS]);
  }
}

function inspectFilesystem(core: Ext4Core): Filesystem {
  const fact = (what: Fact) => core.ask(({ fact }) => fact(what));
  const features = decodeName(bytesOf(core, Text.Features)).split("\0").slice(0, -1);
  return {
    type: typeOf(features),
    uuid: formatUuid(bytesOf(core, Text.Uuid)),
    label: decodeName(bytesOf(core, Text.Label)),
    lastMounted: decodeName(bytesOf(core, Text.LastMounted)),
    features,
    size: fact(Fact.FilesystemSize),
    blockSize: fact(Fact.BlockSize),
    blocks: fact(Fact.Blocks),
    freeBlocks: fact(Fact.FreeBlocks),
    reservedBlocks: fact(Fact.ReservedBlocks),
    groups: fact(Fact.Groups),
    blocksPerGroup: fact(Fact.BlocksPerGroup),
    inodes: fact(Fact.Inodes),
    freeInodes: fact(Fact.FreeInodes),
    inodesPerGroup: fact(Fact.InodesPerGroup),
    inodeSize: fact(Fact.InodeSize),
    clean: fact(Fact.IsClean) === 1,
    needsRecovery: fact(Fact.NeedsRecovery) === 1,
    mountCount: fact(Fact.MountCount),
    madeTime: fact(Fact.MadeTime),
    writeTime: fact(Fact.WriteTime),
    mountTime: fact(Fact.MountTime),
    checkTime: fact(Fact.CheckTime),
  };
}

function inspectVerity(core: Ext4Core): Verity {
  const fact = (what: Fact) => core.ask(({ fact }) => fact(what));
  return {
    at: fact(Fact.VerityAt),
    algorithm: decodeName(bytesOf(core, Text.VerityAlgorithm)),
    salt: hexOf(bytesOf(core, Text.VeritySalt)),
    uuid: formatUuid(bytesOf(core, Text.VerityUuid)),
    dataBlocks: fact(Fact.VerityDataBlocks),
    dataBlockSize: fact(Fact.VerityDataBlockSize),
    hashBlockSize: fact(Fact.VerityHashBlockSize),
  };
}

function typeOf(features: readonly string[]): Filesystem["type"] {
  if (features.some((name) => EXT4_FEATURES.includes(name))) return "ext4";
  return features.includes("has_journal") ? "ext3" : "ext2";
}

function bytesOf(core: Ext4Core, what: Text): Uint8Array {
  return core.buffer(core.ask(({ text }) => text(what)));
}

export function formatUuid(bytes: Uint8Array): string {
  return uuidText(bytes);
}

export type BlockUseName =
  | "free"
  | "boot"
  | "superblock"
  | "descriptors"
  | "reserved-descriptors"
  | "block-bitmap"
  | "inode-bitmap"
  | "inode-table"
  | "journal"
  | "directory"
  | "file-data"
  | "symlink"
  | "xattr"
  | "map"
  | "internal"
  | "unknown";

/** Blocks side by side that have one use. */
export interface BlockRun {
  readonly use: BlockUseName;

  /** The first. */
  readonly block: number;
  readonly count: number;
}

export const USES: Record<Exclude<BlockUse, BlockUse.Count>, BlockUseName> = {
  [BlockUse.Free]: "free",
  [BlockUse.Boot]: "boot",
  [BlockUse.Superblock]: "superblock",
  [BlockUse.Descriptors]: "descriptors",
  [BlockUse.ReservedDescriptors]: "reserved-descriptors",
  [BlockUse.BlockBitmap]: "block-bitmap",
  [BlockUse.InodeBitmap]: "inode-bitmap",
  [BlockUse.InodeTable]: "inode-table",
  [BlockUse.Journal]: "journal",
  [BlockUse.Directory]: "directory",
  [BlockUse.FileData]: "file-data",
  [BlockUse.SymbolicLink]: "symlink",
  [BlockUse.Xattr]: "xattr",
  [BlockUse.Map]: "map",
  [BlockUse.Internal]: "internal",
  [BlockUse.Unknown]: "unknown",
};

/** Every block of the filesystem, once, in order. */
export function readBlockRuns(core: Ext4Core): BlockRun[] {
  core.ask(({ startUsage }) => startUsage());
  const runs: BlockRun[] = [];
  while (core.ask(({ nextUsage }) => nextUsage())) {
    const [block, count, use] = numbersOf(core, 3) as [number, number, keyof typeof USES];
    runs.push({ use: USES[use], block, count });
  }
  return runs;
}

/** Where a piece of a file stands. All in blocks. */
export interface Extent {
  /** In the file. */
  readonly logical: number;

  /** In the filesystem. */
  readonly physical: number;
  readonly count: number;

  /** Not: room that is kept for the file and reads as zeros. */
  readonly written: boolean;
}

/** Those of an inode; what is not among them is a hole. */
export function readExtents(core: Ext4Core, inode: number): Extent[] {
  core.ask(({ startExtents }) => startExtents(inode));
  const extents: Extent[] = [];
  while (core.ask(({ nextExtent }) => nextExtent())) {
    const [logical, physical, count, written] = numbersOf(core, 4) as [number, number, number, number];
    extents.push({ logical, physical, count, written: written === 1 });
  }
  return extents;
}

function numbersOf(core: Ext4Core, count: number): number[] {
  const bytes = core.buffer(count * 8);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Array.from({ length: count }, (_, index) => view.getFloat64(index * 8, true));
}
