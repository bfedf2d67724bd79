/** What a layer has, as columns of numbers: a million names are seven arrays, and no objects. */
import { Column, ListedFlag, ListedType } from "../../../assembly/abi.ts";
import type { Compression } from "../compression.ts";

/**
 * A row for each name: first the root, then, directory by directory, the names in each, by their bytes. A directory stands
 * before what it holds, and that stands together.
 */
export interface ListedNames {
  /** Bytes of content; 0 of all but files. */
  readonly sizes: Float64Array;

  /** Row of the directory; the root's own is 0. */
  readonly parents: Uint32Array;

  /** Row of the first name of the same file: hard links share it. */
  readonly files: Uint32Array;

  /** Where the name begins in `bytes`; one more says where they end. */
  readonly texts: Uint32Array;

  /** Bytes of the name. A target follows it, up to where the next name begins. */
  readonly nameLengths: Uint8Array;

  /** A ListedType and ListedFlags. */
  readonly types: Uint8Array;

  readonly bytes: Uint8Array;
}

/** What one layer has, and what it says of those below it. */
export interface LayerListing extends ListedNames {
  /** Of the archive, whiteouts among them. */
  readonly entries: number;

  readonly whiteouts: number;

  /** Bytes of the contents of all entries, also of those that later ones replaced. */
  readonly contentBytes: number;

  /** Bytes of the source. */
  readonly size: number;

  /** Bytes of the uncompressed layer. */
  readonly diffSize: number;

  readonly compression: Compression;

  /** Of the source, if it was compared or asked for. */
  readonly digest?: string;

  /** Of the uncompressed layer, likewise. */
  readonly diffId?: string;
}

/** @param columns  copies of what the core emitted, in its order */
export function listedNames(columns: readonly Uint8Array[]): ListedNames {
  return {
    sizes: new Float64Array(columns[Column.Size]!.buffer),
    parents: new Uint32Array(columns[Column.Parent]!.buffer),
    files: new Uint32Array(columns[Column.File]!.buffer),
    texts: new Uint32Array(columns[Column.Text]!.buffer),
    nameLengths: columns[Column.NameLength]!,
    types: columns[Column.Type]!,
    bytes: columns[Column.Bytes]!,
  };
}

/** What a name is, without what else is said of it. */
export const typeAt = (names: Pick<ListedNames, "types">, row: number): ListedType =>
  names.types[row]! & ListedType.Mask;

export const isOpaque = (names: ListedNames, row: number): boolean => (names.types[row]! & ListedFlag.Opaque) !== 0;

/** The bytes of a name. */
export function nameAt({ texts, nameLengths, bytes }: NamedRows, row: number): Uint8Array {
  return bytes.subarray(texts[row]!, texts[row]! + nameLengths[row]!);
}

/** The bytes of what a link leads to; none of what is no link. */
export function targetAt({ texts, nameLengths, bytes }: NamedRows, row: number): Uint8Array {
  return bytes.subarray(texts[row]! + nameLengths[row]!, texts[row + 1]!);
}

/** What names are found by. */
export type NamedRows = Pick<ListedNames, "texts" | "nameLengths" | "bytes">;
