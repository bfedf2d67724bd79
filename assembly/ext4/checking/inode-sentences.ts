/** Sentences for what is wrong in inodes, their block maps and attributes. */
import { Problem } from "../../abi";
import {
  Detail,
  FlagDetail,
  InodeDetail,
  ReservedDetail,
  SizeDetail,
  SpecialDetail,
  ValueDetail,
  XattrDetail,
} from "./details";
import { Finding } from "./findings";
import { checksums, nameIn } from "./words";

export function ofInode(finding: Finding): string {
  switch (finding.problem) {
    case Problem.InodeChecksum:
      return checksums(finding, "checksum");
    case Problem.InodeField:
      return `${INODE_FIELDS[finding.detail]} ${finding.found}, where only 0 can be`;
    case Problem.InodeFlags:
      return `flag 0x${finding.found.toString(16)} ${FLAG_REASONS[finding.detail]}`;
    case Problem.InodeMode:
      return `mode 0${finding.found.toString(8)} is of no type`;
    case Problem.InodeSize:
      return sizeOf(finding);
    case Problem.InodeBlocks:
      return `${finding.found} sectors, counted ${finding.expected}`;
    case Problem.InodeTime:
      return `time ${finding.found} was most likely meant to be before 1970`;
    case Problem.InodeExtraSize:
      return `${finding.found} bytes of extra fields, in room for ${finding.expected}`;
    case Problem.InodeDeleted:
      return finding.detail == InodeDetail.NotDeleted
        ? "has no links, and no time of deletion"
        : `is in use, and has ${finding.found} as its time of deletion`;
    default:
      return ofSpecial(finding);
  }
}
const FLAG_REASONS: StaticArray<string> = [
  "without its feature",
  "on a file of this type",
  "together with that for extents",
];
const INODE_FIELDS: StaticArray<string> = [
  "fragment address",
  "high part of the sectors",
  "high part of the attributes' block",
  "high part of the size",
];

function sizeOf(finding: Finding): string {
  if (finding.detail == SizeDetail.EmptyDirectory) return `directory of ${finding.found} bytes without a block`;
  if (finding.detail == SizeDetail.Directory)
    return `directory of ${finding.found} bytes, whose blocks end at ${finding.expected}`;
  return finding.detail == SizeDetail.TooSmall
    ? `size ${finding.found}, and its last block begins at ${finding.expected}`
    : `size ${finding.found}, where ${finding.expected} is the most`;
}

function ofSpecial(finding: Finding): string {
  switch (finding.problem) {
    case Problem.ReservedInode:
    case Problem.RootInode:
      if (finding.detail == ReservedDetail.Mode) return `a reserved inode of mode 0${finding.found.toString(8)}`;
      return finding.detail == ReservedDetail.NotUsed
        ? "a reserved inode that must be in use is not"
        : "a reserved inode that must be empty is not";
    case Problem.DeviceInode:
      return finding.detail == SpecialDetail.Size
        ? `a device, pipe or socket of ${finding.found} bytes`
        : `a device's inode holds 0x${finding.found.toString(16)} where only 0 can be`;
    case Problem.SymbolicLink:
      return finding.detail == SpecialDetail.Blocks
        ? `a symbolic link of ${finding.found} blocks`
        : `a symbolic link of ${finding.found} bytes, whose target has ${finding.expected}`;
    case Problem.InlineRoom:
      return `${finding.found} bytes of inline data, in room for ${finding.expected}: the rest reads as zeros`;
    default:
      if (finding.detail == SpecialDetail.Missing) return "inline data without its attribute";
      return finding.detail == SpecialDetail.Elsewhere
        ? `inline data in inode ${finding.found}`
        : `${finding.found} bytes of inline data, in room for ${finding.expected}`;
  }
}

export function ofExtents(finding: Finding): string {
  if (finding.problem == Problem.ExtentChecksum && finding.detail == Detail.NoChecksum)
    return "extent node without room for its checksum";
  if (finding.problem == Problem.ExtentChecksum) return checksums(finding, "checksum of the extent node");
  switch (finding.detail) {
    case Detail.Magic:
      return `extent node with magic 0x${finding.found.toString(16)}, not 0x${finding.expected.toString(16)}`;
    case Detail.Depth:
      return `extent node of depth ${finding.found}, where ${finding.expected} is expected`;
    case Detail.Limit:
      return `extent node for ${finding.found} entries, where ${finding.expected} are expected`;
    case Detail.Count:
      return `extent node of ${finding.found} entries, where ${finding.expected} are the most`;
    case Detail.Empty:
      return finding.problem == Problem.ExtentRange
        ? `extent of no blocks, for block ${finding.found} of the file`
        : "extent node without entries";
    case Detail.NodeStart:
      return `extent node from block ${finding.found} of the file, where the one above says ${finding.expected}`;
    case Detail.NodeEnd:
      return `extents up to block ${finding.found} of the file, where they must end before ${finding.expected}`;
    default:
      return `extent for block ${finding.found} of the file, behind those up to ${finding.expected}`;
  }
}

export function ofXattr(finding: Finding): string {
  switch (finding.problem) {
    case Problem.XattrChecksum:
      return checksums(finding, "checksum of the attributes");
    case Problem.XattrHash:
      return checksums(finding, `attribute "${nameIn(finding)}": hash`);
    case Problem.XattrOrder:
      return `attribute "${nameIn(finding)}": out of order, so that the kernel may not find it`;
    case Problem.XattrReferences:
      return `block of attributes with ${finding.found} references, counted ${finding.expected}`;
    case Problem.XattrBlock:
      if (finding.detail == XattrDetail.NoFeature)
        return `block ${finding.found} of attributes, and the feature is off`;
      if (finding.detail == XattrDetail.Outside) return `block ${finding.found} of attributes, out of the filesystem`;
      return finding.detail == XattrDetail.Magic
        ? `block of attributes with magic 0x${finding.found.toString(16)}`
        : `attributes in ${finding.found} blocks`;
    case Problem.XattrValueInode:
      return ofValue(finding);
    default:
      if (finding.detail == XattrDetail.Outside)
        return `attribute "${nameIn(finding)}": ends at ${finding.found}, in a list of ${finding.expected} bytes`;
      if (finding.detail == XattrDetail.Overlap) return `attribute "${nameIn(finding)}": overlaps with another`;
      if (finding.detail == XattrDetail.Class) return `attribute "${nameIn(finding)}": class ${finding.found}`;
      return finding.detail == XattrDetail.NoName
        ? "attribute without a name"
        : `attribute "${nameIn(finding)}": a zero in its name`;
  }
}

function ofValue(finding: Finding): string {
  switch (finding.detail) {
    case ValueDetail.NoInode:
      return `attribute "${nameIn(finding)}": its value is in inode ${finding.found}, which cannot be`;
    case ValueDetail.NotMarked:
      return `attribute "${nameIn(finding)}": its value is in inode ${finding.found}, which is not one of values`;
    case ValueDetail.Size:
      return `attribute "${nameIn(finding)}": ${finding.expected} bytes, in an inode of ${finding.found}`;
    case ValueDetail.References:
      return `value of attributes with ${finding.found} references, counted ${finding.expected}`;
    default:
      return checksums(finding, "sum of the value");
  }
}
