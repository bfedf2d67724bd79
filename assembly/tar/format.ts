/**
 * Tar headers: 512 bytes of fixed-width text fields.
 *
 * Sources: POSIX.1-1988 (ustar) and POSIX.1-2001 pax(1); GNU tar manual, "Basic Tar Format" and "Sparse Formats";
 * star(5) by J. Schilling.
 */

/** Headers, data and padding come in these. Bytes. */
export const BLOCK_SIZE: u32 = 512;
/** Bytes that an extended header or a long name may have. As Go's archive/tar and libarchive. */
export const MAX_SPECIAL_SIZE: u64 = 1024 * 1024;

/** Letters of entries that describe the next one. */
export const enum SpecialType {
  GlobalRecords = 0x67, // 'g'
  Records = 0x78,       // 'x'
  LongName = 0x4c,      // 'L'
  LongLink = 0x4b,      // 'K'
}
/** Letters that Go takes for files, and others do not. */
export const enum OtherType {
  SolarisRecords = 0x58,  // 'X'
  ListedDirectory = 0x44, // 'D'
  VolumeLabel = 0x56,     // 'V'
  Continued = 0x4d,       // 'M': the rest of a file that began in another volume
  OldLongNames = 0x4e,    // 'N'
}
/** 'S': old GNU sparse. */
export const SPARSE_TYPE: i32 = 0x53;

/** Offset in the upper half, width in the lower. Bytes. */
export type Field = u32;

// @ts-ignore: decorator
@inline
function field(offset: u32, width: u32): Field {
  return (offset << 16) | width;
}

// @ts-ignore: decorator
@inline
export function offsetOf(field: Field): usize {
  return field >> 16;
}

// @ts-ignore: decorator
@inline
export function widthOf(field: Field): u32 {
  return field & 0xffff;
}

export const NAME = field(0, 100);
export const MODE = field(100, 8);
export const UID = field(108, 8);
export const GID = field(116, 8);
export const SIZE = field(124, 12);
export const MTIME = field(136, 12);
export const CHECKSUM = field(148, 8);
export const TYPE = field(156, 1);
export const LINK_NAME = field(157, 100);
export const MAGIC = field(257, 6);
export const DEVICE_MAJOR = field(329, 8);
export const DEVICE_MINOR = field(337, 8);
/** ustar. */
export const PREFIX = field(345, 155);

/** star. */
export const STAR_PREFIX = field(345, 131);
export const STAR_ATIME = field(476, 12);
export const STAR_CTIME = field(488, 12);
export const STAR_TRAILER = field(508, 4);

/** Old GNU. */
export const GNU_ATIME = field(345, 12);
export const GNU_CTIME = field(357, 12);
export const GNU_SPARSE = field(386, 4 * 24);
export const GNU_EXTENDED = field(482, 1);
export const GNU_REAL_SIZE = field(483, 12);
/** A block of more sparse entries. */
export const MORE_SPARSE = field(0, 21 * 24);
export const MORE_EXTENDED = field(504, 1);
/** Offset and length, 12 bytes each. */
export const SPARSE_ENTRY_SIZE: u32 = 24;

export const enum Dialect {
  V7,
  Ustar,
  Star,
  Gnu,
}

/** By the magic, as Go's archive/tar tells them apart. */
export function dialectOf(header: usize): Dialect {
  const magic = load<u32>(header + offsetOf(MAGIC));
  if (magic != 0x61747375) return Dialect.V7; // "usta"
  const rest = load<u32>(header + offsetOf(MAGIC) + 4);
  if ((rest & 0xffff) == 0x0072) { // "r\0"
    return load<u32>(header + offsetOf(STAR_TRAILER)) == 0x00726174 ? Dialect.Star : Dialect.Ustar; // "tar\0"
  }
  return rest == 0x00202072 ? Dialect.Gnu : Dialect.V7; // "r  \0"
}
