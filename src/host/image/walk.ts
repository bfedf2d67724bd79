/** Goes down a tree of directories, whatever it is: one that an enemy made has circles, and names without end. */
import { compareBytes } from "../bytes.ts";
import { ErrorCode, ImageError } from "../errors.ts";
import type { Entry, Image, Place } from "./image.ts";

/** Directories below one another. */
const MAX_DEPTH = 10_000;

/** Lets each directory be entered once. */
export class Descent {
  readonly #entered = new Set<number>();
  readonly #room: number;
  #bytes = 0;

  constructor(private readonly image: Image) {
    this.#room = image.directoryRoom;
  }

  /**
   * The entries of a directory, in the order of their names.
   *
   * @param depth  how far below the start it is
   * @throws ImageError  Corrupt if it was entered before, or if directories have more bytes than the filesystem
   */
  enter(directory: Place, depth: number): Entry[] {
    const { inode, size } = this.image.stat(directory, { follow: true });
    const refuse = (code: ErrorCode, what: string) =>
      new ImageError(code, `${this.image.format}: inode ${inode}: directory: ${what}`);
    if (this.#entered.has(inode)) throw refuse(ErrorCode.Corrupt, "has more than one place in the tree");
    this.#entered.add(inode);
    if (depth > MAX_DEPTH) throw refuse(ErrorCode.Unsupported, `lies more than ${MAX_DEPTH} directories deep`);
    this.#bytes += size;
    if (this.#bytes > this.#room) {
      throw refuse(ErrorCode.Corrupt, `with it, directories have more bytes than the ${this.#room} that there are`);
    }
    return [...this.image.list({ inode })].sort((a, b) => compareBytes(a.nameBytes, b.nameBytes));
  }
}

/** A directory, and where it is. */
export interface Visited {
  /** From the image's root, as bytes; the root is empty, and no other ends in a slash. */
  readonly path: Uint8Array;
  readonly entries: readonly Entry[];
}

/** `place` and the directories below it, each before those in it, all in the order of their names. */
export function* directories(image: Image, place: Place, path: Uint8Array): Generator<Visited, void, undefined> {
  const descent = new Descent(image);
  const waiting: { place: Place; path: Uint8Array; depth: number }[] = [{ place, path, depth: 0 }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const entries = descent.enter(next.place, next.depth);
    const { path, depth } = next;
    yield { path, entries };
    const below = entries.filter(({ type }) => type === "directory").reverse();
    for (const entry of below) waiting.push({ place: entry, path: joinPath(path, entry.nameBytes), depth: depth + 1 });
  }
}

export function joinPath(path: Uint8Array, name: Uint8Array): Uint8Array {
  const joined = new Uint8Array(path.length + 1 + name.length);
  joined.set(path);
  joined[path.length] = SLASH;
  joined.set(name, path.length + 1);
  return joined;
}
const SLASH = 0x2f;
