/**
 * The bytes of extended attributes, in an inode as in a block.
 *
 * Source: Linux, "ext4 Data Structures", Extended Attributes.
 */
import { Literal } from "../bytes/literal";
import { ByteBuffer } from "../bytes/memory";
import { INODE_XATTR_SIZE, XattrEntry } from "./format";

export const ENTRY_SIZE: u32 = 16;
/** Prefixes that are stored as a number; the first that fits counts. */
class Prefix {
  readonly text: Literal;
  constructor(readonly index: u8, text: string) {
    this.text = new Literal(text);
  }
}
const PREFIXES: Prefix[] = [
  new Prefix(2, "system.posix_acl_access"),
  new Prefix(3, "system.posix_acl_default"),
  new Prefix(8, "system.richacl"),
  new Prefix(7, "system."),
  new Prefix(1, "user."),
  new Prefix(4, "trusted."),
  new Prefix(6, "security."),
];
export const DATA = new Literal("data");
const SYSTEM_INDEX: u8 = 7;

/** An attribute, where its name and value stand in memory. */
@unmanaged
export class Xattr {
  name: usize;       // 0x00  in full
  nameLength: u32;   // 0x04
  value: usize;      // 0x08
  valueLength: u32;  // 0x0c
  prefixLength: u32; // 0x10  bytes of the name that `index` stands for
  index: u32;        // 0x14

  get restLength(): u32 {
    return this.nameLength - this.prefixLength;
  }

  /** Bytes of the entry, then those of the value, as they lie on disk. */
  get entryLength(): u32 {
    return round4(this.restLength) + ENTRY_SIZE;
  }
}

/**
 * Encodes the tail of a small file as the first attribute, `system.data`.
 *
 * @param area   the inode's attribute area, with its magic
 * @param value  offset of the value behind the magic
 * @returns address behind the entry
 */
export function encodeDataEntry(area: usize, length: u32, hash: u32, value: u32): usize {
  const entry = changetype<XattrEntry>(area + 4);
  entry.nameLength = <u8>DATA.length;
  entry.nameIndex = SYSTEM_INDEX;
  entry.valueOffset = <u16>value;
  entry.valueSize = length;
  entry.hash = hash;
  memory.copy(area + 4 + ENTRY_SIZE, DATA.at, DATA.length);
  return area + 4 + ENTRY_SIZE + round4(DATA.length);
}

/** Writes the content that was not there yet when `encodeInode` made room for it. */
export function fillData(area: usize, content: usize, length: u32): void {
  const value = INODE_XATTR_SIZE - 4 - round4(length);
  encodeDataEntry(area, length, hashEntry(DATA.at, DATA.length, content, length), value);
  memory.copy(area + 4 + value, content, length);
}

/** Entries grow from `at`; values end at `valueEnd` behind `area` and grow backward; offsets count `delta` more. */
export function encodeList(list: usize, count: u32, at: usize, area: usize, valueEnd: u32, delta: u32): void {
  let value = valueEnd;
  for (let i: u32 = 0; i < count; i++) {
    const xattr = load<Xattr>(list + i * sizeof<usize>());
    const rest = xattr.name + xattr.prefixLength;
    value -= round4(xattr.valueLength);
    const entry = changetype<XattrEntry>(at);
    entry.nameLength = <u8>xattr.restLength;
    entry.nameIndex = <u8>xattr.index;
    entry.valueOffset = <u16>(value + delta);
    entry.valueSize = xattr.valueLength;
    entry.hash = hashEntry(rest, xattr.restLength, xattr.value, xattr.valueLength);
    memory.copy(at + ENTRY_SIZE, rest, xattr.restLength);
    memory.copy(area + value, xattr.value, xattr.valueLength);
    at += xattr.entryLength;
  }
}

/** The unsigned form of ext4's hash; a value's last word is filled up with zeros. */
export function hashEntry(name: usize, nameLength: u32, value: usize, valueLength: u32): u32 {
  let hash: u32 = 0;
  for (let i: u32 = 0; i < nameLength; i++) hash = rotl<u32>(hash, 5) ^ load<u8>(name + i);
  for (let i: u32 = 0; i < valueLength; i += 4) {
    let word: u32 = 0;
    memory.copy(wordBuffer, value + i, min(valueLength - i, 4));
    word = load<u32>(wordBuffer) & (valueLength - i < 4 ? (1 << ((valueLength - i) * 8)) - 1 : u32.MAX_VALUE);
    hash = rotl<u32>(hash, 16) ^ word;
  }
  return hash;
}
const wordBuffer = memory.data(8, 8);

/** Finds the number that stands for the start of the name. */
export function setPrefix(xattr: Xattr): void {
  xattr.prefixLength = 0;
  xattr.index = 0;
  for (let i = 0; i < PREFIXES.length; i++) {
    const prefix = PREFIXES[i];
    if (!prefix.text.startsOf(xattr.name, xattr.nameLength)) continue;
    xattr.prefixLength = prefix.text.length;
    xattr.index = prefix.index;
    return;
  }
}

/** Appends what `index` stands for. */
export function appendPrefix(text: ByteBuffer, index: u8): void {
  for (let i = 0; i < PREFIXES.length; i++) {
    const prefix = PREFIXES[i];
    if (prefix.index == index) return text.append(prefix.text.at, prefix.text.length);
  }
}

// @ts-ignore: decorator
@inline
export function round4(length: u32): u32 {
  return (length + 3) & ~3;
}
