/** Starts our WASM files. Each is compiled once, however many instances are started. */
import { instantiateSync } from "@assemblyscript/loader";
import { ErrorCode, ImageError } from "./errors.ts";

/** Bytes of the instance's memory, valid until it is called again. */
export type Window = (from: number, length: number) => Uint8Array;

/** What an instance asks of its host, beside `fail`. */
type Imports = Record<string, (...numbers: never[]) => unknown>;

/**
 * @param name  of a file in the build folder
 * @param host  its imports, given what they need to reach its memory
 * @returns its exports, and the way to its memory; it throws an ImageError, or something else where `guard` is of use
 */
export function startWasm<Exports extends Record<string, unknown>>(
  name: string,
  host: (window: Window) => Imports,
): { exports: Exports; window: Window } {
  const window: Window = (from, length) => {
    // A new view each time: memory that has grown leaves the old one detached.
    const { buffer } = exports.memory as { buffer: ArrayBuffer };
    return new Uint8Array(buffer, from >>> 0, length); // an address past 2 GiB arrives as a negative number
  };
  const text = (address: number) => exports.__getString(address >>> 0);

  // Not the loader's asynchronous way: it looks at `Response`, for which Node loads all of fetch, in 20 ms.
  const { exports } = instantiateSync<Exports>(compile(name), {
    env: {
      abort(message: number, file: number, line: number, column: number) {
        throw new ImageError(ErrorCode.Internal, `core: ${text(message)} at ${text(file)}:${line}:${column}`);
      },
    },
    host: {
      ...host(window),
      fail(code: ErrorCode, message: number) {
        throw new ImageError(code, text(message));
      },
    },
  });
  return { exports, window };
}

/** What is thrown in there and is not an ImageError is a trap: a fault of ours, whatever the input. */
export function guard<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    if (error instanceof ImageError) throw error;
    throw new ImageError(ErrorCode.Internal, `core: ${error instanceof Error ? error.message : error}`, error);
  }
}

// What we need of the engine's WebAssembly, and of Node; TypeScript has the one only among the types of a browser.
declare const WebAssembly: { Module: new (wasm: Uint8Array) => object };
declare const process: { getBuiltinModule(name: "node:fs"): { readFileSync(path: URL): Uint8Array } };

const compiled = new Map<string, object>();

/** Has `module` be the one called `name`, for who cannot wait for it to be read when it is first started: a browser. */
export function provideWasm(name: string, module: object): void {
  compiled.set(name, module);
}

/** Beside us when we are built. Not written as bundlers look for it: they would take all that stands there for ours. */
const here = import.meta.url;

/** In 2 ms: the engine leaves functions until they are called. */
function compile(name: string): object {
  let module = compiled.get(name);
  if (module === undefined) {
    module = new WebAssembly.Module(process.getBuiltinModule("node:fs").readFileSync(new URL(`../../${name}`, here)));
    compiled.set(name, module);
  }
  return module;
}
