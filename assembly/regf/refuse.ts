/** How all of the reader says that a hive cannot be read. */
import { ErrorCode } from "../abi";
import { fail } from "../host";

/** Which of the hives is being looked at. */
let subject = "";

export function lookAt(hive: string): void {
  subject = hive;
}

/** It breaks its own format. @param what  `structure and its offset: what is wrong, with the number`; @fails Corrupt */
export function corrupt(what: string): void {
  fail(ErrorCode.Corrupt, `regf: ${subject}: ${what}`);
}

/** It may be sound, but nobody here can tell. @fails Unsupported */
export function unsupported(what: string): void {
  fail(ErrorCode.Unsupported, `regf: ${subject}: ${what}`);
}
