/**
 * What profile modern writes of ext4 beyond ../format.ts. Integers are little-endian, but for the journal's.
 *
 * Source: Linux, "ext4 Data Structures and Algorithms" (Documentation/filesystems/ext4); fs/ext4/ext4.h; fs/jbd2.
 */

export const JOURNAL_INODE: u32 = 8;

export const LABEL_SIZE: u32 = 16;

/** Of a descriptor in its long form, with the 64bit feature. */
export const DESCRIPTOR_SIZE: u32 = 64;

/** Fields of an inode past those of the struct. Offsets, bytes. */
export const VERSION_AT: u32 = 0x24; // u32
export const CONTENT_AT: u32 = 0x28; // 60 bytes

/** Fields up to the project's id. */
export const EXTRA_SIZE: u16 = 32;
export const XATTRS_AT: u32 = 128 + 32;

/** The end of a directory's block: looks like an empty entry, holds a checksum. */
@unmanaged
export class DirectoryTail {
  inode: u32;        // 0x00  0
  recordLength: u16; // 0x04  12
  nameLength: u8;    // 0x06  0
  fileType: u8;      // 0x07  0xde
  checksum: u32;     // 0x08
}
export const DIRECTORY_TAIL_TYPE: u8 = 0xde;

/** Slots of a directory's index: the first holds limit and count in the place of a hash. */
export const INDEX_SLOT_SIZE: u32 = 8;
/** Behind the entries for itself and its parent, and eight bytes of description. */
export const INDEX_ROOT_SLOTS_AT: u32 = 0x20;
export const INDEX_NODE_SLOTS_AT: u32 = 8;
export const HALF_MD4: u8 = 1;

/** Inodes that may share a block of attributes. */
export const MAX_XATTR_BLOCK_USERS: u32 = 1024;

export const JOURNAL_MAGIC: u32 = 0xc03b_3998;
/** Big-endian. */
@unmanaged
export class JournalSuperblock {
  magic: u32;                // 0x00
  blockType: u32;            // 0x04  4: a superblock, version 2
  headerSequence: u32;       // 0x08
  blockSize: u32;            // 0x0c
  blocksCount: u32;          // 0x10
  firstBlock: u32;           // 0x14  of the log
  sequence: u32;             // 0x18  that is expected first
  start: u32;                // 0x1c  0: nothing to replay
  errno: u32;                // 0x20
  featuresCompatible: u32;   // 0x24
  featuresIncompatible: u32; // 0x28
  featuresReadOnly: u32;     // 0x2c
  uuid0: u64;                // 0x30
  uuid1: u64;                // 0x38
  usersCount: u32;           // 0x40
}

// Checked by the compiler: a field out of place does not build.
if (offsetof<DirectoryTail>() != 12) ERROR("ext4.DirectoryTail: must be 12 bytes");
if (offsetof<JournalSuperblock>("usersCount") != 0x40) ERROR("ext4.JournalSuperblock: usersCount must stand at 0x40");
