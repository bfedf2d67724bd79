/** Starts the WASM core. One core makes one image and is then dropped, so it never has to clean up. */
import type { Format, Option, Result } from "../../assembly/abi.ts";
import { guard, startWasm } from "./wasm.ts";

/** The core's exports, typed by asc from their AssemblyScript signatures. */
type Exports = Awaited<ReturnType<typeof import("../../core.js").instantiate>>;

/**
 * Receives what the core writes, to stand at byte `at` of the image.
 * `bytes` is a window on WASM memory, valid only until `emit` returns.
 */
export type Emit = (at: number, bytes: Uint8Array) => void;

/** Bytes that the core takes in one `feed`. */
export const INPUT_SIZE = 512 * 1024;

/** Bytes of a layer, and where they belong in the image. */
export interface Offer {
  /** Byte of the layer; up to a block before the next to be fed. */
  readonly source: number;

  /** Byte of the image. */
  readonly target: number;

  readonly length: number;
}

/** `set`*, `open`, `feed`*, `finish`, `result`*. Any call throws an ImageError; the core is then spent. */
export interface Core {
  set(option: Option, value: number | bigint | boolean): void;
  open(format: Format): void;

  /** For options that are bytes. */
  setBytes(option: Option, bytes: Uint8Array): void;

  /** Where the next bytes go: a window of INPUT_SIZE bytes, valid until the core is called again. */
  input(): Uint8Array;

  /** Takes the first `length` bytes of `input()`. */
  feed(length: number): void;

  /** The next `length` bytes of the image are zeros. */
  skip(length: number): void;

  /** Content that comes next and that may be copied from the layer's file to the image's, or fed as all else. */
  offer(): Offer | undefined;

  /** The first `length` bytes of the offer are in the image. Whole blocks of 4096 bytes. */
  accept(length: number): void;

  finish(): void;
  result(what: Result): number;

  /** Of the dm-verity tree: 32 bytes, or undefined without one. */
  rootHash(): Uint8Array | undefined;

  /** Of the dm-verity superblock: 16 bytes, or undefined without one. */
  verityUuid(): Uint8Array | undefined;

  /** Takes the first `length` bytes of `input()` as gzip, and needs them there until `inflate` has used them up. */
  giveGzip(length: number): void;

  /** Decompresses the next piece: a window, valid until the core is called again. Empty: what was given is used up. */
  inflate(): Uint8Array;

  /** Takes the piece that `inflate` gave. */
  feedInflated(): void;

  /** There is no more gzip. */
  finishGzip(): void;
}

export async function startCore(emit: Emit): Promise<Core> {
  const { exports, window } = startWasm<Exports>("core.wasm", (window) => ({
    emit(at: bigint, from: number, length: number) {
      emit(Number(at), window(from, length));
    },
  }));
  const copyOf = (from: number, length: number) => (from === 0 ? undefined : window(from, length).slice());

  return {
    set: (option, value) => guard(() => exports.set(option, BigInt(value))),
    setBytes(option, bytes) {
      window(exports.input(), INPUT_SIZE).set(bytes);
      guard(() => exports.setBytes(option, bytes.length));
    },
    open: (format) => guard(() => exports.open(format)),
    input: () => window(exports.input(), INPUT_SIZE),
    feed: (length) => guard(() => exports.feed(length)),
    skip: (length) => guard(() => exports.skip(BigInt(length))),
    offer: () => guard(() => offerOf(exports)),
    accept: (length) => guard(() => exports.accept(BigInt(length))),
    finish: () => guard(() => exports.finish()),
    result: (what) => guard(() => Number(exports.result(what))),
    rootHash: () => copyOf(exports.rootHash(), 32),
    verityUuid: () => copyOf(exports.verityUuid(), 16),
    giveGzip: (length) => guard(() => exports.giveGzip(length)),
    inflate() {
      const length = guard(() => exports.inflate());
      return window(exports.inflated(), length);
    },
    feedInflated: () => guard(() => exports.feedInflated()),
    finishGzip: () => guard(() => exports.finishGzip()),
  };
}

function offerOf(exports: Exports): Offer | undefined {
  const length = Number(exports.offer());
  if (length === 0) return undefined;
  return { source: Number(exports.offerSource()), target: Number(exports.offerTarget()), length };
}
