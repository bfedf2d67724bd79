/**
 * What the core and the host must agree on, and nothing more.
 *
 * Compiled twice: by asc into the core, by tsc into the host. So it holds plain enums only.
 */

/** Why an operation failed. The classes are those of containerd's errdefs. */
export enum ErrorCode {
  /** The caller asked for something that cannot be. */
  InvalidArgument = 1,
  /** The thing named does not exist. */
  NotFound,
  /** The name is taken. */
  AlreadyExists,
  /** The right call in the wrong state, such as removing a parent that has children. */
  FailedPrecondition,
  /** The system said no. */
  PermissionDenied,
  /** The input breaks its own format. */
  Corrupt,
  /** The input is sound, but this library does not handle it. */
  Unsupported,
  /** The output would pass a limit of its format. */
  OutOfRange,
  /** This machine lacks a part, such as cimfs.dll. */
  Unavailable,
  /** A fault of ours. */
  Internal,
}

/** How the bytes that are given to a core are compressed. */
export enum Codec {
  Gzip = 1,
  Zstd,
  Zlib,
}

/** What the bytes that are fed become. */
export enum Format {
  /** A layer tar becomes an ext4 filesystem. */
  Ext4 = 1,
  /** The bytes are the image already; only the containers around it are made. */
  Raw,
  /** An ext4 filesystem of profile modern without a layer: nothing is fed. */
  EmptyExt4,
  /** Layer tars, the highest first, become one ext4 filesystem of profile modern. */
  Rootfs,
  /** A layer tar becomes a list of what it has, in columns: see Column. Contents are passed over. */
  Listing,
}

/**
 * The columns of a listing, in the order in which they are emitted, each at once. They have a row for each name of the layer:
 * first the root, then, directory by directory, the names in each, by their bytes. So a directory stands before what it
 * holds, and that stands together.
 */
export enum Column {
  /** Bytes of content, as f64; 0 of all but files. */
  Size,
  /** Row of the directory, as u32; the root's own is 0. */
  Parent,
  /** Row of the first name of the same file, as u32: hard links share it. */
  File,
  /** Where the name begins in the text, as u32; one more says where the text ends. */
  Text,
  /** Bytes of the name, as u8. A target follows it, up to where the next name begins. */
  NameLength,
  /** A ListedType and ListedFlags, as u8. */
  Type,
  /** Names and targets, one after another. */
  Bytes,
  /** How many columns there are. */
  Count,
}

/** What a name of a listing is. */
export enum ListedType {
  Directory = 1,
  File,
  /** Has a target. */
  SymbolicLink,
  CharacterDevice,
  BlockDevice,
  Fifo,
  /** Nothing: the layers below have the name no longer. */
  Whiteout,
  /** A hard link to a file of a layer below. Has a target, which is a path from the root. */
  LinkBelow,
  /** Bits that a type has. */
  Mask = 0xf,
}

/** What may be said of a name of a listing beside its type. */
export enum ListedFlag {
  /** A directory that hides what the layers below have in it. */
  Opaque = 0x10,
  /** A directory that no entry described. */
  Implied = 0x20,
}

/** How entries called `.wh.*` are understood. */
export enum Whiteouts {
  /** As ordinary files. */
  Keep,
  /** As OCI whiteouts, written in overlayfs' form. */
  Overlay,
}

/** What file a disk lies in. */
export enum Container {
  /** Its own: byte for byte the disk. */
  Raw,
  /** A VHD of fixed size. */
  FixedVhd,
  /** A VHD that has only the blocks that are not zeros. */
  DynamicVhd,
  /** A VHDX that has only the blocks that are not zeros. */
  Vhdx,
  /** None of these: a hash tree behind the filesystem, where an image is read. */
  Verity,
}

/** Whose rules a layer becomes a filesystem by. */
export enum Profile {
  /** Byte for byte as hcsshim's tar2ext4. */
  Hcsshim,
  /** Every sound layer, as it is meant. */
  Modern,
}

