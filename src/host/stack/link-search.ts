/**
 * Looks in a layer for what a hard link of a layer above leads to: in the layer's own tree, through its symbolic links, as
 * `makeRootfs` does. It has that, hides it, or leaves it to the layers below.
 */
import { ListedType } from "../../../assembly/abi.ts";
import { compareBytes } from "../compare-bytes.ts";
import { ErrorCode, ImageError } from "../errors.ts";
import { isOpaque, type LayerListing, nameAt, targetAt, typeAt } from "./listing.ts";
import { childStarts } from "./path-tree.ts";

/** Links that a path may lead through: the kernel's own limit. */
const MAX_HOPS = 40;
/** Bytes of paths that are looked for in all layers together: a million long ones over thousands of layers would never end. */
const MAX_SEARCHED = 256 * 1024 ** 2;
/** What a search takes beside them, in the time of as many bytes. */
const SEARCH_COST = 64;
const SLASH = 0x2f;
const DOT = 0x2e;

/** A row of the layer that was asked; or where else to look: in those below, or nowhere. */
export type Found = number | "below" | "nowhere";

/** What all searches of a stack may take. */
export class SearchBudget {
  #spent = 0;

  /** @throws ImageError  OutOfRange */
  spend(bytes: number): void {
    this.#spent += SEARCH_COST + bytes;
    if (this.#spent <= MAX_SEARCHED) return;
    throw new ImageError(ErrorCode.OutOfRange, "stack: too many hard links lead to layers below, over too many layers");
  }
}

export class LinkSearch {
  readonly #starts: Uint32Array;
  /** By row: whether the layers below are hidden in the directory. */
  readonly #hides: Uint8Array;
  /** Symbolic links that the path at hand led through. */
  #hops = 0;

  constructor(
    private readonly listing: LayerListing,
    private readonly budget: SearchBudget,
  ) {
    this.#starts = childStarts(listing.parents);
    this.#hides = new Uint8Array(listing.types.length);
    for (let row = 0; row < this.#hides.length; row++) {
      if (isOpaque(listing, row) || this.#hides[listing.parents[row]!] === 1) this.#hides[row] = 1;
    }
  }

  /** @param path  from the root, without `.`, `..` and empty parts */
  find(path: Uint8Array): Found {
    const last = path.lastIndexOf(SLASH);
    const directory = this.#walk(path.subarray(0, Math.max(last, 0)));
    if (typeof directory !== "number") return directory;
    return this.#child(directory, path.subarray(last + 1)) ?? this.#missingIn(directory);
  }

  /** The directory at `path`. */
  #walk(path: Uint8Array): Found {
    this.budget.spend(path.length);
    let rest = path;
    let directory = 0;
    this.#hops = 0;
    while (rest.length > 0) {
      const slash = rest.indexOf(SLASH);
      const part = slash < 0 ? rest : rest.subarray(0, slash);
      rest = slash < 0 ? rest.subarray(rest.length) : rest.subarray(slash + 1);
      if (part.length === 0 || isDot(part)) continue;
      if (isDotDot(part)) {
        directory = this.listing.parents[directory]!;
        continue;
      }
      const row = this.#child(directory, part);
      if (row === undefined) return this.#missingIn(directory);
      const type = typeAt(this.listing, row);
      if (type === ListedType.Directory) {
        directory = row;
        continue;
      }
      // It, or a link, stands where the layers below may have a directory.
      if (type !== ListedType.SymbolicLink || ++this.#hops > MAX_HOPS) return "nowhere";
      const target = targetAt(this.listing, row);
      this.budget.spend(target.length + rest.length);
      if (target[0] === SLASH) directory = 0;
      rest = joined(target, rest);
    }
    return directory;
  }

  #missingIn(directory: number): Found {
    return this.#hops > 0 || this.#hides[directory] === 1 ? "nowhere" : "below";
  }

  /** Names of a directory stand together, by their bytes. */
  #child(directory: number, name: Uint8Array): number | undefined {
    let from = this.#starts[directory]!;
    let to = this.#starts[directory + 1]!;
    while (from < to) {
      const middle = (from + to) >>> 1;
      const order = compareBytes(nameAt(this.listing, middle), name);
      if (order === 0) return middle;
      if (order < 0) from = middle + 1;
      else to = middle;
    }
    return undefined;
  }
}

const isDot = (part: Uint8Array): boolean => part.length === 1 && part[0] === DOT;
const isDotDot = (part: Uint8Array): boolean => part.length === 2 && part[0] === DOT && part[1] === DOT;

function joined(target: Uint8Array, rest: Uint8Array): Uint8Array {
  const path = new Uint8Array(target.length + 1 + rest.length);
  path.set(target);
  path[target.length] = SLASH;
  path.set(rest, target.length + 1);
  return path;
}
