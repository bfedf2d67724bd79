/** Where a container image is kept on this machine. */
import { statSync } from "node:fs";
import { ErrorCode, ImageError, toImageError } from "../errors.ts";
import { readFileRange } from "../open-file-range.ts";
import { OpenImage } from "../open-image.ts";
import { ArchiveFiles } from "./archive-files.ts";
import { DirectoryFiles } from "./directory-files.ts";
import type { ImageFiles } from "./image-files.ts";
import type { Turns } from "./turns.ts";

/** @throws ImageError  NotFound and the like; Unsupported for what is neither; Corrupt */
export async function openImageFiles(path: string, turns: Turns): Promise<ImageFiles> {
  try {
    const stats = statSync(path);
    if (stats.isDirectory()) return new DirectoryFiles(path);
    if (stats.isFile()) return await openArchive(path, turns);
  } catch (error) {
    throw turns.signal?.aborted ? error : toImageError(path, error);
  }
  throw new ImageError(ErrorCode.InvalidArgument, `${path}: is neither a directory nor a file`);
}

async function openArchive(path: string, turns: Turns): Promise<ImageFiles> {
  const archive = await OpenImage.open(path);
  try {
    return await ArchiveFiles.open(archive, path, readFileRange, turns);
  } finally {
    await archive.close();
  }
}
