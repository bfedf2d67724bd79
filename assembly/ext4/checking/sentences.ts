/** What people read of a finding: what is wrong, with the numbers. Where it is, is said before. */
import { Problem } from "../../abi";
import { GroupDetail, JournalDetail, OrphanDetail, ResizeDetail } from "./details";
import { ofDirectory, ofIndex, ofTree } from "./directory-sentences";
import { Finding } from "./findings";
import { ofExtents, ofInode, ofXattr } from "./inode-sentences";
import { checksums } from "./words";

/** @returns a part of a sentence, such as `links 1, counted 2` */
export function describe(finding: Finding): string {
  const problem = finding.problem;
  if (problem <= Problem.BackupSuperblock) return ofSuperblock(finding);
  if (problem <= Problem.BlockOutside) return ofGroupsAndBlocks(finding);
  if (problem <= Problem.InlineRoom) return ofInode(finding);
  if (problem <= Problem.ExtentChecksum) return ofExtents(finding);
  if (problem <= Problem.XattrValueInode) return ofXattr(finding);
  if (problem <= Problem.DirectoryLinkedTwice) return ofDirectory(finding);
  if (problem <= Problem.IndexHash) return ofIndex(finding);
  if (problem <= Problem.LinkCount) return ofTree(finding);
  if (problem <= Problem.UsedDirectories) return ofBitmap(finding);
  return ofOwnFiles(finding);
}

function ofSuperblock(finding: Finding): string {
  switch (finding.problem) {
    case Problem.SuperblockChecksum:
      return checksums(finding, "checksum");
    case Problem.SuperblockField:
      return `${SUPERBLOCK_FIELDS[finding.detail]} ${finding.found}, where ${finding.expected} is expected`;
    case Problem.SuperblockTime:
      return `${SUPERBLOCK_FIELDS[finding.detail]} ${finding.found} is in the future`;
    case Problem.FeatureConflict:
      return CONFLICTS[finding.detail];
    case Problem.UncleanState:
      return "it was not unmounted in order";
    case Problem.RecordedError:
      return "the kernel recorded an error in it";
    case Problem.JournalDirty:
      return "the journal holds changes that are not in their places yet: what follows may be mended by them";
    default:
      return `copy of the superblock: ${SUPERBLOCK_FIELDS[finding.detail]} ${finding.found}, not ${finding.expected}`;
  }
}
const SUPERBLOCK_FIELDS: StaticArray<string> = [
  "checksum type",
  "cluster size",
  "clusters in a group",
  "reserved blocks",
  "reserved descriptor blocks",
  "first inode",
  "descriptor size",
  "hash version",
  "minimal extra inode size",
  "wanted extra inode size",
  "first meta group",
  "multi-mount block",
  "project quota inode",
  "mount time",
  "write time",
  "magic",
  "inodes",
  "blocks",
  "block size",
  "blocks in a group",
  "inodes in a group",
  "inode size",
];
const CONFLICTS: StaticArray<string> = [
  "it has features, and is of the revision without",
  "both kinds of checksums are on",
  "a seed of checksums is set, and there are none",
  "it has 64 bits and no extents",
  "its journal needs recovery, and there is none",
  "it can grow in two ways that exclude each other",
  "names are hashed both with a sign and without",
  "there are files of 4 GiB and more, and the feature for them is off",
  "its journal is both in it and on another disk",
  "a journal is named, and the feature is off",
  "it has a journal, and none is named",
];

function ofGroupsAndBlocks(finding: Finding): string {
  switch (finding.problem) {
    case Problem.DescriptorChecksum:
      return checksums(finding, "checksum of the descriptor");
    case Problem.DescriptorPlace:
      return `${GROUP_FIELDS[finding.detail]} at block ${finding.found}, out of bounds`;
    case Problem.DescriptorField:
      return finding.detail == GroupDetail.LastUnwritten
        ? "the block bitmap of the last group is marked as unwritten"
        : `${GROUP_FIELDS[finding.detail]} ${finding.found}, where ${finding.expected} is the most`;
    case Problem.BlockClaimedTwice:
      return `of ${finding.expected} blocks from here, ${finding.found} are claimed by another too`;
    case Problem.BlockShared:
      return `has block ${finding.found}, which another claims too`;
    default:
      return `block ${finding.found} of the file at ${finding.expected}, out of the filesystem`;
  }
}
const GROUP_FIELDS: StaticArray<string> = [
  "block bitmap",
  "inode bitmap",
  "inode table",
  "unused inodes",
  "free blocks",
  "free inodes",
  "directories",
  "flags",
];

function ofBitmap(finding: Finding): string {
  switch (finding.problem) {
    case Problem.BlockBitmapChecksum:
      return checksums(finding, "checksum of the block bitmap");
    case Problem.InodeBitmapChecksum:
      return checksums(finding, "checksum of the inode bitmap");
    case Problem.BlockNotMarked:
      return `${finding.expected} blocks are in use and marked as free, from ${finding.found} on`;
    case Problem.BlockNotUsed:
      return `${finding.expected} blocks are marked and not in use, from ${finding.found} on`;
    case Problem.InodeNotMarked:
      return `${finding.expected} inodes are in use and marked as free, from ${finding.found} on`;
    case Problem.InodeNotUsed:
      return `${finding.expected} inodes are marked and not in use, from ${finding.found} on`;
    case Problem.BlockBitmapPadding:
      return `bit ${finding.found} of the block bitmap, behind the last block, is not set`;
    case Problem.InodeBitmapPadding:
      return `bit ${finding.found} of the inode bitmap, behind the last inode, is not set`;
    case Problem.FreeBlocks:
      return `free blocks ${finding.found}, counted ${finding.expected}`;
    case Problem.FreeInodes:
      return `free inodes ${finding.found}, counted ${finding.expected}`;
    default:
      return `directories ${finding.found}, counted ${finding.expected}`;
  }
}

function ofOwnFiles(finding: Finding): string {
  if (finding.problem == Problem.Journal) {
    const what = `journal: ${JOURNAL_FIELDS[finding.detail]} ${finding.found}`;
    return finding.detail == JournalDetail.NoInode ? what : `${what}, where ${finding.expected} is expected`;
  }
  if (finding.problem == Problem.ResizeInode) {
    return finding.detail == ResizeDetail.Mode
      ? `room for descriptors: mode 0${finding.found.toString(8)}`
      : `room for descriptors: block ${finding.found}, where ${finding.expected} is expected`;
  }
  if (finding.problem == Problem.OrphansLeft) return `inode ${finding.found} was deleted while it was open`;
  switch (finding.detail) {
    case OrphanDetail.Magic:
      return `orphan file: magic 0x${finding.found.toString(16)}, not 0x${finding.expected.toString(16)}`;
    case OrphanDetail.Checksum:
      return checksums(finding, "orphan file: checksum");
    default:
      return `orphan ${finding.found} cannot be`;
  }
}
const JOURNAL_FIELDS: StaticArray<string> = [
  "inode",
  "mode",
  "blocks",
  "blocks without a hole",
  "magic",
  "type",
  "block size",
  "blocks",
  "first block",
  "start",
  "error",
  "compatible features",
  "incompatible features",
  "read-only features",
  "checksum",
  "filesystems that use it",
];
