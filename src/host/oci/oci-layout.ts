/** First reading of a layout: one manifest, in a directory. */
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { ErrorCode, ImageError } from "../errors.ts";
import { type FileBlobs, readBlob } from "./blob-store.ts";
import type { ContainerImage } from "./container-image.ts";
import { parseDigest } from "./digest.ts";
import { assertLayersAreNamed, parseImageConfig } from "./image-config.ts";
import { parseIndex, parseManifest } from "./manifest.ts";

export async function openOciLayout(path: string, signal?: AbortSignal): Promise<ContainerImage> {
  const blobs = blobsIn(path);
  const index = join(path, "index.json");
  const manifests = parseIndex(readFileSync(index), index);
  if (manifests.length !== 1)
    throw new ImageError(ErrorCode.Unsupported, `${index}: lists ${manifests.length} manifests`);
  const descriptor = manifests[0]!;
  const manifest = parseManifest(await readBlob(blobs, descriptor, signal), `manifest ${descriptor.digest}`);
  const subject = `configuration ${manifest.config.digest}`;
  const config = parseImageConfig(await readBlob(blobs, manifest.config, signal), subject);
  assertLayersAreNamed(manifest.layers.length, config, subject);
  const layers = manifest.layers.map((layer, i) => ({
    mediaType: layer.mediaType,
    digest: layer.digest,
    size: layer.size,
    diffId: config.rootfs.diff_ids[i]!,
    source: blobs.locate(layer),
  }));
  return { digest: descriptor.digest, config, layers };
}

function blobsIn(path: string): FileBlobs {
  const placeOf = (digest: string) => {
    const { algorithm, hex } = parseDigest(digest, "blob");
    return join(path, "blobs", algorithm, hex);
  };
  return {
    read: async ({ digest }) => readFileSync(placeOf(digest)),
    locate: ({ digest }) => ({ path: placeOf(digest), position: 0, size: statSync(placeOf(digest)).size }),
  };
}
