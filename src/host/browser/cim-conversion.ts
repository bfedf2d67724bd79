/** Layers of Windows become CIMs, for a page: in a worker, as the other conversions. */
import type { ConvertCimResult } from "../cim/cim-result.ts";
import type { WebCimOptions } from "./cim/cim-options.ts";
import type { WebTarget, WithBlob } from "./conversions.ts";
import { assertIsImageSource } from "./web-image-source.ts";
import { assertIsApart, sendSource, type WebSource } from "./web-source.ts";
import { callWorker } from "./workers.ts";

/**
 * Makes a CIM of `source`, a layer of a Windows container, and reads it to its very end: as `convertCim` in Node, byte for byte.
 *
 * A CIM is several files. They come into the directory `target`, under their own names: all of them or none, and nothing that
 * stands there is replaced. Into any other target they come as one tar, to be unpacked where the CIM is to be.
 *
 * @throws ImageError  and nothing else, but for the reason of `options.signal`. AlreadyExists: a name is taken in the directory;
 *                     Unavailable: this browser has no files for pages (OPFS) to work in
 */
export async function convertCim(
  source: WebSource,
  target: FileSystemDirectoryHandle | WebTarget,
  { signal, onProgress, ...options }: WebCimOptions,
): Promise<ConvertCimResult & WithBlob> {
  if (options.parent !== undefined) assertIsImageSource(options.parent);
  const transfer: unknown[] = [];
  const argument = { source: sendSource(source, transfer), target, options };
  await assertIsApart(target, [source]);
  return callWorker("convertCim", argument, { signal, onProgress, transfer });
}
