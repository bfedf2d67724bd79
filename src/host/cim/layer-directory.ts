/**
 * What Windows wants of a layer as files of the machine: hives, and what a utility machine boots from. They come into the
 * layer's directory when all are complete and synced.
 *
 * Source: hcsshim, internal/wclayer/cim.
 */
import {
  closeSync,
  fsync as fsyncThen,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { ErrorCode, ImageError, toImageError } from "../errors.ts";
import { syncDirectory } from "../sync-directory.ts";

const fsync = promisify(fsyncThen);

export class LayerDirectory {
  readonly #partial: string;
  /** What stands under its name. */
  readonly #given: string[] = [];

  /** @throws ImageError  what the system says of `path`, which must be there */
  constructor(private readonly path: string) {
    this.#partial = join(path, `.layer.${Math.random().toString(36).slice(2, 10)}.partial`);
    try {
      mkdirSync(this.#partial);
    } catch (error) {
      throw toImageError(path, error);
    }
  }

  /**
   * @param path   within the layer, with `/`
   * @param write  puts the bytes into an open file
   */
  async add(path: string, write: (fd: number) => void): Promise<void> {
    const place = join(this.#partial, path);
    try {
      mkdirSync(dirname(place), { recursive: true });
      const fd = openSync(place, "wx", 0o644);
      try {
        write(fd);
        await fsync(fd);
      } finally {
        closeSync(fd);
      }
    } catch (error) {
      throw toImageError(join(this.path, path), error);
    }
  }

  /** Another name for the file that was added as `to`. */
  link(path: string, to: string): void {
    const place = join(this.#partial, path);
    try {
      mkdirSync(dirname(place), { recursive: true });
      linkSync(join(this.#partial, to), place);
    } catch (error) {
      throw toImageError(join(this.path, path), error);
    }
  }

  /** Gives all their names. @throws ImageError  AlreadyExists: one of them is taken; none is given then */
  async commit(): Promise<void> {
    try {
      await this.#syncDirectories(this.#partial);
      for (const name of readdirSync(this.#partial)) {
        const place = join(this.path, name);
        if (lstatSync(place, { throwIfNoEntry: false }))
          throw new ImageError(ErrorCode.AlreadyExists, `${place}: exists already`);
        renameSync(join(this.#partial, name), place);
        this.#given.push(place);
      }
      rmSync(this.#partial, { recursive: true });
      await syncDirectory(this.path);
    } catch (error) {
      throw toImageError(this.path, error);
    }
  }

  /** Takes back all that was made, after `commit` too. What failed first is what the caller hears of. */
  discard(): void {
    try {
      for (const path of [...this.#given, this.#partial]) rmSync(path, { recursive: true, force: true });
    } catch {}
  }

  async #syncDirectories(path: string): Promise<void> {
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      if (entry.isDirectory()) await this.#syncDirectories(join(path, entry.name));
    }
    await syncDirectory(path);
  }
}
