/**
 * ext4 structures on disk. Integers are little-endian.
 *
 * Source: Linux, "ext4 Data Structures and Algorithms" (Documentation/filesystems/ext4).
 */

export const BLOCK_SIZE: u32 = 4096;
/** A group has as many blocks as a bitmap of one block has bits. */
export const BLOCKS_PER_GROUP: u32 = 8 * BLOCK_SIZE;
export const MAX_INODES_PER_GROUP: u32 = 8 * BLOCK_SIZE;
export const INODE_SIZE: u32 = 256;
export const INODES_PER_BLOCK: u32 = BLOCK_SIZE / INODE_SIZE;
/** Short descriptors: without the 64bit feature. */
export const DESCRIPTOR_SIZE: u32 = 32;
export const DESCRIPTORS_PER_BLOCK: u32 = BLOCK_SIZE / DESCRIPTOR_SIZE;

export const ROOT_INODE: u32 = 2;
/** Inodes below it are reserved; it is lost+found. */
export const FIRST_INODE: u32 = 11;
export const MAX_LINKS: u32 = 65_000;
export const MAX_NAME_LENGTH: u32 = 255;

export const SUPERBLOCK_AT: u32 = 1024;
export const SUPERBLOCK_MAGIC: u16 = 0xef53;

@unmanaged
export class Superblock {
  inodesCount: u32;         // 0x00
  blocksCountLo: u32;       // 0x04
  reservedBlocksLo: u32;    // 0x08
  freeBlocksLo: u32;        // 0x0c
  freeInodes: u32;          // 0x10
  firstDataBlock: u32;      // 0x14
  logBlockSize: u32;        // 0x18  of 1024
  logClusterSize: u32;      // 0x1c
  blocksPerGroup: u32;      // 0x20
  clustersPerGroup: u32;    // 0x24
  inodesPerGroup: u32;      // 0x28
  mountTime: u32;           // 0x2c
  writeTime: u32;           // 0x30
  mountCount: u16;          // 0x34
  maxMountCount: u16;       // 0x36
  magic: u16;               // 0x38
  state: u16;               // 0x3a  1: clean
  errors: u16;              // 0x3c  1: go on
  minorRevision: u16;       // 0x3e
  lastCheck: u32;           // 0x40
  checkInterval: u32;       // 0x44
  creatorOs: u32;           // 0x48  0: Linux
  revision: u32;            // 0x4c  1: inodes of any size
  reservedUid: u16;         // 0x50
  reservedGid: u16;         // 0x52
  firstInode: u32;          // 0x54
  inodeSize: u16;           // 0x58
  blockGroup: u16;          // 0x5a
  featuresCompatible: u32;  // 0x5c
  featuresIncompatible: u32; // 0x60
  featuresReadOnly: u32;    // 0x64
}                           // 0x68  ids, names, journal: zero here

/** In its long form, with the 64bit feature; the short one ends before `blockBitmapHi`. */
@unmanaged
export class GroupDescriptor {
  blockBitmapLo: u32;         // 0x00
  inodeBitmapLo: u32;         // 0x04
  inodeTableLo: u32;          // 0x08
  freeBlocksLo: u16;          // 0x0c
  freeInodesLo: u16;          // 0x0e
  usedDirectoriesLo: u16;     // 0x10
  flags: u16;                 // 0x12
  excludeBitmapLo: u32;       // 0x14
  blockBitmapChecksumLo: u16; // 0x18
  inodeBitmapChecksumLo: u16; // 0x1a
  unusedInodesLo: u16;        // 0x1c  at the end of the table
  checksum: u16;              // 0x1e
  blockBitmapHi: u32;         // 0x20
  inodeBitmapHi: u32;         // 0x24
  inodeTableHi: u32;          // 0x28
  freeBlocksHi: u16;          // 0x2c
  freeInodesHi: u16;          // 0x2e
  usedDirectoriesHi: u16;     // 0x30
  unusedInodesHi: u16;        // 0x32
  excludeBitmapHi: u32;       // 0x34
  blockBitmapChecksumHi: u16; // 0x38
  inodeBitmapChecksumHi: u16; // 0x3a
}                             // 0x3c  reserved

export const enum GroupFlag {
  /** No inode is in use, and the inode bitmap was never written. */
  InodesUnwritten = 1,
  /** No block is in use but the group's own, and the block bitmap was never written. */
  BlocksUnwritten = 2,
  /** The inode table is zeros where it is not used. Without it, a mount would write all of it. */
  TableZeroed = 4,
}

export const enum InodeFlag {
  Compressed = 0x4,
  Immutable = 0x10,
  AppendOnly = 0x20,
  Encrypted = 0x800,
  Indexed = 0x1000,
  Imagic = 0x2000,
  HugeFile = 0x4_0000,
  Extents = 0x8_0000,
  Verity = 0x10_0000,
  XattrValue = 0x20_0000,
  InlineData = 0x1000_0000,
  Casefolded = 0x4000_0000,
}

