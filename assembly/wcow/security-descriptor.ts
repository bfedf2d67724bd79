/** Security descriptors in self-relative form: their layout, and which bytes are none. */

/** Bytes that a descriptor may have. */
export const MAX_DESCRIPTOR_LENGTH: u32 = 65_535;

/** SE_DACL_PRESENT */
export const DACL_PRESENT: u16 = 0x4;
/** SE_SACL_PRESENT */
export const SACL_PRESENT: u16 = 0x10;
/** SE_SELF_RELATIVE */
export const SELF_RELATIVE: u16 = 0x8000;

/** Source: Microsoft, [MS-DTYP], §2.4.6 "SECURITY_DESCRIPTOR". */
@unmanaged
export class SecurityDescriptor {
  revision: u8; // 0x00  1
  sbz1: u8;     // 0x01  of the resource manager
  control: u16; // 0x02
  owner: u32;   // 0x04  bytes from the start; 0: none, as below
  group: u32;   // 0x08
  sacl: u32;    // 0x0c
  dacl: u32;    // 0x10
}               // 0x14

if (offsetof<SecurityDescriptor>() != 0x14) ERROR("wcow.SecurityDescriptor: 20 bytes");

/** §2.4.5 "ACL": its entries follow. */
@unmanaged
export class Acl {
  revision: u8; // 0x00
  sbz1: u8;     // 0x01
  size: u16;    // 0x02  bytes, its entries counted
  count: u16;   // 0x04  entries
  sbz2: u16;    // 0x06
}               // 0x08

/** §2.4.4.1 "ACE_HEADER" */
@unmanaged
export class AceHeader {
  type: u8;  // 0x00
  flags: u8; // 0x01
  size: u16; // 0x02  bytes, this header counted
}            // 0x04

const MAX_SUB_AUTHORITIES: u32 = 15;

/** Whether it is whole and in self-relative form, all of its parts too. What they grant is not looked at. */
export function isDescriptor(at: usize, length: u32): bool {
  if (length < offsetof<SecurityDescriptor>()) return false;
  const descriptor = changetype<SecurityDescriptor>(at);
  if (descriptor.revision != 1 || !(descriptor.control & SELF_RELATIVE)) return false;
  return (
    isSid(at, length, descriptor.owner) &&
    isSid(at, length, descriptor.group) &&
    isAcl(at, length, descriptor.sacl) &&
    isAcl(at, length, descriptor.dacl)
  );
}

function isSid(at: usize, length: u32, offset: u32): bool {
  if (offset == 0) return true;
  if (offset < offsetof<SecurityDescriptor>() || offset > length || length - offset < 8) return false;
  const count: u32 = load<u8>(at + offset, 1);
  return load<u8>(at + offset) == 1 && count <= MAX_SUB_AUTHORITIES && length - offset >= 8 + 4 * count;
}

function isAcl(at: usize, length: u32, offset: u32): bool {
  if (offset == 0) return true;
  if (offset < offsetof<SecurityDescriptor>() || offset > length || length - offset < offsetof<Acl>()) return false;
  const acl = changetype<Acl>(at + offset);
  const size: u32 = acl.size;
  if (size < offsetof<Acl>() || size > length - offset) return false;
  let ace = offset + offsetof<Acl>();
  for (let i: u32 = acl.count; i > 0; i--) {
    const left = offset + size - ace;
    if (left < offsetof<AceHeader>()) return false;
    const aceSize: u32 = changetype<AceHeader>(at + ace).size;
    if (aceSize < offsetof<AceHeader>() || aceSize > left) return false;
    ace += aceSize;
  }
  return true;
}
