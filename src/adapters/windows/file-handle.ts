/** Files, directories and volumes that are open in Windows's own way. */
import {
  CloseHandle,
  CreateFileW,
  FILE_FLAG,
  FILE_SHARE,
  GetLastError,
  INVALID_HANDLE_VALUE,
  OPEN_EXISTING,
} from "./kernel32-dll.ts";
import { win32Error } from "./windows-error.ts";

/** What koffi gives for a HANDLE: passed on as it came. */
export type Handle = unknown;

/**
 * Does `work` with `path` open: a file, a directory, a disk, or a volume by its name without the last backslash.
 *
 * @param access  such as GENERIC.READ
 * @throws ImageError  what Windows says
 */
export async function withOpen<T>(path: string, access: number, work: (handle: Handle) => Promise<T> | T): Promise<T> {
  const share = FILE_SHARE.READ | FILE_SHARE.WRITE;
  const handle = CreateFileW(path, access, share, null, OPEN_EXISTING, FILE_FLAG.BACKUP_SEMANTICS, null);
  if (handle === INVALID_HANDLE_VALUE) throw win32Error(path, GetLastError());
  try {
    return await work(handle);
  } finally {
    CloseHandle(handle);
  }
}
