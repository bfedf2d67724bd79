/** An image on its way into one of the origin's own files (OPFS), at once, as only a worker can write them. */
import { ErrorCode, ImageError, toImageError } from "../errors.ts";
import type { ImageSink } from "../image-sink.ts";
import { WriteGatherer } from "./write-gatherer.ts";

/** From here on the calls cost next to nothing. */
const GATHERED = 256 * 1024;

// Of workers alone, and so not among the types of a page.
interface SyncAccessHandle {
  write(bytes: Uint8Array<ArrayBuffer>, place: { at: number }): number;
  truncate(size: number): void;
  flush(): void;
  close(): void;
}
interface OwnFile {
  createSyncAccessHandle(): Promise<SyncAccessHandle>;
}

export class OwnFileSink implements ImageSink {
  readonly #file: SyncAccessHandle;
  readonly #gatherer = new WriteGatherer(GATHERED, (at, bytes) => this.#write(at, bytes));

  private constructor(file: SyncAccessHandle) {
    this.#file = file;
  }

  /** What the file had, is gone. Nobody else can use it until then. @throws ImageError  FailedPrecondition while another does */
  static async open(handle: FileSystemFileHandle): Promise<OwnFileSink> {
    try {
      const file = await (handle as unknown as OwnFile).createSyncAccessHandle();
      file.truncate(0);
      return new OwnFileSink(file);
    } catch (error) {
      throw toImageError(handle.name, error);
    }
  }

  write(at: number, bytes: Uint8Array): void {
    this.#gatherer.write(at, bytes);
  }

  commit(size: number): void {
    this.#gatherer.flush();
    this.#file.truncate(size);
    this.#file.flush();
    this.#file.close();
  }

  /** Of the image nothing is left; the file is the caller's, and empty. */
  discard(): void {
    try {
      this.#file.truncate(0);
    } finally {
      this.#file.close();
    }
  }

  #write(at: number, bytes: Uint8Array<ArrayBuffer>): void {
    const written = this.#file.write(bytes, { at });
    if (written === bytes.length) return;
    throw new ImageError(ErrorCode.FailedPrecondition, "image: no space left for this page's files");
  }
}
