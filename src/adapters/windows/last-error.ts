/** Functions of Windows that return 0 when they fail, and leave why to GetLastError. */
import { GetLastError } from "./kernel32-dll.ts";
import { win32Error } from "./windows-error.ts";

/**
 * To be called right after such a function: any other call may change what GetLastError says.
 *
 * @param result  what it returned, a BOOL or a length
 * @throws ImageError  if that is 0
 */
export function assertDone(subject: string, result: number): void {
  if (result === 0) throw win32Error(subject, GetLastError());
}
