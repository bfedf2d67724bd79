/**
 * Features that a filesystem may have, by name, and which of them stand in the way of reading.
 *
 * Source: Linux, fs/ext4/ext4.h; names as in ext4(5), or as e2fsprogs prints what that page does not list.
 */
import { ErrorCode } from "../../abi";
import { Literal } from "../../bytes/literal";
import { ByteBuffer } from "../../bytes/memory";
import { fail } from "../../host";
import { IncompatibleFeature, ReadOnlyFeature } from "../features";

/** Incompatible features that are read here. All others are refused by name; `encrypt` inode by inode. */
const INCOMPATIBLE_READ: u32 = 0x3_e7d6;

/** Read-only features say how to write; of these alone the reader must know. */
const READ_ONLY_REFUSED: u32 = ReadOnlyFeature.BigAllocation;

/** By bit, from the lowest, of each word of features; `-`: not in use. */
const COMPATIBLE_NAMES = names(
  "dir_prealloc imagic_inodes has_journal ext_attr resize_inode dir_index lazy_bg - snapshot_bitmap sparse_super2 " +
    "fast_commit stable_inodes orphan_file",
);
const INCOMPATIBLE_NAMES = names(
  "compression filetype needs_recovery journal_dev meta_bg - extent 64bit mmp flex_bg ea_inode - dirdata " +
    "metadata_csum_seed large_dir inline_data encrypt casefold",
);
const READ_ONLY_NAMES = names(
  "sparse_super large_file - huge_file uninit_bg dir_nlink extra_isize snapshot quota bigalloc metadata_csum replica " +
    "read-only project shared_blocks verity orphan_present",
);

function names(text: string): Literal[] {
  const words = text.split(" ");
  const list = new Array<Literal>(words.length);
  for (let i = 0; i < words.length; i++) list[i] = new Literal(words[i] == "-" ? "" : words[i]);
  return list;
}

/**
 * Refuses what cannot be read.
 *
 * @fails Unsupported  with the names of the features
 */
export function checkFeatures(incompatible: u32, readOnly: u32): void {
  if (incompatible & IncompatibleFeature.JournalDevice) {
    fail(ErrorCode.Unsupported, "ext4: this is the journal of another filesystem, and holds no files");
  }
  const inTheWay = incompatible & ~INCOMPATIBLE_READ;
  const refused = readOnly & READ_ONLY_REFUSED;
  if ((inTheWay | refused) == 0) return;
  const text = new ByteBuffer();
  appendNames(text, inTheWay, INCOMPATIBLE_NAMES, "incompatible", 0x20);
  appendNames(text, refused, READ_ONLY_NAMES, "read-only", 0x20);
  const list = String.UTF8.decodeUnsafe(text.at, text.length - 1);
  fail(ErrorCode.Unsupported, "ext4: features that are not read here: " + list);
}

/** Appends the names of all features, each with a zero behind it. */
export function appendFeatures(text: ByteBuffer, compatible: u32, incompatible: u32, readOnly: u32): void {
  appendNames(text, compatible, COMPATIBLE_NAMES, "compatible", 0);
  appendNames(text, incompatible, INCOMPATIBLE_NAMES, "incompatible", 0);
  appendNames(text, readOnly, READ_ONLY_NAMES, "read-only", 0);
}

/** @param word  what an unnamed bit is called by, before its number */
function appendNames(text: ByteBuffer, features: u32, list: Literal[], word: string, end: u8): void {
  for (let bit = 0; bit < 32; bit++) {
    if (!(features & (1 << bit))) continue;
    if (bit < list.length && list[bit].length > 0) text.append(list[bit].at, list[bit].length);
    else {
      const unnamed = new Literal(word + "_" + bit.toString());
      text.append(unnamed.at, unnamed.length);
    }
    text.appendByte(end);
  }
}
