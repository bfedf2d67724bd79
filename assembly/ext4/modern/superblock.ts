/** The superblock. */
import { crc32c } from "../../bytes/crc32c";
import { Inode } from "../../tree/inode";
import { CompatibleFeature, IncompatibleFeature, ReadOnlyFeature } from "../features";
import { CONTENT_SIZE, FIRST_INODE, INODE_SIZE, Superblock, SUPERBLOCK_MAGIC } from "../format";
import {
  BLOCKS_COUNT_HI_AT, CHECKSUM_TYPE_AT, DESCRIPTOR_SIZE_AT, FREE_BLOCKS_HI_AT, HASH_SEED_AT, HASH_VERSION_AT,
  JOURNAL_BACKUP_TYPE_AT, JOURNAL_COPY_AT, JOURNAL_INODE_AT, LABEL_AT, LOG_GROUPS_PER_FLEX_AT, LOST_FOUND_INODE_AT,
  MIN_EXTRA_INODE_SIZE_AT, MOUNT_OPTIONS_AT, SUPERBLOCK_CHECKSUM_AT, SUPERBLOCK_FLAGS_AT, UUID_AT,
  WANT_EXTRA_INODE_SIZE_AT,
} from "../superblock-fields";
import { encodeRoot } from "./extent-tree";
import { DESCRIPTOR_SIZE, EXTRA_SIZE, HALF_MD4, JOURNAL_INODE } from "./format";
import { Geometry } from "./geometry";
import { GroupTable } from "./groups";
import { Identity } from "./identity";
import { Layout } from "./layout";
import { Settings } from "./settings";

const CLEAN: u16 = 1;
/** What the kernel does when it finds a fault. */
const enum OnError {
  Continue = 1,
  RemountReadOnly = 2,
}
const NEVER_CHECK: u16 = 0xffff;
const USER_ATTRIBUTES_AND_ACLS: u32 = 0xc;
const UNSIGNED_HASH: u32 = 2;
const CRC32C: u8 = 1;
/** All groups are one flexible group where nobody allocates; where somebody does, the kernel's usual sixteen. */
const LOG_ONE_FLEX: u8 = 31;
const LOG_SIXTEEN: u8 = 4;

/** Features that only some images need. */
export class Features {
  attributeInodes: bool = false;
  largeDirectories: bool = false;
}

/** Encodes it, checksum included. @param at  1024 bytes, zero; @param journal  its inode, or null */
export function encodeSuperblock(
  at: usize, settings: Settings, geometry: Geometry, layout: Layout, groups: GroupTable, identity: Identity,
  features: Features, journal: Inode | null,
): void {
  const superblock = changetype<Superblock>(at);
  superblock.inodesCount = layout.groups * layout.inodesPerGroup;
  superblock.blocksCountLo = <u32>layout.end;
  store<u32>(at + BLOCKS_COUNT_HI_AT, <u32>(layout.end >> 32));
  superblock.freeBlocksLo = <u32>groups.freeBlocks;
  store<u32>(at + FREE_BLOCKS_HI_AT, <u32>(groups.freeBlocks >> 32));
  superblock.freeInodes = <u32>groups.freeInodes;
  superblock.firstDataBlock = geometry.firstBlock;
  superblock.logBlockSize = geometry.logBlockSize;
  superblock.logClusterSize = geometry.logBlockSize;
  superblock.blocksPerGroup = layout.blocksPerGroup;
  superblock.clustersPerGroup = layout.blocksPerGroup;
  superblock.inodesPerGroup = layout.inodesPerGroup;
  superblock.maxMountCount = NEVER_CHECK;
  superblock.magic = SUPERBLOCK_MAGIC;
  superblock.state = CLEAN;
  superblock.errors = <u16>(settings.isWritable ? OnError.RemountReadOnly : OnError.Continue);
  superblock.revision = 1;
  superblock.firstInode = FIRST_INODE;
  superblock.inodeSize = <u16>INODE_SIZE;
  setFeatures(superblock, settings, features, journal != null);
  memory.copy(at + UUID_AT, identity.uuid, 16);
  store<u64>(at + LABEL_AT, settings.labelLow);
  store<u64>(at + LABEL_AT + 8, settings.labelHigh);
  memory.copy(at + HASH_SEED_AT, identity.hashSeed, 16);
  store<u8>(at + HASH_VERSION_AT, HALF_MD4);
  store<u32>(at + SUPERBLOCK_FLAGS_AT, UNSIGNED_HASH);
  store<u16>(at + DESCRIPTOR_SIZE_AT, <u16>DESCRIPTOR_SIZE);
  store<u32>(at + MOUNT_OPTIONS_AT, USER_ATTRIBUTES_AND_ACLS);
  store<u16>(at + MIN_EXTRA_INODE_SIZE_AT, EXTRA_SIZE);
  store<u16>(at + WANT_EXTRA_INODE_SIZE_AT, EXTRA_SIZE);
  store<u8>(at + LOG_GROUPS_PER_FLEX_AT, settings.isWritable ? LOG_SIXTEEN : LOG_ONE_FLEX);
  store<u8>(at + CHECKSUM_TYPE_AT, CRC32C);
  store<u32>(at + LOST_FOUND_INODE_AT, FIRST_INODE);
  if (journal) encodeJournalCopy(at, journal);
  // Last: it covers every field above.
  store<u32>(at + SUPERBLOCK_CHECKSUM_AT, crc32c(u32.MAX_VALUE, at, SUPERBLOCK_CHECKSUM_AT));
}

function setFeatures(superblock: Superblock, settings: Settings, features: Features, hasJournal: bool): void {
  superblock.featuresCompatible =
    CompatibleFeature.ExtendedAttributes | CompatibleFeature.DirectoryIndex | CompatibleFeature.SparseSuper2;
  if (hasJournal) superblock.featuresCompatible |= CompatibleFeature.HasJournal;
  superblock.featuresIncompatible =
    IncompatibleFeature.FileType | IncompatibleFeature.Extents | IncompatibleFeature.Bits64 | IncompatibleFeature.FlexibleGroups;
  if (features.attributeInodes) superblock.featuresIncompatible |= IncompatibleFeature.ExtendedAttributeInode;
  if (features.largeDirectories) superblock.featuresIncompatible |= IncompatibleFeature.LargeDirectory;
  if (settings.inline) superblock.featuresIncompatible |= IncompatibleFeature.InlineData;
  superblock.featuresReadOnly =
    ReadOnlyFeature.LargeFile | ReadOnlyFeature.HugeFile | ReadOnlyFeature.DirectoryLinks |
    ReadOnlyFeature.ExtraInodeSize | ReadOnlyFeature.MetadataChecksums;
  if (settings.readOnly) superblock.featuresReadOnly |= ReadOnlyFeature.ReadOnly;
}

/** So that a journal whose inode is lost can be found. */
function encodeJournalCopy(at: usize, journal: Inode): void {
  store<u32>(at + JOURNAL_INODE_AT, JOURNAL_INODE);
  store<u8>(at + JOURNAL_BACKUP_TYPE_AT, 1);
  encodeRoot(at + JOURNAL_COPY_AT, journal);
  store<u32>(at + JOURNAL_COPY_AT + CONTENT_SIZE, <u32>(journal.size >> 32));
  store<u32>(at + JOURNAL_COPY_AT + CONTENT_SIZE + 4, <u32>journal.size);
}
