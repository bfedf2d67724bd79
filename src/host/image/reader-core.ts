/** Starts the WASM core that reads. One core reads one image. */
import { toImageError } from "../errors.ts";
import type { RandomAccess } from "../random-access.ts";
import { guard, startWasm, type Window } from "../wasm.ts";
import { EXT4_PATHS, type PathRules } from "./name.ts";

/** Exports of the core for ext4, typed by asc from their AssemblyScript signatures. */
type Ext4Exports = Awaited<ReturnType<typeof import("../../../reader.js").instantiate>>;

/** What is asked of every image, whatever its format. */
export type Exports = Pick<
  Ext4Exports,
  | "memory"
  | "lookUp"
  | "readInode"
  | "list"
  | "nextPosition"
  | "parentOf"
  | "read"
  | "startXattrs"
  | "nextXattr"
  | "xattrName"
  | "xattrNameLength"
  | "xattrValue"
  | "xattrValueLength"
>;

/** `ask` runs what calls the exports. Windows hold until the next call. */
export interface ReaderCore<Offered extends Exports = Exports> {
  readonly format: "ext4" | "cim";
  readonly exports: Offered;
  readonly window: Window;

  /** Number of the directory that all others are in. */
  readonly root: number;
  readonly paths: PathRules;

  /** The first `length` bytes of the buffer. */
  buffer(length: number): Uint8Array;

  /** @throws ImageError  and nothing else */
  ask<T>(question: (exports: Offered) => T): T;
}

export type Ext4Core = ReaderCore<Ext4Exports>;

const EXT4_ROOT = 2;

/** @throws ImageError  Unsupported if it is no image that is read here; Corrupt if it is a damaged one */
export async function startReader(source: RandomAccess, verify: boolean): Promise<Ext4Core> {
  const { exports, window } = startWasm<Ext4Exports>("reader.wasm", (window) => ({
    read(_file: number, at: bigint, to: number, length: number) {
      try {
        source.read(Number(at), window(to, length));
      } catch (error) {
        throw toImageError("image", error);
      }
    },
  }));
  guard(() => exports.open(0, BigInt(source.size), verify));
  const buffer = exports.buffer();
  return {
    format: "ext4",
    exports,
    window,
    root: EXT4_ROOT,
    paths: EXT4_PATHS,
    buffer: (length) => window(buffer, length),
    ask: (question) => guard(() => question(exports)),
  };
}
