/** Lists the container images at a path of this machine. */
import { asOperation } from "../operation.ts";
import { type ListedImage, listImages } from "./list-images.ts";
import { openImageFiles } from "./open-image-files.ts";
import { Turns } from "./turns.ts";

/**
 * All images at `path`, in the order in which they are listed.
 *
 * @throws ImageError  NotFound; Corrupt; Unsupported if nothing there is known
 */
export async function listContainerImages(
  path: string,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<ListedImage[]> {
  return asOperation("listContainerImages", signal, async () => {
    const turns = new Turns(signal);
    return listImages(await openImageFiles(path, turns), turns);
  });
}
