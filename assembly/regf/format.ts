/**
 * Registry hives on disk. Integers are little-endian; every offset is relative to the end of the base block.
 *
 * Sources: M. Suhanov, "Windows registry file format specification" (github.com/msuhanov/regf); the same, "Containerized
 * registry hives in Windows" (dfir.ru, 2020), and US patent application 2017/0279678 for layered keys.
 */

export const BASE_BLOCK_SIZE: u32 = 4096;
/** Bins are whole pages. Bytes. */
export const PAGE_SIZE: u32 = 4096;
/** Windows keeps one bit of an offset for itself. Bytes. */
export const MAX_BINS_SIZE: u32 = 0x7fff_f000;
/** As an offset: there is none. */
export const NOWHERE: u32 = u32.MAX_VALUE;

/** "regf" */
export const BASE_BLOCK_SIGNATURE: u32 = 0x6667_6572;
/** "hbin" */
export const BIN_SIGNATURE: u32 = 0x6e69_6268;

/** What the first two letters of a cell say that it is. */
export const enum Signature {
  KeyNode = 0x6b6e,
  KeyValue = 0x6b76,
  Security = 0x6b73,
  BigData = 0x6264,
  IndexLeaf = 0x696c,
  FastLeaf = 0x666c,
  HashLeaf = 0x686c,
  IndexRoot = 0x6972,
}

export const MAJOR_VERSION: u32 = 1;
/** Fast leaves begin here, big data behind it. */
export const FIRST_MINOR_VERSION: u32 = 3;
/** Hash leaves begin here. What Windows 10 writes, and we. */
export const MINOR_VERSION: u32 = 5;
/** That of hives with layered keys, by some builds. */
export const LAST_MINOR_VERSION: u32 = 6;
/** The only format there is: straight from memory. */
export const DIRECT_MEMORY: u32 = 1;
export const PRIMARY_FILE: u32 = 0;

/** Keys on a way from the root, the root among them: the limit that Microsoft documents. */
export const MAX_DEPTH: u32 = 512;
/** UTF-16 units. */
export const MAX_KEY_NAME_LENGTH: u32 = 255;

/** The header of a file. */
@unmanaged
export class BaseBlock {
  signature: u32;         // 0x00  "regf"
  primarySequence: u32;   // 0x04  counted up before a write,
  secondarySequence: u32; // 0x08  and behind it
  lastWrittenLow: u32;    // 0x0c  FILETIME, not aligned
  lastWrittenHigh: u32;   // 0x10
  majorVersion: u32;      // 0x14
  minorVersion: u32;      // 0x18
  fileType: u32;          // 0x1c  PRIMARY_FILE, or a log
  fileFormat: u32;        // 0x20
  rootCell: u32;          // 0x24
  binsSize: u32;          // 0x28  bytes
  clusteringFactor: u32;  // 0x2c  sectors of 512 bytes
  fileName: u64;          // 0x30  the first of 32 UTF-16 units: the end of a path
}                         // 0x38  zero where nobody shares the hive

export const FILE_NAME_SIZE: u32 = 64;
export const CHECKSUM_AT: usize = 508;

if (offsetof<BaseBlock>("lastWrittenLow") != 0x0c) ERROR("regf.BaseBlock: lastWrittenLow must stand at 0x0c");
if (offsetof<BaseBlock>("binsSize") != 0x28) ERROR("regf.BaseBlock: binsSize must stand at 0x28");
if (offsetof<BaseBlock>("fileName") != 0x30) ERROR("regf.BaseBlock: fileName must stand at 0x30");

/** Before the cells of a bin. */
@unmanaged
export class BinHeader {
  signature: u32;   // 0x00  "hbin"
  offset: u32;      // 0x04  its own
  size: u32;        // 0x08  bytes, with this header
  reserved0: u32;   // 0x0c
  reserved1: u32;   // 0x10
  timeLow: u32;     // 0x14  FILETIME, in the first bin
  timeHigh: u32;    // 0x18
  spare: u32;       // 0x1c
}                   // 0x20

export const BIN_HEADER_SIZE: u32 = 32;
/** Before what is in a cell: an i32, bytes of the whole cell, negative while it is in use. */
export const CELL_HEADER_SIZE: u32 = 4;
export const CELL_ALIGNMENT: u32 = 8;

if (offsetof<BinHeader>() != BIN_HEADER_SIZE) ERROR("regf.BinHeader: must be 32 bytes");

export const enum KeyFlag {
  /** The root. */
  HiveEntry = 0x04,
  NoDelete = 0x08,
  SymbolicLink = 0x10,
  /** The name has a byte for each unit. */
  CompressedName = 0x20,
  /** The number of its values is a handle, and there are none. */
  PredefinedHandle = 0x40,
}

/** What a key of a layered hive does to the one of its name below. */
export const enum Layer {
  /** It adds to it. */
  Merge = 0,
  /** There is none any more. */
  Tombstone = 1,
  /** It stands in its place; subkeys below stay. */
  SupersedeLocal = 2,
  /** It stands in the place of the whole tree. */
  SupersedeTree = 3,
}

