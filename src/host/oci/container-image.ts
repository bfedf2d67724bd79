/** Container images in files: what one of them is made of, to be read where it stands. */
import type { FileRange } from "../file-range.ts";
import type { ImageConfig } from "./image-config.ts";
import { openOciLayout } from "./oci-layout.ts";

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

export interface OpenContainerImageOptions {
  /** `os/architecture[/variant][,os version]`. Default: Linux on this machine's architecture. */
  readonly platform?: string;

  /** Which of several: a tag, a name or a digest. */
  readonly reference?: string;

  readonly signal?: AbortSignal;
}

/**
 * Opens a container image: an OCI image layout, a directory or a tar of one; or what `docker save` writes. Nothing is
 * extracted, and nothing is held open.
 *
 * @throws ImageError  NotFound; Corrupt; Unsupported
 */
export async function openContainerImage(
  path: string,
  options: OpenContainerImageOptions = {},
): Promise<ContainerImage> {
  options.signal?.throwIfAborted();
  return openOciLayout(path, options.signal);
}
