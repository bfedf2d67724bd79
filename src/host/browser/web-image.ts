/** Images that a page looks into. Each is open in a worker of its own, so that the page is never held up. */
import type { CimInspection, NamedStream, WindowsStats } from "../cim/windows-stats.ts";
import { ErrorCode, ImageError } from "../errors.ts";
import type { BlockPlace } from "../explain/explanation.ts";
import type { BlockMap } from "../image/block-map.ts";
import type { Entry, OpenOptions, Place } from "../image/image.ts";
import type { BlockRun, Extent, Inspection } from "../image/inspection.ts";
import type { Stats } from "../image/stats.ts";
import type { Progress } from "../options.ts";
import type { VerifyResult } from "../verity-tree.ts";
import type { TreeSummary } from "./image-session.ts";
import type { OpenedSession, Questions } from "./operations/read.ts";
import { assertIsImageSource, type WebImageSource } from "./web-image-source.ts";
import { LeasedWorker } from "./workers.ts";

/** How work is watched and stopped. */
export interface WatchOptions {
  /** Rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

export interface OpenWebImageOptions extends OpenOptions {
  readonly signal?: AbortSignal;
}

/** What a question takes, without what the worker has beside it. */
type ValuesOf<Name extends keyof Questions> =
  Parameters<Questions[Name]> extends [unknown, ...infer Values] ? Values : [];
type AnswerOf<Name extends keyof Questions> = Awaited<ReturnType<Questions[Name]>>;

/**
 * Opens an image: ext2, ext3 or ext4, plain, in a VHD or a VHDX, with or without a dm-verity tree; or a CIM, all of whose files
 * are given. Little of it is kept in memory, whatever its size.
 *
 *     const image = await openImage(file);
 *     for (const { name, type } of await image.list("/etc")) console.log(name, type);
 *     await image.close();
 *
 * @throws ImageError  Unsupported if it is no such image; Corrupt if it is a damaged one
 */
export async function openImage(
  source: WebImageSource,
  { verify = true, signal }: OpenWebImageOptions = {},
): Promise<WebImage> {
  assertIsImageSource(source);
  const worker = new LeasedWorker();
  try {
    return new WebImage(worker, await worker.call("openImage", { source, verify }, { signal }));
  } catch (error) {
    closeAndRelease(worker).catch(() => {}); // it may have been opened just before it was not wanted any more
    throw error;
  }
}

/** @throws ImageError  Internal if the worker has ended before */
async function closeAndRelease(worker: LeasedWorker): Promise<void> {
  try {
    await worker.call("closeImage", undefined);
  } finally {
    worker.release();
  }
}

/**
 * As Node's `Image`, but that every answer is waited for. Every method throws an ImageError, and nothing else but the reason
 * of a signal. One failure does not spoil the rest.
 */
export class WebImage {
  readonly format: "ext4" | "cim";

  /** Bytes of the file; of a CIM, of `<name>.cim`. */
  readonly size: number;
  readonly #worker: LeasedWorker;
  #isClosed = false;

  /** @see openImage */
  constructor(worker: LeasedWorker, { format, size }: OpenedSession) {
    this.#worker = worker;
    this.format = format;
    this.size = size;
  }

  /** Of the file itself, where it is a symbolic link; of what it leads to with `follow`. */
  stat(place: Place, { follow = false }: { follow?: boolean } = {}): Promise<Stats> {
    return this.#ask("stat", [place, follow]);
  }

  /** The names in a directory, in the order in which they stand there, without `.` and `..`. */
  list(place: Place): Promise<Entry[]> {
    return this.#ask("list", [place]);
  }

  /** The inode of the directory above a directory; of the root, its own. */
  parentOf(place: Place): Promise<number> {
    return this.#ask("parentOf", [place]);
  }

