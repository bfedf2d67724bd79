/** The cells of a block map. All of one colour are one path, so that thousands of them are soon drawn. */
import type { MapUse } from "../../build/src/host/image/map-uses.js";
import { FAINT, LOOK_OF, USE_LOOKS } from "../../build/src/host/image/map-uses.js";
import type { MapView } from "../../build/src/host/image/map-view.js";
import { pointIn, setAll, square, svg } from "./svg.ts";

const GAP = 1;
/** Of a cell, with its gap. CSS pixels. */
const MIN_SIDE = 13;
const MAX_SIDE = 20;
/** So many columns that rows begin at round numbers of blocks. */
const COLUMNS = [128, 96, 64, 48, 32, 24, 16, 8];
/** Width of a digit of the numbers before the rows. */
const DIGIT = 7;

export class BlockPlane {
  readonly element = svg("svg", { class: "block-plane", "aria-hidden": "true", focusable: "false" });
  readonly #labels = svg("g", { class: "block-labels" });
  readonly #cells = svg("g");
  readonly #veil = svg("path", { class: "block-veil" });
  readonly #letters = svg("g", { class: "block-letters" });
  readonly #ring = svg("rect", { class: "block-ring" });
  #side = MIN_SIDE;
  #left = 0;

  constructor() {
    this.element.append(this.#labels, this.#cells, this.#letters, this.#veil, this.#ring);
  }

  /** Lets the view have as many columns as fit. @param width  CSS pixels */
  fit(view: MapView, width: number): void {
    this.#left = (String(Math.ceil(view.map.size / view.map.blockSize)).length + 1) * DIGIT;
    const room = width - this.#left - 2;
    view.setColumns(COLUMNS.find((columns) => columns * MIN_SIDE <= room) ?? COLUMNS.at(-1)!);
    this.#side = Math.max(MIN_SIDE, Math.min(Math.floor(room / view.columns), MAX_SIDE));
  }

  /** @param only  cells with nothing of this use are veiled */
  draw(view: MapView, only: MapUse | undefined): void {
    const rows = Math.ceil(view.cells.length / view.columns);
    const [width, height] = [this.#left + view.columns * this.#side + 2, rows * this.#side + 2];
    setAll(this.element, { width, height, viewBox: `0 0 ${width} ${height}` });
    this.#cells.replaceChildren(...this.#paths(view));
    this.#letters.replaceChildren(...this.#rowsOfLetters(view));
    this.#labels.replaceChildren(...this.#rowLabels(view));
    const veiled = only
      ? view.cells.flatMap(({ shares }, index) => (shares.some(({ use }) => use === only) ? [] : [index]))
      : [];
    this.#veil.setAttribute("d", veiled.map((index) => square(...this.#place(view, index), this.#side)).join(""));
    this.ring(view);
  }

  /** Shows which cell is chosen. */
  ring(view: MapView): void {
    const [x, y] = this.#place(view, view.chosen);
    setAll(this.#ring, { x: x - 1, y: y - 1, width: this.#side + 1, height: this.#side + 1 });
  }

  /** The cell under a point of the screen. */
  cellAt(view: MapView, clientX: number, clientY: number): number | undefined {
    const [x, y] = pointIn(this.element, clientX, clientY);
    const column = Math.floor((x - this.#left) / this.#side);
    const row = Math.floor((y - 1) / this.#side);
    const index = row * view.columns + column;
    return column < 0 || row < 0 || column >= view.columns || index >= view.cells.length ? undefined : index;
  }

  #place(view: MapView, index: number): [x: number, y: number] {
    return [this.#left + (index % view.columns) * this.#side, 1 + Math.floor(index / view.columns) * this.#side];
  }

  *#paths(view: MapView): Generator<SVGPathElement> {
    const mains = new Map<MapUse, string>();
    const marks = new Map<MapUse, string>();
    const side = this.#side - GAP;
    for (const [index, { main, mark }] of view.cells.entries()) {
      const [x, y] = this.#place(view, index);
      // An outline stands on its line.
      const inset = FAINT.has(main) ? 0.5 : 0;
      mains.set(main, (mains.get(main) ?? "") + square(x + inset, y + inset, side - 2 * inset));
      if (mark) marks.set(mark, (marks.get(mark) ?? "") + square(x + 2, y + 2, side - 4));
    }
    for (const { use } of USE_LOOKS) if (mains.has(use)) yield svg("path", { class: `use-${use}`, d: mains.get(use)! });
    for (const { use } of USE_LOOKS)
      if (marks.has(use)) yield svg("path", { class: `use-${use} block-mark`, d: marks.get(use)! });
  }

  *#rowsOfLetters(view: MapView): Generator<SVGTextElement> {
    for (let first = 0; first < view.cells.length; first += view.columns) {
      const lettered = view.cells
        .slice(first, first + view.columns)
        .map(({ main, mark }, column) => ({ x: this.#left + (column + 0.5) * this.#side - 0.5, use: mark ?? main }))
        .filter(({ use }) => hasLetter(use));
      if (lettered.length === 0) continue;
      const y = 1 + (first / view.columns + 0.5) * this.#side + 3;
      yield svg(
        "text",
        { x: lettered.map(({ x }) => x).join(" "), y },
        lettered.map(({ use }) => LOOK_OF[use].letter).join(""),
      );
    }
  }

  *#rowLabels(view: MapView): Generator<SVGTextElement> {
    for (let first = 0; first < view.cells.length; first += view.columns) {
      const y = 1 + (first / view.columns + 0.5) * this.#side + 3;
      yield svg("text", { x: this.#left - DIGIT, y }, String(Math.floor(view.cells[first]!.at / view.map.blockSize)));
    }
  }
}

/** What is much, and is expected to be much, goes without. */
export function hasLetter(use: MapUse): boolean {
  return use !== "file-data" && !FAINT.has(use);
}
