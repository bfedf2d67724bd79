/** Sentences for what is wrong in directories, their indexes and the tree of them. */
import { Problem } from "../../abi";
import { DirectoryDetail, EntryDetail, IndexDetail } from "./details";
import { Finding } from "./findings";
import { checksums, nameIn } from "./words";

export function ofDirectory(finding: Finding): string {
  switch (finding.problem) {
    case Problem.DirectoryHole:
      return `directory without its block ${finding.found}`;
    case Problem.DirectoryBlock:
      return `entry at ${finding.offset}: length ${finding.found}, with ${finding.expected} bytes to the end`;
    case Problem.DirectoryChecksum:
      return finding.detail == DirectoryDetail.NoTail
        ? "directory block without a checksum"
        : checksums(finding, "checksum of the directory block");
    case Problem.DirectoryDots:
      if (finding.detail == DirectoryDetail.NotEnded)
        return `a byte of ${finding.found} behind . or .., where only 0 can be`;
      if (finding.detail == DirectoryDetail.Dot) return `. is inode ${finding.found}`;
      return finding.detail == DirectoryDetail.NoDot
        ? "directory that does not begin with ."
        : "directory without .. behind .";
    case Problem.EntryType:
      return `entry "${nameIn(finding)}": type ${finding.found}, and the inode is of ${finding.expected}`;
    case Problem.EntryTwice:
      return `entry "${nameIn(finding)}": the name stands here twice`;
    case Problem.DirectoryLinkedTwice:
      return `entry "${nameIn(finding)}": directory ${finding.found}, which has a name in inode ${finding.expected}`;
    default:
      return ofEntry(finding);
  }
}

function ofEntry(finding: Finding): string {
  if (finding.problem == Problem.EntryName) {
    if (finding.detail == EntryDetail.Empty) return "entry without a name";
    return finding.detail == EntryDetail.Dots
      ? `entry "${nameIn(finding)}" among the names`
      : `entry "${nameIn(finding)}": byte ${finding.found} in its name`;
  }
  switch (finding.detail) {
    case EntryDetail.Outside:
      return `entry "${nameIn(finding)}": inode ${finding.found} of ${finding.expected}`;
    case EntryDetail.Root:
      return `entry "${nameIn(finding)}": leads to the root`;
    case EntryDetail.Reserved:
      return `entry "${nameIn(finding)}": inode ${finding.found} is reserved`;
    case EntryDetail.Itself:
      return `entry "${nameIn(finding)}": leads to its own directory`;
    case EntryDetail.Value:
      return `entry "${nameIn(finding)}": inode ${finding.found} is the value of an attribute`;
    default:
      return `entry "${nameIn(finding)}": inode ${finding.found} is not in use`;
  }
}

export function ofIndex(finding: Finding): string {
  switch (finding.problem) {
    case Problem.IndexChecksum:
      return checksums(finding, "checksum of the index");
    case Problem.IndexOrder:
      return `index: hash 0x${finding.found.toString(16)} after 0x${finding.expected.toString(16)}`;
    case Problem.IndexHash:
      return `entry "${nameIn(finding)}": hash 0x${finding.found.toString(16)}, out of the bounds of its block`;
    case Problem.IndexReference:
      if (finding.detail == IndexDetail.NotReached)
        return `index: does not lead to block ${finding.found} of the directory`;
      return finding.detail == IndexDetail.Twice
        ? `index: leads to block ${finding.found} of the directory twice`
        : `index: block ${finding.found} of ${finding.expected} of the directory`;
    default:
      return `index: ${INDEX_FIELDS[finding.detail]} ${finding.found}, where ${finding.expected} is expected`;
  }
}
const INDEX_FIELDS: StaticArray<string> = [
  "reserved word",
  "hash version",
  "length of the root",
  "flags",
  "levels",
  "limit",
  "entries",
  "length of the empty record",
];

export function ofTree(finding: Finding): string {
  switch (finding.problem) {
    case Problem.Unreachable:
      return `is in use, with ${finding.found} links, and no directory has its name`;
    case Problem.DirectoryCycle:
      return "is in a circle of directories, which the root does not lead to";
    case Problem.ParentEntry:
      return `.. is inode ${finding.found}, and the directory stands in ${finding.expected}`;
    case Problem.LostFound:
      return "lost+finding.found is no directory";
    default:
      return `links ${finding.found}, counted ${finding.expected}`;
  }
}