/** What `set` sets: numbers, of which a switch is 0 or 1. What are bytes is set by `setBytes`. */
export enum Option {
  /** A member of Whiteouts. */
  Whiteouts = 1,
  /** Switch: small files live in their inodes, of at most 136 bytes by hcsshim's layout, 128 by the modern. */
  Inline,
  /** Switch: `\` in names and link targets is a `/`. */
  ConvertSlash,
  /** Bytes that the filesystem may have. 0 is the default: 16 GiB of profile hcsshim, 128 GiB of modern. */
  MaxSize,
  /** Switch: a dm-verity tree follows the image. */
  Verity,
  /** A member of Container. */
  Container,
  /** Inodes that the tree may have, implied directories among them. */
  MaxEntries,
  /** Bytes that a path may have. */
  MaxPathLength,
  /** Bytes of a block of a dynamic disk; what has no place in the file has none in such units. 0 is the default of 2 MiB. */
  ContainerBlockSize,
  /** Bytes, at most 256: what dm-verity hashes before each block. Unless set, 32 zeros. */
  VeritySalt,
  /** 16 bytes, of the dm-verity superblock. Unless set, they are made of the root hash. */
  VerityUuid,
  /** Switch: no dm-verity superblock; the tree follows the data at once. */
  BareVerity,
  /** A member of Profile. All below are for profile modern alone. */
  Profile,
  /** Bytes of a block: 1024, 2048 or 4096. */
  BlockSize,
  /** Bytes of the filesystem. */
  Size,
  /** Bytes that stay free. */
  Free,
  /** 1: a journal as large as the filesystem asks for; else bytes. */
  Journal,
  /** Switch: nobody can mount it to write. */
  ReadOnly,
  /** The label: sixteen bytes of UTF-8, filled up with zeros, as two little-endian numbers. */
  LabelLow,
  LabelHigh,
  /** The UUID as two numbers, its first byte the highest. */
  UuidHigh,
  UuidLow,
  /** One more than the user, and than the group, whom all files belong to. Unless set, they belong to whom the layer says. */
  OwnerUser,
  OwnerGroup,
}

/** What `result` tells after `finish`. */
export enum Result {
  /** Bytes of the whole image, with all its containers. */
  Size = 1,
  /** Bytes of the filesystem alone; a dm-verity superblock stands there. */
  FilesystemSize,
  /** Entries of the layer, or of all layers. */
  Entries,
  /** Entries that have a whiteout's name, converted or not. */
  Whiteouts,
  /** After a failure too: number of the layer whose fault it is; 0: of that which was fed. */
  LayerAtFault,
  /** Bytes of the contents of all entries of a layer that is listed, also of those that later entries replaced. */
  ContentBytes,
}

/** What the reader tells of an image, as a number. Sizes are bytes, times seconds since 1970. */
export enum Fact {
  /** Of the disk: without what wraps it. */
  DiskSize = 1,
  /** Of the disk: bytes that the file has room for. The rest are zeros, which a dynamic VHD or a VHDX leaves out. */
  StoredSize,
  FilesystemSize,
  BlockSize,
  Blocks,
  FreeBlocks,
  /** Blocks that only the superuser may fill. */
  ReservedBlocks,
  Groups,
  BlocksPerGroup,
  Inodes,
  FreeInodes,
  InodesPerGroup,
  InodeSize,
  DescriptorSize,
  /** 0: ext2 as it was at first; 1: with features. */
  Revision,
  /** 1: it was unmounted in order, and no error is on record. */
  IsClean,
  /** 1: the journal holds changes that are not in their places yet. The reader does not see them. */
  NeedsRecovery,
  MountCount,
  MadeTime,
  WriteTime,
  MountTime,
  CheckTime,
  /** 0: it has none. */
  JournalInode,
  /** Where its superblock stands; 0: there is none. */
  VerityAt,
  VerityDataBlocks,
  VerityDataBlockSize,
  VerityHashBlockSize,
}

/** What the reader tells of an image, as bytes. */
export enum Text {
  Label = 1,
  LastMounted,
  /** 16 bytes. */
  Uuid,
  /** Names, each with a zero behind it. */
  Features,
  VerityAlgorithm,
  VeritySalt,
  /** 16 bytes. */
  VerityUuid,
}

/** What can be told field by field. */
export enum Structure {
  Superblock = 1,
  GroupDescriptor,
  Inode,
  /** Of the hash tree behind the filesystem. */
  VeritySuperblock,
  /** The last 512 bytes of the file. */
  VhdFooter,
}

/** Where the numbers of an inode stand in the record that the reader fills. 8 bytes each, as floating point. */
export enum InodeField {
  Mode,
  Uid,
  Gid,
  Links,
  Size,
  /** Of 512 bytes. */
  Sectors,
  Flags,
  Generation,
  Project,
  DeviceMajor,
  DeviceMinor,
  /** Seconds since 1970; nanoseconds forward from there stand in the field after. */
  AccessTime,
  AccessNanoseconds,
  ChangeTime,
  ChangeNanoseconds,
  ModifyTime,
  ModifyNanoseconds,
  /** 1: the two fields that follow are known. */
  HasBirthTime,
  BirthTime,
  BirthNanoseconds,
  /** How many fields there are. */
  Count,
}

