/** The files of a parent while a CIM is made over it, each opened by someone else: its `.cim`, and the regions that the core names. */
import { CimFile } from "../../../assembly/abi.ts";
import { ErrorCode, ImageError, toImageError } from "../errors.ts";
import type { OpenedImage } from "../image/opened-image.ts";
import type { RandomAccess } from "../random-access.ts";
import type { CimParent } from "./fill-cim.ts";

export class ParentRegions implements CimParent {
  readonly #files: RandomAccess[];

  /** @param name  of the `.cim`, for people */
  constructor(
    readonly name: string,
    private readonly cim: OpenedImage,
  ) {
    this.#files = [cim.file];
  }

  get headerSize(): number {
    return this.cim.file.size;
  }

  /** @throws ImageError  NotFound: it was not given */
  openRegion(name: string): number {
    const file = this.cim.beside?.(name);
    if (file === undefined) throw new ImageError(ErrorCode.NotFound, `${this.name}: ${name}: is not among its files`);
    this.#files.push(file);
    return file.size;
  }

  /** Whether a number of the core's is that of one of these. */
  has(file: CimFile): boolean {
    return file >= CimFile.Parent;
  }

  /** The core asks for nothing behind an end. @throws ImageError  FailedPrecondition: it cannot be read any more */
  read(file: CimFile, at: number, into: Uint8Array): void {
    const found = this.#files[file - CimFile.Parent];
    if (found === undefined) throw new ImageError(ErrorCode.Internal, `core: there is no file ${file}`);
    try {
      found.read(at, into);
    } catch (error) {
      throw toImageError(this.name, error);
    }
  }

  close(): void {
    for (const file of this.#files.splice(0)) file.close?.();
  }
}
