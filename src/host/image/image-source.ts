/** Where an image's bytes come from on this machine: paths, open files, or the bytes themselves. */
import { closeSync, fstatSync, openSync, readSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { ErrorCode, ImageError, toImageError } from "../errors.ts";
import { readAt } from "../image-file.ts";
import { fromBytes, type RandomAccess } from "../random-access.ts";
import { pathOf } from "../source.ts";
import type { OpenedImage, RegionFile } from "./opened-image.ts";

/** A path or `file:` URL; an open file, such as a FileHandle, left open; the bytes themselves; or what reads them. */
export type ImageSource = string | URL | { readonly fd: number } | Uint8Array | RandomAccess;

/** A CIM whose files are not in one directory of this machine. */
export interface CimParts {
  /** What else is called `<name>.cim`. */
  readonly cim: ImageSource;

  /** What stands beside it: `region_<guid>_<n>`, `objectid_<guid>_<n>`. Undefined: there is no such file. */
  readonly beside: (name: string) => ImageSource | undefined;
}

/** Opens one file; those beside it are opened when they are asked for. @throws ImageError  as `openRandomAccess` */
export function openImageSource(source: ImageSource | CimParts): OpenedImage {
  if (typeof source === "object" && source !== null && "cim" in source) {
    const { cim, beside } = source;
    return { file: openRandomAccess(cim), isCim: true, beside: (name) => openBeside(beside(name)) };
  }
  const file = openRandomAccess(source);
  const path = source instanceof URL ? pathOf(source) : source;
  if (typeof path !== "string") return { file };
  return { file, beside: (name) => openBeside(join(dirname(path), name)) };
}

/** Opens both, or neither. @throws ImageError  as `openRandomAccess` */
export function openImageSources(
  one: ImageSource | CimParts,
  other: ImageSource | CimParts,
): [OpenedImage, OpenedImage] {
  const first = openImageSource(one);
  try {
    return [first, openImageSource(other)];
  } catch (error) {
    first.file.close?.();
    throw error;
  }
}

function openBeside(source: ImageSource | undefined): RegionFile | undefined {
  if (source === undefined) return undefined;
  const path = source instanceof URL ? pathOf(source) : source;
  const file = openRandomAccess(source);
  return typeof path === "string" ? { ...file, path: resolve(path) } : file;
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
