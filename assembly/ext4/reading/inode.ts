/**
 * An inode, decoded.
 *
 * Source: Linux, "ext4 Data Structures and Algorithms", Index Nodes.
 */
import { crc32c } from "../../bytes/crc32c";
import { allocate } from "../../bytes/memory";
import { BLOCK_DEVICE, CHARACTER_DEVICE, DIRECTORY, FIFO, REGULAR, SYMBOLIC_LINK, TYPE_MASK } from "../../tree/mode";
import { IncompatibleFeature, ReadOnlyFeature } from "../features";
import {
  ATIME_EXTRA_AT, BIRTH_TIME_AT, BIRTH_TIME_EXTRA_AT, BLOCKS_HI_AT, CONTENT_SIZE, CTIME_EXTRA_AT, DiskInode,
  EXTRA_SIZE_AT, GID_HI_AT, INODE_CHECKSUM_HI_AT, INODE_CHECKSUM_LO_AT, InodeFlag, MTIME_EXTRA_AT, SIZE_HI_AT,
  UID_HI_AT, XATTR_BLOCK_AT, XATTR_BLOCK_HI_AT,
} from "../format";
import { corrupt, refuseChecksum } from "./corrupt";
import { Volume } from "./volume";

export const SOCKET: u32 = 0xc000;

/** Fields past those of the struct in format.ts. Offsets, bytes. */
const GENERATION_AT: u32 = 0x64; // u32
const VERSION_HI_AT: u32 = 0x98; // u32
const PROJECT_AT: u32 = 0x9c; // u32

/** All inodes have these bytes; those of more have a count of further ones behind them. */
export const OLD_SIZE: u32 = 128;

/**
 * What an inode says. Made once, and filled again and again by `Ext4Reader.readInode`: fields and addresses hold until
 * then.
 */
export class FileInode {
  /** 0: nothing was read into it. */
  number: u32 = 0;
  mode: u32 = 0;
  uid: u32 = 0;
  gid: u32 = 0;
  /** Bytes of content. */
  size: u64 = 0;
  linkCount: u32 = 0;
  /** InodeFlag and InodeFlag. */
  flags: u32 = 0;
  /** What it takes on disk, metadata of its own included, in 512 bytes. */
  sectors: u64 = 0;
  generation: u32 = 0;
  /** Of NFS; of an attribute's value: how often it is referred to, together with ctime. */
  version: u64 = 0;
  project: u32 = 0;
  /** The block of its extended attributes; 0: none. */
  xattrBlock: u64 = 0;
  /** Bytes of fields behind the first 128; attributes may stand behind those. */
  extraSize: u32 = 0;
  /** Seconds since 1970, and nanoseconds forward from there. */
  atime: i64 = 0;
  atimeNanoseconds: u32 = 0;
  ctime: i64 = 0;
  ctimeNanoseconds: u32 = 0;
  mtime: i64 = 0;
  mtimeNanoseconds: u32 = 0;
  birthTime: i64 = 0;
  birthTimeNanoseconds: u32 = 0;
  /** Whether the inode is large enough to say when it was made. */
  hasBirthTime: bool = false;
  /** When it was deleted, or the next in the list of orphans. */
  deletionTime: u32 = 0;
  /** Where the checksums of its blocks start. */
  checksumSeed: u32 = 0;
  /** A copy of the inode as it is on disk, of the size that inodes have here. */
  readonly raw: usize;

  constructor(readonly volume: Volume) {
    this.raw = allocate(volume.superblock.inodeSize);
  }

  /** A value of tree/mode, or SOCKET. */
  get type(): u32 {
    return this.mode & TYPE_MASK;
  }

  get isDirectory(): bool {
    return this.type == DIRECTORY;
  }

  /** Whether anything refers to it. */
  get isUsed(): bool {
    return this.mode != 0 && this.linkCount != 0;
  }

  /** Whether its type is one that files have. */
  get hasType(): bool {
    const type = this.type;
    if (type == REGULAR || type == DIRECTORY || type == SYMBOLIC_LINK) return true;
    return type == FIFO || type == SOCKET || this.isDevice;
  }

