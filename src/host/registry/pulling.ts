/** `pullImage`, a step at a time. */
import { ErrorCode, ImageError, isError } from "../errors.ts";
import { inParallel } from "../in-parallel.ts";
import { readBlob } from "../oci/blob-store.ts";
import { choose } from "../oci/choose-image.ts";
import type { Descriptor, ImagePlatform } from "../oci/descriptor.ts";
import { documentKindOf } from "../oci/document-type.ts";
import { findManifests, isImage, platformOf } from "../oci/find-images.ts";
import { LayoutWriter } from "../oci/layout-writer.ts";
import { type Manifest, parseManifest, schema1Error } from "../oci/manifest.ts";
import { isForeign } from "../oci/media-type.ts";
import { count } from "../values.ts";
import { fetchBlob } from "./blob-fetch.ts";
import { DocumentStore } from "./document-store.ts";
import { RegistryDocuments } from "./documents.ts";
import { HttpClient } from "./http-client.ts";
import { openRegistry } from "./open-registry.ts";
import { proxiesOf } from "./proxy.ts";
import type { PulledImage, PullOptions, PullResult } from "./pull.ts";
import { formatReference, type Reference } from "./reference.ts";
import type { Registry } from "./registry.ts";
import { oneLine } from "./status.ts";

/** As many as docker has under way. */
const BLOBS_AT_A_TIME = 3;

/** Layers and configurations of all images of an index. */
const MOST_BLOBS = 100_000;

const STALL_MS = 30_000;

/** The name in full, by containerd's custom; and the tag, by the specification. */
const NAME = "io.containerd.image.name";
const TAG = "org.opencontainers.image.ref.name";

interface Image {
  readonly descriptor: Descriptor;
  readonly manifest: Manifest;
}

export async function pull(reference: Reference, directory: string, options: PullOptions): Promise<PullResult> {
  const stallMs = count("stallMs", options.stallMs, STALL_MS);
  const client = new HttpClient({ stallMs, proxyFor: proxiesOf(process.env) });
  try {
    const registry = openRegistry(client, reference, options);
    const layout = LayoutWriter.open(directory, await options.system?.lockFile?.());
    try {
      return await pullInto(layout, registry, reference, options);
    } finally {
      layout.close();
    }
  } finally {
    client.close();
  }
}

async function pullInto(
  layout: LayoutWriter,
  registry: Registry,
  reference: Reference,
  options: PullOptions,
): Promise<PullResult> {
  const { signal, allPlatforms = false } = options;
  const { tag, digest = tag! } = reference;
  const documents = new RegistryDocuments(registry);
  const root = await documents.resolve(digest, signal);
  const store = new DocumentStore(documents, layout, root, allPlatforms);
  const name = nameOf(reference);

  const images: Image[] = [];
  for (const descriptor of await findImages(store, root.descriptor, name, options)) {
    const bytes = await readBlob(store, descriptor, signal);
    images.push({ descriptor, manifest: parseManifest(bytes, `manifest ${descriptor.digest}`) });
    await layout.write(descriptor, bytes, signal);
  }
  const bytesFetched = await fetchBlobs(blobsOf(images), layout, registry, options);

  const pulled: PulledImage[] = [];
  for (const image of images) if (isImage(image.descriptor)) pulled.push(await describe(image, store, signal));
  const named = allPlatforms ? root.descriptor : { ...images[0]!.descriptor, ...platformIn(pulled[0]) };
  const annotations = { ...(tag !== undefined && { [TAG]: tag }), [NAME]: name };
  await layout.nameImage({ ...named, annotations }, NAME, signal);
  return { name, digest: named.digest, images: pulled, bytesFetched };
}

/** A tag's own name, whatever it stood for at this moment. */
function nameOf({ registry, repository, tag, digest }: Reference): string {
  return formatReference({ registry, repository, ...(tag !== undefined ? { tag } : { digest: digest! }) });
}

