/**
 * A list of extended attributes as it is on disk, in an inode or in a block.
 *
 * Source: Linux, "ext4 Data Structures and Algorithms", Extended Attributes.
 */
import { XATTR_MAGIC, XattrEntry } from "../format";
import { DATA, ENTRY_SIZE, round4 } from "../xattr";
import { corrupt } from "./corrupt";
import { FileInode, OLD_SIZE } from "./inode";

const SYSTEM_INDEX: u8 = 7;

/** Goes over the entries of one list. Addresses lead into the list. */
export class XattrEntries {
  private number: u32 = 0;
  private at: usize = 0;
  private base: usize = 0;
  private end: usize = 0;
  /** What the start of the name is stored as. */
  index: u8 = 0;
  name: usize = 0;
  nameLength: u32 = 0;
  /** The inode that has the value; 0: the list has it. */
  valueInode: u32 = 0;
  value: usize = 0;
  valueLength: u32 = 0;
  hash: u32 = 0;

  /** Starts with the attributes in the inode itself, if there are any. */
  startInode(inode: FileInode): void {
    const size = inode.volume.superblock.inodeSize;
    const area = OLD_SIZE + inode.extraSize;
    const exists = inode.extraSize > 0 && area + 4 <= size && load<u32>(inode.raw + area) == XATTR_MAGIC;
    const first = inode.raw + area + 4;
    const end = inode.raw + size;
    this.start(inode.number, exists ? first : end, first, end);
  }

  /**
   * @param number  of the inode, for messages
   * @param from    the first entry
   * @param base    where offsets of values start
   * @param end     of the list's room
   */
  start(number: u32, from: usize, base: usize, end: usize): void {
    this.number = number;
    this.at = from;
    this.base = base;
    this.end = end;
  }

  /** @returns whether there is another; @fails Corrupt  it reaches out of the list */
  next(): bool {
    if (this.at + 4 > this.end || load<u32>(this.at) == 0) return false;
    const entry = changetype<XattrEntry>(this.at);
    if (this.at + ENTRY_SIZE > this.end || this.at + ENTRY_SIZE + entry.nameLength > this.end) {
      corrupt(`inode ${this.number}: an attribute's entry reaches past the end of its list`);
    }
    const isApart = entry.valueInode != 0;
    const room = <u64>(this.end - this.base);
    if (!isApart && entry.valueSize > 0 && (entry.valueOffset > room || entry.valueSize > room - entry.valueOffset)) {
      corrupt(`inode ${this.number}: an attribute of ${entry.valueSize} bytes at ${entry.valueOffset}, in a list of ${room}`);
    }
    this.index = entry.nameIndex;
    this.name = this.at + ENTRY_SIZE;
    this.nameLength = entry.nameLength;
    this.valueInode = entry.valueInode;
    this.value = isApart ? 0 : this.base + entry.valueOffset;
    this.valueLength = entry.valueSize;
    this.hash = entry.hash;
    this.at += ENTRY_SIZE + round4(entry.nameLength);
    return true;
  }

  /** Whether it is the rest of a small file, kept as an attribute, and no attribute to users. */
  get isInlineData(): bool {
    return this.index == SYSTEM_INDEX && DATA.equals(this.name, this.nameLength);
  }
}
