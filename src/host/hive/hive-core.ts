/** Starts the WASM core that reads and merges registry hives. */
import { toImageError } from "../errors.ts";
import type { RandomAccess } from "../random-access.ts";
import { startWasm, type Window } from "../wasm.ts";

/** The core's exports, typed by asc from their AssemblyScript signatures. */
type Exports = Awaited<ReturnType<typeof import("../../../hive.js").instantiate>>;

/** Windows hold until the next call. */
export interface HiveCore {
  readonly exports: Exports;
  readonly window: Window;
}

/** @param files  by the numbers that the core knows them by */
export function startHiveCore(files: readonly RandomAccess[]): HiveCore {
  return startWasm<Exports>("hive.wasm", (window) => ({
    read(file: number, at: bigint, to: number, length: number) {
      try {
        files[file]!.read(Number(at), window(to, length));
      } catch (error) {
        throw toImageError("hive", error);
      }
    },
  }));
}
