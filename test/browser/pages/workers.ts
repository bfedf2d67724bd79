/** Calls of workers, as a page makes them. What crosses to the test is plain data. */
import { convert, endWorkers, setLocations, stackLayers, type WebSource } from "../../../build/src/web.js";
import type { Outcome } from "../outcome.ts";
import { outcome } from "./outcome.ts";

let files = 0;

/** Converts a source into a file of the origin's own. @returns the image's SHA-256 */
async function digestOf(source: WebSource, signal?: AbortSignal): Promise<string> {
  const target = await (await navigator.storage.getDirectory()).getFileHandle(`image ${files++}`, { create: true });
  await convert(source, target, { ...(signal && { signal }) });
  const digest = await crypto.subtle.digest("SHA-256", await (await target.getFile()).arrayBuffer());
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

const SOURCES: Record<string, (path: string) => Promise<WebSource>> = {
  async blob(path) {
    return (await fetch(path)).blob();
  },
  async bytes(path) {
    return new Uint8Array(await (await fetch(path)).arrayBuffer());
  },
  async stream(path) {
    return (await fetch(path)).body!;
  },
  async handle(path) {
    const handle = await (await navigator.storage.getDirectory()).getFileHandle("layer.tar", { create: true });
    await (await fetch(path)).body!.pipeTo(await handle.createWritable());
    return handle;
  },
  async "views of one buffer"(path) {
    const bytes = new Uint8Array(await (await fetch(path)).arrayBuffer());
    let at = 0;
    return new ReadableStream({
      pull(controller) {
        controller.enqueue(bytes.subarray(at, at + 100_000));
        at += 100_000;
        if (at >= bytes.length) controller.close();
      },
    });
  },
  async "a stream of text"() {
    return new ReadableStream({ start: (controller) => controller.enqueue("text" as never) });
  },
  async nothing() {
    return 5 as never;
  },
  async locked(path) {
    const { body } = await fetch(path);
    body!.getReader();
    return body!;
  },
  async "a stream that fails"() {
    return new ReadableStream({
      pull() {
        throw new Error("the network is gone");
      },
    });
  },
};

export function convertFrom(kind: string, path: string): Promise<Outcome<string>> {
  return outcome(async () => digestOf(await SOURCES[kind]!(path)));
}

/** Several conversions side by side. */
export function convertAll(paths: string[]): Promise<Outcome<string>[]> {
  return Promise.all(paths.map((path) => convertFrom("blob", path)));
}

/** Whether a stream that nobody wants any more hears of it. */
export async function cancelled(): Promise<boolean> {
  const controller = new AbortController();
  let wanted = () => {};
  const asked = new Promise<void>((resolve) => {
    wanted = resolve;
  });
  const heard = new Promise<boolean>((resolve) => {
    const stream = new ReadableStream({ pull: () => wanted(), cancel: () => resolve(true) }, { highWaterMark: 0 });
    void outcome(() => digestOf(stream, controller.signal)).then(() => setTimeout(() => resolve(false), 2000));
  });
  await asked;
  controller.abort();
  return heard;
}

/** What is said where a file is to become its own image, and how many bytes it has then. */
export async function ontoItself(path: string): Promise<[Outcome<unknown>, size: number]> {
  const file = (await SOURCES.handle!(path)) as FileSystemFileHandle;
  const said = await outcome(() => convert(file, file));
  return [said, (await file.getFile()).size];
}

/** Whether a stream hears that it is not wanted where another layer is none. */
export function letGo(): Promise<boolean> {
  return new Promise((resolve) => {
    const source = new ReadableStream<Uint8Array>({ cancel: () => resolve(true) });
    const refused = outcome(() => stackLayers([{ source }, { source: 5 as never }]));
    void refused.then(() => setTimeout(() => resolve(false), 1000));
  });
}

export function processors(): number {
  return navigator.hardwareConcurrency;
}

/** Workers of the page that were started, that run, and most that ran at a time; not those that they have themselves. */
const count = { started: 0, running: 0, most: 0 };

globalThis.Worker = class extends Worker {
  constructor(url: string | URL, options?: WorkerOptions) {
    super(url, options);
    count.started++;
    count.running++;
    count.most = Math.max(count.most, count.running);
  }

  override terminate(): void {
    super.terminate();
    count.running--;
  }
};

export function counted(): typeof count {
  return count;
}

export { endWorkers, setLocations };
