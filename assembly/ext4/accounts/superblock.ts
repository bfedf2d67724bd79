/** What a superblock says, field by field. Source: Linux, "ext4 Data Structures and Algorithms", Super Block. */
import { Account } from "../../bytes/account";
import { Superblock } from "../format";
import {
  BACKUP_GROUPS_AT, BLOCKS_COUNT_HI_AT, CHECKSUM_SEED_AT, CHECKSUM_TYPE_AT, DESCRIPTOR_SIZE_AT, FIRST_META_GROUP_AT,
  FREE_BLOCKS_HI_AT, GROUP_QUOTA_INODE_AT, HASH_SEED_AT, HASH_VERSION_AT, JOURNAL_BACKUP_TYPE_AT, JOURNAL_COPY_AT,
  JOURNAL_INODE_AT, LABEL_AT, LAST_CHECK_HI_AT, LAST_MOUNTED_AT, LAST_ORPHAN_AT, LOG_GROUPS_PER_FLEX_AT,
  LOST_FOUND_INODE_AT, MADE_TIME_AT, MADE_TIME_HI_AT, MIN_EXTRA_INODE_SIZE_AT, MOUNT_OPTIONS_AT, MOUNT_TIME_HI_AT,
  MULTI_MOUNT_BLOCK_AT, ORPHAN_FILE_INODE_AT, PROJECT_QUOTA_INODE_AT, RESERVED_BLOCKS_HI_AT,
  RESERVED_DESCRIPTOR_BLOCKS_AT, SUPERBLOCK_CHECKSUM_AT, SUPERBLOCK_FLAGS_AT, USER_QUOTA_INODE_AT, UUID_AT,
  WANT_EXTRA_INODE_SIZE_AT, WRITE_TIME_HI_AT,
} from "../superblock-fields";

/** More fields than the writers know. Offsets, bytes. */
const PREALLOCATED_BLOCKS_AT: u32 = 0xcc; // u8, then one for directories
const JOURNAL_UUID_AT: u32 = 0xd0; // 16 bytes
const JOURNAL_DEVICE_AT: u32 = 0xe4; // u32
const RAID_STRIDE_AT: u32 = 0x164; // u16
const MULTI_MOUNT_INTERVAL_AT: u32 = 0x166; // u16
const RAID_STRIPE_WIDTH_AT: u32 = 0x170; // u32
const KBYTES_WRITTEN_AT: u32 = 0x178; // u64
const ERROR_COUNT_AT: u32 = 0x194; // u32
const DEFAULT_MOUNT_OPTIONS_AT: u32 = 0x200; // 64 bytes of text
const OVERHEAD_BLOCKS_AT: u32 = 0x248; // u32

/** @param raw  address of a superblock, SUPERBLOCK_SIZE bytes */
export function accountOfSuperblock(account: Account, raw: usize): void {
  sizes(account, raw);
  state(account, raw);
  features(account, raw);
  names(account, raw);
  journal(account, raw);
  rest(account, raw);
  account.hex("checksum", load<u32>(raw, SUPERBLOCK_CHECKSUM_AT), 8);
}

function sizes(account: Account, raw: usize): void {
  const superblock = changetype<Superblock>(raw);
  account.number("inodes", superblock.inodesCount);
  account.number("blocks", wide(superblock.blocksCountLo, raw + BLOCKS_COUNT_HI_AT));
  account.number("reserved blocks", wide(superblock.reservedBlocksLo, raw + RESERVED_BLOCKS_HI_AT));
  account.number("free blocks", wide(superblock.freeBlocksLo, raw + FREE_BLOCKS_HI_AT));
  account.number("free inodes", superblock.freeInodes);
  account.number("first data block", superblock.firstDataBlock);
  account.number("log of the block size", superblock.logBlockSize);
  account.number("log of the cluster size", superblock.logClusterSize);
  account.number("blocks per group", superblock.blocksPerGroup);
  account.number("clusters per group", superblock.clustersPerGroup);
  account.number("inodes per group", superblock.inodesPerGroup);
  account.number("first inode", superblock.firstInode);
  account.number("inode size", superblock.inodeSize);
  account.number("group of this superblock", superblock.blockGroup);
  account.number("descriptor size", load<u16>(raw, DESCRIPTOR_SIZE_AT));
  account.number("reserved descriptor blocks", load<u16>(raw, RESERVED_DESCRIPTOR_BLOCKS_AT));
}

