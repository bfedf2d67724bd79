/** Starts workers: the file that stands beside us, or where a bundler has put it. */
import { ErrorCode, ImageError } from "../errors.ts";
import { WorkerLink, type WorkerPort } from "./worker-link.ts";

let place: string | URL | undefined;

/**
 * Says where the worker's file is. Without, it is found by `new URL("./worker.js", import.meta.url)`, which vite and webpack
 * understand; others, such as esbuild, are given `layerkiln/web-worker` as an entry point of its own. Workers that run
 * already stay.
 *
 * @param url  of the same origin as the page
 */
export function setWorkerUrl(url: string | URL): void {
  place = url;
}

/** @throws ImageError  Unavailable where there can be none */
export function startWorker(): WorkerLink {
  return new WorkerLink(newWorker(), (lock, signal) => navigator.locks.request(lock, { signal }, () => {}));
}

function newWorker(): WorkerPort {
  try {
    const worker = place
      ? new Worker(place, { type: "module", name: "layerkiln" })
      : new Worker(new URL("./worker.js", import.meta.url), { type: "module", name: "layerkiln" });
    return worker as unknown as WorkerPort;
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    throw new ImageError(ErrorCode.Unavailable, `worker: cannot be started: ${words}`, error);
  }
}
