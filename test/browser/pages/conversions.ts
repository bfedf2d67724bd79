/** Conversions of files that are chosen, as a user's page would have them. */
import { type ConvertOptions, type ConvertResult, convert, openStore } from "../../../build/src/web.js";

const input = document.createElement("input");
input.type = "file";
document.body.append(input);

export interface Timed {
  result: ConvertResult;
  milliseconds: number;
}

/** Of the file that was chosen, into a file of the origin's own, which is removed when it is there. */
export async function convertChosen(options: ConvertOptions): Promise<Timed> {
  const folder = await navigator.storage.getDirectory();
  const target = await folder.getFileHandle("image", { create: true });
  const from = performance.now();
  const result = await convert(input.files![0]!, target, options);
  const milliseconds = performance.now() - from;
  await folder.removeEntry("image");
  return { result, milliseconds };
}

/** The same into a Blob. */
export async function convertChosenToBlob(options: ConvertOptions): Promise<Timed> {
  const from = performance.now();
  const { blob, ...result } = await convert(input.files![0]!, "blob", options);
  if (blob === undefined) throw new Error("there is no blob");
  return { result, milliseconds: performance.now() - from };
}

/** The same into the store, which is emptied. */
export async function convertChosenInStore(options: ConvertOptions): Promise<Timed> {
  const store = await openStore();
  const from = performance.now();
  const { result, release } = await store.convert(input.files![0]!, options);
  const milliseconds = performance.now() - from;
  await release();
  await store.clear();
  return { result, milliseconds };
}

/** Names of the origin's own files, in folders too. */
export async function ownFiles(): Promise<string[]> {
  return namesIn(await navigator.storage.getDirectory(), "");
}

async function namesIn(folder: FileSystemDirectoryHandle, prefix: string): Promise<string[]> {
  const names: string[] = [];
  for await (const [name, handle] of folder.entries()) {
    if (handle.kind === "file") names.push(prefix + name);
    else names.push(...(await namesIn(handle as FileSystemDirectoryHandle, `${prefix}${name}/`)));
  }
  return names;
}
