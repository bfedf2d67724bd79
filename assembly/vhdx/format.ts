/**
 * VHDX structures on disk. Integers are little-endian, and so are the first three fields of a GUID.
 *
 * Source: Microsoft, [MS-VHDX], "Virtual Hard Disk v2 (VHDX) File Format".
 */

const KIB: u32 = 1024;
export const MIB: u32 = 1024 * KIB;

/** §2.2: what begins the file, "vhdxfile", and the text that follows it. */
export const FILE_SIGNATURE: u64 = 0x656c_6966_7864_6876;

/** Where the structures of fixed place stand. Bytes of the file. */
export const HEADER_1_AT: u64 = 64 * KIB;
export const HEADER_2_AT: u64 = 128 * KIB;
export const REGION_TABLE_1_AT: u64 = 192 * KIB;
export const REGION_TABLE_2_AT: u64 = 256 * KIB;
/** Behind them, regions and blocks stand at whole megabytes. */
export const FIXED_SIZE: u64 = MIB;

/** §2.2.2: one of two, of which the valid one with the higher sequence number counts. */
@unmanaged
export class Header {
  signature: u32;      // 0x00  "head"
  checksum: u32;       // 0x04  CRC-32C over 4096 bytes, this field as zero
  sequenceNumber: u64; // 0x08
  fileWriteGuid0: u64; // 0x10  another whenever the file was changed
  fileWriteGuid8: u64; // 0x18
  dataWriteGuid0: u64; // 0x20  another whenever the disk was changed
  dataWriteGuid8: u64; // 0x28
  logGuid0: u64;       // 0x30  zero: nothing is to be replayed
  logGuid8: u64;       // 0x38
  logVersion: u16;     // 0x40  0
  version: u16;        // 0x42  1
  logLength: u32;      // 0x44  bytes, whole megabytes
  logOffset: u64;      // 0x48  byte of the file
}                      // 0x50  reserved, zero

export const HEADER_SIZE: u32 = 4 * KIB;
export const HEADER_SIGNATURE: u32 = 0x6461_6568;
export const VERSION: u16 = 1;

/** §2.2.3: where the regions are; there are two copies. */
@unmanaged
export class RegionTable {
  signature: u32;  // 0x00  "regi"
  checksum: u32;   // 0x04  CRC-32C over 64 KiB, this field as zero
  entryCount: u32; // 0x08
  reserved: u32;   // 0x0c
}                  // 0x10  entries

@unmanaged
export class RegionEntry {
  guid0: u64;      // 0x00
  guid8: u64;      // 0x08
  fileOffset: u64; // 0x10  bytes, whole megabytes
  length: u32;     // 0x18  bytes, whole megabytes
  required: u32;   // 0x1c  1: who does not know this region must not open the file
}                  // 0x20

export const REGION_TABLE_SIZE: u32 = 64 * KIB;
export const REGION_SIGNATURE: u32 = 0x6967_6572;
export const MAX_REGIONS: u32 = 2047;

/** §2.6: what the disk is; items stand behind the table. */
@unmanaged
export class MetadataTable {
  signature: u64;  // 0x00  "metadata"
  reserved: u16;   // 0x08
  entryCount: u16; // 0x0a
}                  // 0x0c  20 bytes reserved, then entries from 0x20 on

@unmanaged
export class MetadataEntry {
  guid0: u64;    // 0x00
  guid8: u64;    // 0x08
  offset: u32;   // 0x10  bytes from the start of the region, 64 KiB and more
  length: u32;   // 0x14  bytes
  flags: u32;    // 0x18
  reserved: u32; // 0x1c
}                // 0x20

export const METADATA_TABLE_SIZE: u32 = 64 * KIB;
export const METADATA_SIGNATURE: u64 = 0x6174_6164_6174_656d;
export const METADATA_ENTRIES_AT: u32 = 32;
export const MAX_ITEMS: u32 = 2047;

