/** `<name>.cim`: which regions there are, and where the filesystem is in them. */
import { ErrorCode } from "../../abi";
import { allocate } from "../../bytes/memory";
import { fail } from "../../host";
import { Source } from "../../source";
import { CommonHeader, FileType, ImageHeader, MAGIC, MAX_REGIONS, RegionHeader, RegionSet } from "../format";

const MAX_VERSION: u32 = 3;
const GUID_SIZE: u32 = 16;
const HEX = "0123456789abcdef";
/** In which its bytes are read: the first three fields are little-endian. Here a dash comes before. */
const GUID_ORDER: StaticArray<u8> = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];
const DASHES: u32 = (1 << 4) | (1 << 6) | (1 << 8) | (1 << 10);

const common = changetype<CommonHeader>(allocate(offsetof<CommonHeader>()));

export class Header {
  readonly struct: ImageHeader = changetype<ImageHeader>(allocate(offsetof<ImageHeader>()));
  /** Region sets: those of the parents, and the image's own behind them. */
  readonly setCount: u32;
  /** Regions of all sets. */
  readonly regionCount: u32;
  private sets: usize;

  /** @fails Unsupported  it is no CIM, or of a version that is not known; Corrupt */
  constructor(source: Source) {
    const struct = this.struct;
    const size = <u32>offsetof<ImageHeader>();
    openCommon(source, "image", FileType.Image, size);
    source.read(0, changetype<usize>(struct), size);
    const parents: u32 = struct.parentCount;
    if (source.size < size + <u64>parents * offsetof<RegionSet>()) {
      fail(ErrorCode.Corrupt, `cim: image: ${parents} parents do not fit into a file of ${source.size} bytes`);
    }
    this.setCount = parents + 1;
    const sets = allocate((parents + 1) * offsetof<RegionSet>());
    this.sets = sets;
    if (parents > 0) source.read(size, sets, parents * offsetof<RegionSet>());
    source.read(offsetof<ImageHeader>("guidLow"), sets + parents * offsetof<RegionSet>(), offsetof<RegionSet>());
    let count: u64 = 0;
    for (let i: u32 = 0; i <= parents; i++) count += this.set(i).count;
    if (struct.regionCount == 0) fail(ErrorCode.Corrupt, "cim: image: it has no regions of its own");
    if (count > MAX_REGIONS) fail(ErrorCode.Corrupt, `cim: image: ${count} regions, where ${MAX_REGIONS} are the most`);
    this.regionCount = <u32>count;
  }

  set(index: u32): RegionSet {
    return changetype<RegionSet>(this.sets + index * offsetof<RegionSet>());
  }

  /** The name of a region's file without what it begins with: `<guid>_<n>`. */
  nameOf(region: u32): string {
    let set: u32 = 0;
    while (region >= this.set(set).count) region -= this.set(set++).count;
    return `${describeGuid(changetype<usize>(this.set(set)))}_${region}`;
  }
}

/** Looks at the header of a region. @fails Corrupt, Unsupported */
export function openRegion(source: Source, index: u32): void {
  openCommon(source, `region ${index}`, FileType.Region, <u32>offsetof<RegionHeader>());
}

/** What all files begin with. @param size  of the whole header */
function openCommon(source: Source, what: string, type: FileType, size: u32): void {
  if (source.size < offsetof<CommonHeader>()) fail(ErrorCode.Corrupt, `cim: ${what}: a file of ${source.size} bytes`);
  source.read(0, changetype<usize>(common), offsetof<CommonHeader>());
  if (common.magic != MAGIC) fail(ErrorCode.Corrupt, `cim: ${what}: does not begin with "cimfile0"`);
  if (common.majorVersion == 0 || common.majorVersion > MAX_VERSION) {
    fail(ErrorCode.Unsupported, `cim: ${what}: version ${common.majorVersion}.${common.minorVersion} is not known`);
  }
  if (type == FileType.Image && (common.fileType == FileType.Region || common.fileType == FileType.ObjectIds)) {
    const part = common.fileType == FileType.Region ? "a region" : "the object ids";
    fail(ErrorCode.Unsupported, `cim: ${what}: it is ${part} of a CIM; open the file NAME.cim beside it`);
  }
  if (common.fileType != type)
    fail(ErrorCode.Corrupt, `cim: ${what}: file type ${common.fileType}, where ${type} is expected`);
  if (source.size < size) fail(ErrorCode.Corrupt, `cim: ${what}: a file of ${source.size} bytes`);
}

/** `00112233-4455-6677-8899-aabbccddeeff` */
export function describeGuid(at: usize): string {
  let text = "";
  for (let i: u32 = 0; i < GUID_SIZE; i++) {
    const byte = load<u8>(at + GUID_ORDER[i]);
    if (DASHES & (1 << i)) text += "-";
    text += HEX.charAt(byte >> 4) + HEX.charAt(byte & 15);
  }
  return text;
}
