/** Starts the WASM core. One core makes one image and is then dropped, so it never has to clean up. */
import type { Format, Option, Result } from "../../assembly/abi.ts";
import { type FedCore, feedingInto, INPUT_SIZE } from "./fed-core.ts";
import { guard, startWasm } from "./wasm.ts";

/** The core's exports, typed by asc from their AssemblyScript signatures. */
type Exports = Awaited<ReturnType<typeof import("../../core.js").instantiate>>;

/**
 * Receives what the core writes, to stand at byte `at` of the image.
 * `bytes` is a window on WASM memory, valid only until `emit` returns.
 */
export type Emit = (at: number, bytes: Uint8Array) => void;

/** `set`*, `open`, `feed`*, `finish`, `result`*; of several layers each between `beginLayer` and `endLayer`. Any call throws an ImageError; the core is then spent. */
export interface Core extends FedCore {
  set(option: Option, value: number | bigint | boolean): void;
  open(format: Format): void;

  /** For options that are bytes. */
  setBytes(option: Option, bytes: Uint8Array): void;

  /** The next `length` bytes of the image are zeros. */
  skip(length: number): void;

  /** Bytes that come next and that need not be fed: contents of a layer that is listed. */
  unwanted(): number;

  /** What is fed next comes behind the first `length` of them. */
  passOver(length: number): void;

  /**
   * What is fed next is the layer below those that were.
   *
   * @param number      what messages call it; not 0
   * @param isAddition  whether it must take the place of nothing that is of another type in the layers below
   */
  beginLayer(number: number, isAddition: boolean): void;

  /** The layer was fed. @returns whether it is to be fed once more, and ended again */
  endLayer(): boolean;

  finish(): void;
  result(what: Result): number;

  /** Of the dm-verity tree: 32 bytes, or undefined without one. */
  rootHash(): Uint8Array | undefined;

  /** Of the dm-verity superblock: 16 bytes, or undefined without one. */
  verityUuid(): Uint8Array | undefined;
}

export async function startCore(emit: Emit): Promise<Core> {
  const { exports, window } = startWasm<Exports>("core.wasm", (window) => ({
    emit(at: bigint, from: number, length: number) {
      emit(Number(at), window(from, length));
    },
  }));
  const copyOf = (from: number, length: number) => (from === 0 ? undefined : window(from, length).slice());

  return {
    ...feedingInto(exports, window),
    set: (option, value) => guard(() => exports.set(option, BigInt(value))),
    setBytes(option, bytes) {
      window(exports.input(), INPUT_SIZE).set(bytes);
      guard(() => exports.setBytes(option, bytes.length));
    },
    open: (format) => guard(() => exports.open(format)),
    skip: (length) => guard(() => exports.skip(BigInt(length))),
    unwanted: () => guard(() => Number(exports.unwanted())),
    passOver: (length) => guard(() => exports.passOver(BigInt(length))),
    beginLayer: (number, isAddition) => guard(() => exports.beginLayer(number, isAddition)),
    endLayer: () => guard(() => exports.endLayer() !== 0),
    finish: () => guard(() => exports.finish()),
    result: (what) => guard(() => Number(exports.result(what))),
    rootHash: () => copyOf(exports.rootHash(), 32),
    verityUuid: () => copyOf(exports.verityUuid(), 16),
  };
}
