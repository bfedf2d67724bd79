/** What calls of Windows fail with, as errors of ours. */
import { ErrorCode, ImageError } from "../../host/errors.ts";

/** Win32 codes (winerror.h) that say more than their number: name, class, and what they are here. */
const WIN32: Record<number, [name: string, code: ErrorCode, words: string]> = {
  2: ["ERROR_FILE_NOT_FOUND", ErrorCode.NotFound, "no such file"],
  3: ["ERROR_PATH_NOT_FOUND", ErrorCode.NotFound, "no such directory"],
  5: ["ERROR_ACCESS_DENIED", ErrorCode.PermissionDenied, "access is denied; run as administrator"],
  6: ["ERROR_INVALID_HANDLE", ErrorCode.Internal, "the handle is none"],
  21: ["ERROR_NOT_READY", ErrorCode.FailedPrecondition, "is not ready"],
  32: ["ERROR_SHARING_VIOLATION", ErrorCode.FailedPrecondition, "is in use by another process"],
  33: ["ERROR_LOCK_VIOLATION", ErrorCode.FailedPrecondition, "is locked by another process"],
  38: ["ERROR_HANDLE_EOF", ErrorCode.OutOfRange, "is longer than it was said to be"],
  50: ["ERROR_NOT_SUPPORTED", ErrorCode.Unsupported, "is not supported here"],
  80: ["ERROR_FILE_EXISTS", ErrorCode.AlreadyExists, "exists already"],
  87: ["ERROR_INVALID_PARAMETER", ErrorCode.InvalidArgument, "an argument is wrong"],
  112: ["ERROR_DISK_FULL", ErrorCode.FailedPrecondition, "no space left on the disk"],
  183: ["ERROR_ALREADY_EXISTS", ErrorCode.AlreadyExists, "exists already"],
};

const SUCCEEDED = 0;
const FACILITY_MASK = 0x1fff0000;
const FACILITY_WIN32 = 0x00070000;

/**
 * Of a function that returns a Win32 code, or of GetLastError.
 *
 * @throws ImageError  unless `code` is 0
 */
export function assertWin32(subject: string, code: number): void {
  if (code !== SUCCEEDED) throw win32Error(subject, code);
}

export function win32Error(subject: string, code: number): ImageError {
  const [name, kind, words] = WIN32[code] ?? [`Win32 error ${code}`, ErrorCode.FailedPrecondition, ""];
  return new ImageError(kind, [`${subject}: ${name}`, words].filter(Boolean).join(": "));
}

/**
 * Of a function that returns an HRESULT, in which a Win32 code may travel.
 *
 * @param hresult  signed or unsigned
 * @throws ImageError  if it says failure
 */
export function assertHresult(subject: string, hresult: number): void {
  if ((hresult | 0) < 0) throw hresultError(subject, hresult);
}

export function hresultError(subject: string, hresult: number): ImageError {
  if ((hresult & FACILITY_MASK) === FACILITY_WIN32) return win32Error(subject, hresult & 0xffff);
  const hex = (hresult >>> 0).toString(16).padStart(8, "0");
  return new ImageError(ErrorCode.FailedPrecondition, `${subject}: HRESULT 0x${hex}`);
}
