/** What calls of Windows fail with, as errors of ours. */
import { ErrorCode, ImageError } from "../../host/errors.ts";
import { KNOWN_ERRORS, type KnownError } from "./error-table.ts";

const SUCCEEDED = 0;
const FACILITY_MASK = 0x1fff0000;
const FACILITY_WIN32 = 0x00070000;

/**
 * Of a function that returns a Win32 code, or of GetLastError.
 *
 * @param code  signed or unsigned
 * @throws ImageError  unless `code` is 0
 */
export function assertWin32(subject: string, code: number): void {
  if (code !== SUCCEEDED) throw win32Error(subject, code);
}

export function win32Error(subject: string, code: number): ImageError {
  if ((code | 0) < 0) return hresultError(subject, code); // of virtual disks: no Win32 code has the sign bit set
  return imageError(subject, KNOWN_ERRORS.get(code) ?? unknown(`Win32 error ${code}`));
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
  const unsigned = hresult >>> 0;
  return imageError(
    subject,
    KNOWN_ERRORS.get(unsigned) ?? unknown(`HRESULT 0x${unsigned.toString(16).padStart(8, "0")}`),
  );
}

function unknown(name: string): KnownError {
  return [name, ErrorCode.FailedPrecondition, ""];
}

function imageError(subject: string, [name, kind, words]: KnownError): ImageError {
  return new ImageError(kind, [`${subject}: ${name}`, words].filter(Boolean).join(": "));
}
