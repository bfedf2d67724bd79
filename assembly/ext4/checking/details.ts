/** What exactly is wrong, where a problem has several forms. Sentences for them are in sentences.ts. */

/** Of BlockWalk: ExtentHeader, ExtentOrder, ExtentRange, ExtentChecksum. */
export const enum Detail {
  None,
  Magic,
  Depth,
  Limit,
  Count,
  Empty,
  NodeStart,
  NodeEnd,
  Order,
  NoChecksum,
}

/** Of SuperblockField, SuperblockTime and BackupSuperblock. */
export const enum SuperblockDetail {
  ChecksumType,
  ClusterSize,
  ClustersPerGroup,
  ReservedBlocks,
  ReservedDescriptors,
  FirstInode,
  DescriptorSize,
  HashVersion,
  MinExtraSize,
  WantExtraSize,
  FirstMetaGroup,
  MultiMountBlock,
  ProjectQuota,
  MountTime,
  WriteTime,
  Magic,
  Inodes,
  Blocks,
  BlockSize,
  BlocksPerGroup,
  InodesPerGroup,
  InodeSize,
}

/** Of FeatureConflict. */
export const enum Conflict {
  OldRevision,
  TwoChecksums,
  SeedWithoutChecksums,
  WideWithoutExtents,
  RecoveryWithoutJournal,
  ResizeWithMetaGroups,
  TwoHashSigns,
  LargeFiles,
  TwoJournals,
  JournalWithoutFeature,
  NoJournal,
}

/** Of DescriptorPlace and DescriptorField. */
export const enum GroupDetail {
  BlockBitmap,
  InodeBitmap,
  InodeTable,
  UnusedInodes,
  FreeBlocks,
  FreeInodes,
  UsedDirectories,
  Flags,
  LastUnwritten,
}

/** Of InodeField and InodeDeleted. */
export const enum InodeDetail {
  Fragment,
  BlocksHigh,
  XattrBlockHigh,
  SizeHigh,
  NotDeleted,
  InUse,
}

/** Of InodeFlags. */
export const enum FlagDetail {
  Feature,
  Type,
  Together,
}

/** Of InodeSize. */
export const enum SizeDetail {
  EmptyDirectory,
  Directory,
  TooSmall,
  TooLarge,
}

/** Of DeviceInode, SymbolicLink and InlineData. */
export const enum SpecialDetail {
  Size,
  Content,
  Blocks,
  Missing,
  Elsewhere,
}

/** Of RootInode and ReservedInode. */
export const enum ReservedDetail {
  Mode,
  NotUsed,
  NotEmpty,
}

/** Of ResizeInode. */
export const enum ResizeDetail {
  Mode,
  Blocks,
  Root,
  Primary,
  Copy,
}

/** Of XattrBlock and XattrEntry. */
export const enum XattrDetail {
  Magic,
  Blocks,
  NoFeature,
  Outside,
  Overlap,
  Class,
  NoName,
  ZeroInName,
}

/** Of XattrValueInode. */
export const enum ValueDetail {
  NoInode,
  NotMarked,
  Size,
  References,
  Sum,
}

/** Of DirectoryBlock, DirectoryChecksum and DirectoryDots. */
export const enum DirectoryDetail {
  None,
  NoTail,
  Length,
  Dot,
  NoDot,
  NoDotDot,
  NotEnded,
}

/** Of EntryName and EntryInode. */
export const enum EntryDetail {
  Empty,
  Dots,
  Byte,
  Outside,
  Root,
  Reserved,
  Itself,
  NotUsed,
  Value,
}

/** Of IndexNode and IndexReference. */
export const enum IndexDetail {
  Reserved,
  Version,
  InfoLength,
  Flags,
  Levels,
  Limit,
  Count,
  NoNode,
  Outside,
  Twice,
  NotReached,
}

/** Of Journal; from Magic on, in its superblock. */
export const enum JournalDetail {
  NoInode,
  NoFile,
  Short,
  Hole,
  Magic,
  Type,
  BlockSize,
  Blocks,
  First,
  NotEmpty,
  Error,
  Compatible,
  Incompatible,
  ReadOnly,
  Checksum,
  Users,
}

/** Of OrphanFile and OrphanList. */
export const enum OrphanDetail {
  NoInode,
  Magic,
  Checksum,
}
