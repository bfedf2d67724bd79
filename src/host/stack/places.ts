/** The paths that layers have, each once, and what is seen at each while layers are laid over one another, lowest first. */

import type { LayerListing } from "./listing.ts";
import { nameAt } from "./listing.ts";

const NONE = -1;

/** Takes what a name that is seen no longer stood for. */
export type Hidden = (layer: number, row: number) => void;

export class Places {
  count = 1;
  readonly parents: Uint32Array;
  // The name of the first layer that has the path.
  readonly nameLayers: Uint32Array;
  readonly nameRows: Uint32Array;
  // What is seen there: a row of a layer, or none.
  readonly layers: Int32Array;
  readonly rows: Uint32Array;
  // What a directory holds and shows, or showed since it was last emptied: so who empties it again need not look at all it ever held.
  readonly #first: Int32Array;
  readonly #next: Int32Array;
  readonly #isListed: Uint8Array;
  readonly #byName: (Map<string, number> | undefined)[] = [];

  constructor(private readonly listings: readonly LayerListing[]) {
    const most = listings.reduce((sum, { types }) => sum + types.length, 1);
    this.parents = new Uint32Array(most);
    this.nameLayers = new Uint32Array(most);
    this.nameRows = new Uint32Array(most);
    this.layers = new Int32Array(most).fill(NONE);
    this.rows = new Uint32Array(most);
    this.#first = new Int32Array(most).fill(NONE);
    this.#next = new Int32Array(most).fill(NONE);
    this.#isListed = new Uint8Array(most);
  }

  /** The place of a name in the directory at `parent`. */
  of(parent: number, layer: number, row: number): number {
    const name = byteString(nameAt(this.listings[layer]!, row));
    this.#byName[parent] ??= new Map();
    const names = this.#byName[parent];
    const known = names.get(name);
    if (known !== undefined) return known;
    const place = this.count++;
    names.set(name, place);
    this.parents[place] = parent;
    this.nameLayers[place] = layer;
    this.nameRows[place] = row;
    return place;
  }

  isSeen(place: number): boolean {
    return this.layers[place] !== NONE;
  }

  /** A row of a layer is what is seen at `place` from here on. */
  show(place: number, layer: number, row: number): void {
    this.layers[place] = layer;
    this.rows[place] = row;
    if (place === 0 || this.#isListed[place]) return;
    const parent = this.parents[place]!;
    this.#isListed[place] = 1;
    this.#next[place] = this.#first[parent]!;
    this.#first[parent] = place;
  }

  /** What is seen at `place`, and all below it, is seen no longer. */
  hide(place: number, hidden: Hidden): void {
    this.#hideOne(place, hidden);
    this.hideBelow(place, hidden);
  }

  /** As `hide`, but of the directory itself. */
  hideBelow(directory: number, hidden: Hidden): void {
    const directories = [directory];
    for (let at = directories.pop(); at !== undefined; at = directories.pop()) {
      for (let place = this.#first[at]!; place !== NONE; place = this.#next[place]!) {
        this.#isListed[place] = 0;
        this.#hideOne(place, hidden);
        if (this.#first[place] !== NONE) directories.push(place);
      }
      this.#first[at] = NONE;
    }
  }

  #hideOne(place: number, hidden: Hidden): void {
    const layer = this.layers[place]!;
    if (layer === NONE) return;
    this.layers[place] = NONE;
    hidden(layer, this.rows[place]!);
  }
}

/** Each byte as a character. */
function byteString(bytes: Uint8Array): string {
  return String.fromCharCode.apply(null, bytes as unknown as number[]);
}
