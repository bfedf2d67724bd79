/** CIMs of Windows layers. One of an image shows what the layers below it have too, so theirs are made first. */
import { ScratchFolder } from "../build/src/host/browser/cim/scratch-folder.js";
import { cimPartsOf, convertCim, ErrorCode, ImageError, type WebCimParts } from "../build/src/web.js";
import type { Watched } from "./make.ts";

export interface CimLayer {
  readonly source: Blob;

  /** That it must have; else it is corrupt. */
  readonly diffId?: string;
}

type MadeCim = Awaited<ReturnType<typeof convertCim>>;

/** @param layers  the lowest first @returns the CIM of the highest, its files in one tar */
export async function makeCimOf(layers: readonly CimLayer[], name: string, watched: Watched): Promise<MadeCim> {
  const top = layers.at(-1)!;
  if (layers.length === 1) return convertChecked(top, "blob", { name, ...watched });
  const folder = await ScratchFolder.create(name);
  try {
    let parent: WebCimParts | undefined;
    for (const [index, layer] of layers.slice(0, -1).entries()) {
      const place = await folder.directory.getDirectoryHandle(String(index), { create: true });
      await convertChecked(layer, place, { name: `layer-${index}`, ...(parent && { parent }), ...watched });
      parent = cimPartsOf(await filesIn(place));
    }
    return await convertChecked(top, "blob", { name, ...(parent && { parent }), ...watched });
  } finally {
    await folder.remove();
  }
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
