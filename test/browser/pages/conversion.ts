/** Conversions in a page. What crosses to the test is plain data: images as their digests. */

import { PickedFileSink } from "../../../build/src/host/browser/picked-file-sink.js";
import { loadWasm } from "../../../build/src/host/browser/wasm-files.js";
import { startHash } from "../../../build/src/host/hashing.js";
import { convert, convertDisk, isError, makeFilesystem, makeRootfs, type WebSource } from "../../../build/src/web.js";
import type { ConversionOutcome, Layer, Source, Target } from "../conversion-outcome.ts";

export async function convertTo(source: Source, target: Target, options: object): Promise<ConversionOutcome> {
  return outcome(target, async (target) => convert(await open(source), target, options));
}

export function makeRootfsTo(layers: Layer[], target: Target, options: object): Promise<ConversionOutcome> {
  return outcome(target, async (target) => {
    const opened = await Promise.all(layers.map(async (layer) => ({ ...layer, source: await open(layer.source) })));
    return makeRootfs(opened, target, options);
  });
}

export function makeFilesystemTo(target: Target, options: { size: number }): Promise<ConversionOutcome> {
  return outcome(target, (target) => makeFilesystem(target, options));
}

export function convertDiskTo(source: Source, target: Target, options: object): Promise<ConversionOutcome> {
  return outcome(target, async (target) => convertDisk((await open(source)) as Blob, target, options));
}

/** Converts a layer, and gives up when `bytes` of it were read. @returns what was thrown */
export async function abortAfter(source: Source, target: Target, bytes: number): Promise<string> {
  const controller = new AbortController();
  const reports: number[] = [];
  const onProgress = ({ bytesRead }: { bytesRead: number }) => {
    reports.push(bytesRead);
    if (bytesRead >= bytes) controller.abort(new Error("given up on purpose"));
  };
  const { failed } = await outcome(target, async (target) => {
    const opened = await open(source);
    return convert(opened, target, { signal: controller.signal, onProgress });
  });
  return failed?.message ?? `converted, with reports at ${reports}`;
}

/** How full the files of a failed or aborted conversion are. */
export async function ownFiles(): Promise<[name: string, size: number][]> {
  const files: [string, number][] = [];
  for await (const [name, handle] of (await navigator.storage.getDirectory()).entries()) {
    files.push([name, (await (handle as FileSystemFileHandle).getFile()).size]);
  }
  return files;
}

/** What two writes far apart, and a size, become in a file that is written as one that was picked. */
export async function writePicked(end: "commit" | "discard"): Promise<{ bytes: string; before: string }> {
  const handle = await (await navigator.storage.getDirectory()).getFileHandle("picked", { create: true });
  const writable = await handle.createWritable();
  await writable.write("as it was");
  await writable.close();
  const sink = await PickedFileSink.open(handle);
  sink.write(10, new TextEncoder().encode("later"));
  sink.write(2, new TextEncoder().encode("first"));
  await sink.ready();
  const before = await (await handle.getFile()).text();
  await (end === "commit" ? sink.commit(17) : sink.discard());
  return { bytes: await (await handle.getFile()).text(), before };
}

export function letChoose(): void {
  document.body.append(Object.assign(document.createElement("input"), { type: "file" }));
}

/** Converts the file that was chosen. */
export function convertChosen(): Promise<ConversionOutcome> {
  const [file] = document.querySelector("input")!.files!;
  return outcome("blob", (target) => convert(file!, target));
}

/** Here, where the file to be started as a thread is no worker's, but a page. @returns the digest of so many sevens */
export async function hashWithoutThread(size: number): Promise<string> {
  await loadWasm();
  const hash = startHash("sha256");
  const piece = new Uint8Array(300_000).fill(7);
  for (let done = 0; done < size; done += piece.length) {
    hash.update(piece.subarray(0, size - done));
    await hash.ready?.();
  }
  return hash.digest();
}

async function open({ path, as }: Source): Promise<WebSource> {
  const blob = await (await fetch(path)).blob();
  if (as === "stream") return blob.stream();
  if (as === "bytes") return new Uint8Array(await blob.arrayBuffer());
  if (as === "blob") return blob;
  const handle = await (await navigator.storage.getDirectory()).getFileHandle("source", { create: true });
  const writable = await handle.createWritable();
  await writable.write(blob);
  await writable.close();
  return handle;
}

async function outcome<T extends { blob?: Blob }>(
  target: Target,
  make: (target: "blob" | FileSystemFileHandle) => Promise<T>,
): Promise<ConversionOutcome> {
  const own = await navigator.storage.getDirectory();
  const handle = target === "blob" ? "blob" : await own.getFileHandle("image", { create: true });
  try {
    const { blob, ...result } = await make(handle);
    const image = handle === "blob" ? blob! : await handle.getFile();
    return { made: { result, sha256: await sha256(image) } };
  } catch (error) {
    const { code, message } = error as { code?: number; message: string };
    return { failed: { ours: isError(error, code!), ...(code !== undefined && { code }), message } };
  } finally {
    if (target === "own") await own.removeEntry("image");
  }
}

async function sha256(blob: Blob): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", await blob.arrayBuffer());
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
