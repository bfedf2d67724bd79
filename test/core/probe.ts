/** Parts of the core on their own: compiles a few lines of AssemblyScript that call them. */
import { readFile } from "node:fs/promises";
import { type ErrorCode, ImageError } from "../../src/index.ts";
import { inRepository } from "../fixtures/repository.ts";

/** What the compiled lines export: numbers in, numbers out, and the memory. */
export type Probe = { memory: { buffer: ArrayBuffer } } & Record<
  string,
  (...numbers: (number | bigint)[]) => number | bigint
>;

/** What we use of the compiler. Its own types bring AssemblyScript's globals along, and change those of Node. */
interface Compiler {
  main(
    args: string[],
    system: {
      readFile(name: string): Promise<string | null>;
      writeFile(name: string, contents: Uint8Array): void;
      listFiles(): string[];
    },
  ): Promise<{ error: Error | null; stderr: unknown }>;
}
const compiler: string = "assemblyscript/asc";
const { default: asc }: { default: Compiler } = await import(compiler);

/** Lines that are compiled: any number of probes start from them. */
export type Module = object;

declare const WebAssembly: {
  compile(wasm: Uint8Array): Promise<Module>;
  instantiate(module: Module, imports: object): Promise<{ exports: unknown }>;
};

type Emit = (at: number, bytes: Uint8Array) => void;

/** Bytes of the memory, valid until it is called again. */
export type Window = (from: number, length: number) => Uint8Array;

/** What lines may ask of their host beside `emit` and `fail`, given the way to their memory: numbers in, and none or a number out. */
type Host = (window: Window) => Record<string, (...numbers: never[]) => unknown>;

/**
 * @param source  its imports are written from the repository's root, as in `from "./assembly/vhd/layout"`
 * @param emit    takes what the core writes
 * @param host    what else the lines import
 */
export async function probe(source: string, emit?: Emit, host?: Host): Promise<Probe> {
  return startProbe(await compileProbe(source), emit, host);
}

/** The same in two steps, for who starts many. */
export async function compileProbe(source: string): Promise<Module> {
  let wasm: Uint8Array | undefined;
  const { error, stderr } = await asc.main(
    ["probe.ts", "--outFile", "probe.wasm", "--runtime", "stub", "--enable", "simd", "--use", "WASI=0"],
    {
      readFile: async (name) => (name === "probe.ts" ? source : readFile(inRepository(name), "utf8").catch(() => null)),
      writeFile(name, contents) {
        if (name === "probe.wasm") wasm = contents;
      },
      listFiles: () => [],
    },
  );
  if (error !== null || wasm === undefined) throw new Error(`asc: ${error?.message}\n${stderr}`);
  return WebAssembly.compile(wasm);
}

export async function startProbe(module: Module, emit: Emit = () => {}, host: Host = () => ({})): Promise<Probe> {
  const window: Window = (from, length) => new Uint8Array(exports.memory.buffer, from >>> 0, length);
  const text = (address: number): string => {
    const [length] = new Uint32Array(exports.memory.buffer, (address >>> 0) - 4, 1);
    return Buffer.from(window(address, length!)).toString("utf16le");
  };
  const instance = await WebAssembly.instantiate(module, {
    env: {
      abort: (message: number) => {
        throw new Error(text(message));
      },
    },
    host: {
      ...host(window),
      emit: (at: bigint, from: number, length: number) => emit(Number(at), window(from, length)),
      fail: (code: ErrorCode, message: number) => {
        throw new ImageError(code, text(message));
      },
    },
  });
  const exports = instance.exports as Probe;
  return exports;
}
