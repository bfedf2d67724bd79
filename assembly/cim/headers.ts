/** What each of a CIM's files begins with. */
import { FileType, ImageHeader, MAGIC, ObjectIdHeader, RegionHeader, RegionSet } from "./format";
import { Profile } from "./profile";

/** Bytes of any header of these, without the parents' region sets. */
export const HEADER_SIZE: u32 = 72;

/** @param to  `HEADER_SIZE` bytes, zero */
export function encodeRegionHeader(to: usize, index: u32, type: u8, profile: Profile): void {
  const header = changetype<RegionHeader>(to);
  encodeCommon(to, profile.regionHeaderLength, FileType.Region, profile);
  header.index = <u16>index;
  header.regionType = type;
}

/** Of an index without entries. @param to  `HEADER_SIZE` bytes, zero */
export function encodeObjectIdHeader(to: usize, index: u32, type: u8, profile: Profile): void {
  const header = changetype<ObjectIdHeader>(to);
  encodeCommon(to, profile.objectIdHeaderLength, FileType.ObjectIds, profile);
  header.index = <u16>index;
  header.regionType = type;
  header.tableOffset = offsetof<ObjectIdHeader>();
}

/**
 * @param to       `HEADER_SIZE` bytes, zero
 * @param guid     16 bytes
 * @param regions  that the image has of its own
 * @param parents  region sets that follow
 */
export function encodeImageHeader(to: usize, guid: usize, regions: u16, filesystem: u64, parents: u16, profile: Profile): void {
  const header = changetype<ImageHeader>(to);
  encodeCommon(to, profile.imageHeaderLength, FileType.Image, profile);
  header.guidLow = load<u64>(guid);
  header.guidHigh = load<u64>(guid, 8);
  header.regionCount = regions;
  header.filesystemOffset = filesystem;
  header.parentCount = parents;
}

function encodeCommon(to: usize, length: u32, type: FileType, profile: Profile): void {
  const header = changetype<RegionHeader>(to);
  header.magic = MAGIC;
  header.headerLength = length;
  header.fileType = <u8>type;
  header.majorVersion = profile.majorVersion;
  header.minorVersion = profile.minorVersion;
}

if (offsetof<ImageHeader>() > HEADER_SIZE) ERROR("cim: HEADER_SIZE is less than an ImageHeader");
if (offsetof<RegionSet>() != 24) ERROR("cim: region sets follow the header, 24 bytes each");
