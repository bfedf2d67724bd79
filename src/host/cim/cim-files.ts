/** The files that a CIM is read from: `<name>.cim`, and beside it the regions that it names, its own and those of its parents. */
import { dirname, join, resolve } from "node:path";
import { ErrorCode, ImageError } from "../errors.ts";
import { type ImageSource, openRandomAccess, type RandomAccess } from "../image/image-source.ts";
import { pathOf } from "../source.ts";
import { guard, type Window } from "../wasm.ts";

/** A CIM whose files are not in one directory of this machine. */
export interface CimParts {
  /** What else is called `<name>.cim`. */
  readonly cim: ImageSource;

  /** What stands beside it: `region_<guid>_<n>`, `objectid_<guid>_<n>`. Undefined: there is no such file. */
  readonly beside: (name: string) => ImageSource | undefined;
}

/** What a core that reads CIMs offers, to open one. */
export interface CimOpener {
  openHeader(file: number, size: bigint): void;
  regionCount(): number;
  nameOf(region: number): number;
  addRegion(index: number, file: number, size: bigint): void;
}

/** Of a GUID, a number and what is between them; a zero stands behind. */
const MAX_NAME = 64;

/**
 *     const files = new CimFiles(source, openRandomAccess(source));
 *     files.openRegions(core, window);          // the core asks for bytes of files by their numbers
 *     … files.read(file, at, into) …
 *     files.close();
 */
export class CimFiles {
  /** By the numbers that the core has for them: `<name>.cim`, then the regions. */
  readonly #files: RandomAccess[];
  readonly #beside: CimParts["beside"];

  /** @param cim  `<name>.cim`, open; it is closed with the others */
  constructor(source: ImageSource | CimParts, cim: RandomAccess) {
    this.#files = [cim];
    this.#beside = besideOf(source);
  }

  /** Bytes of all of them. */
  get size(): number {
    return this.#files.reduce((sum, { size }) => sum + size, 0);
  }

  /** Bytes of `count` of them, from one on. */
  sizeOf(file: number, count: number): number {
    return this.#files.slice(file, file + count).reduce((sum, { size }) => sum + size, 0);
  }

  read(file: number, at: number, into: Uint8Array): void {
    this.#files[file]!.read(at, into);
  }

  /**
   * Opens the regions, and hands them to a core.
   *
   * @throws ImageError  NotFound if one is missing; Corrupt, Unsupported
   */
  openRegions(core: CimOpener, window: Window): void {
    guard(() => core.openHeader(0, BigInt(this.#files[0]!.size)));
    const count = core.regionCount();
    for (let index = 0; index < count; index++) {
      const region = this.#open(`region_${this.nameOf(core, window, index)}`);
      this.#files.push(region);
      guard(() => core.addRegion(index, index + 1, BigInt(region.size)));
    }
  }

  /** The object IDs that belong to a region. Opened behind all regions; undefined: there are none. */
  openObjectIds(core: CimOpener, window: Window, region: number): { file: number; size: number } | undefined {
    const source = this.#beside(`objectid_${this.nameOf(core, window, region)}`);
    if (source === undefined) return undefined;
    try {
      const file = openRandomAccess(source);
      this.#files.push(file);
      return { file: this.#files.length - 1, size: file.size };
    } catch (error) {
      if (error instanceof ImageError && error.code === ErrorCode.NotFound) return undefined;
      throw error;
    }
  }

  /** `<guid>_<n>` of a region. */
  nameOf(core: CimOpener, window: Window, region: number): string {
    const bytes = window(
      guard(() => core.nameOf(region)),
      MAX_NAME,
    );
    return Buffer.from(bytes.subarray(0, bytes.indexOf(0))).toString("latin1");
  }

  /** Where the region `<guid>_<n>` is on this machine; undefined: it is no file of its own. */
  pathOf(region: string): string | undefined {
    const source = this.#beside(`region_${region}`);
    const path = source instanceof URL ? pathOf(source) : source;
    return typeof path === "string" ? resolve(path) : undefined;
  }

  close(): void {
    for (const file of this.#files.splice(0)) file.close?.();
  }

  /** All but `<name>.cim` itself. */
  closeRegions(): void {
    for (const file of this.#files.splice(1)) file.close?.();
  }

  #open(name: string): RandomAccess {
    const source = this.#beside(name);
    if (source === undefined) throw new ImageError(ErrorCode.NotFound, `cim: ${name}: a region that is not beside it`);
    return openRandomAccess(source);
  }
}

function besideOf(source: ImageSource | CimParts): CimParts["beside"] {
  if (typeof source === "object" && "beside" in source) return source.beside;
  const path = source instanceof URL ? pathOf(source) : source;
  if (typeof path === "string") return (name) => join(dirname(path), name);
  throw new ImageError(
    ErrorCode.InvalidArgument,
    "image: a CIM is several files: give its path, or all of them by their names",
  );
}
