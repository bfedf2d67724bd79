/** A treemap to be looked into: how many bytes each path has, and what becomes of them. */
import { formatBytes } from "../../build/src/host/format-bytes.js";
import { shown } from "../../build/src/host/oci/shown.js";
import { type PathTree, pathAt } from "../../build/src/host/stack/path-tree.js";
import { element } from "../element.ts";
import { FATES } from "./hatches.ts";
import { bytesAt, type Tile } from "./treemap-layout.ts";
import { nameOf, TreemapPlane } from "./treemap-plane.ts";
import { treemapTable } from "./treemap-table.ts";

export interface TreemapPicture {
  readonly element: HTMLElement;

  /** Shows another tree, from its root. */
  update(tree: PathTree): void;
}

const LEAST_HEIGHT = 240;
const MOST_HEIGHT = 560;
/** Of the width. */
const HEIGHT = 0.55;
const ROOT = "/";

export function treemapPicture(first: PathTree): TreemapPicture {
  const plane = new TreemapPlane();
  const trail = element("ol", {});
  const way = element("nav", { class: "treemap-trail", "aria-label": "Directory that is shown" }, trail);
  const readout = element("p", { class: "treemap-readout", "aria-live": "polite" });
  const field = element(
    "div",
    {
      class: "treemap-field",
      tabindex: 0,
      role: "application",
      "aria-roledescription": "treemap",
      "aria-label": "Treemap: arrow keys move, Enter opens a directory, Escape goes back up",
      on: { keydown, pointermove, click },
    },
    plane.element,
  );
  const table = element("div");
  let tree = first;
  let directory = 0;
  let chosen: Tile | undefined;

  function draw(): void {
    const width = Math.max(Math.floor(field.clientWidth), 1);
    const height = Math.round(Math.min(Math.max(width * HEIGHT, LEAST_HEIGHT), MOST_HEIGHT));
    plane.draw(tree, directory, width, height);
    choose(undefined);
  }

  function choose(tile: Tile | undefined): void {
    chosen = tile;
    plane.ring(tile);
    readout.replaceChildren(...describe(tree, tile, directory));
  }

  function open(row: number): void {
    directory = row;
    const isFocused = way.contains(document.activeElement) || table.contains(document.activeElement);
    trail.replaceChildren(...crumbs(tree, row, open));
    table.replaceChildren(treemapTable(tree, row, open));
    draw();
    // What was pressed is gone.
    if (isFocused) trail.querySelector<HTMLElement>("[aria-current]")?.focus();
  }

  /** The path of this directory that a tile is in, if it is a directory that holds something. */
  function goInto(tile: Tile | undefined): void {
    if (tile && tile.top !== directory && bytesBelow(tree, tile.top)) open(tile.top);
  }

  function goUp(): void {
    if (directory !== 0) open(tree.parents[directory]!);
  }

  function keydown(event: KeyboardEvent): void {
    const direction = DIRECTIONS[event.key];
    if (direction) choose(neighbour(plane.tiles, chosen, direction) ?? chosen);
    else if (event.key === "Enter") goInto(chosen);
    else if ((event.key === "Escape" || event.key === "Backspace") && directory !== 0) goUp();
    else return;
    event.preventDefault();
  }

  function pointermove({ clientX, clientY }: PointerEvent): void {
    const tile = plane.tileAt(clientX, clientY);
    if (tile !== chosen) choose(tile);
  }

  function click({ clientX, clientY }: MouseEvent): void {
    goInto(plane.tileAt(clientX, clientY));
  }

  function update(next: PathTree): void {
    tree = next;
    open(0);
  }

  update(first);
  let width = 0;
  new ResizeObserver(() => {
    if (field.clientWidth === width) return; // its height is our own doing
    width = field.clientWidth;
    draw();
  }).observe(field);
  return {
    element: element("div", { class: "treemap" }, way, field, readout, table),
    update,
  };
}

function bytesBelow(tree: PathTree, row: number): boolean {
  return tree.children.subarray(tree.starts[row]!, tree.starts[row + 1]!).some((child) => bytesAt(tree, child) > 0);
}

/** The way from the root, each step to be gone back to. */
function crumbs(tree: PathTree, directory: number, open: (row: number) => void): HTMLElement[] {
  const rows: number[] = [];
  for (let row = directory; row !== 0; row = tree.parents[row]!) rows.push(row);
  return [0, ...shortTrail(rows.reverse())].map((row) => {
    const name = row === 0 ? ROOT : row === undefined ? "…" : nameOf(tree, row);
    if (row === directory || row === undefined) {
      return element(
        "li",
        {},
        element(
          "span",
          row === undefined ? {} : { "aria-current": "location", tabindex: -1 },
          element("bdi", {}, name),
        ),
      );
    }
    return element(
      "li",
      {},
      element("button", { type: "button", on: { click: () => open(row) } }, element("bdi", {}, name)),
    );
  });
}

const LONGEST_TRAIL = 12;

/** A path may have a million parts. @returns undefined for those that are left out */
function shortTrail(rows: readonly number[]): (number | undefined)[] {
  if (rows.length <= LONGEST_TRAIL) return [...rows];
  return [...rows.slice(0, 4), undefined, ...rows.slice(4 - LONGEST_TRAIL)];
}

const utf8 = new TextDecoder();

function describe(tree: PathTree, tile: Tile | undefined, directory: number): (Node | string)[] {
  const row = tile?.row ?? directory;
  const bytes = tile ?? {
    visible: tree.visible[row]!,
    shadowed: tree.shadowed[row]!,
    whiteouted: tree.whiteouted[row]!,
  };
  const path = `/${shown(utf8.decode(pathAt(tree, row)))}`;
  const name = tile && tile.rest > 0 ? `${tile.rest.toLocaleString("en")} small ones in ${path}` : path;
  const amounts = FATES.flatMap(({ fate }) => (bytes[fate] === 0 ? [] : [`${formatBytes(bytes[fate])} ${fate}`]));
  return [element("strong", {}, element("bdi", {}, name)), ` ${amounts.join(", ") || "nothing in it"}`];
}

const DIRECTIONS: Readonly<Record<string, readonly [x: number, y: number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** The nearest tile that way, of those with nothing upon them; the one in the corner where none is chosen. */
function neighbour(
  tiles: readonly Tile[],
  from: Tile | undefined,
  [x, y]: readonly [number, number],
): Tile | undefined {
  const leaves = tiles.filter(({ isOpen }) => !isOpen);
  if (!from) return leaves.reduce((best, tile) => (tile.x0 + tile.y0 < best.x0 + best.y0 ? tile : best), leaves[0]!);
  const [fromX, fromY] = middleOf(from);
  let best: Tile | undefined;
  let least = Infinity;
  for (const tile of leaves) {
    const [dx, dy] = [middleOf(tile)[0] - fromX, middleOf(tile)[1] - fromY];
    const ahead = dx * x + dy * y;
    if (tile === from || ahead <= 0.5) continue;
    const distance = ahead + 2 * Math.abs(dx * y + dy * x); // rather straight on than near
    if (distance >= least) continue;
    best = tile;
    least = distance;
  }
  return best;
}

const middleOf = ({ x0, y0, x1, y1 }: Tile): [x: number, y: number] => [(x0 + x1) / 2, (y0 + y1) / 2];
