/** CIMs made in a page, told by digests of what came of them. */
import { type ConvertCimOptions, cimPartsOf, convertCim, ImageError } from "../../../build/src/web.js";
import type { Outcome } from "../cim-outcome.ts";

type Options = Omit<ConvertCimOptions, "parent" | "signal" | "onProgress">;

async function fetched(path: string): Promise<File> {
  return new File([await (await fetch(path)).arrayBuffer()], path.slice(path.lastIndexOf("/") + 1));
}

/** @param parent  paths of all files of the CIM below */
export async function toTar(layer: string, options: Options, parent?: readonly string[]): Promise<Outcome> {
  return tell(async () => {
    const { blob, ...result } = await convertCim(await fetched(layer), "blob", await withParent(options, parent));
    return { result, digests: { tar: await sha256(blob!) } };
  });
}

/** Places of the origin's files that conversions were to go to. */
const targets: string[] = [];

/** Into a file of the origin's, which is read and removed. */
export async function toFile(layer: string, options: Options): Promise<Outcome> {
  const root = await navigator.storage.getDirectory();
  const file = await root.getFileHandle("made.tar", { create: true });
  targets.push("made.tar");
  return tell(async () => {
    const result = await convertCim((await fetched(layer)).stream(), file, options);
    const tar = await sha256(await file.getFile());
    return { result, digests: { tar } };
  }).finally(() => root.removeEntry("made.tar"));
}

/** Into the directory `folder` of the origin, which stays as it is then. */
export async function toFolder(
  layer: string,
  folder: string,
  options: Options,
  parent?: readonly string[],
): Promise<Outcome> {
  const root = await navigator.storage.getDirectory();
  const directory = await root.getDirectoryHandle(folder, { create: true });
  targets.push(`${folder}/`);
  const outcome = await tell(async () => {
    const result = await convertCim(await fetched(layer), directory, await withParent(options, parent));
    return { result, digests: {} };
  });
  return {
    ...outcome,
    digests: await digestsIn(directory),
    left: outcome.left.filter((path) => !path.startsWith(`${folder}/`)),
  };
}

/** Ends the conversion when so many bytes were read of a layer that never ends. */
export async function aborted(layer: string, options: Options, after: number): Promise<Outcome> {
  const controller = new AbortController();
  const bytes = new Uint8Array(await (await fetched(layer)).arrayBuffer());
  let sent = 0;
  const endless = new ReadableStream<Uint8Array>({
    async pull(stream) {
      stream.enqueue(sent === 0 ? bytes : new Uint8Array(1024 ** 2));
      sent += 1024 ** 2;
      if (sent > after) controller.abort(new Error("enough"));
      await new Promise((resolve) => setTimeout(resolve, 1));
    },
  });
  return tell(async () => {
    const { blob: _, ...result } = await convertCim(endless, "blob", { ...options, signal: controller.signal });
    return { result, digests: {} };
  });
}

/** Leaves what a tab leaves that is killed half-way. */
export async function leave(layer: string, options: Options): Promise<void> {
  const bytes = await (await fetched(layer)).arrayBuffer();
  const stuck = new ReadableStream<Uint8Array>({
    start: (stream) => stream.enqueue(new Uint8Array(bytes.slice(0, 100_000))),
  });
  void convertCim(stuck, "blob", options);
  while ((await allFiles()).length < 5) await new Promise((resolve) => setTimeout(resolve, 10));
}

export { allFiles };

async function withParent(options: Options, parent: readonly string[] | undefined): Promise<ConvertCimOptions> {
  return { ...options, ...(parent && { parent: cimPartsOf(await Promise.all(parent.map(fetched))) }) };
}

async function tell(
  work: () => Promise<{ result: NonNullable<Outcome["result"]>; digests: Record<string, string> }>,
): Promise<Outcome> {
  try {
    return { ...(await work()), left: await allFiles() };
  } catch (error) {
    const { code, message } = error as ImageError;
    return { failure: { code: error instanceof ImageError ? code : -1, message }, digests: {}, left: await allFiles() };
  }
}

async function digestsIn(directory: FileSystemDirectoryHandle, path = ""): Promise<Record<string, string>> {
  const digests: Record<string, string> = {};
  for await (const [name, handle] of directory.entries()) {
    if (handle.kind === "file") digests[path + name] = await sha256(await (handle as FileSystemFileHandle).getFile());
    else Object.assign(digests, await digestsIn(handle as FileSystemDirectoryHandle, `${path}${name}/`));
  }
  return digests;
}

async function allFiles(): Promise<string[]> {
  const paths = await pathsIn(await navigator.storage.getDirectory());
  return paths.filter((path) => !targets.some((target) => path.startsWith(target)));
}

async function pathsIn(directory: FileSystemDirectoryHandle): Promise<string[]> {
  const paths: string[] = [];
  for await (const [name, handle] of directory.entries()) {
    if (handle.kind === "file") paths.push(name);
    else for (const path of await pathsIn(handle as FileSystemDirectoryHandle)) paths.push(`${name}/${path}`);
  }
  return paths;
}

async function sha256(blob: Blob): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", await blob.arrayBuffer()));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
