/** Container images in files: what one of them is made of, to be read where it stands. */
import type { FileRange } from "../file-range.ts";
import type { ImageConfig } from "./image-config.ts";

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
