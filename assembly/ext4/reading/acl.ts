/**
 * POSIX ACLs: from ext4's own form into that of the system calls, and of archives.
 *
 * Source: Linux, fs/ext4/acl.h and include/uapi/linux/posix_acl_xattr.h.
 */
import { corrupt } from "./corrupt";

const DISK_VERSION: u32 = 1;
const XATTR_VERSION: u32 = 2;
const SHORT_ENTRY: u32 = 4;
const LONG_ENTRY: u32 = 8;
const NO_ID: u32 = u32.MAX_VALUE;

/** Of these tags alone the entry names someone. */
const enum Tag {
  User = 0x02,
  Group = 0x08,
}

/** Bytes that an ACL of `length` on disk may become. */
export function largestAcl(length: u32): u32 {
  return 4 + (length / SHORT_ENTRY) * LONG_ENTRY;
}

/**
 * Writes what getxattr(2) gives for an ACL.
 *
 * @param to  room for `largestAcl(length)`
 * @returns   bytes written
 * @fails Corrupt  it is none
 */
export function convertAcl(inode: u32, from: usize, length: u32, to: usize): u32 {
  const version = length >= 4 ? load<u32>(from) : 0;
  if (version != DISK_VERSION) corrupt(`inode ${inode}: ACL of version ${version}, not 1`);
  const end = from + length;
  let write = to + 4;
  let at = from + 4;
  store<u32>(to, XATTR_VERSION);
  while (at + SHORT_ENTRY <= end) {
    const tag = load<u16>(at);
    const hasId = tag == Tag.User || tag == Tag.Group;
    if (hasId && at + LONG_ENTRY > end) break;
    store<u32>(write, load<u32>(at));
    store<u32>(write, hasId ? load<u32>(at, 4) : NO_ID, 4);
    at += hasId ? LONG_ENTRY : SHORT_ENTRY;
    write += LONG_ENTRY;
  }
  if (at != end) corrupt(`inode ${inode}: ACL of ${length} bytes ends within an entry`);
  return <u32>(write - to);
}