/** The bits of `layer` that have a meaning. */
export const LAYER_MASK: u8 = 0x03;
/** The class of the key is that of the one below. */
export const INHERIT_CLASS: u8 = 0x80;

@unmanaged
export class KeyNode {
  signature: u16;         // 0x00  "nk"
  flags: u16;             // 0x02
  timeLow: u32;           // 0x04  FILETIME, not aligned
  timeHigh: u32;          // 0x08
  accessBits: u8;         // 0x0c  of the system's own book-keeping
  layer: u8;              // 0x0d  Layer, and INHERIT_CLASS
  spare: u16;             // 0x0e
  parent: u32;            // 0x10
  subkeys: u32;           // 0x14
  volatileSubkeys: u32;   // 0x18
  subkeyList: u32;        // 0x1c
  volatileList: u32;      // 0x20
  values: u32;            // 0x24
  valueList: u32;         // 0x28
  security: u32;          // 0x2c
  className: u32;         // 0x30
  largestSubkeyName: u16; // 0x34  bytes, as UTF-16
  userFlags: u16;         // 0x36  virtualisation, Wow64, debugging
  largestClass: u32;      // 0x38  bytes, of subkeys
  largestValueName: u32;  // 0x3c  bytes, as UTF-16
  largestValueData: u32;  // 0x40  bytes
  workVar: u32;           // 0x44
  nameSize: u16;          // 0x48  bytes
  classSize: u16;         // 0x4a  bytes
}                         // 0x4c  the name

export const KEY_NODE_SIZE: u32 = 76;

if (offsetof<KeyNode>("timeLow") != 0x04) ERROR("regf.KeyNode: timeLow must stand at 0x04");
if (offsetof<KeyNode>("layer") != 0x0d) ERROR("regf.KeyNode: layer must stand at 0x0d");
if (offsetof<KeyNode>("valueList") != 0x28) ERROR("regf.KeyNode: valueList must stand at 0x28");
if (offsetof<KeyNode>("classSize") != 0x4a) ERROR("regf.KeyNode: classSize must stand at 0x4a");

/** FILETIME of its last change: ticks of 100 ns since 1601. */
export function timeOf(key: KeyNode): u64 {
  return ((<u64>key.timeHigh) << 32) | key.timeLow;
}

export const enum ValueFlag {
  /** The name has a byte for each unit. */
  CompressedName = 0x1,
  /** Of a layered hive: the value below is deleted. */
  Tombstone = 0x2,
}

@unmanaged
export class KeyValue {
  signature: u16; // 0x00  "vk"
  nameSize: u16;  // 0x02  bytes; 0: the default value of its key
  dataSize: u32;  // 0x04  bytes, and DATA_INLINE
  data: u32;      // 0x08  a cell, or the data itself
  type: u32;      // 0x0c
  flags: u16;     // 0x10
  spare: u16;     // 0x12
}                 // 0x14  the name

export const KEY_VALUE_SIZE: u32 = 20;
/** Of `dataSize`: the data stands in the field itself, its first byte in the lowest. */
export const DATA_INLINE: u32 = 0x8000_0000;
export const MAX_INLINE_SIZE: u32 = 4;

if (offsetof<KeyValue>("flags") != 0x10) ERROR("regf.KeyValue: flags must stand at 0x10");

/** All of a hive form a ring. */
@unmanaged
export class Security {
  signature: u16;      // 0x00  "sk"
  reserved: u16;       // 0x02
  next: u32;           // 0x04
  previous: u32;       // 0x08
  references: u32;     // 0x0c  keys that have it
  descriptorSize: u32; // 0x10  bytes
}                      // 0x14  a self-relative SECURITY_DESCRIPTOR

export const SECURITY_SIZE: u32 = 20;

if (offsetof<Security>() != SECURITY_SIZE) ERROR("regf.Security: must be 20 bytes before its descriptor");

/** Data of more than SEGMENT_SIZE bytes. */
@unmanaged
export class BigData {
  signature: u16; // 0x00  "db"
  segments: u16;  // 0x02
  list: u32;      // 0x04  a cell of their offsets
}                 // 0x08

export const BIG_DATA_SIZE: u32 = 8;
/** Of all segments but the last. Bytes. */
export const SEGMENT_SIZE: u32 = 16_344;
/** At the end of the cell of each segment: hivex and libregf leave out as many, and a full one has them anyway. Bytes. */
export const SEGMENT_SPARE: u32 = 4;

/** Of all lists of subkeys: a signature and a count, u16 each. Then offsets; of lf and lh with four bytes more each. */
export const LIST_HEADER_SIZE: u32 = 4;

/** Past this, big data cannot count its segments. Bytes. */
export const MAX_DATA_SIZE: u32 = 65_535 * SEGMENT_SIZE;

/** XOR of the 127 words before it; neither 0 nor all ones, by which damage would go unseen. */
export function computeChecksum(baseBlock: usize): u32 {
  let sum: u32 = 0;
  for (let at: usize = 0; at < CHECKSUM_AT; at += sizeof<u32>()) sum ^= load<u32>(baseBlock + at);
  if (sum == u32.MAX_VALUE) return u32.MAX_VALUE - 1;
  return sum == 0 ? 1 : sum;
}