@unmanaged
export class DiskInode {
  mode: u16;        // 0x00
  uidLo: u16;       // 0x02
  sizeLo: u32;      // 0x04
  atime: u32;       // 0x08
  ctime: u32;       // 0x0c
  mtime: u32;       // 0x10
  dtime: u32;       // 0x14
  gidLo: u16;       // 0x18
  linksCount: u16;  // 0x1a
  blocksLo: u32;    // 0x1c  in blocks, with HugeFile; else in 512 bytes
  flags: u32;       // 0x20
  version: u32;     // 0x24
  content0: u32;    // 0x28  60 bytes: extents, a short target, a device, the start of a small file
  content4: u32;    // 0x2c
}

/** Fields of the inode past those of the struct. Offsets, bytes. */
export const XATTR_BLOCK_AT: u32 = 0x68; // u32
export const SIZE_HI_AT: u32 = 0x6c; // u32
export const BLOCKS_HI_AT: u32 = 0x74; // u16
export const XATTR_BLOCK_HI_AT: u32 = 0x76; // u16
export const UID_HI_AT: u32 = 0x78; // u16
export const GID_HI_AT: u32 = 0x7a; // u16
export const INODE_CHECKSUM_LO_AT: u32 = 0x7c; // u16
export const EXTRA_SIZE_AT: u32 = 0x80; // u16
export const INODE_CHECKSUM_HI_AT: u32 = 0x82; // u16
export const CTIME_EXTRA_AT: u32 = 0x84; // u32
export const MTIME_EXTRA_AT: u32 = 0x88; // u32
export const ATIME_EXTRA_AT: u32 = 0x8c; // u32
export const BIRTH_TIME_AT: u32 = 0x90; // u32
export const BIRTH_TIME_EXTRA_AT: u32 = 0x94; // u32

export const CONTENT_SIZE: u32 = 60;
/** Fields up to the time of birth's extra. */
export const INODE_USED_SIZE: u32 = 152;
export const EXTRA_SIZE: u16 = <u16>(INODE_USED_SIZE - 128);
/** The rest is for extended attributes. */
export const INODE_XATTR_SIZE: u32 = INODE_SIZE - INODE_USED_SIZE;

@unmanaged
export class DirectoryEntry {
  inode: u32;        // 0x00  0: unused
  recordLength: u16; // 0x04
  nameLength: u8;    // 0x06
  fileType: u8;      // 0x07
}                    // 0x08  the name

export const enum FileType {
  Unknown,
  Regular,
  Directory,
  CharacterDevice,
  BlockDevice,
  Fifo,
  Socket,
  SymbolicLink,
}

export const EXTENT_MAGIC: u16 = 0xf30a;
/** Blocks of one extent. */
export const MAX_EXTENT_BLOCKS: u32 = 0x8000;

@unmanaged
export class ExtentHeader {
  magic: u16;      // 0x00
  entries: u16;    // 0x02
  max: u16;        // 0x04
  depth: u16;      // 0x06
  generation: u32; // 0x08
}

@unmanaged
export class Extent {
  block: u32;   // 0x00  of the file
  length: u16;  // 0x04  blocks
  startHi: u16; // 0x06  on disk
  startLo: u32; // 0x08
}

@unmanaged
export class ExtentIndex {
  block: u32;  // 0x00  of the file
  leafLo: u32; // 0x04  on disk
  leafHi: u16; // 0x08
  unused: u16; // 0x0a
}

export const XATTR_MAGIC: u32 = 0xea02_0000;

@unmanaged
export class XattrBlockHeader {
  magic: u32;    // 0x00
  refCount: u32; // 0x04
  blocks: u32;   // 0x08
  hash: u32;     // 0x0c
}                // 0x10  the checksum, and reserved
export const XATTR_BLOCK_HEADER_SIZE: u32 = 32;
export const XATTR_BLOCK_CHECKSUM_AT: u32 = 0x10; // u32

@unmanaged
export class XattrEntry {
  nameLength: u8;   // 0x00
  nameIndex: u8;    // 0x01
  valueOffset: u16; // 0x02
  valueInode: u32;  // 0x04
  valueSize: u32;   // 0x08
  hash: u32;        // 0x0c
}                   // 0x10  the name

// Checked by the compiler: a field out of place does not build.
if (offsetof<Superblock>("magic") != 0x38) ERROR("ext4.Superblock: magic must stand at 0x38");
if (offsetof<Superblock>() != 0x68) ERROR("ext4.Superblock: must be 0x68 bytes");
if (offsetof<GroupDescriptor>("blockBitmapHi") != DESCRIPTOR_SIZE) ERROR("ext4.GroupDescriptor: blockBitmapHi must stand at 0x20");
if (offsetof<GroupDescriptor>("inodeBitmapChecksumHi") != 0x3a) ERROR("ext4.GroupDescriptor: inodeBitmapChecksumHi must stand at 0x3a");
if (offsetof<DiskInode>("content0") != 0x28) ERROR("ext4.DiskInode: content must stand at 0x28");
if (offsetof<DirectoryEntry>() != 8) ERROR("ext4.DirectoryEntry: must be 8 bytes");
if (offsetof<ExtentHeader>() != 12) ERROR("ext4.ExtentHeader: must be 12 bytes");
if (offsetof<Extent>() != 12) ERROR("ext4.Extent: must be 12 bytes");
if (offsetof<ExtentIndex>() != 12) ERROR("ext4.ExtentIndex: must be 12 bytes");
if (offsetof<XattrEntry>() != 16) ERROR("ext4.XattrEntry: must be 16 bytes");
