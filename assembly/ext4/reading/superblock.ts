/**
 * The superblock, checked: what all else is found by.
 *
 * Source: Linux, "ext4 Data Structures and Algorithms", The Super Block.
 */
import { crc32c } from "../../bytes/crc32c";
import { allocate } from "../../bytes/memory";
import { Source } from "../../source";
import { CompatibleFeature, IncompatibleFeature, ReadOnlyFeature } from "../features";
import { Superblock as RawSuperblock, SUPERBLOCK_AT, SUPERBLOCK_MAGIC } from "../format";
import {
  BACKUP_GROUPS_AT, BLOCKS_COUNT_HI_AT, CHECKSUM_SEED_AT, CHECKSUM_TYPE_AT, DESCRIPTOR_SIZE_AT, FIRST_META_GROUP_AT,
  FREE_BLOCKS_HI_AT, JOURNAL_INODE_AT, RESERVED_BLOCKS_HI_AT, SUPERBLOCK_CHECKSUM_AT, SUPERBLOCK_SIZE, UUID_AT,
} from "../superblock-fields";
import { corrupt, hex } from "./corrupt";
import { checkFeatures } from "./features";

const MAX_LOG_BLOCK_SIZE: u32 = 6; // 64 KiB
const OLD_INODE_SIZE: u32 = 128;
const OLD_DESCRIPTOR_SIZE: u32 = 32;
const MIN_BLOCKS_PER_GROUP: u32 = 256;

const CRC32C: u8 = 1;

/** Whether the superblock of an ext2, ext3 or ext4 filesystem stands at the start of `source`. */
export function hasSuperblock(source: Source): bool {
  if (source.size < SUPERBLOCK_AT + SUPERBLOCK_SIZE) return false;
  source.read(SUPERBLOCK_AT, scratch, SUPERBLOCK_SIZE);
  return changetype<RawSuperblock>(scratch).magic == SUPERBLOCK_MAGIC;
}
const scratch = memory.data(1024, 8);

export class Superblock {
  /** The superblock as it is on disk, 1024 bytes. */
  readonly raw: usize = allocate(SUPERBLOCK_SIZE);
  /** Bytes: 1024 to 65536. */
  blockSize: u32 = 0;
  blocks: u64 = 0;
  /** The first block of group 0: 1 where blocks have 1024 bytes, else 0. */
  firstBlock: u32 = 0;
  blocksPerGroup: u32 = 0;
  groups: u32 = 0;
  inodes: u32 = 0;
  inodesPerGroup: u32 = 0;
  /** Bytes: 128 or more. */
  inodeSize: u32 = 0;
  /** Inodes below it are the filesystem's own. */
  firstInode: u32 = 0;
  /** Bytes. */
  descriptorSize: u32 = 0;
  /** Blocks that all group descriptors take, one copy. */
  descriptorBlocks: u32 = 0;
  compatible: u32 = 0;
  incompatible: u32 = 0;
  readOnly: u32 = 0;
  /** Where the checksums of metadata start. */
  checksumSeed: u32 = 0;

  /**
   * @param verify  whether its checksum must be right
   * @fails Corrupt  it is no superblock, contradicts itself, or says more than the image has; Unsupported  by feature
   */
  constructor(source: Source, verify: bool) {
    source.read(SUPERBLOCK_AT, this.raw, SUPERBLOCK_SIZE);
    const raw = this.struct;
    if (raw.magic != SUPERBLOCK_MAGIC) corrupt(`superblock: magic 0x${hex(raw.magic)}, not 0xef53`);
    if (raw.revision > 0) {
      this.compatible = raw.featuresCompatible;
      this.incompatible = raw.featuresIncompatible;
      this.readOnly = raw.featuresReadOnly;
    }
    if (verify && this.hasMetadataChecksums) this.verify();
    checkFeatures(this.incompatible, this.readOnly);
    this.decodeSizes(raw);
    this.decodeGroups(raw);
    this.checksumSeed = this.has(IncompatibleFeature.ChecksumSeed)
      ? load<u32>(this.raw, CHECKSUM_SEED_AT)
      : crc32c(u32.MAX_VALUE, this.raw + UUID_AT, 16);
    if (this.blocks > source.size / this.blockSize) {
      corrupt(`superblock: ${this.blocks} blocks of ${this.blockSize} bytes in an image of ${source.size}`);
    }
  }

  get struct(): RawSuperblock {
    return changetype<RawSuperblock>(this.raw);
  }

  /** Whether it has an incompatible feature. */
  has(feature: IncompatibleFeature): bool {
    return (this.incompatible & feature) != 0;
  }

  get hasMetadataChecksums(): bool {
    return (this.readOnly & ReadOnlyFeature.MetadataChecksums) != 0;
  }

  /** Whether flags in the descriptors say which bitmaps and tables were never written. */
  get hasGroupFlags(): bool {
    return (this.readOnly & (ReadOnlyFeature.MetadataChecksums | ReadOnlyFeature.GroupChecksums)) != 0;
  }

  /** Whether the journal holds what the filesystem should. */
  get needsRecovery(): bool {
    return this.has(IncompatibleFeature.Recover);
  }

