/** An image on its way into a file. It stands under its name when it is complete and synced, or not at all. */
import {
  closeSync,
  fsync as fsyncThen,
  ftruncateSync,
  openSync,
  readSync,
  realpathSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import { ErrorCode, ImageError, toImageError } from "./errors.ts";
import type { ImageSink } from "./image-sink.ts";
import { syncDirectory } from "./sync-directory.ts";
import { againWhileInUse } from "./while-in-use.ts";

/** On a slow disk this takes its time, and the event loop must have it. The other calls are soon done. */
const fsync = promisify(fsyncThen);

export class ImageFile implements ImageSink {
  #partial: string | undefined;
  #closed = false;

  private constructor(
    private readonly name: string,
    private readonly path: string,
    partial: string,

    /** Open for whoever writes without `write`. */
    readonly fd: number,
    private readonly signal: AbortSignal | undefined,
  ) {
    this.#partial = partial;
  }

  /** @throws ImageError  InvalidArgument if `name` is there and no regular file; what the system says otherwise */
  static create(name: string, signal?: AbortSignal): ImageFile {
    try {
      const path = placeOf(name);
      const partial = partialOf(path);
      return new ImageFile(name, path, partial, openSync(partial, "wx", 0o644), signal);
    } catch (error) {
      throw toImageError(name, error);
    }
  }

  write(at: number, bytes: Uint8Array): void {
    try {
      writeAt(this.fd, at, bytes);
    } catch (error) {
      throw toImageError(this.name, error);
    }
  }

  async commit(size: number): Promise<void> {
    try {
      ftruncateSync(this.fd, size);
      await fsync(this.fd);
      this.#close();
      this.signal?.throwIfAborted(); // syncing takes long on a slow disk, and until here it can be stopped
      againWhileInUse(() => renameSync(this.#partial!, this.path));
      this.#partial = undefined;
      await syncDirectory(dirname(this.path));
    } catch (error) {
      throw toImageError(this.name, error);
    }
  }

  discard(): void {
    if (this.#partial === undefined) return;
    try {
      this.#close();
    } finally {
      unlinkSync(this.#partial);
      this.#partial = undefined;
    }
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true; // whatever comes of it: the number may be another file's from here on
    closeSync(this.fd);
  }
}

/** Writes all of `bytes`, to stand at byte `at` of an open file. */
export function writeAt(fd: number, at: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done, bytes.length - done, at + done);
}

/** Fills `into` with what stands at byte `at` of an open file. @returns bytes; fewer than asked for where the file ends */
export function readAt(fd: number, at: number, into: Uint8Array): number {
  let done = 0;
  for (let length = 1; done < into.length && length > 0; done += length) {
    length = readSync(fd, into, done, into.length - done, at + done);
  }
  return done;
}

/** Where the image will stand: where a link points to, as if the file were opened and written. */
function placeOf(name: string): string {
  try {
    const stats = statSync(name);
    if (!stats.isFile()) {
      const what = stats.isDirectory() ? "is a directory" : "is a device or a pipe";
      throw new ImageError(ErrorCode.InvalidArgument, `${name}: ${what}; an image needs the name of a file`);
    }
    return realpathSync.native(name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return name;
    throw error;
  }
}

function partialOf(path: string): string {
  const name = basename(path).slice(0, 48); // with the rest below 255 bytes, whatever the script
  return join(dirname(path), `.${name}.${Math.random().toString(36).slice(2, 10)}.partial`);
}
