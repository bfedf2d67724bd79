/**
 * Media types of layers.
 *
 * Source: OCI image specification, "Media Types"; Docker, "Image Manifest Version 2, Schema 2"; containerd,
 * core/images/mediatypes.go.
 */
import type { Compression } from "../compression.ts";
import { ErrorCode, ImageError } from "../errors.ts";
import { shown } from "./shown.ts";

export const OCI_LAYER = "application/vnd.oci.image.layer.v1.tar";

/** "any": the type does not tell; the bytes do. */
export type Promised = Compression | "any";

const TYPES = new Map<string, Promised>([
  ...["layer", "layer.nondistributable"].flatMap((kind): [string, Promised][] => [
    [`application/vnd.oci.image.${kind}.v1.tar`, "none"],
    [`application/vnd.oci.image.${kind}.v1.tar+gzip`, "gzip"],
    [`application/vnd.oci.image.${kind}.v1.tar+zstd`, "zstd"],
  ]),
  ...["diff", "foreign.diff"].flatMap((kind): [string, Promised][] => [
    [`application/vnd.docker.image.rootfs.${kind}.tar`, "any"],
    [`application/vnd.docker.image.rootfs.${kind}.tar.gzip`, "gzip"],
    [`application/vnd.docker.image.rootfs.${kind}.tar.zstd`, "zstd"],
  ]),
]);

/**
 * How a layer of that type is compressed.
 *
 * @throws ImageError  Unsupported: it is encrypted, or no layer
 */
export function compressionOf(mediaType: string): Promised {
  const compression = TYPES.get(mediaType);
  if (compression !== undefined) return compression;
  throw new ImageError(ErrorCode.Unsupported, whyNot(mediaType));
}

/** @throws ImageError  Unsupported, naming the layer: it is encrypted, or none */
export function assertIsLayer({ mediaType, digest }: { readonly mediaType: string; readonly digest: string }): void {
  if (!TYPES.has(mediaType)) throw new ImageError(ErrorCode.Unsupported, `layer ${digest}: ${whyNot(mediaType)}`);
}

function whyNot(mediaType: string): string {
  const why = mediaType.endsWith("+encrypted") ? "it is encrypted" : "it is no layer that is known here";
  return `media type ${shown(mediaType)}: ${why}`;
}

/** Whether registries need not have such a layer, since it may not be passed on by them. */
export function isForeign(mediaType: string): boolean {
  return mediaType.includes(".nondistributable.") || mediaType.includes(".foreign.");
}
