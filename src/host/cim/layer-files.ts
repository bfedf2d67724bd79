/** The files of a conversion by the core's numbers: those that it writes, and behind them those of the parent that it reads. */
import { CimFile } from "../../../assembly/abi.ts";
import { ErrorCode, ImageError, toImageError } from "../errors.ts";
import type { CopyRange } from "../platform.ts";
import type { CimLayerFiles } from "./cim-layer-core.ts";
import { copyBytes } from "./copy-bytes.ts";
import type { ParentFiles } from "./parent-files.ts";
import type { WrittenFiles } from "./written-files.ts";

export class LayerFiles implements CimLayerFiles {
  /** @param name  of the CIM, for what goes wrong when it is written */
  constructor(
    private readonly name: string,
    private readonly written: WrittenFiles,
    private readonly parent: ParentFiles | undefined,
    private readonly copyRange: CopyRange | undefined,
  ) {}

  write(file: CimFile, at: number, bytes: Uint8Array): void {
    this.#asWritten(() => this.written.write(file, at, bytes));
  }

  read(file: CimFile, at: number, into: Uint8Array): void {
    if (file >= CimFile.Parent) this.#parent(file).read(file, at, into);
    else this.#asWritten(() => this.written.read(file, at, into));
  }

  copy(from: CimFile, fromAt: number, to: CimFile, toAt: number, length: number): void {
    const { fd, name } = this.#parent(from).at(from);
    const copied = this.#asWritten(() => copyBytes(fd, fromAt, this.written.fd(to), toAt, length, this.copyRange));
    if (copied < length) throw new ImageError(ErrorCode.Corrupt, `${name}: ends at ${fromAt + copied}`);
  }

  truncate(file: CimFile, size: number): void {
    this.#asWritten(() => this.written.truncate(file, size));
  }

  #parent(file: CimFile): ParentFiles {
    if (this.parent === undefined) throw new ImageError(ErrorCode.Internal, `core: there is no file ${file}`);
    return this.parent;
  }

  #asWritten<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw toImageError(this.name, error);
    }
  }
}
