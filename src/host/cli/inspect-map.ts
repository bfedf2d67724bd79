/** `layerkiln inspect --map` and `--svg`. */
import { findPaths } from "../explain/names.ts";
import type { BlockMap } from "../image/block-map.ts";
import { segmentsOf } from "../image/block-map.ts";
import type { Image } from "../image/image.ts";
import { type Cell, cellsOf, totalsOf } from "../image/map-cells.ts";
import { drawMapSvg, svgCellsOf } from "../image/map-svg.ts";
import { OF_GROUPS, OF_INODES } from "../image/map-uses.ts";
import { printable } from "../image/name.ts";
import { intoTarget } from "../target.ts";
import { isStandardOutput } from "./archive-output.ts";
import { drawMap } from "./map-text.ts";
import { stderr, stdout } from "./output.ts";
import { coloursOf } from "./terminal-colours.ts";

/** Of a line, where nobody says how long it may be. */
const USUAL_WIDTH = 80;
/** Cells of the map in JSON at most. */
const JSON_CELLS = 2048;
/** Inodes that cannot be read of which a word is said. */
const MAX_TOLD = 10;

/** The map, and a word on standard error of each inode that could not be read. */
export function readMap(image: Image): BlockMap {
  let told = 0;
  return image.blockMap(({ message }) => {
    if (told++ < MAX_TOLD)
      stderr.write(`layerkiln: ${message}; its blocks are shown as in use, and nothing says for what\n`);
  });
}

export function printMap(map: BlockMap): void {
  const width = stdout.isTerminal ? process.stdout.columns : undefined;
  stdout.write(`\n${drawMap(map, width || USUAL_WIDTH, coloursOf(stdout, process.env))}`);
}

/** @param path  of the image, for the heading */
export function drawSvg(path: string, image: Image, map: BlockMap): string {
  const inodes = svgCellsOf(map).map(({ main, owner }) => (OF_INODES.has(main) ? owner : 0));
  const paths = findPaths(image, new Set(inodes.filter((inode) => inode > 0)));
  const pathOf = (inode: number) => {
    const found = paths.get(inode);
    return found && printable(found);
  };
  return drawMapSvg(map, { title: printable(Buffer.from(path)), pathOf });
}

/** @param file  `-` is standard output */
export async function writeSvg(file: string, svg: string): Promise<void> {
  if (isStandardOutput(file)) {
    stdout.write(svg);
    return;
  }
  const bytes = Buffer.from(svg);
  await intoTarget(file, undefined, async (sink) => {
    sink.write(0, bytes);
    return { size: bytes.length };
  });
}

/** @param segments  whether every segment is wanted */
export function mapToJson(map: BlockMap, segments: boolean | undefined) {
  const cells = cellsOf(map, { most: JSON_CELLS });
  return {
    size: map.size,
    blockSize: map.blockSize,
    cellSize: cells[0]!.length,
    totals: totalsOf(map),
    cells: cells.map(({ owner, ...cell }) => ({ ...cell, ...ownerToJson(cell.main, owner) })),
    ...(segments && {
      segments: Array.from(segmentsOf(map), ({ owner, ...each }) => ({ ...each, ...ownerToJson(each.use, owner) })),
    }),
  };
}

function ownerToJson(use: Cell["main"], owner: number) {
  if (OF_GROUPS.has(use)) return { group: owner };
  return OF_INODES.has(use) && owner > 0 ? { inode: owner } : {};
}
