/**
 * Where attributes stand: in their inode while there is room, then in a block that inodes of equal attributes share, and
 * values that fit neither in inodes of their own.
 *
 * Source: Linux, "ext4 Data Structures", Extended Attributes.
 */
import { ErrorCode } from "../../abi";
import { BlockStream } from "../../block-stream";
import { quote } from "../../bytes/quote";
import { fail } from "../../host";
import { Inode } from "../../tree/inode";
import { REGULAR } from "../../tree/mode";
import { Tree } from "../../tree/tree";
import {
  INODE_SIZE, InodeFlag, XATTR_BLOCK_CHECKSUM_AT, XATTR_BLOCK_HEADER_SIZE, XATTR_MAGIC, XattrBlockHeader, XattrEntry,
} from "../format";
import { ENTRY_SIZE, hashEntry } from "../xattr";
import { AttributeSet, AttributeSets, Place, round4 } from "./attribute-set";
import { Checksums } from "./checksum";
import { MAX_XATTR_BLOCK_USERS, XATTRS_AT } from "./format";
import { Geometry } from "./geometry";

/** Behind the magic of an inode's area, and before the empty word that ends its entries. */
const INODE_ROOM: u32 = INODE_SIZE - XATTRS_AT - 4 - 4;
/** In the second attempt at a crowded set, values past this many bytes stand by themselves. */
const SMALL_VALUE: u32 = 32;

const block = memory.data(4096, 16);

export class XattrWriter {
  private blockRoom: u32;
  /** Inodes that hold values, in order of their numbers, which follow those of the tree. */
  firstHolder: Inode | null = null;
  private lastHolder: Inode | null = null;

  constructor(
    private sets: AttributeSets,
    private tree: Tree,
    private stream: BlockStream,
    private geometry: Geometry,
  ) {
    this.blockRoom = geometry.blockSize - XATTR_BLOCK_HEADER_SIZE - 4;
  }

  /**
   * Decides for all sets in use what goes where, and numbers the inodes that hold values, from `number` on.
   *
   * @returns the number behind the last
   * @fails OutOfRange  a set fits nowhere
   */
  place(number: u32): u32 {
    let set = this.sets.first;
    while (set) {
      if (set.users > 0) {
        if (!this.tryPlace(set, this.blockRoom) && !this.tryPlace(set, SMALL_VALUE)) this.refuse(set);
        number = this.makeHolders(set, number);
      }
      set = set.next;
    }
    return number;
  }

  /** @param longest  bytes of a value that does not stand by itself for its size alone */
  private tryPlace(set: AttributeSet, longest: u32): bool {
    let inodeLeft: u32 = INODE_ROOM;
    let blockLeft = this.blockRoom;
    set.usesInode = false;
    set.usesBlock = false;
    let each = set.first;
    for (let i: u32 = 0; i < set.count; i++, each = each.next) {
      const entry = ENTRY_SIZE + round4(each.nameLength);
      const value = round4(each.valueLength);
      each.isApart = each.valueLength > longest || (entry + value > inodeLeft && entry + value > blockLeft);
      const size = each.isApart ? entry : entry + value;
      if (size <= inodeLeft) {
        each.place = <u8>Place.Inode;
        set.usesInode = true;
        inodeLeft -= size;
      } else if (size <= blockLeft) {
        each.place = <u8>Place.Block;
        set.usesBlock = true;
        blockLeft -= size;
      } else return false;
    }
    return true;
  }

  private refuse(set: AttributeSet): void {
    const name = set.first;
    const names = `${set.count} extended attributes, "${quote(name.name, name.nameLength)}" the first,`;
    const room = `an inode and a block of ${this.geometry.blockSize} bytes`;
    fail(ErrorCode.OutOfRange, `ext4: ${names} have names that do not fit ${room}`);
  }

  private makeHolders(set: AttributeSet, number: u32): u32 {
    let each = set.first;
    for (let i: u32 = 0; i < set.count; i++, each = each.next) {
      if (!each.isApart) continue;
      const holder = this.tree.makeInode(number++);
      holder.mode = REGULAR | 0o600;
      holder.linkCount = 1;
      holder.flags = InodeFlag.XattrValue | InodeFlag.Extents;
      holder.size = each.valueLength;
      holder.blockCount = <u32>this.geometry.blocksOf(each.valueLength);
      holder.content = each.value;
      // References: from each inode, or from each block that inodes share.
      holder.deviceMajor = each.place == Place.Inode ? set.users : this.countBlocks(set);
      set.holderBlocks += holder.blockCount;
      each.holder = holder;
      const last = this.lastHolder;
      if (last) last.next = holder;
      else this.firstHolder = holder;
      this.lastHolder = holder;
    }
    return number;
  }

