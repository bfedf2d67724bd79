/** What is known of a source before it is opened. */
import { statSync } from "node:fs";
import { isFileRange } from "./file-range.ts";
import { pathOf, type Source } from "./source.ts";

/** Bytes of a source that is the same each time it is read; undefined: it can be read once, if it can be read. */
export function sizeOf(source: Source): number | undefined {
  if (typeof source === "string" || source instanceof URL) return sizeOfFile(source);
  if (source instanceof Uint8Array) return source.length;
  if (isFileRange(source)) return source.size;
  if (!Array.isArray(source)) return undefined;
  return source.reduce((size: number, piece: Uint8Array) => size + piece.length, 0);
}

function sizeOfFile(path: string | URL): number | undefined {
  const stats = statSync(path instanceof URL ? pathOf(path) : path, { throwIfNoEntry: false });
  return stats?.isFile() ? stats.size : undefined;
}
