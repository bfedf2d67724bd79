/** Ranges of files of this machine are read. */
import { closeSync, openSync, statSync } from "node:fs";
import { ErrorCode, ImageError, toImageError } from "./errors.ts";
import type { FileRange } from "./file-range.ts";
import { readAt } from "./image-file.ts";
import type { Input } from "./input.ts";

/**
 * Opens it for reading from its start. It names no file to be copied from: what a damaged layer offers may pass its end.
 *
 * @throws ImageError  InvalidArgument, or what the system says of the path; when read, FailedPrecondition if the file ends too soon
 */
export function openFileRange({ path, position, size }: FileRange): Input {
  assertIsWhole(position, `${path}: position`);
  assertIsWhole(size, `${path}: size`);
  const fd = openRegularFile(path);
  let done = 0;
  return {
    totalBytes: size,
    read(into) {
      const length = Math.min(into.length, size - done);
      readAll(fd, path, position + done, into.subarray(0, length));
      done += length;
      return length;
    },
    skip(length) {
      done += length;
    },
    close: async () => closeSync(fd),
  };
}

/** The bytes of a range that is known to be small. @throws ImageError  as `openFileRange` */
export function readFileRange({ path, position, size }: FileRange): Uint8Array {
  const fd = openRegularFile(path);
  try {
    const bytes = new Uint8Array(size);
    readAll(fd, path, position, bytes);
    return bytes;
  } finally {
    closeSync(fd);
  }
}

function assertIsWhole(value: number, name: string): void {
  if (Number.isSafeInteger(value) && value >= 0) return;
  throw new ImageError(ErrorCode.InvalidArgument, `${name}: ${value} is not a whole number of 0 or more`);
}

/** To open a pipe would wait for who writes, for ever if need be. */
function openRegularFile(path: string): number {
  try {
    if (statSync(path).isFile()) return openSync(path, "r");
  } catch (error) {
    throw toImageError(path, error);
  }
  throw new ImageError(ErrorCode.InvalidArgument, `${path}: is not a regular file`);
}

function readAll(fd: number, path: string, at: number, into: Uint8Array): void {
  let length: number;
  try {
    length = readAt(fd, at, into);
  } catch (error) {
    throw toImageError(path, error);
  }
  if (length === into.length) return;
  throw new ImageError(
    ErrorCode.FailedPrecondition,
    `${path}: ends at byte ${at + length}, ${into.length - length} bytes too soon`,
  );
}
