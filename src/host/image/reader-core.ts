/** Starts the WASM core that reads. One core reads one image. */
import { toImageError } from "../errors.ts";
import { guard, startWasm, type Window } from "../wasm.ts";
import type { RandomAccess } from "./image-source.ts";

/** The core's exports, typed by asc from their AssemblyScript signatures. */
type Exports = Awaited<ReturnType<typeof import("../../../reader.js").instantiate>>;

/** `ask` runs what calls the exports. Windows hold until the next call. */
export interface ReaderCore {
  readonly exports: Exports;
  readonly window: Window;

  /** The first `length` bytes of the buffer. */
  buffer(length: number): Uint8Array;

  /** @throws ImageError  and nothing else */
  ask<T>(question: (exports: Exports) => T): T;
}

/** @throws ImageError  Unsupported if it is no image that is read here; Corrupt if it is a damaged one */
export async function startReader(source: RandomAccess, verify: boolean): Promise<ReaderCore> {
  const { exports, window } = startWasm<Exports>("reader.wasm", (window) => ({
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
    exports,
    window,
    buffer: (length) => window(buffer, length),
    ask: (question) => guard(() => question(exports)),
  };
}