/** What a block of a filesystem holds. */
export enum BlockUse {
  /** Nothing. */
  Free,
  /** Boot code, or nothing: before the superblock where blocks are small. */
  Boot,
  Superblock,
  Descriptors,
  /** Kept so that the filesystem can grow. */
  ReservedDescriptors,
  BlockBitmap,
  InodeBitmap,
  InodeTable,
  Journal,
  Directory,
  FileData,
  SymbolicLink,
  /** Extended attributes, in blocks of their own or as values in inodes of their own. */
  Xattr,
  /** Nodes of extent trees, and blocks of block numbers. */
  Map,
  /** Inodes of the filesystem's own: quotas, orphans, bad blocks. */
  Internal,
  /** In use by the bitmap, and nothing says for what. */
  Unknown,
  /** How many uses there are. */
  Count,
}

/** What a check of a filesystem may find. The names are part of the API: what programs test. */
export enum Problem {
  // The superblock
  SuperblockChecksum = 1,
  SuperblockField,
  SuperblockTime,
  FeatureConflict,
  UncleanState,
  RecordedError,
  JournalDirty,
  BackupSuperblock,
  // Group descriptors
  DescriptorChecksum,
  DescriptorPlace,
  DescriptorField,
  // Blocks
  BlockClaimedTwice,
  BlockShared,
  BlockOutside,
  // Inodes
  InodeChecksum,
  InodeField,
  InodeFlags,
  InodeMode,
  InodeSize,
  InodeBlocks,
  InodeTime,
  InodeExtraSize,
  InodeDeleted,
  ReservedInode,
  RootInode,
  DeviceInode,
  SymbolicLink,
  InlineData,
  InlineRoom,
  // Block maps
  ExtentHeader,
  ExtentOrder,
  ExtentRange,
  ExtentChecksum,
  // Extended attributes
  XattrBlock,
  XattrChecksum,
  XattrEntry,
  XattrHash,
  XattrOrder,
  XattrReferences,
  XattrValueInode,
  // Directories
  DirectoryHole,
  DirectoryBlock,
  DirectoryChecksum,
  DirectoryDots,
  EntryName,
  EntryInode,
  EntryType,
  EntryTwice,
  DirectoryLinkedTwice,
  IndexNode,
  IndexChecksum,
  IndexOrder,
  IndexReference,
  IndexHash,
  // The tree
  Unreachable,
  DirectoryCycle,
  ParentEntry,
  LostFound,
  LinkCount,
  // Bitmaps and counts
  BlockBitmapChecksum,
  InodeBitmapChecksum,
  BlockNotMarked,
  BlockNotUsed,
  InodeNotMarked,
  InodeNotUsed,
  BlockBitmapPadding,
  InodeBitmapPadding,
  FreeBlocks,
  FreeInodes,
  UsedDirectories,
  // The filesystem's own files
  Journal,
  ResizeInode,
  OrphanFile,
  OrphanList,
  OrphansLeft,
}

/** What a check of a CIM may find. The names are part of the API: what programs test. */
export enum CimProblem {
  // Headers
  Version = 1001,
  HeaderField,
  RegionVersion,
  RegionLabel,
  // What the header leads to
  Filesystem,
  UpcaseTable,
  UpcaseTwice,
  FileTable,
  FileTableEntrySize,
  FileTableField,
  // Files
  FileMissing,
  FileUnused,
  FileFlags,
  ParentFile,
  BaseRegion,
  // Directories
  LinkTable,
  LinkTableSize,
  LinkTablesShared,
  NamePlace,
  NameForbidden,
  NameOrder,
  NameOrderOfCodePoints,
  DirectoryLinkedTwice,
  PathLength,
  // Streams
  StreamType,
  StreamRange,
  StreamPlace,
  EmptyStream,
  SparsePlace,
  PeImage,
  StreamTable,
  // What else files have
  DescriptorMissing,
  Descriptor,
  ExtendedAttributes,
  Reparse,
  Alignment,
  // All of it
  Overlap,
  ObjectIds,
}

