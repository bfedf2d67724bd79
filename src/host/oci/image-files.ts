/** The files that a container image is kept in: of a directory, or in a tar. */
import { statSync } from "node:fs";
import { ErrorCode, ImageError, toImageError } from "../errors.ts";
import { type FileRange, readFileRange } from "../file-range.ts";
import { ArchiveFiles } from "./archive-files.ts";
import { LARGEST_DOCUMENT } from "./blob-store.ts";
import { DirectoryFiles } from "./directory-files.ts";
import { shown } from "./shown.ts";

export interface ImageFiles {
  /** Of the directory or the archive: what messages call it. */
  readonly path: string;

  /**
   * Where a file stands, behind whatever links there are.
   *
   * @param name  parts with slashes between them
   * @returns undefined where nothing stands
   * @throws ImageError  Corrupt: the name or a link leads out, or it is no file
   */
  find(name: string): FileRange | undefined;
}

/** @throws ImageError  NotFound and the like; Unsupported for what is neither; Corrupt */
export async function openImageFiles(path: string, signal: AbortSignal | undefined): Promise<ImageFiles> {
  try {
    const stats = statSync(path);
    if (stats.isDirectory()) return new DirectoryFiles(path);
    if (stats.isFile()) return await ArchiveFiles.open(path, signal);
  } catch (error) {
    throw signal?.aborted ? error : toImageError(path, error);
  }
  throw new ImageError(ErrorCode.InvalidArgument, `${path}: is neither a directory nor a file`);
}

/** A document that no digest names. @returns undefined where there is none */
export function readIfThere(files: ImageFiles, name: string): Uint8Array | undefined {
  const range = files.find(name);
  if (range === undefined) return undefined;
  if (range.size > LARGEST_DOCUMENT) {
    const limit = `a document may have ${LARGEST_DOCUMENT}`;
    throw new ImageError(ErrorCode.OutOfRange, `${files.path}: ${shown(name)}: has ${range.size} bytes; ${limit}`);
  }
  return readFileRange(range);
}