export const enum ItemFlag {
  /** Of the disk, and not of the file. */
  VirtualDisk = 2,
  /** Who does not know this item must not open the file. */
  Required = 4,
}

export const enum FileParameter {
  /** Blocks stay allocated: a disk of fixed size. */
  LeaveBlocksAllocated = 1,
  /** A differencing disk. */
  HasParent = 2,
}

/** §2.5: low bits of an entry of the block allocation table. */
export const enum BlockState {
  NotPresent = 0,
  Undefined = 1,
  Zero = 2,
  Unmapped = 3,
  /** Unmapped, as the specification of 2012 and qemu number it. */
  UnmappedOf2012 = 5,
  FullyPresent = 6,
  PartiallyPresent = 7,
}

export const STATE_MASK: u64 = 7;
/** Of an entry: where the block stands, in megabytes; so the entry without its low bits is the byte. */
export const OFFSET_MASK: u64 = ~(<u64>MIB - 1);

/** §2.6.2.4 */
export const MAX_DISK_SIZE: u64 = 64 << 40;
export const MIN_BLOCK_SIZE: u32 = MIB;
export const MAX_BLOCK_SIZE: u32 = 256 * MIB;
export const SECTOR_SIZE: u32 = 512;
export const PHYSICAL_SECTOR_SIZE: u32 = 4096;

/** A GUID as it stands in a file: two words. */
export class Guid {
  constructor(readonly low: u64, readonly high: u64) {}

  isAt(at: usize): bool {
    return load<u64>(at) == this.low && load<u64>(at, 8) == this.high;
  }
}

/** 2DC27766-F623-4200-9D64-115E9BFD4A08 */
export const BAT_REGION = new Guid(0x4200_f623_2dc2_7766, 0x084a_fd9b_5e11_649d);
/** 8B7CA206-4790-4B9A-B8FE-575F050F886E */
export const METADATA_REGION = new Guid(0x4b9a_4790_8b7c_a206, 0x6e88_0f05_5f57_feb8);

/** CAA16737-FA36-4D43-B3B6-33F0AA44E76B: u32 block size, u32 of FileParameter. */
export const FILE_PARAMETERS = new Guid(0x4d43_fa36_caa1_6737, 0x6be7_44aa_f033_b6b3);
/** 2FA54224-CD1B-4876-B211-5DBED83BF4B8: u64 bytes. */
export const VIRTUAL_DISK_SIZE = new Guid(0x4876_cd1b_2fa5_4224, 0xb8f4_3bd8_be5d_11b2);
/** BECA12AB-B2E6-4523-93EF-C309E000C746: a GUID. */
export const VIRTUAL_DISK_ID = new Guid(0x4523_b2e6_beca_12ab, 0x46c7_00e0_09c3_ef93);
/** 8141BF1D-A96F-4709-BA47-F233A8FAAB5F: u32 bytes. */
export const LOGICAL_SECTOR_SIZE = new Guid(0x4709_a96f_8141_bf1d, 0x5fab_faa8_33f2_47ba);
/** CDA348C7-445D-4471-9CC9-E9885251C556: u32 bytes. */
export const PHYSICAL_SECTOR_SIZE_ITEM = new Guid(0x4471_445d_cda3_48c7, 0x56c5_5152_88e9_c99c);
/** A8D35F2D-B30B-454D-ABF7-D3D84834AB0C: only of differencing disks. */
export const PARENT_LOCATOR = new Guid(0x454d_b30b_a8d3_5f2d, 0x0cab_3448_d8d3_f7ab);

if (offsetof<Header>("logOffset") != 0x48) ERROR("vhdx.Header: logOffset must stand at 0x48");
if (offsetof<RegionEntry>() != 0x20) ERROR("vhdx.RegionEntry: must have 32 bytes");
if (offsetof<MetadataEntry>() != 0x20) ERROR("vhdx.MetadataEntry: must have 32 bytes");