  /** Address of the 60 bytes for extents, block numbers, a device number, a short target or the start of a file. */
  get content(): usize {
    return this.raw + offsetof<DiskInode>("content0");
  }

  get isInline(): bool {
    return (this.flags & InodeFlag.InlineData) != 0;
  }

  /** A symbolic link whose target stands in the inode. */
  get isFastLink(): bool {
    if (this.flags & (InodeFlag.Extents | InodeFlag.InlineData)) return false;
    return this.type == SYMBOLIC_LINK && this.size < CONTENT_SIZE;
  }

  /** Whether `content` leads to blocks: as an extent tree, or as block numbers. */
  get hasBlocks(): bool {
    if (this.isInline || this.isFastLink) return false;
    return this.type == REGULAR || this.type == DIRECTORY || this.type == SYMBOLIC_LINK;
  }

  /** Whether it has bytes of its own, wherever they stand. */
  get hasContent(): bool {
    return this.hasBlocks || this.isFastLink || this.isInline;
  }

  get hasExtents(): bool {
    return (this.flags & InodeFlag.Extents) != 0;
  }

  get deviceMajor(): u32 {
    const old = load<u32>(this.content);
    return old != 0 ? (old >> 8) & 0xff : (load<u32>(this.content, 4) >> 8) & 0xfff;
  }

  get deviceMinor(): u32 {
    const old = load<u32>(this.content);
    const value = load<u32>(this.content, 4);
    return old != 0 ? old & 0xff : (value & 0xff) | ((value >> 12) & 0xf_ff00);
  }

  get isDevice(): bool {
    return this.type == CHARACTER_DEVICE || this.type == BLOCK_DEVICE;
  }

  /**
   * Fills the record from the inode at `from`.
   *
   * @fails Corrupt  its checksum is wrong, or its fields would not fit; the record is then that of no inode
   */
  decode(number: u32, from: usize): void {
    const superblock = this.volume.superblock;
    const size = superblock.inodeSize;
    this.number = 0;
    memory.copy(this.raw, from, size);
    this.decodeOld();
    this.extraSize = size > OLD_SIZE && this.isKnown ? load<u16>(this.raw, EXTRA_SIZE_AT) : 0;
    if (this.extraSize > size - OLD_SIZE || this.extraSize % 4 != 0) {
      corrupt(`inode ${number}: ${this.extraSize} bytes of fields past 128, in an inode of ${size}`);
    }
    this.decodeTimes();
    this.version = load<u32>(this.raw, offsetof<DiskInode>("version"));
    if (this.hasField(VERSION_HI_AT)) this.version |= (<u64>load<u32>(this.raw, VERSION_HI_AT)) << 32;
    const hasProject = (superblock.readOnly & ReadOnlyFeature.Project) != 0 && this.hasField(PROJECT_AT);
    this.project = hasProject ? load<u32>(this.raw, PROJECT_AT) : 0;
    this.checksumSeed = this.volume.inodeSeed(number, this.generation);
    if (this.volume.checksums && this.isKnown) this.verify(number);
    this.number = number;
  }

  /** Whether anything was ever written to it: what never was has no checksum. */
  private get isKnown(): bool {
    return this.mode != 0 || this.linkCount != 0;
  }