/** Manifests: the one that is asked for, or all. */
async function findImages(
  store: DocumentStore,
  root: Descriptor,
  name: string,
  { platform, allPlatforms, signal }: PullOptions,
): Promise<Descriptor[]> {
  if (documentKindOf(root.mediaType) === "schema1") throw schema1Error(name);
  const listed = await findManifests(store, [root], signal);
  if (allPlatforms) {
    return listed
      .map(({ descriptor }) => descriptor)
      .filter(({ mediaType }) => documentKindOf(mediaType) === "manifest");
  }
  const candidates = listed
    .filter(({ descriptor }) => isImage(descriptor))
    .map((each) => ({ ...each, platform: () => platformOf(store, each.descriptor, signal) }));
  const { descriptor } = await choose(candidates, { ...(platform !== undefined && { platform }) }, name);
  return [descriptor];
}

/** Each once, whoever refers to it. @throws ImageError  Corrupt, OutOfRange */
function blobsOf(images: readonly Image[]): Descriptor[] {
  const blobs = new Map<string, Descriptor>();
  for (const { config, layers } of images.map(({ manifest }) => manifest)) {
    for (const blob of [config, ...layers]) {
      const before = blobs.get(blob.digest);
      if (before === undefined) blobs.set(blob.digest, blob);
      else if (before.size !== blob.size) {
        const sizes = `${before.size} bytes, and ${blob.size}`;
        throw new ImageError(ErrorCode.Corrupt, `blob ${blob.digest}: has ${sizes}, by two descriptors`);
      }
    }
    if (blobs.size > MOST_BLOBS)
      throw new ImageError(ErrorCode.OutOfRange, `index: leads to more than ${MOST_BLOBS} blobs`);
  }
  return [...blobs.values()];
}

/** @returns bytes that came */
async function fetchBlobs(
  blobs: readonly Descriptor[],
  layout: LayoutWriter,
  registry: Registry,
  { signal, onProgress, onBlob }: PullOptions,
): Promise<number> {
  const totalBytes = blobs.reduce((sum, { size }) => sum + size, 0);
  let bytesRead = 0;
  let bytesFetched = 0;
  const fetchOne = async (blob: Descriptor, either: AbortSignal) => {
    let there = 0;
    let fetched = 0;
    const onSize = (size: number, length = 0) => {
      fetched += length;
      bytesRead += size - there;
      there = size;
      onProgress?.({ bytesRead, totalBytes });
    };
    await fetchInto(layout, registry, blob, onSize, either);
    onSize(blob.size);
    bytesFetched += fetched;
    onBlob?.({ digest: blob.digest, size: blob.size, fetched });
  };
  await inParallel(blobs, BLOBS_AT_A_TIME, fetchOne, signal);
  return bytesFetched;
}

async function fetchInto(
  layout: LayoutWriter,
  registry: Registry,
  blob: Descriptor,
  onSize: (size: number, length?: number) => void,
  signal: AbortSignal,
): Promise<void> {
  if (blob.data !== undefined) return layout.write(blob, blob.data, signal);
  const part = await layout.openPart(blob, signal);
  if (part === undefined) return;
  try {
    onSize(part.size);
    await fetchBlob(registry, blob, part, { signal, onBytes: (length) => onSize(part.size, length) });
  } catch (error) {
    throw isError(error, ErrorCode.NotFound) && isForeign(blob.mediaType) ? foreignError(blob, error) : error;
  } finally {
    part.release();
  }
}

function foreignError({ digest, urls = [] }: Descriptor, cause: unknown): ImageError {
  const elsewhere = urls.length > 0 ? `; it may be had from ${oneLine(urls.join(", "))}` : "";
  const what = "is a foreign one, which the registry does not have";
  return new ImageError(ErrorCode.Unsupported, `layer ${digest}: ${what}${elsewhere}`, cause);
}

async function describe(
  { descriptor, manifest }: Image,
  store: DocumentStore,
  signal: AbortSignal | undefined,
): Promise<PulledImage> {
  const platform = await platformOf(store, descriptor, signal);
  const layers = manifest.layers.map(({ mediaType, digest, size }) => ({ mediaType, digest, size }));
  return { digest: descriptor.digest, ...(platform && { platform }), layers };
}

function platformIn(image: PulledImage | undefined): { platform?: ImagePlatform } {
  return image?.platform === undefined ? {} : { platform: image.platform };
}
