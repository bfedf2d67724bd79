/** An image, open for reading. */
import { utf8Of } from "../bytes.ts";
import type { CimCore } from "../cim/cim-core.ts";
import type { CimInspection, NamedStream, WindowsStats } from "../cim/windows-stats.ts";
import { ErrorCode, ImageError, toImageError } from "../errors.ts";
import type { RandomAccess } from "../random-access.ts";
import { type BlockMap, makeBlockMap } from "./block-map.ts";
import { readEntries } from "./entries.ts";
import { type BlockRun, type Extent, type Inspection, inspect, readBlockRuns, readExtents } from "./inspection.ts";
import { decodeName, isDotDot, printable } from "./name.ts";
import { isCim, type OpenedImage } from "./opened-image.ts";
import { readOwnedRuns } from "./owned-runs.ts";
import { type Ext4Core, type ReaderCore, startReader } from "./reader-core.ts";
import { decodeStats, type FileType, STATS_SIZE, type Stats } from "./stats.ts";

export interface OpenOptions {
  /** Whether checksums of metadata must be right, where the filesystem has them. Default: true. */
  readonly verify?: boolean;
}

/**
 * A file in the image: a path from its root, as text or, where a name is no UTF-8, as bytes; or what has the number of its
 * inode, such as an Entry. A path's directories may be symbolic links, followed within the image. In a CIM, names are found
 * whatever their case, and `\` parts them too.
 */
export type Place = string | Uint8Array | { readonly inode: number };

/** A name in a directory. */
export interface Entry {
  /** As text; bytes that are no UTF-8 became U+FFFD. */
  readonly name: string;

  /** As it is. */
  readonly nameBytes: Uint8Array;
  readonly inode: number;
  readonly type: FileType;
}

/** Longer names are of no file, whatever the format. Bytes. */
const MAX_NAME = 1024;
/** As many symbolic links as Linux follows in one path. */
const MAX_LINKS = 40;
const CHUNK = 512 * 1024;
const MAX_TARGET = 65_536;

/**
 * The image in files that are open. They are closed with it, and where this fails.
 *
 * @throws ImageError  Unsupported if it is no image that is read here; Corrupt if it is a damaged one
 */
export async function imageIn(opened: OpenedImage, { verify = true }: OpenOptions = {}): Promise<Image> {
  const { file } = opened;
  try {
    if (!isCim(opened)) return new Image(file, await startReader(file, verify));
    const { startCimReader } = await import("../cim/cim-core.ts");
    const core = startCimReader(opened);
    return new Image(core.files, core);
  } catch (error) {
    file.close?.();
    throw toImageError("image", error);
  }
}

/**
 * Every method throws an ImageError and nothing else: Corrupt where the image breaks its own format, NotFound, InvalidArgument
 * where the file is of another type, Unsupported where it is encrypted. One failure does not spoil the rest.
 */
export class Image {
  #core: ReaderCore | undefined;
  readonly #file: Pick<RandomAccess, "size" | "close">;

  /** @see imageIn */
  constructor(file: Pick<RandomAccess, "size" | "close">, core: ReaderCore) {
    this.#file = file;
    this.#core = core;
  }

  /** `ext4`: or one of those before it. */
  get format(): "ext4" | "cim" {
    return this.#opened.format;
  }

  /** Of the file itself, where it is a symbolic link; of what it leads to with `follow`. */
  stat(place: Place, { follow = false }: { follow?: boolean } = {}): Stats {
    return this.#stats(this.#find(place, follow));
  }

  /** The names in a directory, in the order in which they stand there, without `.` and `..`. */
  *list(place: Place): Generator<Entry, void, undefined> {
    const directory = this.#typed(place, "directory", true);
    let position = 0n;
    do {
      const length = this.#ask(({ list }) => list(directory.inode, position));
      const chunk = this.#opened.buffer(length).slice();
      position = this.#ask(({ nextPosition }) => nextPosition());
      yield* this.#entries(chunk);
    } while (position !== 0n);
  }

  /** The inode of the directory above a directory; of the root, its own. */
  parentOf(place: Place): number {
    const { inode } = this.#typed(place, "directory", true);
    return this.#ask(({ parentOf }) => parentOf(inode));
  }

