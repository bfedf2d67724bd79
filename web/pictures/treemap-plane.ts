/** The tiles of a treemap. All of one look are one path, so that thousands of them are soon drawn. */
import { shown } from "../../build/src/host/oci/shown.js";
import { nameAt } from "../../build/src/host/stack/listing.js";
import type { PathTree } from "../../build/src/host/stack/path-tree.js";
import { type ByteFate, FATES, Hatches } from "./hatches.ts";
import { pointIn, setAll, svg } from "./svg.ts";
import { type Box, hasTitle, layOut, type Tile } from "./treemap-layout.ts";

/** As many as colors.css has for them. */
const COLORS = 6;
const GAP = 0.5;
/** Of a letter of the labels, about. CSS pixels. */
const LETTER = 6.6;
const LEAST_LABELLED = { width: 44, height: 18 };

const utf8 = new TextDecoder();

/** The name of a path, as text that turns nothing around. */
export const nameOf = (tree: PathTree, row: number): string => shown(utf8.decode(nameAt(tree, row)));

export class TreemapPlane {
  readonly element = svg("svg", { class: "treemap-plane", "aria-hidden": "true", focusable: "false" });
  readonly #hatches = new Hatches();
  readonly #tiles = svg("g");
  readonly #labels = svg("g");
  readonly #ring = svg("rect", { class: "treemap-ring" });
  #drawn: readonly Tile[] = [];

  constructor() {
    this.element.append(this.#hatches.element, this.#tiles, this.#labels, this.#ring);
  }

  get tiles(): readonly Tile[] {
    return this.#drawn;
  }

  draw(tree: PathTree, directory: number, width: number, height: number): void {
    this.#drawn = layOut(tree, directory, width, height);
    setAll(this.element, { width, height, viewBox: `0 0 ${width} ${height}` });
    this.#tiles.replaceChildren(...this.#paths());
    this.#labels.replaceChildren(...labels(tree, this.#drawn));
    this.ring(undefined);
  }

  /** Shows which tile is chosen. */
  ring(tile: Tile | undefined): void {
    const { x0, y0, x1, y1 } = tile ?? { x0: 0, y0: 0, x1: 0, y1: 0 };
    setAll(this.#ring, { x: x0 + 1, y: y0 + 1, width: Math.max(x1 - x0 - 2, 0), height: Math.max(y1 - y0 - 2, 0) });
    this.#ring.classList.toggle("is-none", tile === undefined);
  }

  /** The topmost tile under a point of the screen. */
  tileAt(clientX: number, clientY: number): Tile | undefined {
    const [x, y] = pointIn(this.element, clientX, clientY);
    return this.#drawn.findLast((tile) => x >= tile.x0 && x < tile.x1 && y >= tile.y0 && y < tile.y1);
  }

  *#paths(): Generator<SVGPathElement> {
    const frames: string[] = [];
    const byLook = new Map<string, string[]>();
    const tops = new Map<number, number>();
    for (const tile of this.#drawn) {
      if (!tops.has(tile.top)) tops.set(tile.top, (tops.size % COLORS) + 1);
      if (tile.isOpen) {
        frames.push(box(tile));
        continue;
      }
      const color = tile.rest > 0 ? "rest" : String(tops.get(tile.top)!);
      for (const part of partsOf(tile)) push(byLook, part.fate === "visible" ? color : part.fate, box(part));
    }
    yield svg("path", { class: "treemap-frame", d: frames.join("") });
    for (const [look, boxes] of byLook) {
      const fill = isHatched(look) ? this.#hatches.fillOf(look) : undefined;
      yield svg("path", { class: `treemap-tile treemap-${look}`, d: boxes.join(""), ...(fill && { fill }) });
    }
  }
}

const isHatched = (look: string): look is ByteFate => FATES.some(({ fate }) => fate === look && fate !== "visible");

function push(lists: Map<string, string[]>, key: string, value: string): void {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}

/** What becomes of the bytes of a tile, side by side along its longer side. */
function* partsOf(tile: Tile): Generator<Box & { fate: ByteFate }> {
  const { x0, y0, x1, y1 } = tile;
  const bytes = tile.visible + tile.shadowed + tile.whiteouted;
  const isWide = x1 - x0 >= y1 - y0;
  let done = 0;
  for (const { fate } of FATES) {
    if (tile[fate] === 0) continue;
    const [from, to] = [done / bytes, (done + tile[fate]) / bytes];
    done += tile[fate];
    if (isWide) yield { fate, x0: x0 + from * (x1 - x0), y0, x1: x0 + to * (x1 - x0), y1 };
    else yield { fate, x0, y0: y0 + from * (y1 - y0), x1, y1: y0 + to * (y1 - y0) };
  }
}

function box({ x0, y0, x1, y1 }: Box): string {
  const [width, height] = [Math.max(x1 - x0 - 2 * GAP, 0.5), Math.max(y1 - y0 - 2 * GAP, 0.5)];
  return `M${round(x0 + GAP)} ${round(y0 + GAP)}h${round(width)}v${round(height)}h${-round(width)}z`;
}

/** Finer than a screen shows, and shorter. */
const round = (length: number): number => Math.round(length * 10) / 10;

function* labels(tree: PathTree, tiles: readonly Tile[]): Generator<SVGTextElement> {
  for (const tile of tiles) {
    const { x0, y0, rest, isOpen } = tile;
    if (!(isOpen ? hasTitle(tile) : isLabelled(tile))) continue;
    // On plain ground if there is enough of it.
    const [first] = isOpen ? [] : partsOf(tile);
    const isPlain = first?.fate === "visible" && rest === 0 && isLabelled(first);
    const room = Math.floor(((isPlain ? first.x1 : tile.x1) - x0 - 8) / LETTER);
    const isDirectory = tree.starts[tile.row]! < tree.starts[tile.row + 1]!;
    const text = rest > 0 ? `${rest} more` : `${nameOf(tree, tile.row)}${isDirectory ? "/" : ""}`;
    const look = isOpen ? "title" : isPlain ? "name" : "outlined";
    yield svg("text", { class: `treemap-${look}`, x: x0 + 5, y: y0 + 13 }, shortened(text, room));
  }
}

const isLabelled = ({ x0, y0, x1, y1 }: Box): boolean =>
  x1 - x0 >= LEAST_LABELLED.width && y1 - y0 >= LEAST_LABELLED.height;

const shortened = (text: string, room: number): string =>
  text.length <= room ? text : `${text.slice(0, Math.max(room - 1, 1))}…`;
