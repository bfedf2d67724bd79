/** The files of a CIM while they are written, in no order; what was written may be read. */
import { closeSync, fsync as fsyncThen, ftruncateSync, openSync } from "node:fs";
import { promisify } from "node:util";
import type { CimFile } from "../../../assembly/abi.ts";
import { ErrorCode, ImageError } from "../errors.ts";
import { readAt, writeAt } from "../image-file.ts";

const fsync = promisify(fsyncThen);

export class WrittenFiles {
  readonly #fds = new Map<CimFile, number>();
  #closed = false;

  /** @param paths  where nothing stands. @throws what the system says; no file is open then */
  constructor(paths: ReadonlyMap<CimFile, string>) {
    try {
      for (const [file, path] of paths) this.#fds.set(file, openSync(path, "wx+", 0o644));
    } catch (error) {
      this.close();
      throw error;
    }
  }

  write(file: CimFile, at: number, bytes: Uint8Array): void {
    writeAt(this.fd(file), at, bytes);
  }

  /** What was never written is zeros. */
  read(file: CimFile, at: number, into: Uint8Array): void {
    into.fill(0, readAt(this.fd(file), at, into));
  }

  /** Takes back what stands from byte `size` on. */
  truncate(file: CimFile, size: number): void {
    ftruncateSync(this.fd(file), size);
  }

  fd(file: CimFile): number {
    const fd = this.#fds.get(file);
    if (fd === undefined) throw new ImageError(ErrorCode.Internal, `core: file ${file} is not one that is written`);
    return fd;
  }

  /** Gives each file its size, and waits until all is on the disk. On a slow one this takes long, and can be stopped. */
  async sync(sizes: ReadonlyMap<CimFile, number>, signal: AbortSignal | undefined): Promise<void> {
    for (const [file, fd] of this.#fds) {
      ftruncateSync(fd, sizes.get(file) ?? 0);
      await fsync(fd);
      signal?.throwIfAborted();
    }
  }

  /** May be called twice. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true; // whatever comes of it: the numbers may be other files' from here on
    for (const fd of this.#fds.values()) closeSync(fd);
  }
}
