/** The files of a parent while a CIM is made over it: its `.cim`, and the regions beside it that the core names. */
import { closeSync, fstatSync, openSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { CimFile } from "../../../assembly/abi.ts";
import { ErrorCode, ImageError, toImageError } from "../errors.ts";
import { readAt } from "../image-file.ts";
import type { CimParent } from "./fill-cim.ts";

export interface ParentFile {
  readonly name: string;
  readonly fd: number;
  readonly size: number;
}

export class ParentFiles implements CimParent {
  readonly #files: ParentFile[] = [];

  /** @throws ImageError  what the system says of the `.cim` */
  constructor(readonly name: string) {
    this.#open(name);
  }

  /** Bytes of the `.cim`. */
  get headerSize(): number {
    return this.#files[0]!.size;
  }

  /** Opens the next region. @returns its bytes. @throws ImageError  NotFound: it is not beside the `.cim` */
  openRegion(name: string): number {
    return this.#open(join(dirname(this.name), name)).size;
  }

  /** By the core's number. */
  at(file: CimFile): ParentFile {
    const found = this.#files[file - CimFile.Parent];
    if (found === undefined) throw new ImageError(ErrorCode.Internal, `core: there is no file ${file}`);
    return found;
  }

  /** @throws ImageError  FailedPrecondition: it ends before */
  read(file: CimFile, at: number, into: Uint8Array): void {
    const { name, fd } = this.at(file);
    let length: number;
    try {
      length = readAt(fd, at, into);
    } catch (error) {
      throw toImageError(name, error);
    }
    if (length === into.length) return;
    throw new ImageError(ErrorCode.FailedPrecondition, `${name}: became shorter while it was read`);
  }

  close(): void {
    for (const { fd } of this.#files.splice(0)) closeSync(fd);
  }

  #open(name: string): ParentFile {
    try {
      if (statSync(name).isFile()) {
        const fd = openSync(name, "r"); // of a pipe, this would wait for who writes
        const file = { name, fd, size: fstatSync(fd).size };
        this.#files.push(file);
        return file;
      }
    } catch (error) {
      throw toImageError(name, error);
    }
    throw new ImageError(ErrorCode.InvalidArgument, `${name}: is no file, and a parent is made of files`);
  }
}
