/**
 * Group descriptors, and the bitmaps that they name.
 *
 * Source: Linux, "ext4 Data Structures and Algorithms", Block Group Descriptors; Meta Block Groups.
 */
import { crc16 } from "../../bytes/crc16";
import { crc32c } from "../../bytes/crc32c";
import { setBits } from "../bitmap";
import { CompatibleFeature, IncompatibleFeature, ReadOnlyFeature } from "../features";
import { GroupDescriptor, GroupFlag } from "../format";
import { RESERVED_DESCRIPTOR_BLOCKS_AT, UUID_AT } from "../superblock-fields";
import { corrupt, refuseChecksum } from "./corrupt";
import { Superblock } from "./superblock";
import { Volume } from "./volume";

const WIDE_SIZE: u32 = 64;
const CHECKSUM_AT: u32 = offsetof<GroupDescriptor>("checksum");

/** A decoded descriptor. */
export class Group {
  /** NONE: nothing is decoded. */
  number: u32 = NONE;
  /** Blocks of the filesystem. */
  blockBitmap: u64 = 0;
  inodeBitmap: u64 = 0;
  inodeTable: u64 = 0;
  freeBlocks: u32 = 0;
  freeInodes: u32 = 0;
  usedDirectories: u32 = 0;
  /** Inodes at the end of the table that were never in use; 0 where the filesystem does not say. */
  unusedInodes: u32 = 0;
  /** GroupFlag; none where the filesystem has no flags. */
  flags: u32 = 0;
  blockBitmapChecksum: u32 = 0;
  inodeBitmapChecksum: u32 = 0;
  /** The first block of the group, and how many it has. */
  firstBlock: u64 = 0;
  blocks: u32 = 0;
}
const NONE: u32 = u32.MAX_VALUE;

export class Groups {
  private group: Group = new Group();
  private superblock: Superblock;
  /** Blocks of one group's inode table. */
  readonly tableBlocks: u32;

  constructor(private volume: Volume) {
    const superblock = volume.superblock;
    this.superblock = superblock;
    const tableSize = <u64>superblock.inodesPerGroup * superblock.inodeSize;
    this.tableBlocks = <u32>((tableSize + superblock.blockSize - 1) / superblock.blockSize);
  }

  /**
   * The descriptor of a group, from 0. There is one record: it holds until another group is asked for.
   *
   * @fails Corrupt  its checksum is wrong, or it points out of the filesystem
   */
  get(number: u32): Group {
    const group = this.group;
    if (group.number == number) return group;
    group.number = NONE;
    this.verify(number);
    this.decode(group, number, this.rawDescriptor(number));
    this.checkPlaces(group, number);
    group.number = number;
    return group;
  }

  /** As `get`, whatever is wrong with the descriptor. */
  getUnchecked(number: u32): Group {
    const group = this.group;
    group.number = NONE; // what `get` would give is checked
    this.decode(group, number, this.rawDescriptor(number));
    return group;
  }

  /** The checksum that a descriptor has, where descriptors have any. */
  storedChecksum(number: u32): u32 {
    return changetype<GroupDescriptor>(this.rawDescriptor(number)).checksum;
  }

  /** The checksum that a descriptor should have. */
  computeChecksum(number: u32): u32 {
    memory.copy(descriptor, this.rawDescriptor(number), this.superblock.descriptorSize);
    store<u16>(descriptor, 0, CHECKSUM_AT);
    store<u32>(numberBuffer, number);
    return this.superblock.hasMetadataChecksums ? this.computeNew() : this.computeOld();
  }

  /** Puts the block bitmap of a group in memory at `to`, a block; where it was never written, what it would be. */
  readBlockBitmap(number: u32, to: usize): void {
    const group = this.get(number);
    const superblock = this.superblock;
    if (group.flags & GroupFlag.BlocksUnwritten) return this.encodeFreshBitmap(number, group, to);
    memory.copy(to, this.volume.block(group.blockBitmap), superblock.blockSize);
    if (!this.volume.checksums) return;
    const computed = this.narrow(crc32c(superblock.checksumSeed, to, superblock.blocksPerGroup / 8));
    const stored = group.blockBitmapChecksum;
    if (stored != computed) refuseChecksum(`block bitmap of group ${number}`, stored, computed);
  }

