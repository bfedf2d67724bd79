/** Some bytes of a file, as a source: a blob in an archive is read where it stands. */

/** Some bytes of a regular file. It is opened at each use, so that nothing is held between two. */
export interface FileRange {
  readonly path: string;

  /** Byte of the file where the range begins. */
  readonly position: number;

  /** Bytes of the range. */
  readonly size: number;
}

/** A node stream has a `path` too when it reads a file. */
export function isFileRange(source: object): source is FileRange {
  return "path" in source && "position" in source && "size" in source && !(Symbol.asyncIterator in source);
}
