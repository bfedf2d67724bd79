/** Extended attributes of a file as users see them, from the inode, its block, and the inodes of large values. */
import { ErrorCode } from "../../abi";
import { crc32c } from "../../bytes/crc32c";
import { allocate, ByteBuffer } from "../../bytes/memory";
import { fail } from "../../host";
import { InodeFlag, XATTR_BLOCK_CHECKSUM_AT, XATTR_BLOCK_HEADER_SIZE, XATTR_MAGIC, XattrBlockHeader } from "../format";
import { appendPrefix } from "../xattr";
import { convertAcl, largestAcl } from "./acl";
import { Content } from "./content";
import { corrupt, hex, refuseChecksum } from "./corrupt";
import { FileInode } from "./inode";
import { Inodes } from "./inodes";
import { Volume } from "./volume";
import { XattrEntries } from "./xattr-entries";

/** The largest value that the system calls pass. Bytes. */
export const MAX_VALUE_LENGTH: u32 = 65_536;

/** What the start of a name is stored as, where it is not a matter of xattr.ts. */
export const enum NameIndex {
  AclAccess = 2,
  AclDefault = 3,
  Lustre = 5,
  RichAcl = 8,
  Encryption = 9,
}

/**
 * Goes over the attributes of one inode. ACLs are in the form that getxattr(2) gives.
 *
 *     xattrs.start(inode);
 *     while (xattrs.next()) … xattrs.name, xattrs.nameLength, xattrs.value, xattrs.valueLength …
 *
 * Name and value hold until `next` or `start` is called again.
 */
export class Xattrs {
  private inode: FileInode;
  private entries: XattrEntries = new XattrEntries();
  private inBlock: bool = false;
  /** A copy: reading a value elsewhere may drive the block out of the cache. */
  private block: usize;
  private fullName: ByteBuffer = new ByteBuffer();
  private buffer: ByteBuffer = new ByteBuffer();
  private valueInode: FileInode;
  private valueContent: Content;
  value: usize = 0;
  valueLength: u32 = 0;

  constructor(private volume: Volume, private inodes: Inodes) {
    this.inode = changetype<FileInode>(0);
    this.block = allocate(volume.blockSize);
    this.valueInode = new FileInode(volume);
    this.valueContent = new Content(volume);
  }

  /** In full, such as `user.a`. */
  get name(): usize {
    return this.fullName.at;
  }

  get nameLength(): u32 {
    return this.fullName.length;
  }

  /** The inode that has the value; 0: it stands beside the name. */
  get valueInodeNumber(): u32 {
    return this.entries.valueInode;
  }

  /** @param inode  must hold until the last `next` */
  start(inode: FileInode): void {
    this.inode = inode;
    this.inBlock = false;
    this.entries.startInode(inode);
  }

  /** @returns whether there is another; @fails Corrupt, Unsupported */
  next(): bool {
    const entries = this.entries;
    while (entries.next() || (this.startBlock() && entries.next())) {
      if (entries.isInlineData || entries.index == NameIndex.Encryption) continue;
      this.takeName();
      this.takeValue();
      return true;
    }
    return false;
  }

  /** @returns whether there is a block, and it was not read before */
  private startBlock(): bool {
    const inode = this.inode;
    const number = inode.xattrBlock;
    if (this.inBlock || number == 0) return false;
    this.inBlock = true;
    if (!this.volume.holds(number, 1)) {
      corrupt(`inode ${inode.number}: attributes at block ${number} of ${this.volume.blocks}`);
    }
    const block = this.block;
    const size = this.volume.blockSize;
    memory.copy(block, this.volume.block(number), size);
    const header = changetype<XattrBlockHeader>(block);
    if (header.magic != XATTR_MAGIC || header.blocks != 1) {
      const found = `magic 0x${hex(header.magic)}, ${header.blocks} blocks`;
      corrupt(`inode ${inode.number}: attributes at block ${number}: ${found}`);
    }
    if (this.volume.checksums) this.verify(number);
    this.entries.start(inode.number, block + XATTR_BLOCK_HEADER_SIZE, block, block + size);
    return true;
  }

  private verify(number: u64): void {
    const stored = load<u32>(this.block, XATTR_BLOCK_CHECKSUM_AT);
    store<u32>(this.block, 0, XATTR_BLOCK_CHECKSUM_AT);
    const seed = this.volume.numberSeed(this.volume.superblock.checksumSeed, number);
    const computed = crc32c(seed, this.block, this.volume.blockSize);
    if (stored != computed) refuseChecksum(`attributes at block ${number}`, stored, computed);
  }

  private takeName(): void {
    const entries = this.entries;
    const name = this.fullName;
    name.clear();
    if (entries.index > <u8>NameIndex.RichAcl || entries.index == <u8>NameIndex.Lustre) {
      this.refuse(`attribute of class ${entries.index}, which Linux does not know`);
    }
    appendPrefix(name, entries.index);
    name.append(entries.name, entries.nameLength);
  }

  private takeValue(): void {
    const entries = this.entries;
    this.value = entries.value;
    this.valueLength = entries.valueLength;
    if (entries.valueInode != 0) this.readValue(entries.valueInode);
    if (entries.index == NameIndex.AclAccess || entries.index == NameIndex.AclDefault) this.convert();
  }

  private convert(): void {
    const room = largestAcl(this.valueLength);
    const at = this.valueLength;
    // Behind the value, if that stands in the buffer too, which may move.
    const inBuffer = this.entries.valueInode != 0;
    this.buffer.reserve(at + room);
    if (inBuffer) this.value = this.buffer.at;
    const to = this.buffer.at + at;
    this.valueLength = convertAcl(this.inode.number, this.value, this.valueLength, to);
    this.value = to;
  }

  /** Reads a value that fills an inode of its own, and checks it by the sum that the inode keeps of it. */
  private readValue(number: u32): void {
    const length = this.valueLength;
    const holder = this.valueInode;
    if (length > MAX_VALUE_LENGTH) {
      this.refuse(`attribute of ${length} bytes, where Linux gives ${MAX_VALUE_LENGTH}`);
    }
    this.inodes.read(number, holder);
    if (!(holder.flags & InodeFlag.XattrValue) || holder.size != length) {
      corrupt(`inode ${this.inode.number}: attribute of ${length} bytes in inode ${number}, which has no such value`);
    }
    this.buffer.clear();
    this.buffer.reserve(length);
    this.valueContent.open(holder);
    this.valueContent.read(0, this.buffer.at, length);
    this.buffer.length = length; // so that it stays when the buffer moves
    this.value = this.buffer.at;
    if (!this.volume.verify) return;
    const computed = crc32c(this.volume.superblock.checksumSeed, this.buffer.at, length);
    const stored = <u32>holder.atime;
    if (stored != computed) refuseChecksum(`inode ${number}: value of an attribute`, stored, computed);
  }

  private refuse(what: string): void {
    fail(ErrorCode.Unsupported, `ext4: inode ${this.inode.number}: ${what}`);
  }
}
