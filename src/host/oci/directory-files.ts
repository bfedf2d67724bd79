/** An image's files in a directory of this machine. */
import { type Stats, statSync } from "node:fs";
import { join } from "node:path";
import { ErrorCode, ImageError, toImageError } from "../errors.ts";
import type { FileRange } from "../file-range.ts";
import { readFileRange } from "../open-file-range.ts";
import { partsOf } from "./file-name.ts";
import type { ImageFiles } from "./image-files.ts";
import { shown } from "./shown.ts";

export class DirectoryFiles implements ImageFiles {
  readonly read = readFileRange;

  constructor(readonly path: string) {}

  /** Links are followed wherever they lead: some stores of blobs are made of them, and a blob is known by its digest. */
  find(name: string): FileRange | undefined {
    const path = join(this.path, ...partsOf(name, this.path));
    const subject = `${this.path}: ${shown(name)}`;
    const stats = statIfThere(path, subject);
    if (stats === undefined) return undefined;
    if (!stats.isFile()) throw new ImageError(ErrorCode.Corrupt, `${subject}: is not a regular file`);
    return { path, position: 0, size: stats.size };
  }
}

function statIfThere(path: string, subject: string): Stats | undefined {
  try {
    return statSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw toImageError(subject, error);
  }
}
