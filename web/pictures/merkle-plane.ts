/** The way through a hash tree: each hash block on it with all its digests, the chosen one opening into the next. */
import type { MerkleView, TreeRow } from "../../build/src/host/merkle-view.js";
import { pointIn, setAll, square, svg } from "./svg.ts";

const GAP = 1;
const MIN_SIDE = 12;
const MAX_SIDE = 18;
const COLUMNS = [128, 64, 32, 16];
const LABEL = 20;
/** Between a row and the label of the next. */
const WEDGE = 18;

/** Where a row of the picture stands. */
interface Placed {
  readonly row: TreeRow;
  readonly top: number;
  readonly columns: number;
}

export class MerklePlane {
  readonly element = svg("svg", { class: "tree-plane", "aria-hidden": "true", focusable: "false" });
  #side = MIN_SIDE;
  #columns = 64;
  #placed: Placed[] = [];

  /** @param width  CSS pixels */
  fit(width: number): void {
    this.#columns = COLUMNS.find((columns) => columns * MIN_SIDE <= width - 2) ?? COLUMNS.at(-1)!;
    this.#side = Math.max(MIN_SIDE, Math.min(Math.floor((width - 2) / this.#columns), MAX_SIDE));
  }

  draw(view: MerkleView): void {
    let top = LABEL;
    this.#placed = view.rows.map((row) => {
      const placed = { row, top, columns: Math.min(this.#columns, row.below.count) };
      top += Math.ceil(row.below.count / placed.columns) * this.#side + WEDGE + LABEL;
      return placed;
    });
    const [width, height] = [this.#columns * this.#side + 4, Math.max(top, LABEL)];
    setAll(this.element, { width, height, viewBox: `0 0 ${width} ${height}` });
    this.element.replaceChildren(
      ...this.#placed.flatMap((placed, index) => this.#drawRow(view, placed, index)),
      this.#data(view, top),
    );
  }

  /** The digest under a point of the screen. */
  digestAt(clientX: number, clientY: number): { level: number; digest: number } | undefined {
    const [x, y] = pointIn(this.element, clientX, clientY);
    for (const { row, top, columns } of this.#placed) {
      const column = Math.floor((x - 2) / this.#side);
      const line = Math.floor((y - top) / this.#side);
      const digest = line * columns + column;
      if (column >= 0 && line >= 0 && column < columns && digest < row.below.count) return { level: row.level, digest };
    }
    return undefined;
  }

  #drawRow(view: MerkleView, placed: Placed, index: number): Node[] {
    const { row, top, columns } = placed;
    const isLast = index === this.#placed.length - 1;
    const cells = { same: "", differing: "", strokes: "" };
    const side = this.#side - GAP;
    for (let digest = 0; digest < row.below.count; digest++) {
      const [x, y] = this.#place(placed, digest);
      const differs = view.differs(row.level, row.below.first + digest);
      cells[differs ? "differing" : "same"] += square(x, y, side);
      if (differs) cells.strokes += `M${x + 3} ${y + side - 3}l${side - 6} ${6 - side}`;
    }
    const [x, y] = this.#place(placed, row.digest);
    const [from, to] = [y + this.#side, top + Math.ceil(row.below.count / columns) * this.#side + WEDGE];
    const wide = isLast ? this.#side : Math.min(this.#columns, this.#placed[index + 1]!.columns) * this.#side;
    return [
      svg("text", { x: 2, y: top - 6 }, labelOf(row, view.level === row.level)),
      svg("path", { class: "tree-wedge", d: `M${x} ${from}h${side}L${2 + wide - GAP} ${to}H2z` }),
      svg("path", { class: isLast ? "tree-leaf" : "tree-hash", d: cells.same }),
      svg("path", { class: "tree-differing", d: cells.differing }),
      svg("path", { class: "tree-stroke", d: cells.strokes }),
      svg("rect", { class: "tree-ring", x: x - 1, y: y - 1, width: this.#side + 1, height: this.#side + 1 }),
    ];
  }

  #data({ chosen }: MerkleView, top: number): Node {
    return svg("text", { x: 2, y: top - 6 }, `block ${chosen} of the data`);
  }

  #place({ top, columns }: Placed, digest: number): [x: number, y: number] {
    return [2 + (digest % columns) * this.#side, top + Math.floor(digest / columns) * this.#side];
  }
}

function labelOf({ level, index, blocks, below }: TreeRow, isActive: boolean): string {
  const what = level === 0 ? "the root block" : `level ${level}, block ${index + 1} of ${blocks}`;
  return `${isActive ? "▸ " : ""}${what}: ${below.count} ${below.count === 1 ? "digest" : "digests"}`;
}