  /** Puts the inode bitmap of a group in memory at `to`, a block; where it was never written, what it would be. */
  readInodeBitmap(number: u32, to: usize): void {
    const group = this.get(number);
    const superblock = this.superblock;
    if (group.flags & GroupFlag.InodesUnwritten) {
      memory.fill(to, 0, superblock.blockSize);
      setBits(to, superblock.inodesPerGroup, 8 * superblock.blockSize);
      return;
    }
    memory.copy(to, this.volume.block(group.inodeBitmap), superblock.blockSize);
    if (!this.volume.checksums) return;
    const computed = this.narrow(crc32c(superblock.checksumSeed, to, superblock.inodesPerGroup / 8));
    const stored = group.inodeBitmapChecksum;
    if (stored != computed) refuseChecksum(`inode bitmap of group ${number}`, stored, computed);
  }

  /** Whether a group begins with a superblock, its own or a copy. */
  hasSuperblock(number: u32): bool {
    const superblock = this.superblock;
    if (number == 0) return true;
    if (superblock.compatible & CompatibleFeature.SparseSuper2) {
      return number == superblock.backupGroup(0) || number == superblock.backupGroup(1);
    }
    if (!(superblock.readOnly & ReadOnlyFeature.SparseSuper)) return true;
    return number == 1 || isPowerOf(number, 3) || isPowerOf(number, 5) || isPowerOf(number, 7);
  }

  /** Blocks of descriptors behind the superblock's place at the start of a group; those kept for growth not counted. */
  descriptorBlocksIn(number: u32): u32 {
    const superblock = this.superblock;
    if (this.isMeta(number)) {
      const index = number % this.perBlock;
      return index < 2 || index == this.perBlock - 1 ? 1 : 0;
    }
    if (!this.hasSuperblock(number)) return 0;
    return superblock.has(IncompatibleFeature.MetaBlockGroups) ? superblock.firstMetaGroup : superblock.descriptorBlocks;
  }

  /** Blocks kept behind those descriptors, so that there can be more of them. */
  reservedDescriptorBlocksIn(number: u32): u32 {
    if (this.isMeta(number) || !this.hasSuperblock(number)) return 0;
    return load<u16>(this.superblock.raw, RESERVED_DESCRIPTOR_BLOCKS_AT);
  }

  /** Address of a descriptor as it is on disk. It holds as a block does. */
  rawDescriptor(number: u32): usize {
    return this.volume.block(this.descriptorBlock(number)) + (number % this.perBlock) * this.superblock.descriptorSize;
  }

  /** Descriptors in a block. */
  private get perBlock(): u32 {
    return this.superblock.blockSize / this.superblock.descriptorSize;
  }

  /** Whether the group's descriptor stands in its own part of the disk, not behind the superblock. */
  private isMeta(number: u32): bool {
    const superblock = this.superblock;
    return superblock.has(IncompatibleFeature.MetaBlockGroups) && number / this.perBlock >= superblock.firstMetaGroup;
  }

  private descriptorBlock(number: u32): u64 {
    const superblock = this.superblock;
    if (number >= superblock.groups) corrupt(`group ${number} of ${superblock.groups}`);
    if (!this.isMeta(number)) return <u64>superblock.firstBlock + 1 + number / this.perBlock;
    const first = number - (number % this.perBlock);
    return firstBlockOf(superblock, first) + (this.hasSuperblock(first) ? 1 : 0);
  }

  private verify(number: u32): void {
    if (!this.volume.verify || !this.superblock.hasGroupFlags) return;
    const stored = this.storedChecksum(number);
    const computed = this.computeChecksum(number);
    if (stored != computed) refuseChecksum(`descriptor of group ${number}`, stored, computed);
  }

  private computeNew(): u32 {
    const seed = crc32c(this.superblock.checksumSeed, numberBuffer, 4);
    return crc32c(seed, descriptor, this.superblock.descriptorSize) & 0xffff;
  }

  /** As the feature uninit_bg has it: without the checksum itself, whose place is not counted as zeros. */
  private computeOld(): u32 {
    const crc = crc16(crc16(0xffff, this.superblock.raw + UUID_AT, 16), numberBuffer, 4);
    const before = crc16(crc, descriptor, CHECKSUM_AT);
    const size = this.superblock.descriptorSize;
    return size > CHECKSUM_AT + 2 ? crc16(before, descriptor + CHECKSUM_AT + 2, size - CHECKSUM_AT - 2) : before;
  }

