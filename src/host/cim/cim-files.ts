/** The files that a CIM is read from: `<name>.cim`, and beside it the regions that it names, its own and those of its parents. */
import { latin1Of } from "../bytes.ts";
import { ErrorCode, ImageError } from "../errors.ts";
import type { OpenedImage, RegionFile } from "../image/opened-image.ts";
import type { RandomAccess } from "../random-access.ts";
import { guard, type Window } from "../wasm.ts";

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
 *     const files = new CimFiles(openImageSource(path));
 *     files.openRegions(core, window);          // the core asks for bytes of files by their numbers
 *     … files.read(file, at, into) …
 *     files.close();
 */
export class CimFiles {
  /** By the numbers that the core has for them: `<name>.cim`, then the regions. */
  readonly #files: (RandomAccess | RegionFile)[];
  readonly #beside: NonNullable<OpenedImage["beside"]>;

  /** @throws ImageError  InvalidArgument if nothing is known of what stands beside it */
  constructor({ file, beside }: OpenedImage) {
    if (beside === undefined)
      throw new ImageError(
        ErrorCode.InvalidArgument,
        "image: a CIM is several files: give its path, or all of them by their names",
      );
    this.#files = [file];
    this.#beside = beside;
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
    const name = `objectid_${this.nameOf(core, window, region)}`;
    try {
      const file = this.#beside(name);
      if (file === undefined) return undefined;
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
    return latin1Of(bytes.subarray(0, bytes.indexOf(0)));
  }

  /** Where an open region is on this machine; undefined: it is no file of its own. */
  pathOf(region: number): string | undefined {
    const file = this.#files[region + 1]!;
    return "path" in file ? file.path : undefined;
  }

  close(): void {
    for (const file of this.#files.splice(0)) file.close?.();
  }

  /** All but `<name>.cim` itself. */
  closeRegions(): void {
    for (const file of this.#files.splice(1)) file.close?.();
  }

  #open(name: string): RegionFile {
    const file = this.#beside(name);
    if (file !== undefined) return file;
    throw new ImageError(ErrorCode.NotFound, `cim: ${name}: a region that is not beside it`);
  }
}
