/** What is said of two images that differ. */
import type { Container } from "../container.ts";
import type { BlockUseName } from "../image/inspection.ts";

/**
 * What a block is. Beyond those of the filesystem: the superblock of the hash tree and the tree, what lies behind both, `none`,
 * where the image has ended, and `unreadable`, where the image has no filesystem that can be read.
 */
export type StructureName = BlockUseName | "hash-superblock" | "hash-tree" | "behind" | "none" | "unreadable";

/** What a block is in one of the images. */
export interface BlockPlace {
  readonly structure: StructureName;

  /** Of metadata of the filesystem's own: the group. */
  readonly group?: number;

  /** Whose block it is, and one of its paths, as bytes from the root, if it has any that can be found. */
  readonly inode?: number;
  readonly path?: Uint8Array;

  /** Of the file: the byte where the block begins. */
  readonly fileAt?: number;

  /** Of an inode table: the first and the last inode that it holds. */
  readonly inodes?: readonly [first: number, last: number];

  /** Of the hash tree: which of its blocks, the root being 0. */
  readonly hashBlock?: number;
}

/** A value that differs. */
export interface FieldDifference {
  /** What has the field, such as `inode 14`; absent where the block itself is that. */
  readonly of?: string;

  /** Of an inode: one of its paths, in the first of the images that has one. */
  readonly path?: Uint8Array;
  readonly field: string;

  /** As text; absent where an image does not have it. Times are those of ISO 8601. */
  readonly a?: string;
  readonly b?: string;
}

/** The first bytes of both from the first that differs on. */
export interface DifferingBytes {
  readonly a: Uint8Array;
  readonly b: Uint8Array;
}

/** A block that differs. */
export interface FirstDifference {
  /** Which block of the disk, and which of its bytes; of the disk, byte `block * blockSize + byte`. */
  readonly block: number;
  readonly byte: number;
  readonly a: BlockPlace;
  readonly b: BlockPlace;

  /** What differs in it, where its structure is known in both; the first of it, if it is much. */
  readonly fields: readonly FieldDifference[];
  readonly bytes: DifferingBytes;
}

/** Blocks that differ, by what they are. */
export interface SpreadRow {
  readonly a: StructureName;
  readonly b: StructureName;
  readonly blocks: number;
}

/** A file that has blocks that differ. */
export interface AffectedFile {
  /** `b`: only in image B are they the file's; else in A, and perhaps in both. */
  readonly image: "a" | "b";
  readonly inode: number;
  readonly path?: Uint8Array;

  /** What the first of the blocks is. */
  readonly structure: StructureName;
  readonly blocks: number;
}

/** What differs around the disks. */
export interface ContainerDifference {
  readonly a: Container;
  readonly b: Container;

  /** Of the footer, if both are fixed VHDs. */
  readonly fields: readonly FieldDifference[];

  /** The first byte of the files that differs, if both are of one kind and the disks in them are the same. */
  readonly byte?: number;
}

/** One of the images. Sizes are bytes. */
export interface ExplainedImage {
  readonly fileSize: number;
  readonly diskSize: number;

  /** Why nothing can be said of its structures. */
  readonly problem?: string;

  /** What could not be read while the owners of its blocks were looked for. */
  readonly damage: readonly string[];
}

export interface Explanation {
  readonly same: boolean;
  readonly a: ExplainedImage;
  readonly b: ExplainedImage;

  /** Bytes: the smaller of the two filesystems' block sizes; 4096 where they are not known. */
  readonly blockSize: number;

  /** Of the larger disk. */
  readonly blocks: number;
  readonly differingBlocks: number;
  readonly first?: FirstDifference;

  /** Of each other structure, the first block that differs: what comes first may only follow from what comes later. */
  readonly firstOfOthers: readonly FirstDifference[];

  /** The most frequent first. */
  readonly spread: readonly SpreadRow[];

  /** Those with the most blocks first; a hundred at most. */
  readonly files: readonly AffectedFile[];

  /** How often each field of inodes differs, in blocks of inode tables that are such in both. The most frequent first. */
  readonly inodeFields: readonly { readonly field: string; readonly inodes: number }[];

  readonly container?: ContainerDifference;

  /** What is most likely behind it, where that can be told. */
  readonly reason?: string;
}
