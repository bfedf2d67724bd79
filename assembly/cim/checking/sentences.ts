/** What people read of a finding: what is wrong, with the numbers. Where it is, is said before. */
import { CimProblem } from "../../abi";
import { quote } from "../../bytes/quote";
import {
  BlobDetail, FilesystemDetail, FlagsDetail, HeaderDetail, LabelDetail, LinkDetail, ObjectIdDetail, OrderDetail, PeDetail,
  SizeDetail, StreamDetail, TableDetail, UpcaseDetail,
} from "./details";
import { Finding } from "./findings";

/** @returns a part of a sentence, such as `name "a" comes behind a later one` */
export function describe(finding: Finding): string {
  const problem = finding.problem;
  if (problem <= CimProblem.RegionLabel) return ofHeader(finding);
  if (problem <= CimProblem.FileTableField) return ofFilesystem(finding);
  if (problem <= CimProblem.BaseRegion) return ofFile(finding);
  if (problem <= CimProblem.PathLength) return ofDirectory(finding);
  if (problem <= CimProblem.StreamTable) return ofStream(finding);
  if (problem == CimProblem.ObjectIds) return ofObjectIds(finding);
  return ofBlob(finding);
}

function ofHeader(finding: Finding): string {
  switch (finding.problem) {
    case CimProblem.Version:
      return `it is of version ${finding.found}, of which not all is known`;
    case CimProblem.HeaderField:
      if (finding.detail == HeaderDetail.Reserved)
        return `reserved bytes of the header, from ${finding.found} on, are not zero`;
      if (finding.detail == HeaderDetail.Minor) return `minor version ${finding.found}, where 0 is expected`;
      return `length of the header ${finding.found}, where ${finding.expected} is expected`;
    case CimProblem.RegionVersion:
      return `version ${finding.found} in an image of version ${finding.expected}`;
    default:
      return finding.detail == LabelDetail.Index
        ? `the region says to be number ${finding.found}, and is ${finding.expected} of its set`
        : `type ${finding.found} of the region, where ${finding.expected} is the last`;
  }
}

function ofFilesystem(finding: Finding): string {
  switch (finding.problem) {
    case CimProblem.Filesystem:
      if (finding.detail == FilesystemDetail.Object)
        return `filesystem of ${finding.found} bytes, of ${finding.expected} there are`;
      return finding.detail == FilesystemDetail.Root
        ? `file ${finding.found}, the root, is not there`
        : `file ${finding.found}, the root, is no directory`;
    case CimProblem.UpcaseTable:
      return finding.detail == UpcaseDetail.Place
        ? `upcase table of ${finding.found} bytes, of ${finding.expected} there are`
        : `upper case of surrogate 0x${finding.found.toString(16)} is 0x${finding.expected.toString(16)}`;
    case CimProblem.UpcaseTwice:
      return `upper case of 0x${finding.found.toString(16)} is 0x${finding.expected.toString(16)}, which has another itself`;
    case CimProblem.FileTableEntrySize:
      return `records of ${finding.found} bytes, where ${finding.expected} are known`;
    case CimProblem.FileTableField:
      return `reserved field ${finding.found} of a file table`;
    default:
      return ofTables(finding);
  }
}

function ofTables(finding: Finding): string {
  switch (finding.detail) {
    case TableDetail.Directory:
      return `${finding.found} file tables, of which ${finding.expected} bytes are there`;
    case TableDetail.Count:
      return `a file table of ${finding.found} files, where ${finding.expected} are the most`;
    case TableDetail.EntrySize:
      return `records of ${finding.found} bytes, where ${finding.expected} are the most`;
    case TableDetail.Place:
      return `a file table of ${finding.found} bytes, of ${finding.expected} there are`;
    case TableDetail.Alignment:
      return `file table ${finding.found} is not at a multiple of 8`;
    default:
      return `file tables of ${finding.found} bytes in regions of ${finding.expected}`;
  }
}

function ofFile(finding: Finding): string {
  switch (finding.problem) {
    case CimProblem.FileMissing:
      return `name "${nameIn(finding)}" leads to file ${finding.found}, which is not there`;
    case CimProblem.FileUnused:
      return "has a name, and its record is empty";
    case CimProblem.FileFlags:
      return finding.detail == FlagsDetail.Flags
        ? `flags 0x${finding.found.toString(16)}, of which 0x${finding.expected.toString(16)} are known`
        : `reserved field ${finding.found}`;
    case CimProblem.ParentFile:
      return `says to be in directory ${finding.found}, and is not`;
    default:
      return `base region ${finding.found} in an image without parents`;
  }
}

