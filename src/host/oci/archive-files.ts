/** An image's files in a tar, which is looked through once, header by header, and then read where they stand. */
import { detectCompression, HEAD_SIZE } from "../compression.ts";
import { ErrorCode, ImageError } from "../errors.ts";
import type { FileRange } from "../file-range.ts";
import type { RandomAccess } from "../random-access.ts";
import { LONGEST_NAME, partsOf, stepsOf } from "./file-name.ts";
import type { ImageFiles } from "./image-files.ts";
import { shown } from "./shown.ts";
import { type TarEntry, tarEntries } from "./tar-entries.ts";
import type { Turns } from "./turns.ts";

/** Far more than an image's archive has; an archive of files, given by mistake, may have millions. */
const MOST_ENTRIES = 100_000;
/** As Linux follows links. */
const MOST_LINKS = 40;
/** Parts of a name, with those of the links that it leads through. An image's files stand three deep. */
const MOST_PARTS = 256;

/** Two files by one name: which is meant depends on who reads it. */
type Found = TarEntry | "ambiguous";

export class ArchiveFiles implements ImageFiles {
  readonly #entries = new Map<string, Found>();

  private constructor(
    readonly path: string,
    readonly read: ImageFiles["read"],
  ) {}

  /**
   * @param archive  looked through here, and let alone after
   * @param path     what messages call it, and ranges of it
   * @param read     reads them later
   * @throws ImageError  Corrupt; Unsupported if it is compressed; OutOfRange
   */
  static async open(
    archive: RandomAccess,
    path: string,
    read: ImageFiles["read"],
    turns: Turns,
  ): Promise<ArchiveFiles> {
    assertIsPlain(archive, path);
    const files = new ArchiveFiles(path, read);
    let count = 0;
    for (const entry of tarEntries(archive, path)) {
      files.#add(entry);
      if (++count > MOST_ENTRIES) throw tooMany(path);
      await turns.pause();
    }
    return files;
  }

  #add(entry: TarEntry): void {
    const name = partsOf(entry.name, this.path).join("/");
    const before = this.#entries.get(name);
    const isSame = before !== undefined && before !== "ambiguous" && isSameDirectory(before, entry);
    this.#entries.set(name, before === undefined || isSame ? entry : "ambiguous");
  }

  find(name: string): FileRange | undefined {
    const place = this.#follow(name);
    const entry = this.#entries.get(place);
    if (entry === undefined) return undefined;
    if (entry === "ambiguous") throw this.#error(place, "stands there more than once");
    if (entry.kind !== "file") throw this.#error(place, `is not a file (${entry.kind})`);
    return { path: this.path, position: entry.position, size: entry.size };
  }

  /** @returns the name behind all links; nothing need stand there */
  #follow(name: string): string {
    const ahead = partsOf(name, this.path).reverse();
    let place: string[] = [];
    let links = 0;
    let parts = 0;
    for (let part = ahead.pop(); part !== undefined; part = ahead.pop()) {
      if (++parts > MOST_PARTS) throw this.#error(name, `more than ${MOST_PARTS} parts, with those of its links`);
      if (part === "..") {
        if (place.pop() === undefined) throw this.#error(name, "a link leads out of the archive");
        continue;
      }
      place.push(part);
      const entry = this.#entries.get(place.join("/"));
      if (entry === undefined || entry === "ambiguous") continue;
      if (entry.kind !== "symlink" && entry.kind !== "hard link") continue;
      if (++links > MOST_LINKS) throw this.#error(name, `more than ${MOST_LINKS} links, or they lead in a circle`);
      place = entry.kind === "symlink" ? place.slice(0, -1) : []; // a hard link's target is told from the top
      ahead.push(...this.#stepsOf(entry, name).reverse());
    }
    return place.join("/");
  }

  #stepsOf({ link }: TarEntry, name: string): string[] {
    if (link.startsWith("/")) throw this.#error(name, "a link leads out of the archive");
    if (link.length > LONGEST_NAME) throw this.#error(name, `a link is longer than ${LONGEST_NAME} characters`);
    return stepsOf(link);
  }

  #error(name: string, what: string): ImageError {
    return new ImageError(ErrorCode.Corrupt, `${this.path}: ${shown(name)}: ${what}`);
  }
}

function isSameDirectory(one: TarEntry, other: TarEntry): boolean {
  return one.kind === "directory" && other.kind === "directory";
}

/** What has to be decompressed cannot be read from anywhere. */
function assertIsPlain(archive: RandomAccess, path: string): void {
  const head = new Uint8Array(Math.min(HEAD_SIZE, archive.size));
  archive.read(0, head);
  if (!isCompressed(head)) return;
  const reason = "is compressed as a whole, and an image is read from anywhere";
  throw new ImageError(
    ErrorCode.Unsupported,
    `${path}: ${reason}; decompress it first, with gunzip, zstd -d or the like`,
  );
}

function isCompressed(head: Uint8Array): boolean {
  try {
    return detectCompression(head) !== "none";
  } catch {
    return true; // in a way that it knows, and does not read
  }
}

function tooMany(path: string): ImageError {
  return new ImageError(
    ErrorCode.OutOfRange,
    `${path}: has more than ${MOST_ENTRIES} entries; is it an image's archive?`,
  );
}
