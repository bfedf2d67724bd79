/** Starts the WASM core that makes CIMs of layers. One core makes one CIM and is then dropped. */
import type { CimFile, CimOption, CimResult } from "../../../assembly/abi.ts";
import { textOf } from "../bytes.ts";
import { type FedCore, feedingInto, INPUT_SIZE } from "../fed-core.ts";
import { digester } from "../hashing.ts";
import { guard, startWasm, type Window } from "../wasm.ts";

/** The core's exports, typed by asc from their AssemblyScript signatures. */
type Exports = Awaited<ReturnType<typeof import("../../../cim-layer.js").instantiate>>;

/** The files that the core writes, and reads back; behind them those of a parent, which it reads. */
export interface CimLayerFiles {
  write(file: CimFile, at: number, bytes: Uint8Array): void;
  read(file: CimFile, at: number, into: Uint8Array): void;

  /** From one file to another: `length` bytes, all of them. */
  copy(from: CimFile, fromAt: number, to: CimFile, toAt: number, length: number): void;

  /** Takes back what stands from byte `size` on: zeros, until it is written again. */
  truncate(file: CimFile, size: number): void;
}

/** Something that Windows wants as a file beside the image. */
export interface HostFile {
  /** In the layer's directory, with `/`. */
  readonly path: string;

  /** Path of a file before it, whose other name this is; "": it stands for itself. */
  readonly link: string;

  readonly size: number;

  /** Its bytes, piece by piece: windows, valid until the core is called again. */
  read(): Generator<Uint8Array>;
}

/** A parent's regions, opened as the core names them. */
export interface OpenRegions {
  readonly headerSize: number;

  /** @returns bytes */
  openRegion(name: string): number;
}

/** `set`*, `openParent`, `open`, `feed`*, `finish`, `step`*, and then what it tells. Any call throws an ImageError; the core is then spent. */
export interface CimLayerCore extends FedCore {
  set(option: CimOption, value: number | boolean): void;

  /** For options that are bytes. */
  setBytes(option: CimOption, bytes: Uint8Array): void;

  openParent(parent: OpenRegions): void;
  open(): void;

  /** There is no more of the layer. */
  finish(): void;

  /** Goes on with what is still to be written, for some milliseconds. @returns whether there is more */
  step(): boolean;

  result(what: CimResult): number;

  /** Bytes of a file that was written. */
  sizeOf(file: CimFile): number;

  /** 16 bytes, as Windows stores them. */
  guid(): Uint8Array;

  hostFiles(): HostFile[];
}

/** Most that the name of a region has. */
const NAME_SIZE = 64;
/** Most that the path of a host file has: they are a handful, all known. */
const PATH_SIZE = 256;

export function startCimLayerCore(files: CimLayerFiles): CimLayerCore {
  const { exports, window } = startWasm<Exports>("cim-layer.wasm", (window) => ({
    write: (file: number, at: bigint, from: number, length: number) =>
      files.write(file, Number(at), window(from, length)),
    read: (file: number, at: bigint, to: number, length: number) => files.read(file, Number(at), window(to, length)),
    copy: (from: number, fromAt: bigint, to: number, toAt: bigint, length: bigint) =>
      files.copy(from, Number(fromAt), to, Number(toAt), Number(length)),
    truncate: (file: number, size: bigint) => files.truncate(file, Number(size)),
    digest: digester((): ArrayBuffer => exports.memory.buffer),
  }));
  return {
    ...feedingInto(exports, window),
    set: (option, value) => guard(() => exports.set(option, BigInt(value))),
    setBytes(option, bytes) {
      window(exports.input(), INPUT_SIZE).set(bytes);
      guard(() => exports.setBytes(option, bytes.length));
    },
    openParent: (parent) => guard(() => openParent(exports, window, parent)),
    open: () => guard(() => exports.open()),
    finish: () => guard(() => exports.finish()),
    step: () => guard(() => Boolean(exports.step())),
    result: (what) => guard(() => Number(exports.result(what))),
    sizeOf: (file) => guard(() => Number(exports.sizeOf(file))),
    guid: () => window(exports.guid(), 16).slice(),
    hostFiles: () => guard(() => hostFilesOf(exports, window)),
  };
}

function openParent(exports: Exports, window: Window, parent: OpenRegions): void {
  exports.openParent(BigInt(parent.headerSize));
  const count = exports.parentRegionCount();
  for (let index = 0; index < count; index++) {
    const name = textAt(window(exports.parentRegionName(index), NAME_SIZE));
    exports.addParentRegion(index, BigInt(parent.openRegion(`region_${name}`)));
  }
}

function hostFilesOf(exports: Exports, window: Window): HostFile[] {
  const text = (address: number): string => textAt(window(address, PATH_SIZE));
  return Array.from({ length: exports.hostFileCount() }, (_, index) => {
    const size = Number(exports.hostFileSize(index));
    return {
      path: text(exports.hostFilePath(index)),
      link: text(exports.hostFileLink(index)),
      size,
      *read() {
        for (let at = 0; at < size; at += INPUT_SIZE) {
          const length = Math.min(INPUT_SIZE, size - at);
          guard(() => exports.readHostFile(index, BigInt(at), length));
          yield window(exports.input(), length);
        }
      },
    };
  });
}

/** Up to the zero behind it. */
function textAt(bytes: Uint8Array): string {
  return textOf(bytes.subarray(0, bytes.indexOf(0)));
}