  /** Bytes of the filesystem. */
  get size(): u64 {
    return this.blocks * this.blockSize;
  }

  get freeBlocks(): u64 {
    return this.wide(this.struct.freeBlocksLo, FREE_BLOCKS_HI_AT);
  }

  get reservedBlocks(): u64 {
    return this.wide(this.struct.reservedBlocksLo, RESERVED_BLOCKS_HI_AT);
  }

  /** 0: it has none of its own. */
  get journalInode(): u32 {
    return this.compatible & CompatibleFeature.HasJournal ? load<u32>(this.raw, JOURNAL_INODE_AT) : 0;
  }

  /** Of a descriptor's place: blocks from here on stand in their own groups. */
  get firstMetaGroup(): u32 {
    return load<u32>(this.raw, FIRST_META_GROUP_AT);
  }

  /** One of the two groups with copies, where only two have them. */
  backupGroup(index: u32): u32 {
    return load<u32>(this.raw + BACKUP_GROUPS_AT + index * 4);
  }

  /** A time in seconds since 1970; its fifth byte stands elsewhere. */
  time(low: u32, highAt: u32): u64 {
    return ((<u64>load<u8>(this.raw + highAt)) << 32) | low;
  }

  private wide(low: u32, highAt: u32): u64 {
    return this.has(IncompatibleFeature.Bits64) ? ((<u64>load<u32>(this.raw + highAt)) << 32) | low : low;
  }

  private verify(): void {
    const type = load<u8>(this.raw, CHECKSUM_TYPE_AT);
    if (type != CRC32C) corrupt(`superblock: checksums of type ${type}, where only 1 is known`);
    const stored = load<u32>(this.raw, SUPERBLOCK_CHECKSUM_AT);
    const computed = crc32c(u32.MAX_VALUE, this.raw, SUPERBLOCK_CHECKSUM_AT);
    if (stored != computed) corrupt(`superblock: checksum 0x${hex(stored)}, computed 0x${hex(computed)}`);
  }

  private decodeSizes(raw: RawSuperblock): void {
    if (raw.logBlockSize > MAX_LOG_BLOCK_SIZE) corrupt(`superblock: blocks of 2^${<u64>raw.logBlockSize + 10} bytes`);
    this.blockSize = 1024 << raw.logBlockSize;
    this.inodeSize = raw.revision > 0 ? raw.inodeSize : OLD_INODE_SIZE;
    if (this.inodeSize < OLD_INODE_SIZE || this.inodeSize > this.blockSize || !isPowerOfTwo(this.inodeSize)) {
      corrupt(`superblock: inodes of ${this.inodeSize} bytes`);
    }
    const isWide = this.has(IncompatibleFeature.Bits64);
    this.descriptorSize = isWide ? load<u16>(this.raw, DESCRIPTOR_SIZE_AT) : OLD_DESCRIPTOR_SIZE;
    if (this.descriptorSize < OLD_DESCRIPTOR_SIZE || this.descriptorSize > 1024 || !isPowerOfTwo(this.descriptorSize)) {
      corrupt(`superblock: group descriptors of ${this.descriptorSize} bytes`);
    }
    this.firstInode = raw.revision > 0 ? raw.firstInode : 11;
  }

  private decodeGroups(raw: RawSuperblock): void {
    this.blocks = this.wide(raw.blocksCountLo, BLOCKS_COUNT_HI_AT);
    this.firstBlock = raw.firstDataBlock;
    this.blocksPerGroup = raw.blocksPerGroup;
    this.inodesPerGroup = raw.inodesPerGroup;
    this.inodes = raw.inodesCount;
    const bits: u32 = 8 * this.blockSize;
    if (this.firstBlock != (this.blockSize == 1024 ? 1 : 0)) corrupt(`superblock: first data block ${this.firstBlock}`);
    if (this.blocks <= this.firstBlock) corrupt(`superblock: ${this.blocks} blocks`);
    if (this.blocksPerGroup < MIN_BLOCKS_PER_GROUP || this.blocksPerGroup > bits || this.blocksPerGroup % 8 != 0) {
      corrupt(`superblock: ${this.blocksPerGroup} blocks in a group`);
    }
    const perBlock = this.blockSize / this.inodeSize;
    if (this.inodesPerGroup < perBlock || this.inodesPerGroup > bits || this.inodesPerGroup % 8 != 0) {
      corrupt(`superblock: ${this.inodesPerGroup} inodes in a group`);
    }
    const groups = (this.blocks - this.firstBlock + this.blocksPerGroup - 1) / this.blocksPerGroup;
    if (groups * this.inodesPerGroup != this.inodes) {
      corrupt(`superblock: ${this.inodes} inodes in ${groups} groups of ${this.inodesPerGroup}`);
    }
    if (<u64>this.inodes * this.inodeSize > this.size) {
      corrupt(`superblock: ${this.inodes} inodes of ${this.inodeSize} bytes in ${this.size} bytes`);
    }
    this.groups = <u32>groups;
    const descriptors = this.blockSize / this.descriptorSize;
    this.descriptorBlocks = (this.groups + descriptors - 1) / descriptors;
  }
}

function isPowerOfTwo(value: u32): bool {
  return popcnt(value) == 1;
}
