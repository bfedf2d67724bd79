/** Checks an image of this machine. */
import { type CheckOptions, type CheckResult, checkIn } from "./check.ts";
import { type CimParts, type ImageSource, openImageSource } from "./image-source.ts";

/**
 * Checks an ext2, ext3 or ext4 filesystem: structure, checksums, bitmaps against use, link counts; or a CIM with its regions:
 * structure, names and their order, all that files lead to, and that none of it overlaps. Nothing is written.
 * Time and memory are bounded by the image's size, whatever is in it.
 *
 *     const { sound, findings } = await checkImage("layer.ext4");
 *
 * @throws ImageError  Unsupported if it is no such filesystem, or has features that cannot be checked; Corrupt if it is so
 *                     damaged that nothing can be found in it; what the system says of a path
 */
export async function checkImage(source: ImageSource | CimParts, options: CheckOptions = {}): Promise<CheckResult> {
  return checkIn(openImageSource(source), options);
}
