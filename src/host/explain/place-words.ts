/** What a block is, in words. */
import { printable } from "../image/name.ts";
import type { BlockPlace } from "./explanation.ts";

export const PATHLESS = "a file without a path";

/** `content of /etc/passwd (inode 12), from its byte 0 on`: harmless to a terminal, and in a line. */
export function describePlace({ structure, group, inode, path, fileAt, inodes, hashBlock }: BlockPlace): string {
  const name = path ? printable(path) : PATHLESS;
  const owner = `${name} (inode ${inode})`;
  switch (structure) {
    case "superblock":
      return group === 0 ? "the superblock" : `the superblock's copy in group ${group}`;
    case "descriptors":
      return group === 0 ? "the group descriptors" : `the group descriptors, as group ${group} has them`;
    case "reserved-descriptors":
      return `room kept for more group descriptors, in group ${group}`;
    case "block-bitmap":
      return `the block bitmap of group ${group}`;
    case "inode-bitmap":
      return `the inode bitmap of group ${group}`;
    case "inode-table":
      return `the inode table of group ${group}, inodes ${inodes![0]} to ${inodes![1]}`;
    case "directory":
      return `names in the directory ${owner}, from its byte ${fileAt} on`;
    case "file-data":
      return `content of ${owner}, from its byte ${fileAt} on`;
    case "symlink":
      return `the target of ${owner}`;
    case "xattr":
      return `extended attributes of ${owner}`;
    case "map":
      return `the map of the blocks of ${owner}`;
    case "journal":
      return `the journal, from its byte ${fileAt} on`;
    case "internal":
      return inode === undefined
        ? "the filesystem's own"
        : `the filesystem's own inode ${inode}, from its byte ${fileAt} on`;
    case "free":
      return "a free block";
    case "boot":
      return "what is before the superblock";
    case "unknown":
      return "a block that is in use, and nothing says for what";
    case "hash-superblock":
      return "the superblock of the hash tree";
    case "hash-tree":
      return hashBlock === 0 ? "the root block of the hash tree" : `block ${hashBlock} of the hash tree`;
    case "behind":
      return "behind the filesystem";
    case "unreadable":
      return "what it is cannot be told";
    case "none":
      return "nothing: the disk has ended before";
  }
}
