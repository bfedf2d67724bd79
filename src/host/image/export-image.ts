/** Exports an image of this machine. */
import { asOperation } from "../operation.ts";
import { type ArchiveTarget, openTarget } from "./archive-target.ts";
import { type ExportOptions, type ExportResult, exportIn } from "./export.ts";
import { type CimParts, type ImageSource, openImageSource } from "./image-source.ts";

/**
 * Writes the tree in an image as a tar in the pax format: equal images, equal bytes. Of a CIM it is a layer of Windows.
 *
 * A `target` that is a path is complete and synced, or untouched.
 *
 * @throws ImageError  and nothing else, but for the reason of `options.signal`: Corrupt where the image breaks its own
 *                     format, Unsupported where it is none that is read here, OutOfRange where a tar cannot say it,
 *                     Unsupported too where a layer of Windows cannot
 */
export async function exportImage(
  source: ImageSource | CimParts,
  target: ArchiveTarget,
  options: ExportOptions = {},
): Promise<ExportResult> {
  return asOperation("export", options.signal, async () => {
    const sink = await openTarget(target, options.signal);
    return exportIn(() => openImageSource(source), sink, options);
  });
}
