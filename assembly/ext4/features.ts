/**
 * Features that a filesystem may have. One that is not known: compatible, it may be written all the same; read-only, read;
 * incompatible, neither.
 *
 * Source: Linux, fs/ext4/ext4.h.
 */

export const enum CompatibleFeature {
  ImagicInodes = 0x2,
  HasJournal = 0x4,
  ExtendedAttributes = 0x8,
  ResizeInode = 0x10,
  DirectoryIndex = 0x20,
  SparseSuper2 = 0x200,
  OrphanFile = 0x1000,
}

export const enum IncompatibleFeature {
  FileType = 0x2,
  Recover = 0x4,
  JournalDevice = 0x8,
  MetaBlockGroups = 0x10,
  Extents = 0x40,
  Bits64 = 0x80,
  MultiMountProtection = 0x100,
  FlexibleGroups = 0x200,
  ExtendedAttributeInode = 0x400,
  ChecksumSeed = 0x2000,
  LargeDirectory = 0x4000,
  InlineData = 0x8000,
  Encrypt = 0x1_0000,
  Casefold = 0x2_0000,
}

export const enum ReadOnlyFeature {
  SparseSuper = 0x1,
  LargeFile = 0x2,
  HugeFile = 0x8,
  GroupChecksums = 0x10,
  DirectoryLinks = 0x20,
  ExtraInodeSize = 0x40,
  Quota = 0x100,
  BigAllocation = 0x200,
  MetadataChecksums = 0x400,
  ReadOnly = 0x1000,
  Project = 0x2000,
  SharedBlocks = 0x4000,
  Verity = 0x8000,
  OrphansPresent = 0x1_0000,
}
