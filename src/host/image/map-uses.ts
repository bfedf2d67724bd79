/** What blocks may be in a map of an image: in the order of its legend, with the letter, the words and the colours of each. */
import type { BlockUseName } from "./inspection.ts";

/** Beyond those of the filesystem: the superblock of the hash tree, the tree, a VHD's footer, and what lies behind all. */
export type MapUse = BlockUseName | "hash-superblock" | "hash-tree" | "footer" | "behind";

export interface UseLook {
  readonly use: MapUse;
  readonly words: string;

  /** One character of ASCII, so that a map can be read without colour. */
  readonly letter: string;

  /** `#rrggbb`, on a light ground and on a dark one. Letters on it are `INK`. */
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
  look("superblock", "S", "superblock", "#f0566e", "#f0566e"),
  look("descriptors", "G", "group descriptors", "#c18bf0", "#b78af0"),
  look("reserved-descriptors", "g", "room for more descriptors", "#e2cdf8", "#8368a8"),
  look("block-bitmap", "B", "block bitmap", "#3fb8af", "#35aaa2"),
  look("inode-bitmap", "I", "inode bitmap", "#7fd6c2", "#6cc4b0"),
  look("inode-table", "T", "inode table", "#62bd5b", "#58b152"),
  look("journal", "J", "journal", "#c99667", "#c08b5a"),
  look("directory", "d", "directories", "#f5a742", "#f0a03a"),
  look("file-data", "=", "file data", "#8db8f2", "#5f93dd"),
  look("symlink", "l", "targets of symbolic links", "#f2d64b", "#e3c63e"),
  look("xattr", "x", "extended attributes", "#b9cf4a", "#a8be3d"),
  look("map", "m", "maps of blocks", "#5cc3e6", "#45b4da"),
  look("internal", "i", "the filesystem's own", "#b3a7c9", "#9d90b6"),
  look("boot", "b", "before the superblock", "#c9c2b4", "#a19a8c"),
  look("unknown", "?", "in use, and nothing says for what", "#ff8f70", "#ff8f70"),
  look("free", ".", "free", "#eceef1", "#2b313a"),
  look("hash-superblock", "V", "superblock of the hash tree", "#f062b5", "#f062b5"),
  look("hash-tree", "h", "hash tree", "#f3a8d3", "#d080b0"),
  look("footer", "F", "footer of the VHD", "#9aa4b2", "#8b96a5"),
  look("behind", "~", "behind the filesystem", "#dcdfe4", "#3b424d"),
];

/** Of letters on a cell; on a cell of FAINT, on a dark ground, the other of them is. */
export const INK = { light: "#1b1f24", dark: "#14181d", onFaint: "#9aa4b2" } as const;
/** Uses that are hardly there: nothing is kept in them. */
export const FAINT: ReadonlySet<MapUse> = new Set(["free", "behind"]);

export const LOOK_OF: Readonly<Record<MapUse, UseLook>> = Object.fromEntries(
  USE_LOOKS.map((each) => [each.use, each]),
) as Record<MapUse, UseLook>;

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
