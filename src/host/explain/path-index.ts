/** A path of every inode that has one, kept as names and whose they are: whole paths of a million files would take far more. */
import { concatBytes, utf8Of } from "../bytes.ts";
import { isDamage } from "../image/damage.ts";
import type { Entry, Image } from "../image/image.ts";
import { Descent } from "../image/walk.ts";
import { isPast, nextTurn } from "../turn.ts";

const ROOT = 2;
const SLASH = utf8Of("/");
/** Names that are kept, of some 40 bytes each. Files behind them have no path. */
const MOST_NAMES = 4 * 1024 ** 2;
/** Longest that we keep the event loop to ourselves. Milliseconds. */
const TURN = 20;

export class PathIndex {
  /** Of each name, in the order in which they are met: the inode, the name that its directory has (none: -1), where it ends in `#text`. */
  readonly #inodes: number[] = [];
  readonly #parents: number[] = [];
  readonly #ends: number[] = [];
  #text = new Uint8Array(64 * 1024);
  /** Numbers of names, by their inodes. */
  #order = new Uint32Array();

  /**
   * Goes through all directories, as `findPaths` does, and ends where that ends.
   *
   * @throws the reason of `signal`
   */
  static async gather(image: Image | undefined, signal?: AbortSignal): Promise<PathIndex> {
    const index = new PathIndex();
    try {
      if (image) await index.#walk(image, signal);
    } catch (error) {
      if (!isDamage(error)) throw error;
    }
    index.#sort();
    return index;
  }

  /** From the root, as bytes: the one that is met first. */
  pathOf(inode: number): Uint8Array | undefined {
    if (inode === ROOT) return SLASH;
    const parts: Uint8Array[] = [];
    for (let name = this.#find(inode); name >= 0; name = this.#parents[name]!) {
      parts.push(this.#text.subarray(this.#ends[name - 1] ?? 0, this.#ends[name]), SLASH);
    }
    return parts.length > 0 ? concatBytes(parts.reverse()) : undefined;
  }

  async #walk(image: Image, signal: AbortSignal | undefined): Promise<void> {
    const descent = new Descent(image);
    const waiting = [{ inode: ROOT, name: -1, depth: 0 }];
    let turned = Date.now();
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const { name, depth } = next;
      const below: typeof waiting = [];
      for (const entry of descent.enter(next, depth)) {
        if (this.#inodes.length === MOST_NAMES) return;
        const number = this.#add(entry, name);
        if (entry.type === "directory") below.push({ inode: entry.inode, name: number, depth: depth + 1 });
      }
      for (const each of below.reverse()) waiting.push(each);
      if (!isPast(turned, TURN, Date.now())) continue;
      await nextTurn();
      signal?.throwIfAborted();
      turned = Date.now();
    }
  }

  /** @returns the number of the name */
  #add({ inode, nameBytes }: Entry, parent: number): number {
    const from = this.#ends.at(-1) ?? 0;
    const end = from + nameBytes.length;
    while (end > this.#text.length) this.#text = concatBytes([this.#text, new Uint8Array(this.#text.length)]);
    this.#text.set(nameBytes, from);
    this.#ends.push(end);
    this.#parents.push(parent);
    return this.#inodes.push(inode) - 1;
  }

  /** Of several names of one inode the first comes first. */
  #sort(): void {
    const inodes = this.#inodes;
    this.#order = Uint32Array.from(inodes, (_, name) => name).sort((a, b) => inodes[a]! - inodes[b]! || a - b);
  }

  /** @returns the number of the first name; -1: there is none */
  #find(inode: number): number {
    let low = 0;
    let high = this.#order.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#inodes[this.#order[middle]!]! < inode) low = middle + 1;
      else high = middle;
    }
    const name = this.#order[low];
    return name !== undefined && this.#inodes[name] === inode ? name : -1;
  }
}
