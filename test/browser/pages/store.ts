/** The store of finished images, as a page uses it. What crosses to the test is plain data. */
import { createStore, del, entries, set } from "idb-keyval";
import {
  endWorkers,
  type ImageStore,
  openStore,
  type RootfsOptions,
  type StoreConvertOptions,
  type StoreDiskOptions,
  type Stored,
  type StoreOptions,
} from "../../../build/src/web.js";
import type { Made, Outcome } from "../outcome.ts";
import { outcome } from "./outcome.ts";

let store: ImageStore;
const given = new Map<string, Stored<unknown>[]>();

/** Of a conversion that is told to stop, or that nobody waits for. */
let controller = new AbortController();
let bytesRead = 0;

export async function open(options?: StoreOptions): Promise<Outcome<true>> {
  return outcome(async () => {
    store = await openStore(options);
    return true as const;
  });
}

/** Converts what is served at `path`, as a file called `name`. */
export async function convert(
  path: string,
  options: StoreConvertOptions = {},
  name = "layer.tar",
): Promise<Outcome<Made>> {
  return outcome(async () => made(await store.convert(await fileOf(path, name), options)));
}

export async function convertStream(path: string): Promise<Outcome<Made>> {
  return outcome(async () => made(await store.convert((await fetch(path)).body!)));
}

export async function convertBytes(path: string): Promise<Outcome<Made>> {
  return outcome(async () => made(await store.convert(new Uint8Array(await (await fetch(path)).arrayBuffer()))));
}

export async function makeRootfs(
  layers: { path: string; digest?: string; diffId?: string; addition?: boolean }[],
  options: RootfsOptions = {},
): Promise<Outcome<Made>> {
  return outcome(async () => {
    const sources = layers.map(async ({ path, ...layer }) => ({ ...layer, source: await fileOf(path, path) }));
    return made(await store.makeRootfs(await Promise.all(sources), options));
  });
}

export async function convertDisk(path: string, options: StoreDiskOptions): Promise<Outcome<Made>> {
  return outcome(async () => made(await store.convertDisk(await fileOf(path, path), options)));
}

/** Converts what is served at `path` as a stream that stops half-way until it is aborted. */
export function convertForEver(path: string): Promise<Outcome<Made>> {
  controller = new AbortController();
  bytesRead = 0;
  return outcome(async () => {
    const half = (await fileOf(path, "")).slice(0, 1_000_000);
    const source = new ReadableStream<Uint8Array>({
      async start(stream) {
        stream.enqueue(new Uint8Array(await half.arrayBuffer()));
      },
      // Never closed: there is always more to wait for.
    });
    const onProgress = (progress: { bytesRead: number }) => {
      bytesRead = progress.bytesRead;
    };
    return made(await store.convert(source, { signal: controller.signal, onProgress }));
  });
}

let pending: Promise<Outcome<Made>> | undefined;

/** Has `convertForEver` run, and returns when a file of it is there. */
export async function startConverting(path: string): Promise<void> {
  pending = convertForEver(path);
  while ((await files()).length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
}

export function stopConverting(how: "abort" | "end workers"): Promise<Outcome<Made>> {
  if (how === "abort") controller.abort(new Error("enough"));
  else endWorkers();
  return pending!;
}

export function progress(): number {
  return bytesRead;
}

export async function list(): Promise<unknown[]> {
  return store.list();
}

export async function openImage(id: string): Promise<Outcome<Made>> {
  return outcome(async () => made(await store.open(id)));
}

export async function remove(id: string): Promise<Outcome<true>> {
  return outcome(async () => {
    await store.remove(id);
    return true as const;
  });
}

export async function clear(): Promise<unknown> {
  return store.clear();
}

export async function usage(): Promise<unknown> {
  return store.usage();
}

export async function close(): Promise<void> {
  await store.close();
}

/** Releases all that was given out of image `id`, or all there is. */
export async function release(id?: string): Promise<void> {
  const ids = id === undefined ? [...given.keys()] : [id];
  for (const each of ids) {
    for (const stored of given.get(each) ?? []) await stored.release();
    given.delete(each);
  }
}

/** The first bytes of what was given out before can still be read. */
export async function isReadable(id: string): Promise<boolean> {
  return given
    .get(id)![0]!
    .file.slice(0, 4096)
    .arrayBuffer()
    .then(
      () => true,
      () => false,
    );
}

/** Paths of all files that this origin keeps. */
export async function files(): Promise<string[]> {
  const found: string[] = [];
  const walk = async (directory: FileSystemDirectoryHandle, path: string) => {
    for await (const [name, handle] of directory.entries()) {
      if (handle.kind === "directory") await walk(handle as FileSystemDirectoryHandle, `${path}${name}/`);
      else found.push(path + name);
    }
  };
  await walk(await navigator.storage.getDirectory(), "");
  return found;
}

/** What else may happen to a store, of which nobody tells it. */
export async function spoil(how: string): Promise<void> {
  const index = createStore("layerkiln images", "index");
  const images = await (
    await (await navigator.storage.getDirectory()).getDirectoryHandle("layerkiln")
  ).getDirectoryHandle("images");
  if (how === "index lost") {
    for (const [key] of await entries(index)) await del(key, index);
  } else if (how === "file gone") {
    for await (const name of images.keys()) await images.removeEntry(name);
  } else if (how === "all files gone") {
    await (await navigator.storage.getDirectory()).removeEntry("layerkiln", { recursive: true });
  } else if (how === "file touched") {
    for await (const handle of images.values()) {
      const writable = await (handle as FileSystemFileHandle).createWritable({ keepExistingData: true });
      await writable.write({ type: "write", position: 5000, data: new Uint8Array([1, 2, 3]) });
      await writable.close();
    }
  } else if (how === "file shorter") {
    for await (const handle of images.values()) {
      const writable = await (handle as FileSystemFileHandle).createWritable({ keepExistingData: true });
      await writable.truncate(100);
      await writable.close();
    }
  } else if (how === "entries damaged") {
    for (const [key, value] of await entries<string, { text: string }>(index)) {
      if (typeof value === "number") await set(key, "never", index);
      else await set(key, { ...value, text: value.text.replaceAll(/"(entries|diffSize)":\d+/g, '"$1":7') }, index);
    }
  } else if (how === "entries of others") {
    await set("image 5", null, index);
    await set("note", "of somebody else", index);
  } else if (how === "nothing can be noted") {
    IDBObjectStore.prototype.put = () => {
      throw new DOMException("there is no room", "QuotaExceededError");
    };
  } else throw new Error(how);
}

/** Keys of all entries of the index. */
export async function indexed(): Promise<unknown[]> {
  return (await entries(createStore("layerkiln images", "index"))).map(([key]) => key);
}

/** As in a private window of one browser or another. */
export function lose(what: "files" | "databases" | "locks"): void {
  const no = () => {
    throw new DOMException("It is not allowed here.", "SecurityError");
  };
  if (what === "files") navigator.storage.getDirectory = no;
  else if (what === "databases") IDBFactory.prototype.open = no;
  else Object.defineProperty(navigator, "locks", { value: undefined });
}

async function made({ id, file, result, isNew, release }: Stored<unknown>): Promise<Made> {
  given.set(id, [...(given.get(id) ?? []), { id, file, result, isNew, release }]);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", await file.arrayBuffer()));
  return {
    id,
    isNew,
    digest: [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join(""),
    size: file.size,
    result,
  };
}

async function fileOf(path: string, name: string): Promise<File> {
  return new File([await (await fetch(path)).blob()], name, { lastModified: 0 });
}
