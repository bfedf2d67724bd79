/** The files of layers, by their contents: how many names of each are seen, and what hid the last. */
import { ListedType } from "../../../assembly/abi.ts";
import { LinkSearch, SearchBudget } from "./link-search.ts";
import { type LayerListing, targetAt, typeAt } from "./listing.ts";

/** What becomes of bytes. */
export enum Fate {
  Visible,
  Shadowed,
  Whiteouted,
}

/** A file: the row of its first name in the layer that has its content. */
export interface FileContent {
  readonly layer: number;
  readonly row: number;
}

export class Contents {
  /** Of each layer, by row: names that are seen. */
  readonly #names: Uint32Array[];
  /** Likewise: what hid the last name. */
  readonly #fates: Uint8Array[];
  readonly #searches: (LinkSearch | undefined)[] = [];
  readonly #budget = new SearchBudget();
  /** Files that links of each layer lead to in those below, by row; those that lead nowhere are not there. */
  readonly #linked: Map<number, FileContent>[];
  /** Hard links whose files no layer below has. */
  lostLinks = 0;

  constructor(private readonly listings: readonly LayerListing[]) {
    this.#names = listings.map(({ types }) => new Uint32Array(types.length));
    this.#fates = listings.map(({ types }) => new Uint8Array(types.length));
    this.#linked = listings.map(() => new Map());
  }

  /** The file that a name stands for, if it is one. */
  of(layer: number, row: number): FileContent | undefined {
    const listing = this.listings[layer]!;
    const type = typeAt(listing, row);
    if (type === ListedType.File) return { layer, row: listing.files[row]! };
    return type === ListedType.LinkBelow ? this.#linked[layer]!.get(row) : undefined;
  }

  /** A name of a layer is seen. Of links to layers below: those are to be known by then. */
  show(layer: number, row: number): void {
    if (typeAt(this.listings[layer]!, row) === ListedType.LinkBelow) this.#resolve(layer, row);
    const file = this.of(layer, row);
    if (file) this.#names[file.layer]![file.row]!++;
  }

  /** A name is seen no longer. */
  hide(layer: number, row: number, fate: Fate): void {
    const file = this.of(layer, row);
    if (file && --this.#names[file.layer]![file.row]! === 0) this.#fates[file.layer]![file.row] = fate;
  }

  fateOf({ layer, row }: FileContent): Fate {
    return this.#names[layer]![row]! > 0 ? Fate.Visible : this.#fates[layer]![row]!;
  }

  #resolve(layer: number, row: number): void {
    let path = targetAt(this.listings[layer]!, row);
    for (let below = layer - 1; below >= 0; below--) {
      const listing = this.listings[below]!;
      const search = this.#searches[below] ?? new LinkSearch(listing, this.#budget);
      this.#searches[below] = search;
      const found = search.find(path);
      if (found === "below") continue;
      if (found === "nowhere") break;
      const type = typeAt(listing, found);
      if (type === ListedType.Directory || type === ListedType.Whiteout) break;
      if (type !== ListedType.LinkBelow) {
        this.#linked[layer]!.set(row, { layer: below, row: listing.files[found]! });
        return;
      }
      path = targetAt(listing, found);
    }
    this.lostLinks++;
  }
}
