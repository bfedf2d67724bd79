/** Our WASM files in a browser: fetched and compiled beforehand, for nobody can wait for them when they are started. */
import { ErrorCode, ImageError } from "../errors.ts";
import { useHashing } from "../hashing.ts";
import { provideWasm } from "../wasm.ts";
import { browserHashing } from "./hashing.ts";

/** Written out, so that bundlers find them. */
const FILES = {
  "hash.wasm": () => new URL("../../../hash.wasm", import.meta.url),
  "core.wasm": () => new URL("../../../core.wasm", import.meta.url),
  "reader.wasm": () => new URL("../../../reader.wasm", import.meta.url),
  "disk.wasm": () => new URL("../../../disk.wasm", import.meta.url),
  "archive.wasm": () => new URL("../../../archive.wasm", import.meta.url),
  "cim-layer.wasm": () => new URL("../../../cim-layer.wasm", import.meta.url),
  "cim-reader.wasm": () => new URL("../../../cim-reader.wasm", import.meta.url),
  "cim-archive.wasm": () => new URL("../../../cim-archive.wasm", import.meta.url),
};

export type WasmName = keyof typeof FILES;

const loaded = new Map<WasmName, Promise<WebAssembly.Module>>();

/**
 * Has `names` ready to be started, and what hashes. Each is fetched once, when it is first asked for.
 *
 * @throws ImageError  Unavailable, and the next call tries again
 */
export async function loadWasm(...names: readonly WasmName[]): Promise<void> {
  const [hash] = await Promise.all([load("hash.wasm"), ...names.map(load)]);
  useHashing(browserHashing(hash));
}

async function load(name: WasmName): Promise<WebAssembly.Module> {
  const started = loaded.get(name) ?? compile(name);
  loaded.set(name, started);
  try {
    const module = await started;
    provideWasm(name, module);
    return module;
  } catch (error) {
    loaded.delete(name);
    throw new ImageError(ErrorCode.Unavailable, `${name}: ${error instanceof Error ? error.message : error}`, error);
  }
}

/** The folder that `setLocations` has said, which stands in the worker's own address. */
const folder = location.hash.slice(1);

async function compile(name: WasmName): Promise<WebAssembly.Module> {
  const url = folder ? new URL(name, folder) : FILES[name]();
  // Bundlers put small files into their code, and a page's policy may forbid to fetch them from there.
  if (url.protocol === "data:") return WebAssembly.compile(bytesOfDataUrl(url));
  const response = await fetch(url);
  if (!response.ok) throw new Error(`the server says ${response.status}`);
  // The fast way is for servers that say what it is.
  if (response.headers.get("content-type") === "application/wasm") return WebAssembly.compileStreaming(response);
  return WebAssembly.compile(await response.arrayBuffer());
}

/** Of what bundlers write: "data:application/wasm;base64,…". */
function bytesOfDataUrl({ pathname }: URL): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(pathname.slice(pathname.indexOf(",") + 1)), (character) => character.charCodeAt(0));
}
