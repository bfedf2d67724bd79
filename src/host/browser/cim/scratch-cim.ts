/** The files of a CIM while they are written: among the origin's own, in no order, read back where the core asks for it. */
import type { CimFile } from "../../../../assembly/abi.ts";
import { CIM_FILES } from "../../cim/cim-header.ts";
import type { CimLayerFiles } from "../../cim/cim-layer-core.ts";
import type { ParentRegions } from "../../cim/parent-regions.ts";
import { ErrorCode, ImageError, toImageError } from "../../errors.ts";
import { ScratchFile } from "./scratch-file.ts";
import { ScratchFolder } from "./scratch-folder.ts";

/** Bytes that are read at a time. */
const CHUNK = 1024 ** 2;

export class ScratchCim implements CimLayerFiles {
  readonly #files = new Map<CimFile, ScratchFile>();

  private constructor(
    private readonly name: string,
    private readonly folder: ScratchFolder,
    private readonly parent: ParentRegions | undefined,
  ) {}

  /** @param name  of the CIM, for what goes wrong. @throws ImageError  Unavailable: there are no such files here */
  static async create(name: string, parent: ParentRegions | undefined): Promise<ScratchCim> {
    const folder = await ScratchFolder.create(name);
    const scratch = new ScratchCim(name, folder, parent);
    try {
      for (const file of CIM_FILES) {
        scratch.#files.set(file, await ScratchFile.create(folder.directory, String(file)));
      }
      return scratch;
    } catch (error) {
      await scratch.remove();
      throw toImageError(name, error);
    }
  }

  write(file: CimFile, at: number, bytes: Uint8Array): void {
    this.#on(file, (written) => written.write(at, bytes));
  }

  read(file: CimFile, at: number, into: Uint8Array): void {
    if (this.parent?.has(file)) this.parent.read(file, at, into);
    else this.#on(file, (written) => written.read(at, into));
  }

  copy(from: CimFile, fromAt: number, to: CimFile, toAt: number, length: number): void {
    let at = toAt;
    for (const piece of this.#pieces(from, fromAt, length)) {
      this.write(to, at, piece);
      at += piece.length;
    }
  }

  truncate(file: CimFile, size: number): void {
    this.#on(file, (written) => written.truncate(size));
  }

  /** A file's first `size` bytes, in pieces: windows, valid until the next one is asked for. */
  readAll(file: CimFile, size: number): Iterable<Uint8Array> {
    return this.#pieces(file, 0, size);
  }

  /** Whatever came of it: nothing of this stays. */
  async remove(): Promise<void> {
    for (const file of this.#files.values()) file.close();
    this.#files.clear();
    await this.folder.remove();
  }

  *#pieces(file: CimFile, from: number, length: number): Generator<Uint8Array> {
    const chunk = new Uint8Array(Math.min(CHUNK, length));
    for (let done = 0; done < length; ) {
      const piece = chunk.subarray(0, length - done);
      this.read(file, from + done, piece);
      done += piece.length;
      yield piece;
    }
  }

  #on(file: CimFile, work: (written: ScratchFile) => void): void {
    const written = this.#files.get(file);
    if (written === undefined)
      throw new ImageError(ErrorCode.Internal, `core: file ${file} is not one that is written`);
    try {
      work(written);
    } catch (error) {
      throw toImageError(this.name, error);
    }
  }
}
