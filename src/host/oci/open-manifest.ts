/** A manifest, its configuration and where its layers stand: one image. */
import { ErrorCode, ImageError, isError } from "../errors.ts";
import { type FileBlobs, readBlob } from "./blob-store.ts";
import type { ContainerImage, ImageLayer } from "./container-image.ts";
import type { Descriptor } from "./descriptor.ts";
import { documentKindOf } from "./document-type.ts";
import { assertLayersAreNamed, parseImageConfig } from "./image-config.ts";
import { parseManifest, schema1Error } from "./manifest.ts";
import { assertIsLayer, isForeign } from "./media-type.ts";
import { shown } from "./shown.ts";

/** @throws ImageError  Corrupt, NotFound, Unsupported */
export async function openManifest(
  blobs: FileBlobs,
  descriptor: Descriptor,
  signal: AbortSignal | undefined,
): Promise<ContainerImage> {
  const subject = `manifest ${descriptor.digest}`;
  assertIsManifest(descriptor, subject);
  const manifest = parseManifest(await readBlob(blobs, descriptor, signal), subject);
  const { config: configDescriptor, layers } = manifest;
  if (documentKindOf(configDescriptor.mediaType) !== "config") {
    throw new ImageError(
      ErrorCode.Unsupported,
      `${subject}: is of an artifact, not of an image: its configuration is ${shown(configDescriptor.mediaType)}`,
    );
  }
  const configSubject = `configuration ${configDescriptor.digest}`;
  const config = parseImageConfig(await readBlob(blobs, configDescriptor, signal), configSubject);
  assertLayersAreNamed(layers.length, config, configSubject);
  return {
    digest: descriptor.digest,
    config,
    layers: layers.map((layer, i) => openLayer(blobs, layer, config.rootfs.diff_ids[i]!)),
  };
}

function assertIsManifest({ mediaType }: Descriptor, subject: string): void {
  const kind = documentKindOf(mediaType);
  if (kind === "schema1") throw schema1Error(subject);
  if (kind === "manifest") return;
  throw new ImageError(ErrorCode.Unsupported, `${subject}: its media type ${shown(mediaType)} is none of an image's`);
}

function openLayer(blobs: FileBlobs, layer: Descriptor, diffId: string): ImageLayer {
  assertIsLayer(layer);
  const { mediaType, digest, size } = layer;
  return { mediaType, digest, size, diffId, source: locateLayer(blobs, layer) };
}

/** A foreign layer may be there all the same. */
function locateLayer(blobs: FileBlobs, layer: Descriptor) {
  try {
    return blobs.locate(layer);
  } catch (error) {
    if (!isError(error, ErrorCode.NotFound) || !isForeign(layer.mediaType)) throw error;
    const from = layer.urls?.length
      ? `it may be had from ${layer.urls.slice(0, 3).map(shown).join(", ")}`
      : "nor is it said where it is";
    throw new ImageError(ErrorCode.Unsupported, `layer ${layer.digest}: is a foreign one, and not there; ${from}`);
  }
}
