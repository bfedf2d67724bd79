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
  /** An ext4 filesystem of profile modern without a layer: nothing is fed. */
  EmptyExt4,
}

/** How entries called `.wh.*` are understood. */
export enum Whiteouts {
  /** As ordinary files. */
  Keep,
  /** As OCI whiteouts, written in overlayfs' form. */
  Overlay,
}

/** Whose rules a layer becomes a filesystem by. */
export enum Profile {
  /** Byte for byte as hcsshim's tar2ext4. */
  Hcsshim,
  /** Every sound layer, as it is meant. */
  Modern,
}

/** What `set` sets. Numbers; a switch is 0 or 1. */
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
  /** Switch: a fixed VHD footer ends the file. */
  Vhd,
  /** Inodes that the tree may have, implied directories among them. */
  MaxEntries,
  /** Bytes that a path may have. */
  MaxPathLength,
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
