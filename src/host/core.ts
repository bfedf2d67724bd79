/** Starts the WASM core. One core makes one image and is then dropped, so it never has to clean up. */
import { readFile } from "node:fs/promises";
import { instantiateSync } from "@assemblyscript/loader";
import type { Format, Option, Result } from "../../assembly/abi.ts";
import { ErrorCode, ImageError } from "./errors.ts";

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

  /** Where the next bytes go: a window of INPUT_SIZE bytes, valid until the core is called again. */
  input(): Uint8Array;

  /** Takes the first `length` bytes of `input()`. */
  feed(length: number): void;

  /** Content that comes next and that may be copied from the layer's file to the image's, or fed as all else. */
  offer(): Offer | undefined;

  /** The first `length` bytes of the offer are in the image. Whole blocks of 4096 bytes. */
  accept(length: number): void;

  finish(): void;
  result(what: Result): number;

  /** Of the dm-verity tree: 32 bytes, or undefined without one. */
  rootHash(): Uint8Array | undefined;
}

// What we need of the engine's WebAssembly; TypeScript has it only among the types of a browser.
declare const WebAssembly: { compile(wasm: Uint8Array): Promise<object> };

let compiled: Promise<object> | undefined;

/** Compiles once for all cores; anew if that failed, as it does where too many files are open. */
function compile(): Promise<object> {
  compiled ??= compileFile().catch((error: unknown) => {
    compiled = undefined;
    throw error;
  });
  return compiled;
}

async function compileFile(): Promise<object> {
  return WebAssembly.compile(await readFile(new URL("../../core.wasm", import.meta.url)));
}

export async function startCore(emit: Emit): Promise<Core> {
  const window = (from: number, length: number) => {
    // A new view each time: memory that has grown leaves the old one detached.
    const { buffer }: { buffer: ArrayBuffer } = exports.memory;
    return new Uint8Array(buffer, from >>> 0, length); // an address past 2 GiB arrives as a negative number
  };
  const text = (address: number) => exports.__getString(address >>> 0);

  // Not the loader's asynchronous way: it looks at `Response`, for which Node loads all of fetch, in 20 ms.
  const { exports } = instantiateSync<Exports>(await compile(), {
    env: {
      abort(message: number, file: number, line: number, column: number) {
        throw new ImageError(ErrorCode.Internal, `core: ${text(message)} at ${text(file)}:${line}:${column}`);
      },
    },
    host: {
      emit(at: bigint, from: number, length: number) {
        emit(Number(at), window(from, length));
      },
      fail(code: ErrorCode, message: number) {
        throw new ImageError(code, text(message));
      },
    },
  });

  return {
    set: (option, value) => guard(() => exports.set(option, BigInt(value))),
    open: (format) => guard(() => exports.open(format)),
    input: () => window(exports.input(), INPUT_SIZE),
    feed: (length) => guard(() => exports.feed(length)),
    offer: () => guard(() => offerOf(exports)),
    accept: (length) => guard(() => exports.accept(BigInt(length))),
    finish: () => guard(() => exports.finish()),
    result: (what) => guard(() => Number(exports.result(what))),
    rootHash() {
      const from = exports.rootHash();
      return from === 0 ? undefined : window(from, 32).slice();
    },
  };
}

function offerOf(exports: Exports): Offer | undefined {
  const length = Number(exports.offer());
  if (length === 0) return undefined;
  return { source: Number(exports.offerSource()), target: Number(exports.offerTarget()), length };
}

/** What is thrown in there and is not an ImageError is a trap: a fault of ours, whatever the input. */
function guard<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    if (error instanceof ImageError) throw error;
    throw new ImageError(ErrorCode.Internal, `core: ${error instanceof Error ? error.message : error}`, error);
  }
}
