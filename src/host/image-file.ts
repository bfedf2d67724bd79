/** An image on its way into a file. It stands under its name when it is complete and synced, or not at all. */
import { writeSync } from "node:fs";
import { type FileHandle, open, realpath, rename, stat, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { ErrorCode, ImageError, toImageError } from "./errors.ts";

/** Where an image goes. One sink takes one image. */
export interface ImageSink {
  /** Takes `bytes`, to stand at byte `at`, before it returns: they are a window on memory that will change. */
  write(at: number, bytes: Uint8Array): void;

  /** All is written. The image is `size` bytes; those never written are zeros. */
  commit(size: number): void | Promise<void>;

  /** The conversion failed: `commit` is not called, or has thrown. */
  discard?(): void | Promise<void>;
}

export class ImageFile implements ImageSink {
  #partial: string | undefined;

  private constructor(
    private readonly name: string,
    private readonly path: string,
    partial: string,
    private readonly file: FileHandle,
    private readonly signal: AbortSignal | undefined,
  ) {
    this.#partial = partial;
  }

  /** @throws ImageError  InvalidArgument if `name` is there and no regular file; what the system says otherwise */
  static async create(name: string, signal?: AbortSignal): Promise<ImageFile> {
    try {
      const path = await placeOf(name);
      const partial = partialOf(path);
      return new ImageFile(name, path, partial, await open(partial, "wx", 0o644), signal);
    } catch (error) {
      throw toImageError(name, error);
    }
  }

  /** Open for whoever writes without `write`. */
  get fd(): number {
    return this.file.fd;
  }

  write(at: number, bytes: Uint8Array): void {
    try {
      writeAt(this.file.fd, at, bytes);
    } catch (error) {
      throw toImageError(this.name, error);
    }
  }

  async commit(size: number): Promise<void> {
    try {
      await this.file.truncate(size);
      await this.file.sync();
      await this.file.close();
      this.signal?.throwIfAborted(); // syncing takes long on a slow disk, and until here it can be stopped
      await rename(this.#partial!, this.path);
      this.#partial = undefined;
      await syncDirectory(dirname(this.path));
    } catch (error) {
      throw toImageError(this.name, error);
    }
  }

  async discard(): Promise<void> {
    if (this.#partial === undefined) return;
    try {
      await this.file.close();
    } finally {
      await unlink(this.#partial);
      this.#partial = undefined;
    }
  }
}

/** Writes all of `bytes`, to stand at byte `at` of an open file. */
export function writeAt(fd: number, at: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done, bytes.length - done, at + done);
}

/** Where the image will stand: where a link points to, as if the file were opened and written. */
async function placeOf(name: string): Promise<string> {
  try {
    const stats = await stat(name);
    if (!stats.isFile()) {
      const what = stats.isDirectory() ? "is a directory" : "is a device or a pipe";
      throw new ImageError(ErrorCode.InvalidArgument, `${name}: ${what}; an image needs the name of a file`);
    }
    return await realpath(name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return name;
    throw error;
  }
}

function partialOf(path: string): string {
  const name = basename(path).slice(0, 48); // with the rest below 255 bytes, whatever the script
  return join(dirname(path), `.${name}.${Math.random().toString(36).slice(2, 10)}.partial`);
}

/** So that the new name outlives a power cut. Some systems cannot sync a directory, and need not. */
async function syncDirectory(path: string): Promise<void> {
  try {
    const directory = await open(path);
    try {
      await directory.sync();
    } finally {
      await directory.close();
    }
  } catch (error) {
    if (!["EINVAL", "EPERM", "EISDIR", "EACCES", "ENOTSUP"].includes((error as NodeJS.ErrnoException).code ?? ""))
      throw error;
  }
}
