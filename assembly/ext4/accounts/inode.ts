/** What an inode says, field by field. Source: Linux, "ext4 Data Structures and Algorithms", Index Nodes. */
import { Account } from "../../bytes/account";
import { CONTENT_SIZE, Extent, EXTENT_MAGIC, ExtentHeader, ExtentIndex, MAX_EXTENT_BLOCKS } from "../format";
import { FileInode, OLD_SIZE } from "../reading/inode";

const ENTRY_SIZE: u32 = 12;
/** Entries of a map that stand in the inode itself. */
const MAX_ENTRIES: u32 = CONTENT_SIZE / ENTRY_SIZE - 1;

/** @param size  bytes of an inode */
export function accountOfInode(account: Account, inode: FileInode, size: u32): void {
  account.octal("mode", inode.mode);
  account.number("uid", inode.uid);
  account.number("gid", inode.gid);
  account.number("size", inode.size);
  account.number("links", inode.linkCount);
  account.time("mtime", inode.mtime, inode.mtimeNanoseconds);
  account.time("atime", inode.atime, inode.atimeNanoseconds);
  account.time("ctime", inode.ctime, inode.ctimeNanoseconds);
  if (inode.hasBirthTime) account.time("birth time", inode.birthTime, inode.birthTimeNanoseconds);
  account.number("deletion time or next orphan", inode.deletionTime);
  account.hex("flags", inode.flags, 1);
  account.number("sectors", inode.sectors);
  content(account, inode);
  account.number("block of extended attributes", inode.xattrBlock);
  account.number("generation", inode.generation);
  account.number("version", inode.version);
  account.number("project", inode.project);
  if (size > OLD_SIZE) {
    account.number("size of its extra fields", inode.extraSize);
    const fields = OLD_SIZE + inode.extraSize;
    account.raw("attributes in the inode", inode.raw + fields, size - fields);
  }
  account.hex("checksum", inode.storedChecksum, 8);
}

/** What the sixty bytes are depends on the type. */
function content(account: Account, inode: FileInode): void {
  if (inode.isFastLink) account.text("target", inode.content, CONTENT_SIZE);
  else if (inode.isInline) account.raw("content in the inode", inode.content, CONTENT_SIZE);
  else if (inode.isDevice) {
    account.number("device's major number", inode.deviceMajor);
    account.number("device's minor number", inode.deviceMinor);
  } else if (inode.hasExtents && inode.hasBlocks) extents(account, inode.content);
  else account.raw("block numbers", inode.content, CONTENT_SIZE);
}

/** `0 at 1234, 3 blocks; …`: blocks of the file, where on disk; or, of a tree, its nodes. */
function extents(account: Account, root: usize): void {
  const header = changetype<ExtentHeader>(root);
  account.begin("extents");
  if (header.magic != EXTENT_MAGIC) account.word("none");
  const count = min<u32>(header.entries, MAX_ENTRIES);
  for (let i: u32 = 0; i < count; i++) {
    const at = root + ENTRY_SIZE * (1 + i);
    if (i > 0) account.word("; ");
    if (header.depth > 0) node(account, changetype<ExtentIndex>(at));
    else extent(account, changetype<Extent>(at));
  }
  account.end();
}

function extent(account: Account, extent: Extent): void {
  const isWritten = extent.length <= MAX_EXTENT_BLOCKS;
  account.decimal(extent.block, 1);
  account.word(" at ");
  account.decimal(((<u64>extent.startHi) << 32) | extent.startLo, 1);
  account.word(", ");
  account.decimal(isWritten ? extent.length : extent.length - MAX_EXTENT_BLOCKS, 1);
  account.word(isWritten ? " blocks" : " blocks, not written");
}

function node(account: Account, index: ExtentIndex): void {
  account.decimal(index.block, 1);
  account.word(" and on in the node at ");
  account.decimal(((<u64>index.leafHi) << 32) | index.leafLo, 1);
}
