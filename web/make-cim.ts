/** CIMs of Windows layers. One of an image shows what the layers below it have too, so theirs are made first. */
import { cimPartsOf, convertCim, ErrorCode, ImageError, type WebCimParts } from "../build/src/web.js";
import type { Watched } from "./make.ts";

export interface CimLayer {
  readonly source: Blob;

  /** That it must have; else it is corrupt. */
  readonly diffId?: string;
}

type MadeCim = Awaited<ReturnType<typeof convertCim>>;

/** Where CIMs of layers below are, until those above them are made: a folder of each making, in the origin's own files. */
const FOLDER = "layerkiln-cims";

/** @param layers  the lowest first @returns the CIM of the highest, its files in one tar */
export async function makeCimOf(layers: readonly CimLayer[], name: string, watched: Watched): Promise<MadeCim> {
  const top = layers.at(-1)!;
  if (layers.length === 1) return convertChecked(top, "blob", { name, ...watched });
  return withFolder(async (folder) => {
    let parent: WebCimParts | undefined;
    for (const [index, layer] of layers.slice(0, -1).entries()) {
      const place = await folder.getDirectoryHandle(String(index), { create: true });
      await convertChecked(layer, place, { name: `layer-${index}`, ...(parent && { parent }), ...watched });
      parent = cimPartsOf(await filesIn(place));
    }
    return convertChecked(top, "blob", { name, ...(parent && { parent }), ...watched });
  });
}

async function convertChecked(
  { source, diffId }: CimLayer,
  target: Parameters<typeof convertCim>[1],
  options: Parameters<typeof convertCim>[2],
): Promise<MadeCim> {
  const made = await convertCim(source, target, options);
  if (diffId === undefined || made.diffId === diffId) return made;
  throw new ImageError(ErrorCode.Corrupt, `layer: its diff id is ${made.diffId}, and should be ${diffId}`);
}

async function filesIn(folder: FileSystemDirectoryHandle): Promise<File[]> {
  const files: File[] = [];
  for await (const entry of folder.values()) if (entry.kind === "file") files.push(await entry.getFile());
  return files;
}

/** A folder that is there while `work` runs. What tabs left that were killed goes too: nobody holds its lock. */
async function withFolder<T>(work: (folder: FileSystemDirectoryHandle) => Promise<T>): Promise<T> {
  const root = await navigator.storage.getDirectory();
  const all = await root.getDirectoryHandle(FOLDER, { create: true });
  const name = crypto.randomUUID();
  return navigator.locks.request(`${FOLDER} ${name}`, async () => {
    await sweep(all);
    const folder = await all.getDirectoryHandle(name, { create: true });
    try {
      return await work(folder);
    } finally {
      await all.removeEntry(name, { recursive: true });
    }
  });
}

async function sweep(all: FileSystemDirectoryHandle): Promise<void> {
  const { held = [] } = await navigator.locks.query();
  for await (const name of all.keys()) {
    if (held.some((lock) => lock.name === `${FOLDER} ${name}`)) continue;
    await all.removeEntry(name, { recursive: true }).catch(() => {}); // another tab was sooner
  }
}
