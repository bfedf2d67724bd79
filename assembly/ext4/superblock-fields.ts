/**
 * Fields of the superblock past those of the struct in format.ts. Offsets, bytes.
 *
 * Source: Linux, "ext4 Data Structures and Algorithms", Super Block; fs/ext4/ext4.h.
 */

export const UUID_AT: u32 = 0x68; // 16 bytes
export const LABEL_AT: u32 = 0x78; // 16 bytes
export const LAST_MOUNTED_AT: u32 = 0x88; // 64 bytes
export const RESERVED_DESCRIPTOR_BLOCKS_AT: u32 = 0xce; // u16
export const JOURNAL_INODE_AT: u32 = 0xe0; // u32
export const LAST_ORPHAN_AT: u32 = 0xe8; // u32
export const HASH_SEED_AT: u32 = 0xec; // 16 bytes
export const HASH_VERSION_AT: u32 = 0xfc; // u8
export const JOURNAL_BACKUP_TYPE_AT: u32 = 0xfd; // u8: 1, the copy below is there
export const DESCRIPTOR_SIZE_AT: u32 = 0xfe; // u16
export const MOUNT_OPTIONS_AT: u32 = 0x100; // u32: 0x4 user_xattr, 0x8 acl
export const FIRST_META_GROUP_AT: u32 = 0x104; // u32
export const MADE_TIME_AT: u32 = 0x108; // u32
export const JOURNAL_COPY_AT: u32 = 0x10c; // 60 bytes of the journal inode, then its size, high word first
export const BLOCKS_COUNT_HI_AT: u32 = 0x150; // u32
export const RESERVED_BLOCKS_HI_AT: u32 = 0x154; // u32
export const FREE_BLOCKS_HI_AT: u32 = 0x158; // u32
export const MIN_EXTRA_INODE_SIZE_AT: u32 = 0x15c; // u16
export const WANT_EXTRA_INODE_SIZE_AT: u32 = 0x15e; // u16
export const SUPERBLOCK_FLAGS_AT: u32 = 0x160; // u32: 0x2, hashes of names take their bytes as unsigned
export const MULTI_MOUNT_BLOCK_AT: u32 = 0x168; // u64
export const LOG_GROUPS_PER_FLEX_AT: u32 = 0x174; // u8
export const CHECKSUM_TYPE_AT: u32 = 0x175; // u8: 1, CRC-32C
export const USER_QUOTA_INODE_AT: u32 = 0x240; // u32
export const GROUP_QUOTA_INODE_AT: u32 = 0x244; // u32
export const BACKUP_GROUPS_AT: u32 = 0x24c; // two u32
export const LOST_FOUND_INODE_AT: u32 = 0x268; // u32
export const PROJECT_QUOTA_INODE_AT: u32 = 0x26c; // u32
export const CHECKSUM_SEED_AT: u32 = 0x270; // u32
export const WRITE_TIME_HI_AT: u32 = 0x274; // u8
export const MOUNT_TIME_HI_AT: u32 = 0x275; // u8
export const MADE_TIME_HI_AT: u32 = 0x276; // u8
export const LAST_CHECK_HI_AT: u32 = 0x277; // u8
export const ORPHAN_FILE_INODE_AT: u32 = 0x280; // u32
export const SUPERBLOCK_CHECKSUM_AT: u32 = 0x3fc; // u32

export const SUPERBLOCK_SIZE: u32 = 1024;
