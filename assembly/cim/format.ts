/**
 * CIM structures on disk. Integers are little-endian.
 *
 * A CIM is a small file, `<name>.cim`, and beside it region files, in which objects stand: all metadata and all data. A
 * region offset says where an object is: the region in the upper 16 bits, the byte in it in the lower 48; 0 is no object.
 *
 * Source: hcsshim, internal/cimfs/format/format.go and cim_reader_windows.go, and pkg/cimfs/format; Microsoft Learn, cimfs.h.
 */

/** "cimfile0" */
export const MAGIC: u64 = 0x3065_6c69_666d_6963;

export const enum FileType {
  Image,
  Region,
  ObjectIds,
}

/** Begins every file. */
@unmanaged
export class CommonHeader {
  magic: u64;        // 0x00  MAGIC
  headerLength: u32; // 0x08  bytes
  fileType: u8;      // 0x0c  of FileType
  reserved0: u8;     // 0x0d
  reserved1: u16;    // 0x0e
  majorVersion: u32; // 0x10
  minorVersion: u32; // 0x14
  reserved2: u64;    // 0x18
}                    // 0x20

/** Names region files: `region_<guid>_<n>`, n from 0. */
@unmanaged
export class RegionSet {
  guidLow: u64;    // 0x00  in Windows's order of bytes
  guidHigh: u64;   // 0x08
  count: u16;      // 0x10
  reserved0: u16;  // 0x12
  reserved1: u32;  // 0x14
}                  // 0x18

/** `<name>.cim`; the region sets of the parents follow, `parentCount` of them. */
@unmanaged
export class ImageHeader {
  magic: u64;            // 0x00
  headerLength: u32;     // 0x08
  fileType: u8;          // 0x0c  FileType.Image
  reserved0: u8;         // 0x0d
  reserved1: u16;        // 0x0e
  majorVersion: u32;     // 0x10
  minorVersion: u32;     // 0x14
  reserved2: u64;        // 0x18
  guidLow: u64;          // 0x20  a RegionSet: the image's own regions
  guidHigh: u64;         // 0x28
  regionCount: u16;      // 0x30
  reserved3: u16;        // 0x32
  reserved4: u32;        // 0x34
  filesystemOffset: u64; // 0x38  a region offset
  reserved5: u32;        // 0x40
  reserved6: u16;        // 0x44
  parentCount: u16;      // 0x46
}                        // 0x48

export const enum RegionType {
  Metadata,
  /** What stands in it begins at pages. */
  Data,
  /** What stands in it begins at multiples of 8. */
  SmallData,
}

/** Begins a region file. */
@unmanaged
export class RegionHeader {
  magic: u64;        // 0x00
  headerLength: u32; // 0x08
  fileType: u8;      // 0x0c  FileType.Region
  reserved0: u8;     // 0x0d
  reserved1: u16;    // 0x0e
  majorVersion: u32; // 0x10
  minorVersion: u32; // 0x14
  reserved2: u64;    // 0x18
  index: u16;        // 0x20
  regionType: u8;    // 0x22  of RegionType
  reserved3: u8;     // 0x23
  reserved4: u32;    // 0x24
}                    // 0x28

/** Begins an object-ID file, `objectid_<guid>_<n>`: what the region holds already, for who adds to it. */
@unmanaged
export class ObjectIdHeader {
  magic: u64;        // 0x00
  headerLength: u32; // 0x08
  fileType: u8;      // 0x0c  FileType.ObjectIds
  reserved0: u8;     // 0x0d
  reserved1: u16;    // 0x0e
  majorVersion: u32; // 0x10
  minorVersion: u32; // 0x14
  reserved2: u64;    // 0x18
  index: u16;        // 0x20
  regionType: u8;    // 0x22
  reserved3: u8;     // 0x23
  reserved4: u32;    // 0x24
  tableOffset: u32;  // 0x28  of ObjectIdEntry, in this file
  count: u32;        // 0x2c
}                    // 0x30

@unmanaged
export class ObjectIdEntry {
  length: u64;  // 0x00
  digest0: u64; // 0x08  24 bytes; what makes them is not public
  digest1: u64; // 0x10
  digest2: u64; // 0x18
  offset: u64;  // 0x20  in the region
}               // 0x28

/** What the header of an image leads to. */
@unmanaged
export class FilesystemObject {
  upcaseTableOffset: u64;        // 0x00  region offset of UPCASE_TABLE_SIZE bytes
  fileTableDirectoryOffset: u64; // 0x08  region offset of FileTableEntry
  fileTableDirectoryLength: u32; // 0x10  entries
  rootDirectory: u32;            // 0x14  file ID
}                                // 0x18

/** One of the file table directory: FILES_PER_TABLE file IDs each, from 1. */
@unmanaged
export class FileTableEntry {
  offset: u64;    // 0x00  region offset of `count` records
  count: u16;     // 0x08
  entrySize: u16; // 0x0a  bytes of a record
  reserved: u32;  // 0x0c
}                 // 0x10

/** Of a file, or of one of its alternate streams. */
@unmanaged
export class Stream {
  dataOffset: u64;    // 0x00  region offset
  lengthAndType: u64; // 0x08  STREAM_*
}                     // 0x10

/** Bytes, in the lower 48 bits of `lengthAndType`. */
export const STREAM_LENGTH_MASK: u64 = 0xffff_ffff_ffff;
/** A StreamType, in the eight bits from there. */
export const STREAM_TYPE_SHIFT: u64 = 48;
/** Nothing is stored: all of it is zeros. */
export const STREAM_SPARSE: u64 = 1 << 56;

