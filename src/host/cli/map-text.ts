/** A block map in characters. */
import { formatBytes } from "../format-bytes.ts";
import type { BlockMap } from "../image/block-map.ts";
import { type Cell, cellSizeOf, cellsOf, totalsOf } from "../image/map-cells.ts";
import { FAINT, INK, LOOK_OF } from "../image/map-uses.ts";
import { formatShare } from "../image/map-words.ts";
import { type Colours, onGround, RESET } from "./terminal-colours.ts";

/** Rows of the map at most: with the lines around it, a screenful. */
const ROWS = 24;
const MAX_COLUMNS = 128;
/** Of cells in a row a multiple of this, so that rows begin at round numbers. */
const COLUMN_STEP = 16;

/** @param width  of a line, in characters */
export function drawMap(map: BlockMap, width: number, colours: Colours): string {
  const labelWidth = String(Math.ceil(map.size / map.blockSize)).length + 2;
  const room = Math.min(width - labelWidth, MAX_COLUMNS);
  const columns = Math.max(COLUMN_STEP, room - (room % COLUMN_STEP));
  const cells = cellsOf(map, { most: columns * ROWS });
  const lines: string[] = [];
  for (let first = 0; first < cells.length; first += columns) {
    const label = String(cells[first]!.at / map.blockSize).padStart(labelWidth - 2);
    lines.push(`${label}  ${drawRow(cells.slice(first, first + columns), colours)}`);
  }
  const cellSize = cellSizeOf(map, map.size, columns * ROWS);
  return `${describeScale(map, cellSize)}\n\n${lines.join("\n")}\n\n${drawLegend(map, colours)}`;
}

function describeScale({ blockSize }: BlockMap, cellSize: number): string {
  if (cellSize === blockSize) return `A character is one block of ${blockSize} bytes.`;
  const what = `A character is ${cellSize / blockSize} blocks (${formatBytes(cellSize)}) and shows what takes most of them`;
  return `${what},\nor what is rare and important among them.`;
}

function drawRow(cells: readonly Cell[], colours: Colours): string {
  if (colours === "none") return cells.map(({ main, mark }) => LOOK_OF[mark ?? main].letter).join("");
  let text = "";
  let ground: string | undefined;
  for (const { main, mark } of cells) {
    const next = startOf(main, colours);
    if (next !== ground) text += `${ground ? RESET : ""}${next}`;
    ground = next;
    text += mark || main !== "file-data" ? LOOK_OF[mark ?? main].letter : " ";
  }
  return `${text}${RESET}`;
}

/** What is free has the terminal's own ground. */
function startOf(use: Cell["main"], colours: Exclude<Colours, "none">): string {
  return FAINT.has(use) ? "" : onGround(LOOK_OF[use].dark, INK.dark, colours);
}

function drawLegend(map: BlockMap, colours: Colours): string {
  const rows = totalsOf(map).map(({ use, bytes, runs, at }) => {
    const { letter, words } = LOOK_OF[use];
    const key = colours === "none" || FAINT.has(use) ? letter : `${startOf(use, colours)}${letter}${RESET}`;
    const first = String(Math.floor(at / map.blockSize));
    return { key, cells: [words, formatBytes(bytes), formatShare(bytes, map.size), String(runs), first] };
  });
  const lines = [{ key: " ", cells: ["", "size", "share", "runs", "first block"] }, ...rows];
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...lines.map(({ cells }) => cells[column]!.length)));
  const text = lines.map(({ key, cells }) => {
    const padded = cells.map((cell, column) =>
      column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!),
    );
    return `${key} ${padded.join("  ").trimEnd()}`;
  });
  return `${text.join("\n")}\n`;
}
