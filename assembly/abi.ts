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

/** What the bytes that are fed become. */
export enum Format {
  /** A layer tar becomes an ext4 filesystem. */
  Ext4 = 1,
  /** The bytes are the image already; only the containers around it are made. */
  Raw,
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
}

/** What `set` sets: numbers, of which a switch is 0 or 1. What are bytes is set by `setBytes`. */
export enum Option {
  /** A member of Whiteouts. */
  Whiteouts = 1,
  /** Switch: files of at most 136 bytes live in their inode. */
  Inline,
  /** Switch: `\` in names and link targets is a `/`. */
  ConvertSlash,
  /** Bytes that the filesystem may have. 0 is the default of 16 GiB. */
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
}

/** What `result` tells after `finish`. */
export enum Result {
  /** Bytes of the whole image, with all its containers. */
  Size = 1,
  /** Bytes of the filesystem alone; a dm-verity superblock stands there. */
  FilesystemSize,
  /** Entries of the layer. */
  Entries,
  /** Entries that have a whiteout's name, converted or not. */
  Whiteouts,
}
