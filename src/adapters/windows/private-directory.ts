/**
 * Directories for few: Windows knows no modes, and what is made in %ProgramData% every user of the machine may read and add to.
 *
 * Source: Microsoft, "Security Descriptor String Format", CreateDirectoryW; containerd makes its own directories so.
 */
import { existsSync } from "node:fs";
import { dirname, toNamespacedPath } from "node:path";
import { ConvertStringSecurityDescriptorToSecurityDescriptorW, SDDL_REVISION_1 } from "./advapi32-dll.ts";
import { CreateDirectoryW, GetLastError, LocalFree, SECURITY_ATTRIBUTES } from "./kernel32-dll.ts";
import { assertDone } from "./last-error.ts";
import { win32Error } from "./windows-error.ts";

/** All for the system, administrators and each file's owner, there and in all below; nothing comes from above. */
const FOR_FEW = "D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FA;;;OW)";

const ERROR_ALREADY_EXISTS = 183;

/**
 * Makes `path`, and what is missing above it. What is there is left as it is.
 *
 * @throws ImageError  what Windows says
 */
export function makePrivateDirectory(path: string): void {
  if (existsSync(path)) return;
  const above = dirname(path);
  if (above !== path) makePrivateDirectory(above); // else a drive that is not there: Windows says so below
  const descriptor = [null];
  const read = ConvertStringSecurityDescriptorToSecurityDescriptorW(FOR_FEW, SDDL_REVISION_1, descriptor, null);
  assertDone(`${path}: security descriptor`, read);
  const attributes = { nLength: SECURITY_ATTRIBUTES.size, lpSecurityDescriptor: descriptor[0], bInheritHandle: 0 };
  const made = CreateDirectoryW(toNamespacedPath(path), attributes) !== 0;
  const code = made ? 0 : GetLastError();
  LocalFree(descriptor[0]);
  if (!made && code !== ERROR_ALREADY_EXISTS) throw win32Error(path, code);
}
