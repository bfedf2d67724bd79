/**
 * All that the core may ask of its host: take these bytes, or stop; and, where an image is read, give me those.
 *
 * The core has no files, no clock and no randomness; equal input gives equal output.
 */
import { ErrorCode } from "./abi";
import { wasiEmit, wasiFail } from "./wasi-host";

// @ts-ignore: decorator
@external("host", "emit")
declare function hostEmit(at: u64, from: usize, length: u32): void;

// @ts-ignore: decorator
@external("host", "write")
declare function hostWrite(file: u32, at: u64, from: usize, length: u32): void;

// @ts-ignore: decorator
@external("host", "fail")
declare function hostFail(code: ErrorCode, message: string): void;

// @ts-ignore: decorator
@external("host", "read")
declare function hostRead(file: u32, at: u64, to: usize, length: u32): void;

// @ts-ignore: decorator
@external("host", "dataAfter")
declare function hostDataAfter(file: u32, at: u64): u64;

// @ts-ignore: decorator
@external("host", "copy")
declare function hostCopy(from: u32, fromAt: u64, to: u32, toAt: u64, length: u64): void;

// @ts-ignore: decorator
@external("host", "truncate")
declare function hostTruncate(file: u32, size: u64): void;

// @ts-ignore: decorator
@external("host", "digest")
declare function hostDigest(from: usize, length: u32, to: usize): void;

/**
 * Hands `length` bytes at `from` to the host, to stand at byte `at` of the image.
 * The host copies before it returns.
 */
export function emit(at: u64, from: usize, length: u32): void {
  // WASI is 0 or 1 by asconfig.json; the branch not taken is not compiled, nor are its imports.
  if (WASI) wasiEmit(at, from, length);
  else hostEmit(at, from, length);
}

/** As `emit`, where an image is several files: into that one of the host's. Not under WASI. */
export function write(file: u32, at: u64, from: usize, length: u32): void {
  hostWrite(file, at, from, length);
}

/** Has the host put `length` bytes of one of its files into memory at `to`. All of them, or it throws. Not under WASI. */
export function read(file: u32, at: u64, to: usize, length: u32): void {
  hostRead(file, at, to, length);
}

/** Where one of the host's files, from `at` on, has bytes that may be other than zeros: it may have holes. Not under WASI. */
export function dataAfter(file: u32, at: u64): u64 {
  return hostDataAfter(file, at);
}

/**
 * Has the host copy `length` bytes from one of its files to another, which need not pass through here. All of them, or it
 * throws; holes may stay holes. Not under WASI.
 */
export function copy(from: u32, fromAt: u64, to: u32, toAt: u64, length: u64): void {
  hostCopy(from, fromAt, to, toAt, length);
}

/** Has the host forget what one of its files has from byte `size` on: it reads as zeros until it is written again. Not under WASI. */
export function truncate(file: u32, size: u64): void {
  hostTruncate(file, size);
}

/**
 * Has the host put the SHA-256 of `length` bytes at `from` into the 32 at `to`: twice as fast as we could be. For readers,
 * who go from block to block; not under WASI.
 */
export function digest(from: usize, length: u32, to: usize): void {
  hostDigest(from, length, to);
}

/** Throws in the host, or ends the WASI command. Never returns; the instance is spent. */
export function fail(code: ErrorCode, message: string): void {
  if (WASI) wasiFail(message);
  else hostFail(code, message);
  unreachable();
}