  private decodeOld(): void {
    const superblock = this.volume.superblock;
    const raw = this.raw;
    const disk = changetype<DiskInode>(raw);
    this.mode = disk.mode;
    this.uid = disk.uidLo | (<u32>load<u16>(raw, UID_HI_AT) << 16);
    this.gid = disk.gidLo | (<u32>load<u16>(raw, GID_HI_AT) << 16);
    this.linkCount = disk.linksCount;
    this.flags = disk.flags;
    this.generation = load<u32>(raw, GENERATION_AT);
    this.deletionTime = disk.dtime;
    const hasHighSize = this.type == REGULAR || superblock.has(IncompatibleFeature.LargeDirectory);
    this.size = disk.sizeLo | (hasHighSize ? (<u64>load<u32>(raw, SIZE_HI_AT)) << 32 : 0);
    const blockHi: u64 = superblock.has(IncompatibleFeature.Bits64) ? load<u16>(raw, XATTR_BLOCK_HI_AT) : 0;
    this.xattrBlock = load<u32>(raw, XATTR_BLOCK_AT) | (blockHi << 32);
    const hasHighCount = (superblock.readOnly & ReadOnlyFeature.HugeFile) != 0;
    const count = disk.blocksLo | (hasHighCount ? (<u64>load<u16>(raw, BLOCKS_HI_AT)) << 32 : 0);
    this.sectors = hasHighCount && (this.flags & InodeFlag.HugeFile) ? count * (superblock.blockSize / 512) : count;
  }

  private decodeTimes(): void {
    const disk = changetype<DiskInode>(this.raw);
    const atime = this.extra(ATIME_EXTRA_AT);
    const ctime = this.extra(CTIME_EXTRA_AT);
    const mtime = this.extra(MTIME_EXTRA_AT);
    this.hasBirthTime = this.hasField(BIRTH_TIME_AT);
    const birthTime = this.extra(BIRTH_TIME_EXTRA_AT);
    this.atime = seconds(disk.atime, atime);
    this.atimeNanoseconds = atime >> 2;
    this.ctime = seconds(disk.ctime, ctime);
    this.ctimeNanoseconds = ctime >> 2;
    this.mtime = seconds(disk.mtime, mtime);
    this.mtimeNanoseconds = mtime >> 2;
    this.birthTime = this.hasBirthTime ? seconds(load<u32>(this.raw, BIRTH_TIME_AT), birthTime) : 0;
    this.birthTimeNanoseconds = birthTime >> 2;
  }

  /** Two bits of seconds, the rest nanoseconds. 0 in an inode that has no such field. */
  private extra(at: u32): u32 {
    return this.hasField(at) ? load<u32>(this.raw + at) : 0;
  }

  /** Whether a field of four bytes is among those that the inode has. */
  private hasField(at: u32): bool {
    return at + 4 <= OLD_SIZE + this.extraSize;
  }

  /** The checksum that it has; the lower half of one, where there is no room for more. */
  get storedChecksum(): u32 {
    const low: u32 = load<u16>(this.raw, INODE_CHECKSUM_LO_AT);
    return this.hasWideChecksum ? low | (<u32>load<u16>(this.raw, INODE_CHECKSUM_HI_AT) << 16) : low;
  }

  /** The checksum that it should have. */
  computeChecksum(): u32 {
    const raw = this.raw;
    const size = this.volume.superblock.inodeSize;
    const low = load<u16>(raw, INODE_CHECKSUM_LO_AT);
    const isWide = this.hasWideChecksum;
    const high: u16 = isWide ? load<u16>(raw, INODE_CHECKSUM_HI_AT) : 0;
    store<u16>(raw, 0, INODE_CHECKSUM_LO_AT);
    if (isWide) store<u16>(raw, 0, INODE_CHECKSUM_HI_AT);
    const computed = crc32c(this.checksumSeed, raw, size);
    store<u16>(raw, low, INODE_CHECKSUM_LO_AT);
    if (isWide) store<u16>(raw, high, INODE_CHECKSUM_HI_AT);
    return isWide ? computed : computed & 0xffff;
  }

  private get hasWideChecksum(): bool {
    return this.extraSize >= 4;
  }

  private verify(number: u32): void {
    const stored = this.storedChecksum;
    const computed = this.computeChecksum();
    if (stored != computed) refuseChecksum(`inode ${number}`, stored, computed);
  }
}

/** 32 bits with a sign, to which the two low bits of `extra` add 2^32 each. */
function seconds(low: u32, extra: u32): i64 {
  return <i64>(<i32>low) + ((<i64>(extra & 3)) << 32);
}
