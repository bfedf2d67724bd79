/** What an operating system can do that Node has no call for. The host is handed one; it never asks which. */

/**
 * Copies bytes from one open file to another without their passing through this process.
 *
 * @returns bytes copied; fewer than asked where the source ends or the system stops; 0 if it cannot copy between these two
 */
export type CopyRange = (source: number, sourceAt: number, target: number, targetAt: number, length: number) => number;

/**
 * Where an open file, from byte `at` on, has bytes that may be other than zeros.
 *
 * @returns undefined where there are none; `at` itself where the system cannot tell
 */
export type DataAfter = (file: number, at: number) => number | undefined;

export interface Platform {
  /** Bytes of a layer from which on `copyRange` saves more than it costs to load. Default: any. */
  readonly worthCopying?: number;

  /** @returns undefined where this machine lacks what it takes */
  copyRange(): Promise<CopyRange | undefined>;

  /** Asked for only where a file has holes. @returns undefined where this machine lacks what it takes */
  dataAfter?(): Promise<DataAfter | undefined>;
}
