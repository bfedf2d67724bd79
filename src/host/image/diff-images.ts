/** Compares two images of this machine. */
import { asOperation } from "../operation.ts";
import { type ArchiveTarget, openTarget } from "./archive-target.ts";
import { type DiffOptions, type DiffResult, diffIn } from "./diff.ts";
import { type CimParts, type ImageSource, openImageSources } from "./image-source.ts";

/**
 * Compares two images, and writes what changed as an OCI layer: applied to `lower`, it gives `upper`.
 *
 * What counts: type, permissions, owner, device number, mtime to the nanosecond, extended attributes, targets, content by
 * its bytes, and which names are hard links of one file. Not atime and ctime. Of two CIMs: all that a layer of Windows says of a
 * file, the bytes of its streams, and which names are one file's.
 *
 * @param target  none: the images are only compared
 * @throws ImageError  and nothing else, but for the reason of `options.signal`; Unsupported too where a changed name begins
 *                     with `.wh.`, which a layer cannot say
 */
export async function diffImages(
  lower: ImageSource | CimParts,
  upper: ImageSource | CimParts,
  target?: ArchiveTarget,
  options: DiffOptions = {},
): Promise<DiffResult> {
  return asOperation("diff", options.signal, async () => {
    const sink = target === undefined ? undefined : await openTarget(target, options.signal);
    return diffIn(() => openImageSources(lower, upper), sink, options);
  });
}
