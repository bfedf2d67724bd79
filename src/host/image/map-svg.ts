/** A block map as a picture in a file: it needs nothing else, and the same map is the same bytes. */
import { formatBytes } from "../format-bytes.ts";
import type { BlockMap } from "./block-map.ts";
import { type Cell, cellSizeOf, cellsOf, totalsOf } from "./map-cells.ts";
import { FAINT, INK, LOOK_OF, type MapUse, USE_LOOKS, type UseLook } from "./map-uses.ts";
import { describeOwner, describeRange, describeShares, formatShare } from "./map-words.ts";

const COLUMNS = 64;
const ROWS = 32;
/** In the picture's units, which are pixels if it is shown as it is. */
const SIDE = 16;
const GAP = 1;
const LABELS = 76;
const HEAD = 46;
const LEGEND_ROW = 20;
const LEGEND_COLUMNS = 3;
const EDGE = 12;

export interface MapSvgOptions {
  /** What the picture is of: its heading, and its name for those who cannot see it. */
  readonly title: string;

  /** A path of an inode. Default: none has any. */
  readonly pathOf?: (inode: number) => string | undefined;
}

/** Cells that a picture shows: the paths of whose owners it asks for. */
export function svgCellsOf(map: BlockMap): Cell[] {
  return cellsOf(map, { most: COLUMNS * ROWS });
}

/** @returns SVG 1.1, in UTF-8, readable on a light ground and on a dark one */
export function drawMapSvg(map: BlockMap, { title, pathOf = () => undefined }: MapSvgOptions): string {
  const cells = svgCellsOf(map);
  const rows = Math.ceil(cells.length / COLUMNS);
  const totals = totalsOf(map);
  const legendAt = HEAD + rows * SIDE + EDGE;
  const width = LABELS + COLUMNS * SIDE + EDGE;
  const height = legendAt + Math.ceil(totals.length / LEGEND_COLUMNS) * LEGEND_ROW + EDGE;
  const cellSize = cellSizeOf(map, map.size, COLUMNS * ROWS);
  const summary = `${formatBytes(map.size)}; a cell is ${describeCellSize(map, cellSize)}`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="title summary">`,
    `<title id="title">${toXml(title)}</title>`,
    `<desc id="summary">${toXml(`Block map: ${summary}. ${totals.map((total) => `${LOOK_OF[total.use].words} ${formatBytes(total.bytes)}`).join(", ")}.`)}</desc>`,
    `<style>${styleOf(totals.map(({ use }) => use))}</style>`,
    `<rect class="ground" width="${width}" height="${height}"/>`,
    `<text class="title" x="${EDGE}" y="20">${toXml(title)}</text>`,
    `<text x="${EDGE}" y="36">${toXml(summary)}</text>`,
    ...drawRows(map, cells, pathOf),
    ...drawLegend(totals, map.size, legendAt),
    "</svg>\n",
  ].join("\n");
}

function describeCellSize({ blockSize }: BlockMap, cellSize: number): string {
  const blocks = cellSize / blockSize;
  return blocks === 1 ? `one block of ${formatBytes(blockSize)}` : `${blocks} blocks (${formatBytes(cellSize)})`;
}

function* drawRows(map: BlockMap, cells: readonly Cell[], pathOf: MapSvgOptions["pathOf"] & {}): Generator<string> {
  for (let first = 0; first < cells.length; first += COLUMNS) {
    const y = HEAD + (first / COLUMNS) * SIDE;
    const row = cells.slice(first, first + COLUMNS);
    yield `<text class="label" x="${LABELS - 8}" y="${y + 11}">${row[0]!.at / map.blockSize}</text>`;
    yield* row.map((cell, column) => drawCell(map, cell, LABELS + column * SIDE, y, pathOf));
  }
}

function drawCell(map: BlockMap, cell: Cell, x: number, y: number, pathOf: MapSvgOptions["pathOf"] & {}): string {
  const owner = describeOwner(cell, pathOf);
  const words = `${describeRange(map, cell.at, cell.length)}: ${describeShares(cell.shares)}${owner ? `; ${owner}` : ""}`;
  return `<g><title>${toXml(words)}</title>${drawSquare(cell, x, y)}</g>`;
}

/** A square of what it mostly is, in it a smaller one of what else must be seen, and its letter. */
function drawSquare({ main, mark }: { readonly main: MapUse; readonly mark?: MapUse }, x: number, y: number): string {
  const side = SIDE - GAP;
  const letter = letterOf({ main, mark });
  const inner = mark && `<rect class="${mark}" x="${x + 2}" y="${y + 2}" width="${side - 4}" height="${side - 4}"/>`;
  const text = letter && `<text class="letter" x="${x + side / 2}" y="${y + 11}">${toXml(letter)}</text>`;
  return `<rect class="${main}" x="${x}" y="${y}" width="${side}" height="${side}"/>${inner ?? ""}${text}`;
}

/** What is much and is expected to be much goes without a letter. */
function letterOf({ main, mark }: { readonly main: MapUse; readonly mark?: MapUse | undefined }): string {
  const use = mark ?? main;
  return use === "file-data" || FAINT.has(use) ? "" : LOOK_OF[use].letter;
}

function* drawLegend(totals: ReturnType<typeof totalsOf>, size: number, at: number): Generator<string> {
  const columnWidth = (LABELS + COLUMNS * SIDE - EDGE) / LEGEND_COLUMNS;
  for (const [index, { use, bytes }] of totals.entries()) {
    const x = EDGE + (index % LEGEND_COLUMNS) * columnWidth;
    const y = at + Math.floor(index / LEGEND_COLUMNS) * LEGEND_ROW;
    yield drawSquare({ main: use }, x, y);
    yield `<text x="${x + 20}" y="${y + 11}">${toXml(`${LOOK_OF[use].words}: ${formatBytes(bytes)}, ${formatShare(bytes, size)}`)}</text>`;
  }
}

function styleOf(uses: readonly MapUse[]): string {
  const looks = USE_LOOKS.filter(({ use }) => uses.includes(use));
  const fills = (ground: "light" | "dark") => looks.map((look) => fillOf(look, look[ground])).join("");
  return [
    "text{font:11px ui-monospace,Menlo,Consolas,monospace;fill:#5d554c}",
    ".title{font-size:14px;font-weight:bold;fill:#1f1b17}",
    ".label{text-anchor:end}",
    `.letter{text-anchor:middle;fill:${INK.light};font-size:10px}`,
    ".ground{fill:#fff}",
    fills("light"),
    "@media(prefers-color-scheme:dark){",
    "text{fill:#b8aea2}.title{fill:#f2ece4}",
    `.letter{fill:${INK.dark}}.ground{fill:${INK.dark}}`,
    fills("dark"),
    "}",
  ].join("");
}

function fillOf({ use }: UseLook, colour: string): string {
  return FAINT.has(use) ? `.${use}{fill:none;stroke:${colour};stroke-opacity:.4}` : `.${use}{fill:${colour}}`;
}

/** XML has no control characters, not even escaped. */
function toXml(text: string): string {
  return text
    .replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`)
    .replace(/[^\t\n\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "\ufffd");
}
