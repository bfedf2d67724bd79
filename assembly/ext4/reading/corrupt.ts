/** How all of the reader says that a filesystem breaks its own format. */
import { ErrorCode } from "../../abi";
import { fail } from "../../host";

/** @param what  `structure and its number: what is wrong, with the number`; @fails Corrupt */
export function corrupt(what: string): void {
  fail(ErrorCode.Corrupt, "ext4: " + what);
}

/**
 * For sums that are not equal. Who calls compares them first: a message made for each structure that is right would stay
 * in memory, of which nothing is given back.
 *
 * @param what  the structure, such as `inode 12`
 * @fails Corrupt
 */
export function refuseChecksum(what: string, stored: u32, computed: u32): void {
  corrupt(`${what}: checksum 0x${hex(stored)}, computed 0x${hex(computed)}`);
}

export function hex(value: u32): string {
  return value.toString(16);
}
