/** Who may do what with a file. Source: Microsoft, [MS-DTYP], §2.4.6 "SECURITY_DESCRIPTOR", self-relative. */

/**
 * Everybody may do all: a descriptor that says it has a DACL, and has none. What hcsshim gives a file for which a layer
 * has no descriptor.
 */
const NULL_DACL_CONTROL: u32 = 0x8004_0001;
const NULL_DACL_LENGTH: u32 = 20;

/** Whether a descriptor says no more than none would. */
export function isDefaultDescriptor(at: usize, length: u32): bool {
  if (length == 0) return true;
  if (length != NULL_DACL_LENGTH || load<u32>(at) != NULL_DACL_CONTROL) return false;
  return (load<u64>(at, 4) | load<u64>(at, 12)) == 0;
}