function ofDirectory(finding: Finding): string {
  switch (finding.problem) {
    case CimProblem.LinkTable:
      return ofLinks(finding);
    case CimProblem.LinkTableSize:
      return finding.detail == SizeDetail.None
        ? "has no table of names, where an empty one is expected"
        : `says that its table of names has ${finding.found} bytes, which has ${finding.expected}`;
    case CimProblem.LinkTablesShared:
      return `with it, tables of names have ${finding.found} bytes, where ${finding.expected} are the most: the last`;
    case CimProblem.NamePlace:
      return `a name of ${finding.detail} units at byte ${finding.found} of a table of ${finding.expected}`;
    case CimProblem.NameForbidden:
      return `"${nameIn(finding)}" is no name`;
    case CimProblem.NameOrder:
      return finding.detail == OrderDetail.Twice
        ? `name "${nameIn(finding)}" is there twice, but for its case`
        : `name "${nameIn(finding)}", number ${finding.found}, comes behind a later one`;
    case CimProblem.NameOrderOfCodePoints:
      return `name "${nameIn(finding)}", number ${finding.found}, is in its place by characters, not by units of UTF-16`;
    case CimProblem.DirectoryLinkedTwice:
      return `is named "${nameIn(finding)}" in directory ${finding.found} too`;
    default:
      return `the path of "${nameIn(finding)}" has ${finding.found} units`;
  }
}

function ofLinks(finding: Finding): string {
  switch (finding.detail) {
    case LinkDetail.Place:
      return `a table of ${finding.found} bytes, of ${finding.expected} there are`;
    case LinkDetail.Numbers:
      return `a table of ${finding.found} names in ${finding.expected} bytes`;
    case LinkDetail.Alignment:
      return "its table of names is not at a multiple of 8";
    case LinkDetail.Sparse:
      return "its table of names is sparse";
    default:
      return "a length of four bytes stands before the table of alternate streams";
  }
}

function ofStream(finding: Finding): string {
  switch (finding.problem) {
    case CimProblem.StreamType:
      return finding.detail == StreamDetail.Content
        ? `type 0x${finding.found.toString(16)} of the content is not known`
        : `type 0x${finding.found.toString(16)} of an alternate stream, which can only be data`;
    case CimProblem.StreamRange:
      return `${finding.found} bytes of data, of ${finding.expected} there are`;
    case CimProblem.StreamPlace:
      return STREAM_PLACES[finding.detail];
    case CimProblem.EmptyStream:
      return "a stream without bytes leads nowhere, which not all readers allow";
    case CimProblem.SparsePlace:
      return "a stream of zeros has a place";
    case CimProblem.PeImage:
      return ofPeImage(finding);
    default:
      return ofLinks(finding);
  }
}
const STREAM_PLACES: StaticArray<string> = [
  "data is not at the beginning of a page",
  "data is not at a multiple of 8",
  "data stands in a region of metadata",
];

function ofPeImage(finding: Finding): string {
  switch (finding.detail) {
    case PeDetail.Place:
      return `layout of a program of ${finding.found} bytes, of ${finding.expected} there are`;
    case PeDetail.Length:
      return `a program of ${finding.found} bytes in a stream of ${finding.expected}`;
    case PeDetail.Order:
      return `a part of a program at byte ${finding.found}, behind one at ${finding.expected}`;
    default:
      return `a program that is laid out in ${finding.found} bytes, of ${finding.expected} there are`;
  }
}

function ofBlob(finding: Finding): string {
  switch (finding.problem) {
    case CimProblem.DescriptorMissing:
      return "has no security descriptor";
    case CimProblem.Alignment:
      return `${ALIGNED[finding.detail]} at a byte that is no multiple of 8`;
    case CimProblem.Overlap:
      return finding.detail == 0
        ? `${finding.found} bytes, some of which are among ${finding.expected} of the image itself`
        : `${finding.found} bytes, some of which are among ${finding.expected} of file ${finding.detail}`;
    default:
      return ofBlobContent(finding);
  }
}
const ALIGNED: StaticArray<string> = [
  "security descriptor",
  "extended attributes",
  "reparse data",
  "layout of a program",
  "directory of file tables",
  "filesystem",
  "upcase table",
];

function ofBlobContent(finding: Finding): string {
  const what =
    finding.problem == CimProblem.Descriptor
      ? "security descriptor"
      : finding.problem == CimProblem.Reparse
        ? "reparse data"
        : "extended attributes";
  if (finding.detail == BlobDetail.Place) return `${what} of ${finding.found} bytes, of ${finding.expected} there are`;
  if (finding.detail == BlobDetail.Content) return `${what} of ${finding.found} bytes that cannot be any`;
  return `reparse tag 0x${finding.found.toString(16)}, and 0x${finding.expected.toString(16)} in the data`;
}

function ofObjectIds(finding: Finding): string {
  switch (finding.detail) {
    case ObjectIdDetail.Size:
      return `object IDs: a file of ${finding.found} bytes`;
    case ObjectIdDetail.Magic:
      return 'object IDs: the file does not begin with "cimfile0"';
    case ObjectIdDetail.Type:
      return `object IDs: file type ${finding.found}, where ${finding.expected} is expected`;
    case ObjectIdDetail.Table:
      return `object IDs: ${finding.found} of them in a file of ${finding.expected} bytes`;
    case ObjectIdDetail.Offset:
      return `object IDs: one at byte ${finding.found}, in a region of ${finding.expected} bytes`;
    default:
      return `object IDs: version ${finding.found}, where ${finding.expected} is the last`;
  }
}

/** The name of an entry or a stream, as a terminal may show it. */
function nameIn(finding: Finding): string {
  return finding.name != 0 ? quote(finding.name, finding.nameLength) : "";
}
