/** Two disks are held against each other, block by block. */
import { equalBytes } from "../bytes.ts";
import type { Disk } from "../disk-core.ts";
import { PIECE_SIZE } from "../disk-core.ts";
import type { Progress } from "../options.ts";
import { isPast, nextTurn } from "../turn.ts";

/** Bytes of the disks that differ: whole blocks, but for the end of the larger disk. */
export interface DifferingRun {
  readonly at: number;
  readonly length: number;
}

export interface CompareOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

/** Longest that we keep the event loop to ourselves. Milliseconds. */
const TURN = 20;

/**
 * What one of the disks has and the other has not differs too, zeros or not.
 *
 * @returns what differs, in order; no two touch
 */
export async function compareDisks(
  a: Disk,
  b: Disk,
  blockSize: number,
  { signal, onProgress }: CompareOptions,
): Promise<DifferingRun[]> {
  const smaller = Math.min(a.size, b.size);
  const common = a.size === b.size ? smaller : smaller - (smaller % blockSize);
  const runs: Growing[] = [];
  const piece = new Uint8Array(PIECE_SIZE);
  let turned = Date.now();
  for (let at = 0; at < common; ) {
    const data = Math.min(a.dataAfter(at), b.dataAfter(at), common);
    at = Math.max(at, data - (data % blockSize));
    const length = Math.min(PIECE_SIZE, common - at);
    if (data === common || length === 0) break;
    const ofA = piece.subarray(0, length);
    ofA.set(a.read(at, length)); // a copy, as both are read into one place
    comparePieces(ofA, b.read(at, length), at, blockSize, runs);
    at += length;
    if (!isPast(turned, TURN, Date.now())) continue;
    onProgress?.({ bytesRead: at, totalBytes: common });
    await nextTurn();
    signal?.throwIfAborted();
    turned = Date.now();
  }
  onProgress?.({ bytesRead: common, totalBytes: common });
  if (a.size !== b.size) add(runs, common, Math.max(a.size, b.size) - common);
  return runs;
}

type Growing = { -readonly [Key in keyof DifferingRun]: number };

function add(runs: Growing[], at: number, length: number): void {
  const last = runs.at(-1);
  if (last !== undefined && last.at + last.length === at) last.length += length;
  else runs.push({ at, length });
}

function comparePieces(a: Uint8Array, b: Uint8Array, at: number, blockSize: number, runs: Growing[]): void {
  if (equalBytes(a, b)) return;
  for (let from = 0; from < a.length; from += blockSize) {
    const end = Math.min(from + blockSize, a.length);
    if (!equalBytes(a.subarray(from, end), b.subarray(from, end))) add(runs, at + from, end - from);
  }
}
