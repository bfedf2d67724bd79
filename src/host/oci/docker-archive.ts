/**
 * What `docker save` wrote before it wrote OCI image layouts, and podman and skopeo still write: `docker-archive`.
 *
 * Source: moby, image/tarexport and "Docker Image Specification v1.2", "Combined Image JSON + Filesystem Changeset Format";
 * containers-transports(5).
 */
import { type Compression, detectCompression, HEAD_SIZE } from "../compression.ts";
import { ErrorCode, ImageError } from "../errors.ts";
import type { FileRange } from "../file-range.ts";
import type { ContainerImage, ImageLayer } from "./container-image.ts";
import { sha256Of } from "./digest.ts";
import type { Documents } from "./documents.ts";
import { assertLayersAreNamed, type ImageConfig, parseImageConfig } from "./image-config.ts";
import type { ImageFiles } from "./image-files.ts";
import { JsonObject } from "./json-object.ts";
import { assertCount, MOST_LAYERS } from "./manifest.ts";
import { shown } from "./shown.ts";

/** An image in `manifest.json`. */
export interface ArchivedImage {
  readonly names: readonly string[];
  /** Of its configuration. */
  readonly digest: string;
  readonly config: ImageConfig;
  /** Files, the lowest layer first. */
  readonly layers: readonly string[];
}

const MOST_IMAGES = 1000;
/** Of all images. */
const MOST_LAYERS_LISTED = 100_000;

/** By how a layer is compressed, which nothing in the archive says. */
const MEDIA_TYPES: Readonly<Record<Compression, string>> = {
  none: "application/vnd.docker.image.rootfs.diff.tar",
  gzip: "application/vnd.docker.image.rootfs.diff.tar.gzip",
  zlib: "application/vnd.docker.image.rootfs.diff.tar", // has no type of its own, and this one promises nothing
  zstd: "application/vnd.docker.image.rootfs.diff.tar.zstd",
};

/**
 * The images of an archive.
 *
 * @param manifest  what `manifest.json` holds
 * @throws ImageError  Corrupt, NotFound, OutOfRange
 */
export async function readDockerArchive(documents: Documents, manifest: Uint8Array): Promise<ArchivedImage[]> {
  const subject = `${documents.files.path}: manifest.json`;
  const images = JsonObject.parseArray(manifest, subject);
  assertCount(images.length, MOST_IMAGES, subject, "images");
  const read: ArchivedImage[] = [];
  let layers = 0;
  for (const image of images) {
    const archived = await readImage(documents, image);
    read.push(archived);
    layers += archived.layers.length;
    assertCount(layers, MOST_LAYERS_LISTED, subject, "layers");
    await documents.turns.pause();
  }
  return read;
}

async function readImage(documents: Documents, image: JsonObject): Promise<ArchivedImage> {
  const { files } = documents;
  const name = image.string("Config");
  const bytes = documents.read(name);
  if (bytes === undefined) throw missing(files, name);
  const digest = await sha256Of(bytes);
  assertIsCalled(digest, name, files);
  const subject = `${files.path}: ${shown(name)}`;
  const config = parseImageConfig(bytes, subject);
  const layers = image.strings("Layers");
  assertCount(layers.length, MOST_LAYERS, subject, "layers");
  assertLayersAreNamed(layers.length, config, subject);
  return { names: image.strings("RepoTags"), digest, config, layers };
}

/** A configuration is called by its digest: `HEX.json`, or as a blob; by what crane and ko write, `sha256:HEX`. */
function assertIsCalled(digest: string, name: string, files: ImageFiles): void {
  const [, hex] = /(?:^|\/|^sha256:)([0-9a-f]{64})(?:\.json)?$/.exec(name) ?? [];
  if (hex === undefined || digest === `sha256:${hex}`) return;
  throw new ImageError(ErrorCode.Corrupt, `${files.path}: ${shown(name)}: its bytes are ${digest}`);
}

/** @throws ImageError  NotFound, Corrupt, Unsupported */
export function openArchivedImage(files: ImageFiles, { digest, config, layers }: ArchivedImage): ContainerImage {
  return { digest, config, layers: layers.map((name, i) => openLayer(files, name, config.rootfs.diff_ids[i]!)) };
}

function openLayer(files: ImageFiles, name: string, diffId: string): ImageLayer {
  const source = files.find(name);
  if (source === undefined) throw missing(files, name);
  const compression = compressionOf(files, source, `${files.path}: ${shown(name)}`);
  return {
    mediaType: MEDIA_TYPES[compression],
    ...(compression === "none" && { digest: diffId }),
    size: source.size,
    diffId,
    source,
  };
}

function compressionOf(files: ImageFiles, layer: FileRange, subject: string): Compression {
  const head = files.read({ ...layer, size: Math.min(layer.size, HEAD_SIZE) });
  try {
    return detectCompression(head);
  } catch (error) {
    throw new ImageError(ErrorCode.Unsupported, `${subject}: ${(error as ImageError).message}`, error);
  }
}

function missing(files: ImageFiles, name: string): ImageError {
  return new ImageError(ErrorCode.NotFound, `${files.path}: ${shown(name)}: is listed, and not there`);
}
