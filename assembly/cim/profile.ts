/**
 * What a CIM may be in more than one way, and what is known of only from readers: each such choice stands here once, so
 * that an experiment on Windows changes one line.
 *
 * Every choice is one that Microsoft's published reader accepts; what Windows itself writes may differ.
 */
import { FILE_RECORD_V1_SIZE, FileRecord, ImageHeader, ObjectIdHeader, RegionHeader, RegionType } from "./format";

export class Profile {
  /** 2: the oldest that today's tools take. 1: that of Windows 10 from 2004 to 22H2. */
  majorVersion: u32 = 2;
  minorVersion: u32 = 0;
  /** Bytes of a file record. The newest driver has 0x68, and what is in the last eight is unknown; older ones refuse it. */
  fileRecordSize: u32 = offsetof<FileRecord>();

  /** Of the header before the parents' region sets. */
  imageHeaderLength: u32 = offsetof<ImageHeader>();
  regionHeaderLength: u32 = offsetof<RegionHeader>();
  objectIdHeaderLength: u32 = offsetof<ObjectIdHeader>();

  metadataRegionType: u8 = <u8>RegionType.Metadata;
  /** The number may stand for small data as well: all of it begins at pages, which is right under both readings. */
  dataRegionType: u8 = <u8>RegionType.Data;
  /** Of a fork: whether its region files count from those of its parents on, or from 0. */
  regionIndexIsGlobal: bool = true;

  /** 0: who walks up until 0 or until a directory is its own parent, ends in either case. */
  rootParentFileId: u32 = 0;
  /** Of every record, those that a fork takes over among them. */
  baseRegionIndex: u16 = 0;

  /**
   * Whether names are in the order of code points, as hcsshim's reader looks for them, or of units, as Windows' other filesystems
   * have them. They differ where one name has a unit from U+E000 on and another a surrogate.
   */
  ordersByCodePoint: bool = false;
  /** Byte of the data region that streams without bytes point to: the reader wants it to be in there. */
  emptyStreamAt: u64 = 4096;
  /** Whether an empty directory has a link table of 8 bytes, or none. */
  emptyDirectoryHasTable: bool = true;
  /** Whether the length of a table of alternate streams, u32, stands before it once more. */
  streamTableHasPrefix: bool = false;
  /** Whether the streams' own sparse bit is used where nothing but zeros was in a parent. */
  keepsSparseStreams: bool = true;
}

/** Of version 1, whose records end before the parent. */
export function profileOfVersion1(): Profile {
  const profile = new Profile();
  profile.majorVersion = 1;
  profile.fileRecordSize = FILE_RECORD_V1_SIZE;
  return profile;
}
