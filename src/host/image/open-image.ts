/** Opens an image of this machine for reading. */
import { type Image, imageIn, type OpenOptions } from "./image.ts";
import { type CimParts, type ImageSource, openImageSource } from "./image-source.ts";

/**
 * Opens an image: ext2, ext3 or ext4, plain or in a VHD, with or without a dm-verity tree; or a CIM, whose regions stand
 * beside it. Nothing is written to it, and little of it is kept in memory, whatever its size.
 *
 *     const image = await openImage("layer.ext4");
 *     for (const { name, type } of image.list("/etc")) console.log(name, type);
 *     for (const chunk of image.read("/etc/passwd")) process.stdout.write(chunk);
 *     image.close();
 *
 * @throws ImageError  Unsupported if it is no such image; Corrupt if it is a damaged one; what the system says of a path
 */
export async function openImage(source: ImageSource | CimParts, options: OpenOptions = {}): Promise<Image> {
  return imageIn(openImageSource(source), options);
}