function state(account: Account, raw: usize): void {
  const superblock = changetype<Superblock>(raw);
  account.hex("magic", superblock.magic, 4);
  account.number("state", superblock.state);
  account.number("behaviour on errors", superblock.errors);
  account.number("minor revision", superblock.minorRevision);
  account.number("revision", superblock.revision);
  account.number("creator's system", superblock.creatorOs);
  account.number("mounts", superblock.mountCount);
  account.number("mounts before a check", superblock.maxMountCount);
  account.number("seconds between checks", superblock.checkInterval);
  account.time("mount time", timeOf(superblock.mountTime, raw + MOUNT_TIME_HI_AT), 0);
  account.time("write time", timeOf(superblock.writeTime, raw + WRITE_TIME_HI_AT), 0);
  account.time("check time", timeOf(superblock.lastCheck, raw + LAST_CHECK_HI_AT), 0);
  account.time("time it was made", timeOf(load<u32>(raw, MADE_TIME_AT), raw + MADE_TIME_HI_AT), 0);
  account.number("uid for reserved blocks", superblock.reservedUid);
  account.number("gid for reserved blocks", superblock.reservedGid);
  account.number("errors", load<u32>(raw, ERROR_COUNT_AT));
  account.number("KiB written", load<u64>(raw, KBYTES_WRITTEN_AT));
}

function features(account: Account, raw: usize): void {
  const superblock = changetype<Superblock>(raw);
  account.hex("compatible features", superblock.featuresCompatible, 1);
  account.hex("incompatible features", superblock.featuresIncompatible, 1);
  account.hex("read-only features", superblock.featuresReadOnly, 1);
  account.hex("flags", load<u32>(raw, SUPERBLOCK_FLAGS_AT), 1);
  account.hex("mount options", load<u32>(raw, MOUNT_OPTIONS_AT), 1);
  account.text("more mount options", raw + DEFAULT_MOUNT_OPTIONS_AT, 64);
}

function names(account: Account, raw: usize): void {
  account.uuid("UUID", raw + UUID_AT);
  account.text("label", raw + LABEL_AT, 16);
  account.text("last mounted on", raw + LAST_MOUNTED_AT, 64);
  account.uuid("hash seed", raw + HASH_SEED_AT);
  account.number("hash version", load<u8>(raw, HASH_VERSION_AT));
  account.number("checksum type", load<u8>(raw, CHECKSUM_TYPE_AT));
  account.hex("checksum seed", load<u32>(raw, CHECKSUM_SEED_AT), 8);
}

function journal(account: Account, raw: usize): void {
  account.uuid("journal's UUID", raw + JOURNAL_UUID_AT);
  account.number("journal's inode", load<u32>(raw, JOURNAL_INODE_AT));
  account.number("journal's device", load<u32>(raw, JOURNAL_DEVICE_AT));
  account.number("kind of the journal's copy", load<u8>(raw, JOURNAL_BACKUP_TYPE_AT));
  account.raw("copy of the journal's inode", raw + JOURNAL_COPY_AT, 68);
  account.number("last orphan", load<u32>(raw, LAST_ORPHAN_AT));
}

function rest(account: Account, raw: usize): void {
  account.number("first meta group", load<u32>(raw, FIRST_META_GROUP_AT));
  account.number("log of groups per flex group", load<u8>(raw, LOG_GROUPS_PER_FLEX_AT));
  account.number("preallocated blocks", load<u8>(raw, PREALLOCATED_BLOCKS_AT));
  account.number("preallocated blocks of directories", load<u8>(raw, PREALLOCATED_BLOCKS_AT + 1));
  account.number("least extra inode size", load<u16>(raw, MIN_EXTRA_INODE_SIZE_AT));
  account.number("wanted extra inode size", load<u16>(raw, WANT_EXTRA_INODE_SIZE_AT));
  account.number("RAID stride", load<u16>(raw, RAID_STRIDE_AT));
  account.number("RAID stripe width", load<u32>(raw, RAID_STRIPE_WIDTH_AT));
  account.number("multiple mount interval", load<u16>(raw, MULTI_MOUNT_INTERVAL_AT));
  account.number("multiple mount block", load<u64>(raw, MULTI_MOUNT_BLOCK_AT));
  account.number("user quota inode", load<u32>(raw, USER_QUOTA_INODE_AT));
  account.number("group quota inode", load<u32>(raw, GROUP_QUOTA_INODE_AT));
  account.number("project quota inode", load<u32>(raw, PROJECT_QUOTA_INODE_AT));
  account.number("overhead blocks", load<u32>(raw, OVERHEAD_BLOCKS_AT));
  account.number("first backup group", load<u32>(raw, BACKUP_GROUPS_AT));
  account.number("second backup group", load<u32>(raw, BACKUP_GROUPS_AT + 4));
  account.number("lost+found's inode", load<u32>(raw, LOST_FOUND_INODE_AT));
  account.number("orphan file's inode", load<u32>(raw, ORPHAN_FILE_INODE_AT));
}

function wide(low: u32, high: usize): u64 {
  return ((<u64>load<u32>(high)) << 32) | low;
}

function timeOf(low: u32, high: usize): i64 {
  return ((<i64>load<u8>(high)) << 32) | low;
}
