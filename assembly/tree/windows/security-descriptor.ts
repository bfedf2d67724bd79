/** Who may do what with a file. Source: Microsoft, [MS-DTYP], §2.4.6 "SECURITY_DESCRIPTOR", self-relative. */

/**
 * Everybody may do all: a descriptor that says it has a DACL, and has none. What hcsshim gives a file for which a layer
 * has no descriptor.
 */
export const NULL_DACL = memory.data<u8>([1, 0, 4, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
export const NULL_DACL_SIZE: u32 = 20;

/** Whether a descriptor says no more than none would. */
export function isDefaultDescriptor(at: usize, length: u32): bool {
  return length == 0 || (length == NULL_DACL_SIZE && memory.compare(at, NULL_DACL, NULL_DACL_SIZE) == 0);
}
