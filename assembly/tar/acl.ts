/**
 * POSIX ACLs in the text form that star and GNU tar archive, `user::rwx,user:1000:r--,group::r-x,mask::r-x,other::r--`,
 * made the binary form of Linux' extended attributes.
 *
 * A named user or group counts by its number: in the place of the name, or in a fourth field behind the permissions, as
 * star writes it.
 *
 * Sources: POSIX.1e draft 17, §23.3.1 (text form); star(5); Linux, include/uapi/linux/posix_acl_xattr.h.
 */
import { ByteBuffer } from "../bytes/memory";

const VERSION: u32 = 2;
const NO_ID: u32 = 0xffff_ffff;
const COLON: u8 = 0x3a;
const COMMA: u8 = 0x2c;
const NEWLINE: u8 = 0x0a;
const HASH: u8 = 0x23;
const SPACE: u8 = 0x20;
const TAB: u8 = 0x09;
/** Fields of an entry: tag, qualifier, permissions, number; "default" may stand before. */
const MOST_FIELDS: u32 = 5;

const fieldsAt = memory.data(5 * 4, 4);
const fieldLengths = memory.data(5 * 4, 4);

/**
 * Appends the binary form: a version, then tag, permissions and id of each entry, in the order of the text.
 *
 * @returns whether the text is of the form
 */
export function decodeAcl(from: usize, length: u32, to: ByteBuffer): bool {
  appendWord(to, VERSION);
  const end = from + length;
  for (let at = from; at < end; ) {
    let entryEnd = at;
    while (entryEnd < end && load<u8>(entryEnd) != COMMA && load<u8>(entryEnd) != NEWLINE) entryEnd++;
    if (!decodeEntry(at, entryEnd, to)) return false;
    at = entryEnd + 1;
  }
  return true;
}

/** Empty entries and comments make nothing. */
function decodeEntry(from: usize, end: usize, to: ByteBuffer): bool {
  let stop = from;
  while (stop < end && load<u8>(stop) != HASH) stop++;
  while (from < stop && isBlank(load<u8>(from))) from++;
  while (stop > from && isBlank(load<u8>(stop - 1))) stop--;
  if (from == stop) return true;

  const count = splitFields(from, stop);
  let first: u32 = 0;
  if (count > 0 && (isWord(0, "default") || isWord(0, "d"))) first = 1;
  if (count < first + 3) return false;
  const tag = tagOf(first, lengthOf(first + 1) > 0);
  const permissions = permissionsOf(first + 2);
  if (tag == 0 || permissions < 0) return false;
  let id: u64 = NO_ID;
  if (tag == 2 || tag == 8) {
    id = count > first + 3 ? numberOf(first + 3) : numberOf(first + 1);
    if (id >= NO_ID) return false;
  }
  appendWord(to, tag | (<u32>permissions << 16));
  appendWord(to, <u32>id);
  return true;
}

/** @returns fields found; those past the last that counts are left out */
function splitFields(from: usize, end: usize): u32 {
  let count: u32 = 0;
  let start = from;
  for (let at = from; at <= end && count < MOST_FIELDS; at++) {
    if (at < end && load<u8>(at) != COLON) continue;
    store<usize>(fieldsAt + count * sizeof<usize>(), start);
    store<u32>(fieldLengths + count * 4, <u32>(at - start));
    count++;
    start = at + 1;
  }
  return count;
}

function startOf(field: u32): usize {
  return load<usize>(fieldsAt + field * sizeof<usize>());
}

function lengthOf(field: u32): u32 {
  return load<u32>(fieldLengths + field * 4);
}

function isWord(field: u32, word: string): bool {
  if (lengthOf(field) != <u32>word.length) return false;
  for (let i = 0; i < word.length; i++) if (load<u8>(startOf(field) + i) != <u8>word.charCodeAt(i)) return false;
  return true;
}

/** ACL_USER_OBJ, ACL_USER, ACL_GROUP_OBJ, ACL_GROUP, ACL_MASK, ACL_OTHER; 0: none of them. */
function tagOf(field: u32, named: bool): u32 {
  if (isWord(field, "user") || isWord(field, "u")) return named ? 2 : 1;
  if (isWord(field, "group") || isWord(field, "g")) return named ? 8 : 4;
  if (isWord(field, "mask") || isWord(field, "m")) return 16;
  return isWord(field, "other") || isWord(field, "o") ? 32 : 0;
}

/** @returns -1 for what is not of the letters rwx- */
function permissionsOf(field: u32): i32 {
  let permissions = 0;
  for (let i: u32 = 0; i < lengthOf(field); i++) {
    const letter = load<u8>(startOf(field) + i);
    if (letter == 0x72) permissions |= 4;
    else if (letter == 0x77) permissions |= 2;
    else if (letter == 0x78) permissions |= 1;
    else if (letter != 0x2d) return -1;
  }
  return permissions;
}

/** @returns NO_ID or more for what is no number below it */
function numberOf(field: u32): u64 {
  const length = lengthOf(field);
  if (length == 0 || length > 10) return NO_ID;
  let value: u64 = 0;
  for (let i: u32 = 0; i < length; i++) {
    const digit = <u32>load<u8>(startOf(field) + i) - 0x30;
    if (digit > 9) return NO_ID;
    value = value * 10 + digit;
  }
  return value;
}

function isBlank(byte: u8): bool {
  return byte == SPACE || byte == TAB;
}

function appendWord(to: ByteBuffer, word: u32): void {
  to.reserve(to.length + 4);
  store<u32>(to.at + to.length, word);
  to.length += 4;
}
