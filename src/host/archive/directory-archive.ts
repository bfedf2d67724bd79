/** A directory of this machine as a layer. */
import {
  type BigIntStats,
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
} from "node:fs";
import { ErrorCode, ImageError, toImageError } from "../errors.ts";
import { printable } from "../image/name.ts";
import type { FileCalls } from "../platform.ts";
import { isOpaque, isWhiteout, keptXattrs, refuseReservedName } from "./overlay-notes.ts";
import { BLOCK_SIZE, encodeEntry, padding, type TarEntry, type TarType, type Xattr } from "./pax.ts";

export interface DirectoryArchiveOptions {
  readonly calls: FileCalls;
  readonly signal?: AbortSignal | undefined;
}

/** Bytes of content that are read at a time. */
const CHUNK = 512 * 1024;

/** Longest that we keep the event loop to ourselves. Milliseconds. */
const TURN = 20;

const { O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;
const SLASH = Buffer.from("/");
const NOTHING = Buffer.alloc(0);

/**
 * The tree under `directory`, the upper directory of an overlayfs, as a layer in the pax format: overlayfs' whiteouts become
 * entries called `.wh.*`, and what it noted for itself is left out. Each directory comes before what is in it, names in the
 * order of their bytes; equal trees give equal bytes. Sockets are left out, which no archive can hold.
 *
 * Whoever writes to the tree meanwhile cannot bring in what is not in it: no symbolic link is followed, and no path is
 * looked up twice.
 *
 * @throws ImageError  FailedPrecondition: a file changed while it was read; Unsupported: a file is not whole without the
 *                     layers below, or has a name that begins with `.wh.`; what the system says of a path
 */
export function archiveDirectory(
  directory: string,
  { calls, signal }: DirectoryArchiveOptions,
): AsyncGenerator<Uint8Array> {
  return new DirectoryArchive(directory, calls, signal).bytes();
}

class DirectoryArchive {
  /** The first name of each file that has several. */
  readonly #links = new Map<string, Buffer>();
  #turned = process.uptime() * 1000;

  constructor(
    private readonly root: string,
    private readonly calls: FileCalls,
    private readonly signal: AbortSignal | undefined,
  ) {}

  async *bytes(): AsyncGenerator<Uint8Array> {
    yield* this.#directory(Buffer.from(this.root), NOTHING);
    yield Buffer.alloc(2 * BLOCK_SIZE);
  }

  /** @param place  where the directory is found; @param path  what it is called in the archive, empty for the root */
  async *#directory(place: Buffer, path: Buffer): AsyncGenerator<Uint8Array> {
    const directory = this.#try(path, () => openSync(place, O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
    try {
      const here = this.calls.pathIn(directory, Buffer.from("."));
      const stats = this.#try(path, () => fstatSync(directory, { bigint: true }));
      const name = Buffer.concat([path.length === 0 ? Buffer.from(".") : path, SLASH]);
      yield this.#header("directory", name, stats, here);
      if (isOpaque(this.calls, here)) yield bare(joined(path, Buffer.from(".wh..wh..opq")));
      const names = this.#try(path, () => readdirSync(here, { encoding: "buffer" }));
      for (const each of names.sort(Buffer.compare)) {
        await this.#pause();
        yield* this.#entry(this.calls.pathIn(directory, each), joined(path, each), path, each);
      }
    } finally {
      closeSync(directory);
    }
  }

  async *#entry(place: Buffer, path: Buffer, parent: Buffer, name: Buffer): AsyncGenerator<Uint8Array> {
    const stats = this.#try(path, () => lstatSync(place, { bigint: true }));
    if (isWhiteout(stats)) {
      yield bare(joined(parent, Buffer.concat([Buffer.from(".wh."), name])));
      return;
    }
    refuseReservedName(name, path);
    if (stats.isDirectory()) yield* this.#directory(place, path);
    else if (!stats.isSocket()) yield* this.#file(place, path, stats);
  }

  async *#file(place: Buffer, path: Buffer, stats: BigIntStats): AsyncGenerator<Uint8Array> {
    const first = this.#firstName(stats, path);
    if (first) yield encodeEntry({ ...describe("hardlink", path, stats), target: first });
    else if (stats.isFile()) yield* this.#content(place, path, stats);
    else if (stats.isSymbolicLink()) {
      const target = this.#try(path, () => readlinkSync(place, { encoding: "buffer" }));
      yield this.#header("symlink", path, stats, place, { target });
    } else if (stats.isFIFO()) yield this.#header("fifo", path, stats, place);
    else {
      const type = stats.isBlockDevice() ? "block" : "character";
      yield this.#header(type, path, stats, place, deviceNumbers(stats.rdev));
    }
  }

  /** @returns undefined for a file that has no entry yet */
  #firstName({ dev, ino, nlink }: BigIntStats, path: Buffer): Buffer | undefined {
    if (nlink < 2n) return undefined;
    const key = `${dev}:${ino}`;
    const first = this.#links.get(key);
    if (!first) this.#links.set(key, path);
    return first;
  }

  async *#content(place: Buffer, path: Buffer, seen: BigIntStats): AsyncGenerator<Uint8Array> {
    // Not to wait for a writer, if it has become a pipe.
    const file = this.#try(path, () => openSync(place, O_RDONLY | O_NOFOLLOW | O_NONBLOCK));
    try {
      const stats = fstatSync(file, { bigint: true });
      if (stats.ino !== seen.ino || stats.dev !== seen.dev) throw changed(path);
      const size = Number(stats.size);
      yield this.#header("file", path, stats, place, { size });
      for (let at = 0; at < size; ) {
        await this.#pause();
        const chunk = Buffer.allocUnsafe(Math.min(CHUNK, size - at));
        const length = this.#try(path, () => readSync(file, chunk, 0, chunk.length, at));
        if (length === 0) throw changed(path);
        at += length;
        yield chunk.subarray(0, length);
      }
      if (!isUntouched(stats, fstatSync(file, { bigint: true }))) throw changed(path);
      yield padding(size);
    } finally {
      closeSync(file);
    }
  }

  #header(type: TarType, name: Buffer, stats: BigIntStats, place: Buffer, more: Partial<TarEntry> = {}): Uint8Array {
    return encodeEntry({ ...describe(type, name, stats), ...more, xattrs: this.#xattrs(place, name) });
  }

  #xattrs(place: Buffer, path: Buffer): Xattr[] {
    return keptXattrs(this.calls.listXattrs(place) ?? [], path).flatMap((name): Xattr[] => {
      const value = this.calls.getXattr(place, name);
      return value ? [[name, value]] : [];
    });
  }

  /** Gives the event loop its turn, when it is time for it. */
  async #pause(): Promise<void> {
    if (process.uptime() * 1000 - this.#turned < TURN) return;
    await new Promise((resolve) => setImmediate(resolve));
    this.#turned = process.uptime() * 1000;
    this.signal?.throwIfAborted();
  }

  /** Names files as they are found under the root: the places they are read from say nothing to people. */
  #try<T>(path: Buffer, call: () => T): T {
    try {
      return call();
    } catch (error) {
      if (path.length > 0 && (error as NodeJS.ErrnoException).code === "ENOENT") throw changed(path);
      throw toImageError(path.length === 0 ? this.root : `${this.root}/${printable(path)}`, error);
    }
  }
}

