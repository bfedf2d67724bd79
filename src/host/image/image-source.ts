/** Where an image's bytes come from: anything that can be read from anywhere, at once. */
import { closeSync, fstatSync, openSync, readSync, statSync } from "node:fs";
import type { CimParts } from "../cim/cim-files.ts";
import { ErrorCode, ImageError, toImageError } from "../errors.ts";
import { readAt } from "../image-file.ts";
import { pathOf } from "../source.ts";

/** A path or `file:` URL; an open file, such as a FileHandle, left open; the bytes themselves; or what reads them. */
export type ImageSource = string | URL | { readonly fd: number } | Uint8Array | RandomAccess;

/** Bytes that can be read from anywhere. */
export interface RandomAccess {
  /** Bytes there are. */
  readonly size: number;

  /** Fills `into` with the bytes that stand at `at`, before it returns. All of them are there: it throws if it fails. */
  read(at: number, into: Uint8Array): void;

  /** Called once, when nothing more is read. */
  close?(): void;
}

/** What begins a CIM: all that is asked before the right core is loaded. */
const CIM_MAGIC = Buffer.from("cimfile0");

export function isOneFile(source: ImageSource | CimParts): source is ImageSource {
  return typeof source !== "object" || source === null || !("cim" in source);
}

/** Whether the file says so itself. */
export function isCim(file: RandomAccess): boolean {
  if (file.size < CIM_MAGIC.length) return false;
  const head = new Uint8Array(CIM_MAGIC.length);
  file.read(0, head);
  return CIM_MAGIC.equals(head);
}

/** @throws ImageError  what the system says of a path: NotFound, PermissionDenied, …; InvalidArgument for a directory */
export function openRandomAccess(source: ImageSource): RandomAccess {
  if (typeof source === "string") return openPath(source);
  if (source instanceof URL) return openPath(pathOf(source));
  if (source instanceof Uint8Array) return fromBytes(source);
  if (typeof source !== "object" || source === null) {
    throw new ImageError(ErrorCode.InvalidArgument, `image: ${source} is not a path, an open file, or bytes`);
  }
  return "fd" in source ? fromFile(source.fd, `file ${source.fd}`) : source;
}

function fromBytes(bytes: Uint8Array): RandomAccess {
  return { size: bytes.length, read: (at, into) => into.set(bytes.subarray(at, at + into.length)) };
}

function openPath(path: string): RandomAccess {
  let fd: number;
  try {
    if (isPipe(path)) throw noPlaces(path);
    fd = openSync(path, "r");
  } catch (error) {
    throw toImageError(path, error);
  }
  try {
    return { ...fromFile(fd, path), close: () => closeSync(fd) };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/** To open one would wait for who writes, for ever if need be. */
function isPipe(path: string): boolean {
  try {
    return statSync(path).isFIFO();
  } catch {
    return false; // it is not there, or a device that does not say what it is
  }
}

function fromFile(fd: number, name: string): RandomAccess {
  return {
    size: sizeOf(fd, name),
    read(at, into) {
      let length: number;
      try {
        length = readAt(fd, at, into);
      } catch (error) {
        throw toImageError(name, error);
      }
      if (length < into.length)
        throw new ImageError(ErrorCode.FailedPrecondition, `${name}: became shorter while it was read`);
    },
  };
}

function sizeOf(fd: number, name: string): number {
  const stats = fstatSync(fd);
  if (stats.isDirectory()) throw new ImageError(ErrorCode.InvalidArgument, `${name}: is a directory, not an image`);
  if (stats.isFile()) return stats.size;
  if (stats.isBlockDevice()) return sizeOfDevice(fd);
  throw noPlaces(name);
}

function noPlaces(name: string): ImageError {
  return new ImageError(ErrorCode.InvalidArgument, `${name}: is a pipe or a terminal; an image is read from anywhere`);
}

/** A device does not say how large it is, but where it ends: the largest power of two that is there, then the next smaller. */
function sizeOfDevice(fd: number): number {
  const byte = new Uint8Array(1);
  let end = 0;
  for (let step = 2 ** 52; step >= 512; step /= 2) {
    try {
      if (readSync(fd, byte, 0, 1, end + step - 1) === 1) end += step;
    } catch {
      // Past the end, where some systems fail instead of reading nothing.
    }
  }
  return end;
}
