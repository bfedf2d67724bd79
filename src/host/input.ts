/** A file that can be read from anywhere. */
export interface SeekableFile {
  readonly fd: number;

  /** Byte that is read next. */
  position: number;
}

/** A source in use. */
export interface Input {
  /** Where the bytes come from, if from a file's start: they may also be fetched from there, and `position` moved. */
  readonly file?: SeekableFile;

  /** Bytes that will come, where that is known. */
  readonly totalBytes?: number;

  /** Reads at most `into.length` bytes. @returns their number; 0 at the end */
  read(into: Uint8Array): number | Promise<number>;

  /** Goes on behind the next `length` bytes, which the source has, and nobody wants to see. Absent where they must be read. */
  skip?(length: number): void;

  /** Lets go of it, read to its end or not. */
  close(): Promise<void>;
}
