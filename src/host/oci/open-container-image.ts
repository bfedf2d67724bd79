/** Opens a container image of this machine. */
import { asOperation } from "../operation.ts";
import type { Choice } from "./choose-image.ts";
import type { ContainerImage } from "./container-image.ts";
import { openFrom } from "./image-store.ts";
import { openImageFiles } from "./open-image-files.ts";
import { Turns } from "./turns.ts";

export interface OpenContainerImageOptions extends Choice {
  readonly signal?: AbortSignal;
}

/**
 * Opens a container image: of an OCI image layout, a directory or a tar of one; of what `docker save` and podman write, in
 * both of its forms; of skopeo's `dir:`. Nothing is extracted, and nothing is held open. All documents are verified here; layers by
 * who reads them.
 *
 * @throws ImageError  NotFound: nothing there is for that platform, or has that name, or a blob is missing; InvalidArgument:
 *   several could be meant; Corrupt; Unsupported; OutOfRange
 */
export async function openContainerImage(
  path: string,
  { signal, ...choice }: OpenContainerImageOptions = {},
): Promise<ContainerImage> {
  return asOperation("openContainerImage", signal, async () => {
    const turns = new Turns(signal);
    return openFrom(await openImageFiles(path, turns), choice, turns);
  });
}
