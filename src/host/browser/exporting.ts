/** Images are checked, and become archives, for a page: in a worker, so that the page is never held up. */
import type { CheckOptions, CheckResult } from "../image/check.ts";
import type { ExportOptions, ExportResult } from "../image/export.ts";
import type { Progress } from "../options.ts";
import type { WebTarget, WithBlob } from "./conversions.ts";
import { assertIsImageSource, type WebImageSource } from "./web-image-source.ts";
import { assertIsApart } from "./web-source.ts";
import { callWorker } from "./workers.ts";

/**
 * Checks an ext2, ext3 or ext4 filesystem, or a CIM with its regions: as `checkImage` in Node. Nothing is written.
 *
 * @throws ImageError  Unsupported if it is no such filesystem, or has features that cannot be checked; Corrupt if it is so
 *                     damaged that nothing can be found in it. Or the reason of `options.signal`
 */
export async function checkImage(
  source: WebImageSource,
  { now, signal, onProgress }: CheckOptions = {},
): Promise<CheckResult> {
  assertIsImageSource(source);
  const tell = ({ bytesRead, totalBytes }: Progress) => onProgress?.(totalBytes ? bytesRead / totalBytes : 1);
  return callWorker("checkImage", { source, now }, { signal, onProgress: tell });
}

/**
 * Writes the tree in an image as a tar in the pax format: as `exportImage` in Node, byte for byte. Of a CIM it is a layer of
 * Windows.
 *
 * @throws ImageError  and nothing else, but for the reason of `options.signal`: Corrupt where the image breaks its own
 *                     format, Unsupported where it is none that is read here, OutOfRange where a tar cannot say it
 */
export async function exportImage(
  source: WebImageSource,
  target: WebTarget,
  { signal, onProgress, ...options }: ExportOptions = {},
): Promise<ExportResult & WithBlob> {
  assertIsImageSource(source);
  await assertIsApart(target, [source]);
  return callWorker("exportImage", { source, target, options }, { signal, onProgress });
}