  /**
   * The content of a file, in pieces of at most 512 KiB. Holes are zeros.
   *
   * @param from  the first byte wanted
   * @param end   the byte behind the last
   */
  *read(place: Place, from = 0, end = Number.POSITIVE_INFINITY): Generator<Uint8Array, void, undefined> {
    const file = this.#typed(place, "file", true);
    const last = Math.min(end, file.size);
    for (let at = from; at < last; ) {
      const chunk = new Uint8Array(Math.min(CHUNK, last - at));
      at += this.readInto(file, at, chunk);
      yield chunk;
    }
  }

  /** Fills `into` with a file's content from byte `at` on. @returns bytes read: fewer only where the file ends */
  readInto(place: Place, at: number, into: Uint8Array): number {
    const { inode } = this.#typed(place, "file", true);
    let done = 0;
    while (done < into.length) {
      const chunk = this.#read(inode, at + done, into.length - done);
      if (chunk.length === 0) break;
      into.set(chunk, done);
      done += chunk.length;
    }
    return done;
  }

  /**
   * A file's content from byte `at` on, at most 512 KiB of it, without a copy.
   *
   * @returns a window that is good until the image is asked for anything else; empty behind the end
   */
  peek(place: Place, at: number): Uint8Array {
    return this.#read(this.#typed(place, "file", true).inode, at, CHUNK);
  }

  /** The target of a symbolic link. */
  readlink(place: Place): Uint8Array {
    return this.#target(this.#typed(place, "symlink", false).inode);
  }

  /** Extended attributes by their full names; ACLs as getxattr(2) gives them. */
  xattrs(place: Place): Map<string, Uint8Array> {
    const inode = this.#find(place, false);
    this.#ask(({ startXattrs }) => startXattrs(inode));
    const found = new Map<string, Uint8Array>();
    while (this.#ask(({ nextXattr }) => nextXattr())) {
      const { exports, window } = this.#opened;
      const name = decodeName(window(exports.xattrName(), exports.xattrNameLength()));
      found.set(name, window(exports.xattrValue(), exports.xattrValueLength()).slice());
    }
    return found;
  }

  /** Where a file's blocks stand; none where it has no blocks. @throws ImageError  Unsupported: a CIM has no blocks */
  extents(place: Place): Extent[] {
    return readExtents(this.#ext4, this.#find(place, false));
  }

  /** What the image says of itself. @throws ImageError  Unsupported of a CIM, of which `inspectCim` tells */
  inspect(): Inspection {
    return inspect(this.#ext4, this.#file.size);
  }

  /** What every block of the filesystem is used for. Reads all inodes. @throws ImageError  Unsupported of a CIM */
  blocks(): BlockRun[] {
    return readBlockRuns(this.#ext4);
  }

  /**
   * What stands where in the image, and whose it is. Reads all inodes, and goes on behind those that are damaged, as
   * `onDamage` is told.
   *
   * @throws ImageError  Unsupported of a CIM
   */
  blockMap(onDamage: (error: ImageError) => void = () => {}): BlockMap {
    const inspection = this.inspect();
    return makeBlockMap(inspection, readOwnedRuns(this.#ext4, inspection.filesystem.blockSize, onDamage));
  }

  /** What a CIM says of itself. Reads all files' records. @throws ImageError  Unsupported of all else */
  inspectCim(): CimInspection {
    return this.#cim.inspect();
  }

  /** What Windows knows of a file. Links are not followed. @throws ImageError  Unsupported where the image is no CIM */
  windows(place: Place): WindowsStats {
    return this.#cim.windows(this.#find(place, false));
  }

  /** The alternate streams of a file, in the order of their names. @throws ImageError  Unsupported where the image is no CIM */
  streams(place: Place): NamedStream[] {
    return this.#cim.streams(this.#find(place, false));
  }

  /**
   * An alternate stream of a file, whatever the name's case, in pieces of at most 512 KiB.
   *
   * @throws ImageError  NotFound if it has none of that name; Unsupported where the image is no CIM
   */
  *readStream(place: Place, name: string | Uint8Array): Generator<Uint8Array, void, undefined> {
    const file = this.#find(place, true);
    yield* this.#cim.readStream(file, name, describePlace(place));
  }

  /** Bytes that all directories together may have. */
  get directoryRoom(): number {
    return this.format === "cim" ? this.#file.size : this.inspect().filesystem.size;
  }

  /** Parts of a path, as names of this image can be. */
  splitPath(path: string | Uint8Array): Uint8Array[] {
    return this.#opened.paths.split(path);
  }

  /** Lets go of the source. After it, nothing else may be called. */
  close(): void {
    if (this.#core !== undefined) this.#file.close?.();
    this.#core = undefined;
  }

  get #opened(): ReaderCore {
    if (this.#core === undefined) throw new ImageError(ErrorCode.FailedPrecondition, "image: is closed");
    return this.#core;
  }

  get #ext4(): Ext4Core {
    if (this.format !== "ext4") throw new ImageError(ErrorCode.Unsupported, "image: is a CIM, which has no blocks");
    return this.#opened as Ext4Core;
  }

  get #cim(): CimCore {
    if (this.format !== "cim") throw new ImageError(ErrorCode.Unsupported, "image: is no CIM");
    return this.#opened as CimCore;
  }

  #ask<T>(question: (exports: ReaderCore["exports"]) => T): T {
    return this.#opened.ask(question);
  }

  #stats(inode: number): Stats {
    this.#ask(({ readInode }) => readInode(inode));
    return decodeStats(inode, this.#opened.buffer(STATS_SIZE));
  }

  /** The file at `place`, which must be of a type. */
  #typed(place: Place, type: FileType, follow: boolean): Stats {
    const stats = this.#stats(this.#find(place, follow));
    if (stats.type === type) return stats;
    throw new ImageError(
      ErrorCode.InvalidArgument,
      `${describePlace(place)}: ${TYPE_WORDS[stats.type]}, not ${TYPE_WORDS[type]}`,
    );
  }

  *#entries(list: Uint8Array): Generator<Entry, void, undefined> {
    for (const { nameBytes, inode, type } of readEntries(list)) {
      yield { name: decodeName(nameBytes), nameBytes, inode, type: type ?? this.#stats(inode).type };
    }
  }

  #target(inode: number): Uint8Array {
    return this.#read(inode, 0, MAX_TARGET).slice();
  }

  #read(inode: number, at: number, length: number): Uint8Array {
    return this.#opened.buffer(this.#ask(({ read }) => read(inode, BigInt(at), length)));
  }

