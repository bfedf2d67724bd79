/**
 * All that the core may ask of its host: take these bytes, or stop.
 *
 * The core has no files, no clock and no randomness; equal input gives equal output.
 */
import { ErrorCode } from "./abi";
import { wasiEmit, wasiFail } from "./wasi-host";

// @ts-ignore: decorator
@external("host", "emit")
declare function hostEmit(at: u64, from: usize, length: u32): void;

// @ts-ignore: decorator
@external("host", "fail")
declare function hostFail(code: ErrorCode, message: string): void;

/**
 * Hands `length` bytes at `from` to the host, to stand at byte `at` of the image.
 * The host copies before it returns.
 */
export function emit(at: u64, from: usize, length: u32): void {
  // WASI is 0 or 1 by asconfig.json; the branch not taken is not compiled, nor are its imports.
  if (WASI) wasiEmit(at, from, length);
  else hostEmit(at, from, length);
}

/** Throws in the host, or ends the WASI command. Never returns; the instance is spent. */
export function fail(code: ErrorCode, message: string): void {
  if (WASI) wasiFail(message);
  else hostFail(code, message);
  unreachable();
}