  /** The content of a file, in pieces of at most 512 KiB, each read when it is asked for. Holes are zeros. */
  read(place: Place): ReadableStream<Uint8Array> {
    let at = 0;
    return new ReadableStream(
      {
        pull: async (controller) => {
          const piece = await this.#ask("piece", [place, at]);
          at += piece.length;
          if (piece.length > 0) controller.enqueue(piece);
          else controller.close();
        },
      },
      { highWaterMark: 1 },
    );
  }

  /** The content of a file, to be downloaded: whole, and not in the page's memory. */
  readBlob(place: Place, options?: WatchOptions): Promise<Blob> {
    return this.#ask("blob", [place], options);
  }

  /** The target of a symbolic link. */
  readlink(place: Place): Promise<Uint8Array> {
    return this.#ask("readlink", [place]);
  }

  /** Extended attributes by their full names; ACLs as getxattr(2) gives them. */
  xattrs(place: Place): Promise<Map<string, Uint8Array>> {
    return this.#ask("xattrs", [place]);
  }

  /** Where a file's blocks stand. @throws ImageError  Unsupported: a CIM has no blocks */
  extents(place: Place): Promise<Extent[]> {
    return this.#ask("extents", [place]);
  }

  /** What the image says of itself. @throws ImageError  Unsupported of a CIM, of which `inspectCim` tells */
  inspect(): Promise<Inspection> {
    return this.#ask("inspect", []);
  }

  /** What every block of the filesystem is used for. Reads all inodes. @throws ImageError  Unsupported of a CIM */
  blocks(): Promise<BlockRun[]> {
    return this.#ask("blocks", []);
  }

  /** What stands where in the image, and whose it is. Reads all inodes. @throws ImageError  Unsupported of a CIM */
  blockMap(): Promise<BlockMap> {
    return this.#ask("blockMap", []);
  }

  /**
   * What a block is, and whose: its inode and a path of it. The first call reads all inodes and directories; those after it
   * are answered at once.
   *
   * @param block  of the disk, in blocks of the filesystem
   * @throws ImageError  Unsupported of a CIM
   */
  placeOf(block: number): Promise<BlockPlace> {
    return this.#ask("placeOf", [block]);
  }

  /** What a CIM says of itself. Reads all files' records. @throws ImageError  Unsupported of all else */
  inspectCim(): Promise<CimInspection> {
    return this.#ask("inspectCim", []);
  }

  /** What Windows knows of a file. Links are not followed. @throws ImageError  Unsupported where the image is no CIM */
  windows(place: Place): Promise<WindowsStats> {
    return this.#ask("windows", [place]);
  }

  /** The alternate streams of a file. @throws ImageError  Unsupported where the image is no CIM */
  streams(place: Place): Promise<NamedStream[]> {
    return this.#ask("streams", [place]);
  }

  /** The dm-verity tree that the disk ends with, unverified; computed where it ends with none, and then kept. */
  hashTree(options?: WatchOptions): Promise<TreeSummary> {
    return this.#ask("hashTree", [], options);
  }

  /**
   * Digests of one level of the tree, 32 bytes each, side by side.
   *
   * @param level  of `shape.levels`, from the root's block down
   * @param first  the first digest that is wanted, of the whole level
   */
  hashes(level: number, first: number, count: number, options?: WatchOptions): Promise<Uint8Array> {
    return this.#ask("hashes", [level, first, count], options);
  }

  /** Holds the disk against its tree, and the tree against `rootHash`. @throws ImageError  NotFound if there is no tree */
  verify(rootHash: string, options?: WatchOptions): Promise<VerifyResult> {
    return this.#ask("verify", [rootHash], options);
  }

  /** Lets go of it, and of its worker. After it, nothing else may be called. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await closeAndRelease(this.#worker);
  }

  async #ask<Name extends keyof Questions>(
    question: Name,
    values: ValuesOf<Name>,
    { signal, onProgress }: WatchOptions = {},
  ): Promise<AnswerOf<Name>> {
    if (this.#isClosed) throw new ImageError(ErrorCode.FailedPrecondition, "image: is closed");
    const answer = await this.#worker.call("askImage", { question, values }, { signal, onProgress });
    return answer as AnswerOf<Name>;
  }
}
