/** An image on its way into a file that the user has picked. The browser keeps it aside until it is whole. */
import { toImageError } from "../errors.ts";
import type { ImageSink } from "../image-sink.ts";
import { WriteGatherer } from "./write-gatherer.ts";

/** Bytes of a write. */
const GATHERED = 1024 ** 2;
/** Writes that may be under way. */
const MOST = 8;

export class PickedFileSink implements ImageSink {
  readonly #file: FileSystemWritableFileStream;
  readonly #gatherer = new WriteGatherer(GATHERED, (at, bytes) => this.#write(at, bytes));
  /** Those under way, one after another. */
  readonly #writes: Promise<void>[] = [];

  private constructor(file: FileSystemWritableFileStream) {
    this.#file = file;
  }

  /** @throws ImageError  PermissionDenied, and what else the browser says */
  static async open(handle: FileSystemFileHandle): Promise<PickedFileSink> {
    try {
      return new PickedFileSink(await handle.createWritable());
    } catch (error) {
      throw toImageError(handle.name, error);
    }
  }

  write(at: number, bytes: Uint8Array): void {
    this.#gatherer.write(at, bytes);
  }

  /** While metadata is written at the end nobody asks: that may be in memory as a whole. */
  ready(): Promise<void> | undefined {
    return this.#writes[this.#writes.length - MOST];
  }

  async commit(size: number): Promise<void> {
    this.#gatherer.flush();
    await Promise.all(this.#writes);
    await this.#file.truncate(size);
    await this.#file.close();
  }

  /** The file is as it was. */
  async discard(): Promise<void> {
    await this.#file.abort();
  }

  #write(position: number, bytes: Uint8Array<ArrayBuffer>): void {
    const written = this.#file.write({ type: "write", position, data: bytes.slice() });
    const done = written.then(
      () => void this.#writes.shift(),
      (error) => {
        throw toImageError("image", error);
      },
    );
    done.catch(() => {}); // `ready` or `commit` throws it
    this.#writes.push(done);
  }
}