  /** @param follow  whether the last part of a path may be a symbolic link that is followed */
  #find(place: Place, follow: boolean): number {
    if (typeof place !== "string" && !(place instanceof Uint8Array)) return place.inode;
    let links = 0;
    const { root, paths } = this.#opened;
    let inode = root;
    const above: number[] = []; // directories that lead to `inode`
    const parts = paths.split(place).reverse();
    for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
      if (isDotDot(part)) {
        inode = above.pop() ?? root;
        continue;
      }
      const found = this.#lookUp(inode, part, place);
      const isLast = parts.length === 0;
      const target = isLast && !follow ? undefined : this.#linkTarget(found);
      if (target === undefined) {
        above.push(inode);
        inode = found;
        continue;
      }
      if (++links > MAX_LINKS)
        throw new ImageError(
          ErrorCode.InvalidArgument,
          `${describePlace(place)}: leads through more than ${MAX_LINKS} symbolic links`,
        );
      if (paths.isFromRoot(target)) {
        above.length = 0;
        inode = root;
      }
      parts.push(...paths.split(target).reverse());
    }
    return inode;
  }

  #linkTarget(inode: number): Uint8Array | undefined {
    return this.#stats(inode).type === "symlink" ? this.#target(inode) : undefined;
  }

  #lookUp(directory: number, name: Uint8Array, place: Place): number {
    if (this.#stats(directory).type !== "directory") {
      throw new ImageError(
        ErrorCode.NotFound,
        `${describePlace(place)}: a part of the path is not a directory of the image`,
      );
    }
    if (name.length <= MAX_NAME) {
      this.#opened.buffer(name.length).set(name);
      const inode = this.#ask(({ lookUp }) => lookUp(directory, name.length));
      if (inode !== 0) return inode;
    }
    throw new ImageError(ErrorCode.NotFound, `${describePlace(place)}: no such file or directory in the image`);
  }
}

const TYPE_WORDS: Record<FileType, string> = {
  file: "a regular file",
  directory: "a directory",
  symlink: "a symbolic link",
  character: "a character device",
  block: "a block device",
  fifo: "a pipe",
  socket: "a socket",
};

function describePlace(place: Place): string {
  if (typeof place === "string") return printable(utf8Of(place));
  return place instanceof Uint8Array ? printable(place) : `inode ${place.inode}`;
}
