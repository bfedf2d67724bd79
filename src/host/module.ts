/** What all parts of the core have in common: they are WASM, compiled once, and fail by throwing. */
import { readFile } from "node:fs/promises";
import { ErrorCode, ImageError } from "./errors.ts";

// What we need of the engine's WebAssembly; TypeScript has it only among the types of a browser.
declare const WebAssembly: { compile(wasm: Uint8Array): Promise<object> };

const compiled = new Map<string, Promise<object>>();

/** Compiles a file of `build/` once for all who start it; anew if that failed, as it does where too many files are open. */
export function compileModule(name: string): Promise<object> {
  const module = compiled.get(name) ?? compileFile(name);
  compiled.set(name, module);
  return module;
}

async function compileFile(name: string): Promise<object> {
  try {
    return await WebAssembly.compile(await readFile(new URL(`../../${name}`, import.meta.url)));
  } catch (error) {
    compiled.delete(name);
    throw error;
  }
}

/** Reads a text of the core's. */
type Text = (address: number) => string;

/** What the core calls where an assertion of its own fails. */
export function aborter(text: Text) {
  return (message: number, file: number, line: number, column: number): never => {
    throw new ImageError(ErrorCode.Internal, `core: ${text(message)} at ${text(file)}:${line}:${column}`);
  };
}

/** What the core calls where its input is at fault. */
export function failer(text: Text) {
  return (code: ErrorCode, message: number): never => {
    throw new ImageError(code, text(message));
  };
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
