/** Container images in files: what one of them is made of, to be read where it stands. */
import type { FileRange } from "../file-range.ts";
import { asOperation } from "../operation.ts";
import type { Choice } from "./choose-image.ts";
import type { ImageConfig } from "./image-config.ts";
import { openFrom } from "./image-store.ts";

export interface ImageLayer {
  /** As the manifest says it. How the layer is compressed is told by its bytes. */
  readonly mediaType: string;

  /** Of the blob as it is. Absent in docker-save's older form if the layer is compressed, for nothing names it there. */
  readonly digest?: string;

  /** Bytes of the blob. */
  readonly size: number;

  /** Digest of the uncompressed layer. */
  readonly diffId: string;

  /** The blob. Not verified: who reads it to its end compares digests. */
  readonly source: FileRange;
}

export interface ContainerImage {
  /** Of its manifest; of its configuration in docker-save's older form, which has none. */
  readonly digest: string;

  readonly config: ImageConfig;

  /** The lowest first. */
  readonly layers: readonly ImageLayer[];
}

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
  return asOperation("openContainerImage", signal, () => openFrom(path, choice, signal));
}