/** Where the numbers of a finding stand in its record. 8 bytes each, as floating point; -1: there is none. */
export enum FindingField {
  /** A member of Problem. */
  Problem,
  /** 1: it does no harm. */
  IsWarning,
  /** Of a CIM: the region. */
  Group,
  /** Of a CIM: the file. */
  Inode,
  /** Of a CIM: the byte in the region. */
  Block,
  /** Bytes of the inode's path, which follow the numbers; 0: it is not known. */
  PathLength,
  /** Bytes of a sentence in UTF-8, which follow the path. */
  SentenceLength,
  /** How many fields there are. */
  Count,
}

/** What became of a path, from one image to another. */
export enum Change {
  /** It is as it was. */
  None,
  Added,
  Changed,
  Deleted,
}

/** What `result` tells of an archive that was made of an image. */
export enum ArchiveResult {
  /** Bytes of the archive. */
  Size = 1,
  Entries,
  /** Sockets, which are left out: an archive cannot hold them. */
  Sockets,
  /** Overlayfs' whiteouts and opaque directories, converted or not. */
  Whiteouts,
  /** 1: the journal of an image holds changes that are not in their places yet, and not in the archive. */
  NeedsRecovery,
}

/** The host's files while a CIM is made: those written, then those of the parent that are read. What was written may be read. */
export enum CimFile {
  /** The `.cim` itself. */
  Header,
  MetadataRegion,
  DataRegion,
  MetadataObjectIds,
  DataObjectIds,
  /** The parent's `.cim`. */
  Parent,
  /** The regions of the parent, its own parents' first, from here on. */
  FirstParentRegion,
}

/** What the reader tells of a CIM, as a number. */
export enum CimFact {
  MajorVersion = 1,
  MinorVersion,
  /** Of the image and its parents. */
  Regions,
  RegionSets,
  FileTables,
  /** Files that the tables have room for. */
  Records,
  /** Bytes of all regions. */
  RegionBytes,
}

/** What the reader counts in a CIM: things of it, and bytes of their own, of what files share once. 8 bytes each. */
export enum CimCount {
  Files,
  Directories,
  /** Directories and files that lead elsewhere, or that something else is to be asked for. */
  ReparsePoints,
  AlternateStreams,
  ContentBytes,
  StreamBytes,
  DirectoryBytes,
  DescriptorBytes,
  ExtendedAttributeBytes,
  ReparseBytes,
  StreamTableBytes,
  PeImageBytes,
  FileTableBytes,
  UpcaseBytes,
  /** How many fields there are. */
  Count,
}

/** Where the numbers of a file of Windows stand in the record that the reader fills: u64 each. */
export enum WindowsField {
  /** As tree/windows/attributes has them. */
  Attributes,
  // FILETIME: ticks of 100 ns since 1601. 0: not set.
  CreationTime,
  LastWriteTime,
  ChangeTime,
  LastAccessTime,
  ReparseTag,
  /** 0: the image does not say. */
  ParentFile,
  // Bytes of what follows the numbers, in this order.
  DescriptorLength,
  ExtendedAttributesLength,
  ReparseLength,
  /** How many fields there are. */
  Count,
}

/** What `set` and `setBytes` set where a CIM is made. */
export enum CimOption {
  /** 2, unless set, or 1. */
  Version = 1,
  /** Switch: the image refers to the regions of its parent, where else it holds all itself. */
  Fork,
  /** Switch: a layer without a parent must have its registry. */
  RequireHives,
  /** Names that the tree may have, those of the parent among them. */
  MaxEntries,
  /** Bytes that a path may have. */
  MaxPathLength,
  /** 16 bytes in Windows's order, for the names of the region files. Unless set, they are made of the content and Name. */
  Guid,
  /** Bytes, at most 256, that are mixed into a GUID that is made. */
  Name,
}

/** What `result` tells of a CIM after `finish`. */
export enum CimResult {
  /** Entries of the layer. */
  Entries = 1,
  /** Entries that have a whiteout's name. */
  Whiteouts,
  /** Devices and pipes, of which empty files were made. */
  Devices,
  /** Files of which attributes were dropped that a CIM cannot hold. */
  DroppedAttributes,
  /** Files and directories of the image. */
  Files,
  /** 1: it has all hives that a container starts from. */
  HivesComplete,
  /** Hives of the layer below that this layer's changes were merged into. */
  MergedHives,
  /** Build of the Windows that the layer has for utility VMs; 0: it has none, or does not say. */
  UtilityVmBuild,
}
