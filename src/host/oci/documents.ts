/** Documents among an image's files: read whole, each bounded, and all of them together. */
import { ErrorCode, ImageError } from "../errors.ts";
import type { FileRange } from "../file-range.ts";
import { LARGEST_DOCUMENT } from "./blob-store.ts";
import type { ImageFiles } from "./image-files.ts";
import { shown } from "./shown.ts";
import type { Turns } from "./turns.ts";

/** Bytes that are read in all: a thousand images have a tenth of it. Few files, listed many times, would be read for hours. */
const MOST_BYTES = 256 * 1024 ** 2;

export class Documents {
  #bytes = 0;

  constructor(
    readonly files: ImageFiles,
    readonly turns: Turns,
  ) {}

  /** @returns undefined where there is none @throws ImageError  as `readAt`; Corrupt */
  read(name: string): Uint8Array | undefined {
    const range = this.files.find(name);
    return range && this.readAt(range, `${this.files.path}: ${shown(name)}`);
  }

  /**
   * @param subject  what a message begins with
   * @throws ImageError  OutOfRange
   */
  readAt(range: FileRange, subject: string): Uint8Array {
    if (range.size > LARGEST_DOCUMENT) {
      const limit = `a document may have ${LARGEST_DOCUMENT}`;
      throw new ImageError(ErrorCode.OutOfRange, `${subject}: has ${range.size} bytes; ${limit}`);
    }
    this.#bytes += range.size;
    if (this.#bytes > MOST_BYTES) {
      throw new ImageError(
        ErrorCode.OutOfRange,
        `${subject}: with it, more than ${MOST_BYTES} bytes of documents are read`,
      );
    }
    return this.files.read(range);
  }
}
