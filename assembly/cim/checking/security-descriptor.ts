/** Whether a security descriptor can be one. Source: Microsoft, [MS-DTYP], §2.4.2 "SID", §2.4.4.1, §2.4.5, §2.4.6. */

const HEADER_SIZE: u32 = 20;
const CONTROL_AT: u32 = 2;
const OWNER_AT: u32 = 4;
const GROUP_AT: u32 = 8;
const SACL_AT: u32 = 12;
const DACL_AT: u32 = 16;
const DACL_PRESENT: u16 = 0x4;
const SACL_PRESENT: u16 = 0x10;
const SELF_RELATIVE: u16 = 0x8000;
const SID_HEADER_SIZE: u32 = 8;
const MAX_SUBAUTHORITIES: u32 = 15;
const ACL_HEADER_SIZE: u32 = 8;
const ACE_HEADER_SIZE: u32 = 4;

export function isSecurityDescriptor(at: usize, length: u32): bool {
  if (length < HEADER_SIZE || load<u8>(at) != 1) return false;
  const control = load<u16>(at, CONTROL_AT);
  if (!(control & SELF_RELATIVE)) return false;
  if (!isSid(at, length, load<u32>(at, OWNER_AT)) || !isSid(at, length, load<u32>(at, GROUP_AT))) return false;
  if (control & SACL_PRESENT && !isAcl(at, length, load<u32>(at, SACL_AT))) return false;
  return !(control & DACL_PRESENT) || isAcl(at, length, load<u32>(at, DACL_AT));
}

/** @param offset  in the descriptor; 0: there is none, and may be none */
function isSid(at: usize, length: u32, offset: u32): bool {
  if (offset == 0) return true;
  if (offset < HEADER_SIZE || <u64>offset + SID_HEADER_SIZE > length) return false;
  const count: u32 = load<u8>(at + offset, 1);
  return load<u8>(at + offset) == 1 && count <= MAX_SUBAUTHORITIES && offset + SID_HEADER_SIZE + 4 * count <= length;
}

/** @param offset  in the descriptor; 0: all may do all */
function isAcl(at: usize, length: u32, offset: u32): bool {
  if (offset == 0) return true;
  if (offset < HEADER_SIZE || <u64>offset + ACL_HEADER_SIZE > length) return false;
  const size: u32 = load<u16>(at + offset, 2);
  const count: u32 = load<u16>(at + offset, 4);
  if (size < ACL_HEADER_SIZE || offset + size > length) return false;
  let next: u32 = ACL_HEADER_SIZE;
  for (let i: u32 = 0; i < count; i++) {
    if (next + ACE_HEADER_SIZE > size) return false;
    const aceSize: u32 = load<u16>(at + offset + next, 2);
    if (aceSize < ACE_HEADER_SIZE || next + aceSize > size) return false;
    next += aceSize;
  }
  return true;
}
