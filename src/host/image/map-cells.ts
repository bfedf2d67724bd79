/** A block map, seen from afar: cells of equal size, each with the colour of what takes most of it. */
import type { BlockMap } from "./block-map.ts";
import { indexAt } from "./block-map.ts";
import { FAINT, MARKED, type MapUse, USE_LOOKS } from "./map-uses.ts";

/** What has this use, in bytes. */
export interface UseShare {
  readonly use: MapUse;
  readonly bytes: number;
}

export interface Cell {
  /** Bytes of the map. */
  readonly at: number;
  readonly length: number;

  /** What takes most of it. */
  readonly main: MapUse;

  /** What it also holds, and must not drown: the first of MARKED; if it is mostly free, what takes most of the rest. */
  readonly mark?: MapUse;

  /** All that it holds, the largest share first. */
  readonly shares: readonly UseShare[];

  /** Whose most of `main` in one piece is, as of a Segment. */
  readonly owner: number;
}

export interface CellRange {
  /** Bytes of the map. Default: all of it. */
  readonly from?: number;
  readonly end?: number;

  /** Cells at most. There is at least one. */
  readonly most: number;
}

/**
 * Cells of the map from `from` to `end`. Each has as many blocks as the next, a power of two, so that groups begin where cells
 * begin; the last may be shorter.
 */
export function cellsOf(map: BlockMap, { from = 0, end = map.size, most }: CellRange): Cell[] {
  const size = cellSizeOf(map, end - from, most);
  const cells: Cell[] = [];
  let segment = indexAt(map, from);
  for (let at = from; at < end; at += size) {
    const cellEnd = Math.min(at + size, end);
    const tally = new Tally();
    // The last segment of a cell may be the first of the next.
    for (let index = segment; index < map.starts.length && map.starts[index]! < cellEnd; index++) {
      segment = index;
      const start = Math.max(map.starts[index]!, at);
      tally.add(map.uses[index]!, map.owners[index]!, Math.min(map.starts[index + 1] ?? map.size, cellEnd) - start);
    }
    cells.push({ at, length: cellEnd - at, ...tally.take() });
  }
  return cells;
}

/** Bytes of a cell: the least power of two of blocks with which `length` bytes make no more than `most` cells. */
export function cellSizeOf({ blockSize }: BlockMap, length: number, most: number): number {
  let size = blockSize;
  while (Math.ceil(length / size) > Math.max(most, 1)) size *= 2;
  return size;
}

/** What a cell holds, while it is counted. */
class Tally {
  readonly #bytes = new Float64Array(USE_LOOKS.length);
  readonly #longest = new Float64Array(USE_LOOKS.length);
  readonly #owners = new Uint32Array(USE_LOOKS.length);

  add(use: number, owner: number, bytes: number): void {
    this.#bytes[use]! += bytes;
    if (bytes <= this.#longest[use]!) return;
    this.#longest[use] = bytes;
    this.#owners[use] = owner;
  }

  take(): Pick<Cell, "main" | "mark" | "shares" | "owner"> {
    const shares = sharesOf(this.#bytes);
    const { use: main } = shares[0]!;
    const mark = markOf(main, shares);
    const owner = this.#owners[USE_LOOKS.findIndex(({ use }) => use === main)]!;
    return { main, ...(mark && { mark }), shares, owner };
  }
}

function sharesOf(bytes: Float64Array): UseShare[] {
  const shares = USE_LOOKS.map(({ use }, index) => ({ use, bytes: bytes[index]! }));
  return shares.filter(({ bytes }) => bytes > 0).sort((a, b) => b.bytes - a.bytes);
}

function markOf(main: MapUse, shares: readonly UseShare[]): MapUse | undefined {
  const rare = MARKED.find((use) => use !== main && shares.some((share) => share.use === use));
  if (rare || !FAINT.has(main)) return rare;
  return shares.find(({ use }) => !FAINT.has(use))?.use;
}

/** A row of a legend. */
export interface UseTotal extends UseShare {
  /** Pieces that nothing else stands between. */
  readonly runs: number;

  /** Byte where the first of them stands. */
  readonly at: number;
}

/** All that is in the map, in the order of USE_LOOKS. */
export function totalsOf(map: BlockMap): UseTotal[] {
  const totals = USE_LOOKS.map(({ use }) => ({ use, bytes: 0, runs: 0, at: 0 }));
  const { starts, uses, size } = map;
  for (let index = 0; index < starts.length; index++) {
    const total = totals[uses[index]!]!;
    if (total.runs === 0) total.at = starts[index]!;
    if (uses[index - 1] !== uses[index]) total.runs++;
    total.bytes += (starts[index + 1] ?? size) - starts[index]!;
  }
  return totals.filter(({ runs }) => runs > 0);
}
