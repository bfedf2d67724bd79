/** Layers laid over one another: which of their bytes the whole shows, and which are carried along for nothing. */
import { ListedType } from "../../../assembly/abi.ts";
import { add, addUp, type ByteSums, byteSums } from "./byte-sums.ts";
import { Contents, Fate } from "./contents.ts";
import { isOpaque, type LayerListing, typeAt } from "./listing.ts";
import { childrenOf, type PathTree } from "./path-tree.ts";
import { Places } from "./places.ts";

/** Bytes are those of the contents of files, uncompressed; hard links count once. */
export interface StackedLayer {
  /** Files that the layer brings. */
  readonly files: number;

  /** Of all that the layer has: those below, added up. */
  readonly bytes: number;

  /** The whole image shows them. */
  readonly visible: number;

  /** A later layer has the same path, or something that is no directory in the place of one on the way. */
  readonly shadowed: number;

  /** A later layer deleted the path, or a directory on the way. */
  readonly whiteouted: number;

  /** A later entry of the layer itself took the place of theirs. */
  readonly replaced: number;

  /** By the paths of this layer alone. */
  readonly tree: PathTree;
}

export interface LayerStack {
  /** The lowest first. */
  readonly layers: readonly StackedLayer[];

  /** By the paths of all layers, whether anything is still seen there or not. */
  readonly tree: PathTree;

  readonly bytes: number;
  readonly visible: number;

  /** Visible bytes of all there are, from 0 to 1. Of none: 1. */
  readonly efficiency: number;

  /** Hard links to files that no layer below has: `makeRootfs` refuses them. */
  readonly lostLinks: number;
}

/**
 * Lays layers over one another, as `makeRootfs` does.
 *
 * @param listings  the lowest first
 * @throws ImageError  OutOfRange: hard links lead to layers below past all measure
 */
export function stackOf(listings: readonly LayerListing[]): LayerStack {
  const stacking = new Stacking(listings);
  for (let layer = 0; layer < listings.length; layer++) stacking.lay(layer);
  return stacking.result();
}

class Stacking {
  readonly #places: Places;
  readonly #contents: Contents;
  /** Of each layer, by row. */
  readonly #placesOf: Uint32Array[];

  constructor(private readonly listings: readonly LayerListing[]) {
    this.#places = new Places(listings);
    this.#contents = new Contents(listings);
    this.#placesOf = listings.map(({ types }) => new Uint32Array(types.length));
  }

