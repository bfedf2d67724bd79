/** What of a block map is looked at: a range, in cells, one of which is chosen. It knows of no screen but how many cells go side by side. */
import { type BlockMap, segmentsOf } from "./block-map.ts";
import { type Cell, cellSizeOf, cellsOf } from "./map-cells.ts";
import { FAINT } from "./map-uses.ts";

const ROWS = 32;
/** A closer look shows this part of what was seen. */
const CLOSER = 16;

interface Range {
  readonly from: number;
  readonly end: number;
}

export class MapView {
  /** From the whole map to what is looked at. */
  #ranges: Range[];
  #columns = 64;
  #cells: readonly Cell[] = [];
  #chosen = 0;

  constructor(readonly map: BlockMap) {
    this.#ranges = [{ from: 0, end: map.size }];
    this.#draw(0);
  }

  get cells(): readonly Cell[] {
    return this.#cells;
  }

  /** Cells side by side. */
  get columns(): number {
    return this.#columns;
  }

  /** Bytes that a cell stands for; the last may be smaller. */
  get cellSize(): number {
    return cellSizeOf(this.map, this.#range.end - this.#range.from, this.#most);
  }

  get range(): Range {
    return this.#range;
  }

  /** Number of the chosen cell. */
  get chosen(): number {
    return this.#chosen;
  }

  get chosenCell(): Cell {
    return this.#cells[this.#chosen]!;
  }

  /** Lays the cells out anew. What is chosen is what was chosen. */
  setColumns(columns: number): void {
    if (columns === this.#columns) return;
    this.#columns = columns;
    this.#draw(this.chosenCell.at);
  }

  /** Chooses a cell; the nearest that there is. */
  choose(index: number): void {
    this.#chosen = Math.max(0, Math.min(index, this.#cells.length - 1));
  }

  get canGoCloser(): boolean {
    return this.cellSize > this.map.blockSize;
  }

  get canStepBack(): boolean {
    return this.#ranges.length > 1;
  }

  /** Looks at what is around the chosen cell. */
  goCloser(): void {
    if (!this.canGoCloser) return;
    const { at } = this.chosenCell;
    const { from, end } = this.#range;
    const length = Math.max((end - from) / CLOSER, this.#most * this.map.blockSize);
    const row = this.#columns * cellSizeOf(this.map, length, this.#most);
    const start = Math.max(from, at - length / 2);
    const aligned = start - ((start - from) % row);
    this.#ranges.push({ from: aligned, end: Math.min(aligned + Math.ceil(length / row) * row, end) });
    this.#draw(at);
  }

  /** Looks at what was seen before the last closer look. */
  stepBack(): void {
    if (!this.canStepBack) return;
    this.#ranges.pop();
    this.#draw(this.chosenCell.at);
  }

  showAll(): void {
    this.#ranges = this.#ranges.slice(0, 1);
    this.#draw(this.chosenCell.at);
  }

  /** The block that stands for the chosen cell: the first of what takes most of it and has its owner. Undefined: it is free. */
  get telling(): number | undefined {
    const { at, length, main, owner } = this.chosenCell;
    if (FAINT.has(main)) return undefined;
    for (const segment of segmentsOf(this.map, at, at + length)) {
      if (segment.use === main && segment.owner === owner) return Math.floor(segment.at / this.map.blockSize);
    }
    return undefined;
  }

  get #range(): Range {
    return this.#ranges.at(-1)!;
  }

  get #most(): number {
    return this.#columns * ROWS;
  }

  #draw(at: number): void {
    const { from, end } = this.#range;
    this.#cells = cellsOf(this.map, { from, end, most: this.#most });
    this.choose(Math.floor((at - from) / this.cellSize));
  }
}
