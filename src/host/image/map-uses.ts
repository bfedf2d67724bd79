/** What blocks may be in a map of an image: in the order of its legend, with the letter, the words and the colours of each. */
import type { BlockUseName } from "./inspection.ts";

/** Beyond those of the filesystem: the superblock of the hash tree, the tree, a VHD's footer, and what lies behind all. */
export type MapUse = BlockUseName | "hash-superblock" | "hash-tree" | "footer" | "behind";

export interface UseLook {
  readonly use: MapUse;
  readonly words: string;

  /** One character of ASCII, so that a map can be read without colour. */
  readonly letter: string;

  /** `#rrggbb`, on a light ground and on a dark one: web/colors.css has the same. Letters on it are `INK`. */
  readonly light: string;
  readonly dark: string;
}

const look = (use: MapUse, letter: string, words: string, light: string, dark: string): UseLook => ({
  use,
  letter,
  words,
  light,
  dark,
});

export const USE_LOOKS: readonly UseLook[] = [
  look("superblock", "S", "superblock", "#b3261e", "#ff7a70"),
  look("descriptors", "G", "group descriptors", "#8a5a00", "#e0a63c"),
  look("reserved-descriptors", "g", "room for more descriptors", "#97763a", "#a88a55"),
  look("block-bitmap", "B", "block bitmap", "#74399a", "#c08bea"),
  look("inode-bitmap", "I", "inode bitmap", "#ad3f8d", "#ee82cc"),
  look("inode-table", "T", "inode table", "#2b5fad", "#6ea3f5"),
  look("journal", "J", "journal", "#00707a", "#3fc0cb"),
  look("directory", "d", "directories", "#1b7a48", "#58c98a"),
  look("file-data", "=", "file data", "#61788c", "#8aa3b8"),
  look("symlink", "l", "targets of symbolic links", "#2f8585", "#7ad6d6"),
  look("xattr", "x", "extended attributes", "#6b6800", "#c8c43c"),
  look("map", "m", "maps of blocks", "#4c4a94", "#9d9bf0"),
  look("internal", "i", "the filesystem's own", "#5b5750", "#a39c92"),
  look("boot", "b", "before the superblock", "#7d4b32", "#c48a6a"),
  look("unknown", "?", "in use, and nothing says for what", "#2c2926", "#f2ece4"),
  look("free", ".", "free", "#8b8681", "#77716a"),
  look("hash-superblock", "V", "superblock of the hash tree", "#c2185b", "#ff6fa3"),
  look("hash-tree", "h", "hash tree", "#c24d17", "#f08a58"),
  look("footer", "F", "footer of the VHD", "#455a2a", "#a6c47a"),
  look("behind", "~", "behind the filesystem", "#736d66", "#8d867d"),
];

/** Of letters on a cell. */
export const INK = { light: "#ffffff", dark: "#171412" } as const;
/** Nothing is kept there: a cell of it is an outline. */
export const FAINT: ReadonlySet<MapUse> = new Set(["free", "behind"]);

export const LOOK_OF: Readonly<Record<MapUse, UseLook>> = Object.fromEntries(
  USE_LOOKS.map((each) => [each.use, each]),
) as Record<MapUse, UseLook>;

/** Uses whose owner is a group of the filesystem, and those whose owner is an inode. */
export const OF_GROUPS: ReadonlySet<string> = new Set<MapUse>([
  "superblock",
  "descriptors",
  "reserved-descriptors",
  "block-bitmap",
  "inode-bitmap",
  "inode-table",
]);
export const OF_INODES: ReadonlySet<string> = new Set<MapUse>([
  "directory",
  "file-data",
  "symlink",
  "xattr",
  "map",
  "journal",
  "internal",
]);

/**
 * What must not drown: there is little of it, and the filesystem is lost without it. A cell that is mostly something else is marked
 * with the first of these that it holds.
 */
export const MARKED: readonly MapUse[] = [
  "unknown",
  "footer",
  "hash-superblock",
  "superblock",
  "descriptors",
  "journal",
  "inode-table",
  "block-bitmap",
  "inode-bitmap",
];
