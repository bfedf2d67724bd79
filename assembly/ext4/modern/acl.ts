/**
 * POSIX ACLs: from the form in which programs and archives have them to the one that ext4 stores.
 *
 * Sources: Linux, include/uapi/linux/posix_acl_xattr.h; fs/ext4/acl.h; what is sound, from fs/posix_acl.c.
 */

const EXTERNAL_VERSION: u32 = 2;
const DISK_VERSION: u32 = 1;
const HEADER_SIZE: u32 = 4;
/** Tag, permissions and id, each time. */
const EXTERNAL_ENTRY: u32 = 8;

const OWNER: u32 = 1;
const USER: u32 = 2;
const OWNER_GROUP: u32 = 4;
const GROUP: u32 = 8;
const MASK: u32 = 0x10;
const OTHER: u32 = 0x20;

/** Permissions that `encodeAcl` found: those by which a file's mode goes, three bits each. */
export let aclMode: u32 = 0;
/** Whether it found no more than a mode says. */
export let aclIsMode: bool = false;

/** Bytes that `length` of the external form need at most. */
export function aclRoom(length: u32): u32 {
  return length;
}

/**
 * Encodes an ACL as ext4 has it.
 *
 * @param to  `aclRoom(length)` bytes
 * @returns bytes written, 0 for an ACL without entries; -1 if it is not one that the kernel would take
 */
export function encodeAcl(from: usize, length: u32, to: usize): i32 {
  if (length < HEADER_SIZE || (length - HEADER_SIZE) % EXTERNAL_ENTRY != 0) return -1;
  if (load<u32>(from) != EXTERNAL_VERSION) return -1;
  aclMode = 0;
  if (length == HEADER_SIZE) return 0;
  store<u32>(to, DISK_VERSION);
  let size = HEADER_SIZE;
  let seen: u32 = 0;
  for (let at = HEADER_SIZE; at < length; at += EXTERNAL_ENTRY) {
    const tag = <u32>load<u16>(from + at);
    const permissions = <u32>load<u16>(from + at + 2);
    if (permissions > 7 || !mayFollow(tag, seen)) return -1;
    seen |= tag;
    if (tag == OWNER) aclMode |= permissions << 6;
    else if (tag == OTHER) aclMode |= permissions;
    else if (tag == MASK) aclMode = (aclMode & ~0o070) | (permissions << 3);
    else if (tag == OWNER_GROUP) aclMode |= permissions << 3;
    store<u32>(to + size, load<u32>(from + at));
    size += 4;
    if (tag != USER && tag != GROUP) continue;
    const id = load<u32>(from + at + 4);
    if (id == u32.MAX_VALUE) return -1;
    store<u32>(to + size, id);
    size += 4;
  }
  aclIsMode = seen == (OWNER | OWNER_GROUP | OTHER);
  const named = (seen & (USER | GROUP)) != 0;
  const isWhole = (seen & OTHER) != 0 && (!named || (seen & MASK) != 0);
  return isWhole ? size : -1;
}

/** Tags rise; those with an id may come again; the owner's, the group's and the others' must all come. */
function mayFollow(tag: u32, seen: u32): bool {
  switch (tag) {
    case OWNER:
      return seen == 0;
    case USER:
      return (seen & OWNER) != 0 && seen < OWNER_GROUP;
    case OWNER_GROUP:
      return (seen & OWNER) != 0 && seen < OWNER_GROUP;
    case GROUP:
      return (seen & OWNER_GROUP) != 0 && seen < MASK;
    case MASK:
      return (seen & OWNER_GROUP) != 0 && seen < MASK;
    case OTHER:
      return (seen & OWNER_GROUP) != 0 && seen < OTHER;
    default:
      return false;
  }
}
