/**
 * Small files that live in their inodes: 60 bytes in the place of extents, the rest as an attribute called `system.data`.
 *
 * Source: Linux, "ext4 Data Structures", Inline Data.
 */
import { Inode } from "../../tree/inode";
import { CONTENT_SIZE, INODE_SIZE, XATTR_MAGIC, XattrEntry } from "../format";
import { DATA, ENTRY_SIZE, hashEntry } from "../xattr";
import { round4 } from "./attribute-set";
import { CONTENT_AT, XATTRS_AT } from "./format";

const SYSTEM_INDEX: u8 = 7;
/** Behind the magic. */
const AREA_SIZE: u32 = INODE_SIZE - XATTRS_AT - 4;
/** An empty word ends the entries. */
const VALUE_ROOM: u32 = AREA_SIZE - ENTRY_SIZE - 4 - 4;

/** Bytes that the content of `inode` may have to live there; 0 where attributes have the room. */
export function inlineRoom(inode: Inode): u32 {
  return inode.xattrPacked ? 0 : CONTENT_SIZE + VALUE_ROOM;
}

/** Encodes the content of a small file. @param at  INODE_SIZE bytes, whose content and attributes are zero */
export function encodeInline(at: usize, inode: Inode): void {
  const size = <u32>inode.size;
  memory.copy(at + CONTENT_AT, inode.content, min(size, CONTENT_SIZE));
  const rest = size - min(size, CONTENT_SIZE);
  const area = at + XATTRS_AT;
  store<u32>(area, XATTR_MAGIC);
  const entry = changetype<XattrEntry>(area + 4);
  entry.nameLength = <u8>DATA.length;
  entry.nameIndex = SYSTEM_INDEX;
  entry.valueSize = rest;
  memory.copy(area + 4 + ENTRY_SIZE, DATA.at, DATA.length);
  const value = AREA_SIZE - round4(rest);
  if (rest > 0) {
    entry.valueOffset = <u16>value;
    memory.copy(area + 4 + value, inode.content + CONTENT_SIZE, rest);
  }
  entry.hash = hashEntry(DATA.at, DATA.length, inode.content + CONTENT_SIZE, rest);
}
