/** The files that a container image is kept in: of a directory, or in a tar. */
import { statSync } from "node:fs";
import { ErrorCode, ImageError, toImageError } from "../errors.ts";
import type { FileRange } from "../file-range.ts";
import { ArchiveFiles } from "./archive-files.ts";
import { DirectoryFiles } from "./directory-files.ts";
import type { Turns } from "./turns.ts";

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
export async function openImageFiles(path: string, turns: Turns): Promise<ImageFiles> {
  try {
    const stats = statSync(path);
    if (stats.isDirectory()) return new DirectoryFiles(path);
    if (stats.isFile()) return await ArchiveFiles.open(path, turns);
  } catch (error) {
    throw turns.signal?.aborted ? error : toImageError(path, error);
  }
  throw new ImageError(ErrorCode.InvalidArgument, `${path}: is neither a directory nor a file`);
}