function describe(type: TarType, name: Buffer, stats: BigIntStats): TarEntry {
  const { mode, uid, gid, mtimeNs } = stats;
  return { type, name, mode: Number(mode) & 0o7777, uid: Number(uid), gid: Number(gid), size: 0, mtime: mtimeNs };
}

/** An empty file of which only the name counts. */
function bare(name: Buffer): Uint8Array {
  return encodeEntry({ type: "file", name, mode: 0, uid: 0, gid: 0, size: 0, mtime: 0n });
}

const joined = (parent: Buffer, name: Buffer): Buffer =>
  parent.length === 0 ? name : Buffer.concat([parent, SLASH, name]);

const isUntouched = (before: BigIntStats, after: BigIntStats): boolean =>
  before.size === after.size && before.mtimeNs === after.mtimeNs && before.ctimeNs === after.ctimeNs;

function changed(path: Buffer): ImageError {
  return new ImageError(ErrorCode.FailedPrecondition, `${printable(path)}: changed while it was read`);
}

/** makedev(3), as Linux packs a device number. */
function deviceNumbers(device: bigint): { major: number; minor: number } {
  return {
    major: Number(((device >> 8n) & 0xfffn) | ((device >> 32n) & 0xfffff000n)),
    minor: Number((device & 0xffn) | ((device >> 12n) & 0xffffff00n)),
  };
}