  private countBlocks(set: AttributeSet): u32 {
    return (set.users + MAX_XATTR_BLOCK_USERS - 1) / MAX_XATTR_BLOCK_USERS;
  }

  /** Appends the values that have inodes of their own. */
  writeHolders(checksums: Checksums): void {
    let holder = this.firstHolder;
    while (holder) {
      holder.firstBlock = <u32>(this.stream.position / this.geometry.blockSize);
      // Its time of access keeps the value's checksum.
      holder.atime = checksums.of(checksums.seed, holder.content, <u32>holder.size);
      this.stream.append(holder.content, <u32>holder.size);
      this.stream.pad(this.geometry.blockSize);
      holder.content = 0;
      holder = holder.next;
    }
  }

  /** Appends the blocks of all sets, one for each 1,024 inodes that share it. */
  writeBlocks(checksums: Checksums): void {
    let set = this.sets.first;
    while (set) {
      if (set.users > 0 && set.usesBlock) this.writeBlocksOf(set, checksums);
      set = set.next;
    }
  }

  private writeBlocksOf(set: AttributeSet, checksums: Checksums): void {
    set.firstBlock = <u32>(this.stream.position / this.geometry.blockSize);
    this.encodeBlock(set);
    for (let done: u32 = 0; done < set.users; done += MAX_XATTR_BLOCK_USERS) {
      this.writeBlock(min(set.users - done, MAX_XATTR_BLOCK_USERS), checksums);
    }
  }

  private writeBlock(users: u32, checksums: Checksums): void {
    const size = this.geometry.blockSize;
    changetype<XattrBlockHeader>(block).refCount = users;
    store<u32>(block + XATTR_BLOCK_CHECKSUM_AT, 0);
    const start = checksums.ofBlock(this.stream.position / size);
    store<u32>(block + XATTR_BLOCK_CHECKSUM_AT, checksums.of(start, block, size)); // last: it covers all else
    this.stream.append(block, size);
  }

  private encodeBlock(set: AttributeSet): void {
    const size = this.geometry.blockSize;
    memory.fill(block, 0, size);
    const header = changetype<XattrBlockHeader>(block);
    header.magic = XATTR_MAGIC;
    header.blocks = 1;
    header.hash = encodeEntries(set, Place.Block, block + XATTR_BLOCK_HEADER_SIZE, block, size);
  }

  /** The next block of `set` that has room for one more inode. */
  takeBlock(set: AttributeSet): u32 {
    return set.firstBlock + set.assigned++ / MAX_XATTR_BLOCK_USERS;
  }
}

/** Encodes what `set` has in an inode. @param inode  INODE_SIZE bytes, zero from XATTRS_AT on */
export function encodeInodeXattrs(set: AttributeSet, inode: usize): void {
  store<u32>(inode + XATTRS_AT, XATTR_MAGIC);
  const area = inode + XATTRS_AT + 4;
  encodeEntries(set, Place.Inode, area, area, INODE_SIZE - XATTRS_AT - 4);
}

/**
 * Encodes the entries that stand at `place`: they grow from `at`, their values backward from `end` bytes behind `base`.
 *
 * @returns the hash of the entries' hashes
 */
function encodeEntries(set: AttributeSet, place: Place, at: usize, base: usize, end: u32): u32 {
  let value = end;
  let fold: u32 = 0;
  let each = set.first;
  for (let i: u32 = 0; i < set.count; i++, each = each.next) {
    if (each.place != <u8>place) continue;
    const entry = changetype<XattrEntry>(at);
    entry.nameLength = each.nameLength;
    entry.nameIndex = each.index;
    entry.valueSize = each.valueLength;
    const holder = each.holder;
    if (holder) {
      entry.valueInode = holder.number;
      entry.hash = rotl<u32>(hashEntry(each.name, each.nameLength, 0, 0), 16) ^ <u32>holder.atime;
    } else {
      entry.hash = hashEntry(each.name, each.nameLength, each.value, each.valueLength);
      value -= round4(each.valueLength);
      if (each.valueLength > 0) entry.valueOffset = <u16>value;
      memory.copy(base + value, each.value, each.valueLength);
    }
    memory.copy(at + ENTRY_SIZE, each.name, each.nameLength);
    fold = rotl<u32>(fold, 16) ^ entry.hash;
    at += ENTRY_SIZE + round4(each.nameLength);
  }
  return fold;
}
