/**
 * VHD structures on disk. Integers are big-endian.
 *
 * Source: Microsoft, "Virtual Hard Disk Image Format Specification", 1.0 (2006).
 */

/** Sizes in a VHD are whole sectors. Bytes. */
export const SECTOR_SIZE: u32 = 512;
/** What begins a footer: "conectix". */
export const FOOTER_COOKIE: u64 = 0x636f_6e65_6374_6978;
/** What begins the header of a dynamic disk: "cxsparse". */
export const HEADER_COOKIE: u64 = 0x6378_7370_6172_7365;
/** Of footer and header: the only one there is. */
export const FORMAT_VERSION: u32 = 0x0001_0000;
/** In the block allocation table: this block has no place. */
export const UNUSED: u32 = u32.MAX_VALUE;
/** The largest disk: of Windows, and of qemu. Bytes. */
export const MAX_DISK_SIZE: u64 = 2040 << 30;

export const enum DiskType {
  Fixed = 2,
  Dynamic = 3,
  Differencing = 4,
}

/** "Hard Disk Footer Format": the last 512 bytes of every VHD. */
@unmanaged
export class Footer {
  cookie: u64;         // 0x00  "conectix"
  features: u32;       // 0x08  bit 1 is always set
  formatVersion: u32;  // 0x0c  0x00010000
  dataOffset: u64;     // 0x10  bytes; all ones in a fixed disk
  timestamp: u32;      // 0x18  seconds since 2000
  creatorApp: u32;     // 0x1c  four letters
  creatorVersion: u32; // 0x20
  creatorHost: u32;    // 0x24  four letters
  originalSize: u64;   // 0x28  bytes
  currentSize: u64;    // 0x30  bytes
  cylinders: u16;      // 0x38
  heads: u8;           // 0x3a
  trackSectors: u8;    // 0x3b
  diskType: u32;       // 0x3c
  checksum: u32;       // 0x40  one's complement of the byte sum, this field as zero
  id0: u32;            // 0x44  unique id, 16 bytes in four words
  id1: u32;            // 0x48
  id2: u32;            // 0x4c
  id3: u32;            // 0x50
  savedState: u8;      // 0x54
}                      // 0x55  reserved, zero

export const FOOTER_SIZE: u32 = 512;

// Checked by the compiler: a field out of place does not build.
if (offsetof<Footer>("currentSize") != 0x30) ERROR("vhd.Footer: currentSize must stand at 0x30");
if (offsetof<Footer>("savedState") != 0x54) ERROR("vhd.Footer: savedState must stand at 0x54");

/** "Dynamic Disk Header Format": what a dynamic disk has behind the copy of its footer. */
@unmanaged
export class Header {
  cookie: u64;        // 0x00  "cxsparse"
  dataOffset: u64;    // 0x08  all ones
  tableOffset: u64;   // 0x10  byte of the file where the block allocation table stands
  headerVersion: u32; // 0x18  0x00010000
  tableEntries: u32;  // 0x1c  blocks of the disk
  blockSize: u32;     // 0x20  bytes of data in a block, without its bitmap
  checksum: u32;      // 0x24  as the footer's, over 1024 bytes
}                     // 0x28  of the parent, which only differencing disks have; zero

export const HEADER_SIZE: u32 = 1024;

if (offsetof<Header>("tableOffset") != 0x10) ERROR("vhd.Header: tableOffset must stand at 0x10");
if (offsetof<Header>("checksum") != 0x24) ERROR("vhd.Header: checksum must stand at 0x24");

/** One's complement of the sum of `size` bytes, the `u32` at `checksum` counted as zero. */
export function computeChecksum(from: usize, size: u32, checksum: usize): u32 {
  let sum: u32 = 0;
  for (let at = from; at < from + size; at++) sum += load<u8>(at);
  for (let at = checksum; at < checksum + sizeof<u32>(); at++) sum -= load<u8>(at);
  return ~sum;
}