  /** Lays a layer over those that came, as an unpacker would: what it takes away goes, what it has is put there. */
  lay(layer: number): void {
    const listing = this.listings[layer]!;
    const places = this.#places;
    const placesOf = this.#placesOf[layer]!;
    const shadow = (of: number, row: number) => this.#contents.hide(of, row, Fate.Shadowed);
    const whiteOut = (of: number, row: number) => this.#contents.hide(of, row, Fate.Whiteouted);
    for (let row = 0; row < listing.types.length; row++) {
      const place = row === 0 ? 0 : places.of(placesOf[listing.parents[row]!]!, layer, row);
      placesOf[row] = place;
      const type = typeAt(listing, row);
      if (type === ListedType.Whiteout) {
        places.hide(place, whiteOut);
        continue;
      }
      if (type !== ListedType.Directory) places.hide(place, shadow);
      else if (isOpaque(listing, row)) places.hideBelow(place, whiteOut);
      if (type === ListedType.Directory && !this.#isDirectory(place)) places.hide(place, shadow);
      places.show(place, layer, row);
      this.#contents.show(layer, row);
    }
  }

  #isDirectory(place: number): boolean {
    if (!this.#places.isSeen(place)) return false;
    return typeAt(this.listings[this.#places.layers[place]!]!, this.#places.rows[place]!) === ListedType.Directory;
  }

  result(): LayerStack {
    const homes = this.#homes();
    const whole = byteSums(this.#places.count);
    const layers = this.listings.map((listing, layer) => this.#layer(listing, layer, homes[layer]!, whole));
    const bytes = layers.reduce((sum, each) => sum + each.bytes, 0);
    const visible = layers.reduce((sum, each) => sum + each.visible, 0);
    return {
      layers,
      tree: this.#tree(whole),
      bytes,
      visible,
      efficiency: bytes === 0 ? 1 : visible / bytes,
      lostLinks: this.#contents.lostLinks,
    };
  }

  /** Where the bytes of files are shown, by layer and row: under a name that is seen, if there is one. */
  #homes(): Uint32Array[] {
    const homes = this.#placesOf.map((places) => places.slice());
    for (const [layer, { types }] of this.listings.entries()) {
      for (let row = 0; row < types.length; row++) {
        const file = this.#contents.of(layer, row);
        if (!file || (file.layer === layer && file.row === row) || !this.#shows(layer, row)) continue;
        const home = homes[file.layer]![file.row]!;
        if (!this.#showsFile(home, file.layer, file.row)) homes[file.layer]![file.row] = this.#placesOf[layer]![row]!;
      }
    }
    return homes;
  }

  /** Whether a row is what is seen at its place. */
  #shows(layer: number, row: number): boolean {
    const place = this.#placesOf[layer]![row]!;
    return this.#places.layers[place] === layer && this.#places.rows[place] === row;
  }

  #showsFile(place: number, layer: number, row: number): boolean {
    if (!this.#places.isSeen(place)) return false;
    const file = this.#contents.of(this.#places.layers[place]!, this.#places.rows[place]!);
    return file !== undefined && file.layer === layer && file.row === row;
  }

  #layer(listing: LayerListing, layer: number, homes: Uint32Array, whole: ByteSums): StackedLayer {
    const own = byteSums(listing.types.length);
    let files = 0;
    for (let row = 0; row < listing.types.length; row++) {
      if (typeAt(listing, row) !== ListedType.File || listing.files[row] !== row) continue;
      files++;
      const size = listing.sizes[row]!;
      const fate = this.#contents.fateOf({ layer, row });
      add(own, row, size, fate);
      add(whole, homes[row]!, size, fate);
    }
    addUp(own, listing.parents);
    const [visible, shadowed, whiteouted] = [own.visible[0]!, own.shadowed[0]!, own.whiteouted[0]!];
    const bytes = listing.contentBytes;
    const replaced = bytes - visible - shadowed - whiteouted;
    const { texts, nameLengths, bytes: names, types, parents } = listing;
    const tree = { texts, nameLengths, bytes: names, types, parents, ...own, ...childrenOf(parents) };
    return { files, bytes, visible, shadowed, whiteouted, replaced, tree };
  }

  #tree(whole: ByteSums): PathTree {
    const parents = this.#places.parents.slice(0, this.#places.count);
    addUp(whole, parents);
    const types = new Uint8Array(parents.length);
    for (let place = 0; place < parents.length; place++) {
      if (!this.#places.isSeen(place)) continue;
      types[place] = this.#seenType(this.#places.layers[place]!, this.#places.rows[place]!);
    }
    return { ...this.#names(parents.length), parents, types, ...whole, ...childrenOf(parents) };
  }

  #seenType(layer: number, row: number): ListedType {
    const listing = this.listings[layer]!;
    const type = typeAt(listing, row);
    const file = type === ListedType.LinkBelow ? this.#contents.of(layer, row) : undefined;
    return file ? typeAt(this.listings[file.layer]!, file.row) : type;
  }

  #names(count: number): Pick<PathTree, "texts" | "nameLengths" | "bytes"> {
    const texts = new Uint32Array(count + 1);
    const nameLengths = new Uint8Array(count);
    const { nameLayers, nameRows } = this.#places;
    for (let place = 1; place < count; place++) {
      nameLengths[place] = this.listings[nameLayers[place]!]!.nameLengths[nameRows[place]!]!;
      texts[place + 1] = texts[place]! + nameLengths[place]!;
    }
    const bytes = new Uint8Array(texts[count]!);
    for (let place = 1; place < count; place++) {
      const from = this.listings[nameLayers[place]!]!;
      const at = from.texts[nameRows[place]!]!;
      bytes.set(from.bytes.subarray(at, at + nameLengths[place]!), texts[place]!);
    }
    return { texts, nameLengths, bytes };
  }
}
