/** Starts workers: of the file that stands beside us, or of where a bundler has put it. */
import { ErrorCode, ImageError } from "../errors.ts";
import { WorkerLink, type WorkerPort } from "./worker-link.ts";

/** Where our files are, for bundlers that do not find them. Relative to the page, and of its origin. */
export interface Locations {
  /** The worker's file: what was bundled of the entry `layerkiln/web-worker`. */
  readonly worker: string | URL;

  /** The folder with the package's WASM files: at least core.wasm and hash.wasm, and disk.wasm for disks. Ends in a slash. */
  readonly wasm: string | URL;
}

let located: URL | undefined;

/**
 * Says where our files are. Bundlers that understand `new URL("./file", import.meta.url)`, as vite and webpack do, find them
 * without; esbuild does not. To be called before anything else; workers that run already stay.
 */
export function setLocations({ worker, wasm }: Locations): void {
  located = new URL(worker, location.href);
  located.hash = new URL(wasm, location.href).href; // the worker reads it there: see wasm-files.ts
}

/** @throws ImageError  Unavailable where there can be none */
export function startWorker(): WorkerLink {
  return new WorkerLink(newWorker(), (lock, signal) => navigator.locks.request(lock, { signal }, () => {}));
}

function newWorker(): WorkerPort {
  try {
    const worker = located
      ? new Worker(located, { type: "module", name: "layerkiln" })
      : new Worker(new URL("./worker.js", import.meta.url), { type: "module", name: "layerkiln" });
    return worker as unknown as WorkerPort;
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    throw new ImageError(ErrorCode.Unavailable, `worker: cannot be started: ${words}`, error);
  }
}
