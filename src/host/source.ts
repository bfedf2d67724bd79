/** Where a layer's bytes come from, made one: read them into memory that is given. */
import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  open as openThen,
  readSync,
  read as readThen,
  statSync,
} from "node:fs";
import type { ReadableStream } from "node:stream/web";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { ErrorCode, ImageError, toImageError } from "./errors.ts";
import { type FileRange, isFileRange } from "./file-range.ts";
import type { Input } from "./input.ts";
import { openFileRange } from "./open-file-range.ts";
import { openStream } from "./stream.ts";

export type { FileRange };

/**
 * A path or `file:` URL; a range of a file; an open file, such as a FileHandle, read from its position and left open; the
 * bytes themselves; or anything that yields bytes: a stream of node or of the web, an iterable, an async iterable.
 */
export type Source =
  | string
  | URL
  | FileRange
  | { readonly fd: number }
  | Uint8Array
  | Iterable<Uint8Array>
  | AsyncIterable<Uint8Array>
  | ReadableStream<Uint8Array>;

/** @throws ImageError  what the system says of a path: NotFound, PermissionDenied, … */
export async function openSource(source: Source): Promise<Input> {
  if (typeof source === "string") return openPath(source);
  if (source instanceof URL) return openPath(pathOf(source));
  if (source instanceof Uint8Array) return openStream([source]);
  if (typeof source !== "object" || source === null) {
    throw new ImageError(ErrorCode.InvalidArgument, `source: ${source} is not a path, an open file, or bytes`);
  }
  if (isOpenFile(source)) return openFile(source, `file ${source.fd}`);
  if (isFileRange(source)) return openFileRange(source);
  return openStream(source);
}

/** @throws ImageError  InvalidArgument if it is not a `file:` URL */
export function pathOf(url: URL): string {
  try {
    return fileURLToPath(url);
  } catch (error) {
    throw new ImageError(ErrorCode.InvalidArgument, `${url}: not the URL of a file`, error);
  }
}

/** A node stream has an `fd` too when it reads a file; it is a stream all the same. */
function isOpenFile(source: object): source is { readonly fd: number } {
  return "fd" in source && typeof source.fd === "number" && !(Symbol.asyncIterator in source);
}

async function openPath(path: string): Promise<Input> {
  try {
    const stats = statSync(path);
    if (stats.isDirectory()) throw directoryError(path); // before it is opened, which some systems refuse in other words
    if (stats.isFIFO()) return await openPipe(path);
    const fd = openSync(path, "r");
    const close = async () => closeSync(fd);
    return stats.isFile() ? { ...openFromStart(fd, path), close } : { ...openFile({ fd }, path), close };
  } catch (error) {
    throw toImageError(path, error);
  }
}

function directoryError(name: string): ImageError {
  return new ImageError(ErrorCode.InvalidArgument, `${name}: is a directory, not a layer`);
}

/** By a socket, whose wait can be broken off. A thread that waits in read(2) would keep the whole process from ending. */
async function openPipe(path: string): Promise<Input> {
  const { Socket } = await import("node:net");
  const fd = await promisify(openThen)(path, constants.O_RDONLY);
  return openStream(new Socket({ fd, readable: true, writable: false }));
}

function openFile(file: { readonly fd: number }, name: string): Input {
  const stats = fstatSync(file.fd);
  if (stats.isDirectory()) throw directoryError(name);
  if (!stats.isFile()) return { read: (into) => readLater(file.fd, into, name), close: leaveOpen };
  return {
    totalBytes: stats.size,
    read(into) {
      try {
        return readSync(file.fd, into);
      } catch (error) {
        throw toImageError(name, error);
      }
    },
    close: leaveOpen,
  };
}

/** A regular file that nobody else reads, so that it is ours to say where. */
function openFromStart(fd: number, name: string): Input {
  const file = { fd, position: 0 };
  return {
    totalBytes: fstatSync(fd).size,
    file,
    read(into) {
      try {
        const length = readSync(fd, into, 0, into.length, file.position);
        file.position += length;
        return length;
      } catch (error) {
        throw toImageError(name, error);
      }
    },
    skip(length) {
      file.position += length;
    },
    close: leaveOpen,
  };
}

async function leaveOpen(): Promise<void> {}

/** For devices, which may have nothing to say for a while. */
async function readLater(fd: number, into: Uint8Array, name: string): Promise<number> {
  try {
    return (await promisify(readThen)(fd, into, 0, into.length, null)).bytesRead;
  } catch (error) {
    throw toImageError(name, error);
  }
}