export const enum StreamType {
  /** Its bytes, one after another. */
  Data,
  /** A link table of file IDs: a directory. */
  LinkTable,
  /** A PeImage. */
  PeImage,
}

export const enum FileFlag {
  ReadOnly = 1,
  Hidden = 2,
  System = 4,
  Archive = 8,
  Sparse = 16,
}

/** Version 1 knows the record up to `parentFileId`, version 2 the whole. A shorter one goes on in zeros. */
@unmanaged
export class FileRecord {
  flags: u16;              // 0x00  of FileFlag
  eaLength: u16;           // 0x02  bytes at eaOffset
  reparseTag: u32;         // 0x04
  creationTime: u64;       // 0x08  FILETIME: ticks of 100 ns since 1601; 0: not set
  lastWriteTime: u64;      // 0x10
  changeTime: u64;         // 0x18
  lastAccessTime: u64;     // 0x20
  dataOffset: u64;         // 0x28  a Stream: the content, or the names of a directory
  dataLengthAndType: u64;  // 0x30
  sdOffset: u64;           // 0x38  region offset: u16 length, self-relative SECURITY_DESCRIPTOR
  eaOffset: u64;           // 0x40  region offset: chain of FILE_FULL_EA_INFORMATION
  reparseOffset: u64;      // 0x48  region offset: u16 length, REPARSE_DATA_BUFFER
  streamTableOffset: u64;  // 0x50  region offset: link table of Stream
  parentFileId: u32;       // 0x58  a directory that the file is in
  baseRegionIndex: u16;    // 0x5c
  reserved: u16;           // 0x5e
}                          // 0x60

/** Names in the order of their upper case: `count` values, as many u32 from the table's start to a name, names. */
@unmanaged
export class LinkTableHeader {
  length: u32; // 0x00  bytes of it all
  count: u32;  // 0x04
}              // 0x08

/** Before `mappingCount` of PeMapping. */
@unmanaged
export class PeImage {
  dataOffset: u64;   // 0x00  region offset of the file as it is laid out in memory
  dataLength: u64;   // 0x08  bytes of the file, in the lower 63 bits
  imageLength: u32;  // 0x10  bytes of what is laid out
  mappingCount: u16; // 0x14
  flags: u16;        // 0x16
}                    // 0x18

/** From `fileOffset` on, a byte of the file stands `delta` behind its own place. */
@unmanaged
export class PeMapping {
  fileOffset: u32; // 0x00
  delta: u32;      // 0x04
}                  // 0x08

export const PAGE_SIZE: u32 = 4096;
/** What all metadata begins at a multiple of, and small data. */
export const OBJECT_ALIGNMENT: u32 = 8;
/** Records of a file table, but for the last. */
export const FILES_PER_TABLE: u32 = 1024;
/** Bytes of a record in version 1. Version 2: of FileRecord. */
export const FILE_RECORD_V1_SIZE: u32 = 0x58;
/** The largest that is known of; what is in the last 8 bytes is not. */
export const MAX_FILE_RECORD_SIZE: u32 = 0x68;
/** Upper case of every unit of UTF-16. */
export const UPCASE_TABLE_SIZE: u32 = 0x20000;
export const MAX_REGIONS: u32 = 0x10000;
/** Units of UTF-16. */
export const MAX_NAME_UNITS: u32 = 255;
export const MAX_PATH_UNITS: u32 = 32_767;

export const REGION_INDEX_SHIFT: u64 = 48;
export const REGION_BYTE_MASK: u64 = 0xffff_ffff_ffff;

if (offsetof<CommonHeader>() != 0x20) ERROR("cim.CommonHeader: must be of 0x20 bytes");
if (offsetof<RegionSet>() != 0x18) ERROR("cim.RegionSet: must be of 0x18 bytes");
if (offsetof<ImageHeader>("filesystemOffset") != 0x38) ERROR("cim.ImageHeader: filesystemOffset must stand at 0x38");
if (offsetof<ImageHeader>() != 0x48) ERROR("cim.ImageHeader: must be of 0x48 bytes");
if (offsetof<RegionHeader>() != 0x28) ERROR("cim.RegionHeader: must be of 0x28 bytes");
if (offsetof<ObjectIdHeader>() != 0x30) ERROR("cim.ObjectIdHeader: must be of 0x30 bytes");
if (offsetof<ObjectIdEntry>() != 0x28) ERROR("cim.ObjectIdEntry: must be of 0x28 bytes");
if (offsetof<FilesystemObject>() != 0x18) ERROR("cim.FilesystemObject: must be of 0x18 bytes");
if (offsetof<FileTableEntry>() != 0x10) ERROR("cim.FileTableEntry: must be of 0x10 bytes");
if (offsetof<Stream>() != 0x10) ERROR("cim.Stream: must be of 0x10 bytes");
if (offsetof<FileRecord>("sdOffset") != 0x38) ERROR("cim.FileRecord: sdOffset must stand at 0x38");
if (offsetof<FileRecord>("parentFileId") != 0x58) ERROR("cim.FileRecord: parentFileId must stand at 0x58");
if (offsetof<FileRecord>() != 0x60) ERROR("cim.FileRecord: must be of 0x60 bytes");
if (offsetof<LinkTableHeader>() != 0x8) ERROR("cim.LinkTableHeader: must be of 8 bytes");
if (offsetof<PeImage>() != 0x18) ERROR("cim.PeImage: must be of 0x18 bytes");
if (offsetof<PeMapping>() != 0x8) ERROR("cim.PeMapping: must be of 8 bytes");