  private decode(group: Group, number: u32, at: usize): void {
    const superblock = this.superblock;
    const raw = changetype<GroupDescriptor>(at);
    const isWide = superblock.descriptorSize >= WIDE_SIZE;
    group.blockBitmap = join32(raw.blockBitmapLo, isWide ? raw.blockBitmapHi : 0);
    group.inodeBitmap = join32(raw.inodeBitmapLo, isWide ? raw.inodeBitmapHi : 0);
    group.inodeTable = join32(raw.inodeTableLo, isWide ? raw.inodeTableHi : 0);
    group.freeBlocks = join16(raw.freeBlocksLo, isWide ? raw.freeBlocksHi : 0);
    group.freeInodes = join16(raw.freeInodesLo, isWide ? raw.freeInodesHi : 0);
    group.usedDirectories = join16(raw.usedDirectoriesLo, isWide ? raw.usedDirectoriesHi : 0);
    group.blockBitmapChecksum = join16(raw.blockBitmapChecksumLo, isWide ? raw.blockBitmapChecksumHi : 0);
    group.inodeBitmapChecksum = join16(raw.inodeBitmapChecksumLo, isWide ? raw.inodeBitmapChecksumHi : 0);
    const hasFlags = superblock.hasGroupFlags;
    group.flags = hasFlags ? raw.flags : 0;
    group.unusedInodes = hasFlags ? join16(raw.unusedInodesLo, isWide ? raw.unusedInodesHi : 0) : 0;
    group.firstBlock = firstBlockOf(superblock, number);
    group.blocks = <u32>min<u64>(superblock.blocksPerGroup, superblock.blocks - group.firstBlock);
  }

  private checkPlaces(group: Group, number: u32): void {
    checkPlace(this.volume, number, "block bitmap", group.blockBitmap, 1);
    checkPlace(this.volume, number, "inode bitmap", group.inodeBitmap, 1);
    checkPlace(this.volume, number, "inode table", group.inodeTable, this.tableBlocks);
    if (group.unusedInodes > this.superblock.inodesPerGroup) {
      corrupt(`descriptor of group ${number}: ${group.unusedInodes} unused inodes of ${this.superblock.inodesPerGroup}`);
    }
  }

  /** What the bitmap of a group is in which nothing stands but its own metadata. */
  encodeFreshBitmap(number: u32, group: Group, to: usize): void {
    const size = this.superblock.blockSize;
    memory.fill(to, 0, size);
    setBits(to, 0, min(this.headBlocks(number), group.blocks));
    setOwn(to, group, group.blockBitmap, 1);
    setOwn(to, group, group.inodeBitmap, 1);
    setOwn(to, group, group.inodeTable, this.tableBlocks);
    setBits(to, group.blocks, 8 * size);
  }

  /** Blocks of superblock and descriptors at the start of a group. */
  headBlocks(number: u32): u32 {
    const superblocks: u32 = this.hasSuperblock(number) ? 1 : 0;
    return superblocks + this.descriptorBlocksIn(number) + this.reservedDescriptorBlocksIn(number);
  }

  /** Without the wide descriptors only half of a bitmap's checksum is kept. */
  narrow(checksum: u32): u32 {
    return this.superblock.descriptorSize >= WIDE_SIZE ? checksum : checksum & 0xffff;
  }
}
const descriptor = memory.data(1024, 8);
const numberBuffer = memory.data(4, 8);

function firstBlockOf(superblock: Superblock, group: u32): u64 {
  return superblock.firstBlock + <u64>group * superblock.blocksPerGroup;
}

function join32(low: u32, high: u32): u64 {
  return ((<u64>high) << 32) | low;
}

function join16(low: u32, high: u32): u32 {
  return (high << 16) | low;
}

function checkPlace(volume: Volume, group: u32, what: string, start: u64, count: u32): void {
  if (volume.holds(start, count)) return;
  corrupt(`descriptor of group ${group}: ${what} at block ${start} of ${volume.blocks}`);
}

/** Marks those of `count` blocks from `start` that lie in the group. */
function setOwn(bitmap: usize, group: Group, start: u64, count: u32): void {
  const from = max(start, group.firstBlock);
  const end = min(start + count, group.firstBlock + group.blocks);
  if (from < end) setBits(bitmap, <u32>(from - group.firstBlock), <u32>(end - group.firstBlock));
}

function isPowerOf(value: u32, base: u32): bool {
  let power: u64 = base;
  while (power < value) power *= base;
  return power == value;
}
