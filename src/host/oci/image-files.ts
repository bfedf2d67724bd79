/** The files that a container image is kept in: of a directory, or in a tar. */
import type { FileRange } from "../file-range.ts";

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

  /** The bytes of a range that is known to be small. @throws ImageError  what the system says of the file */
  read(range: FileRange): Uint8Array;
}
