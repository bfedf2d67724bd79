/** Files in which images are kept, in whatever form: what is there, and one of them opened. */
import { ErrorCode, ImageError } from "../errors.ts";
import { type Candidate, type Choice, choose } from "./choose-image.ts";
import type { ContainerImage } from "./container-image.ts";
import { type ArchivedImage, openArchivedImage, readDockerArchive } from "./docker-archive.ts";
import { Documents } from "./documents.ts";
import { findManifests, isImage, platformOf } from "./find-images.ts";
import type { ImageFiles } from "./image-files.ts";
import { type Layout, openOciLayout, openSkopeoDirectory } from "./oci-layout.ts";
import { openManifest } from "./open-manifest.ts";
import type { Turns } from "./turns.ts";

export interface StoredImage extends Candidate {
  /** Of its manifest; of its configuration where it has none. */
  readonly digest: string;

  /** Of its manifest, where it has one. */
  readonly mediaType?: string;

  /** Or something else that is kept beside images. */
  readonly isImage: boolean;

  /** @throws ImageError  Corrupt, NotFound, Unsupported */
  open(): Promise<ContainerImage>;
}

/** @throws ImageError  NotFound; Unsupported if nothing there is known; Corrupt */
export async function findImages(files: ImageFiles, turns: Turns): Promise<StoredImage[]> {
  const { signal } = turns;
  const documents = new Documents(files, turns);
  const layout = openOciLayout(documents);
  if (layout !== undefined) return imagesOf(layout, signal); // what docker saves today is one too, with a manifest.json beside it
  const manifest = documents.read("manifest.json");
  if (manifest === undefined) throw unknown(files);
  if (beginsArray(manifest)) {
    const images = await readDockerArchive(documents, manifest);
    return images.map((image) => fromArchive(files, image));
  }
  return imagesOf(await openSkopeoDirectory(documents, manifest), signal);
}

/** Opens the one that is asked for. @throws ImageError  as `findImages`; InvalidArgument if several could be meant */
export async function openFrom(files: ImageFiles, choice: Choice, turns: Turns): Promise<ContainerImage> {
  const all = await findImages(files, turns);
  const images = all.filter(({ isImage }) => isImage);
  // A name that only something else has is answered by what that is.
  const { open } = await choose(images.length > 0 ? images : all, choice, files.path);
  return open();
}

async function imagesOf({ blobs, roots }: Layout, signal: AbortSignal | undefined): Promise<StoredImage[]> {
  const manifests = await findManifests(blobs, roots, signal);
  return manifests.map(({ descriptor, names, path }) => ({
    names,
    path,
    digest: descriptor.digest,
    mediaType: descriptor.mediaType,
    isImage: isImage(descriptor),
    platform: () => platformOf(blobs, descriptor, signal),
    open: () => openManifest(blobs, descriptor, signal),
  }));
}

function fromArchive(files: ImageFiles, image: ArchivedImage): StoredImage {
  const { os, architecture, variant, "os.version": osVersion } = image.config;
  const platform = { os, architecture, ...(variant && { variant }), ...(osVersion && { osVersion }) };
  return {
    names: image.names,
    path: [image.digest],
    digest: image.digest,
    isImage: true,
    platform: async () => platform,
    open: async () => openArchivedImage(files, image),
  };
}

function beginsArray(json: Uint8Array): boolean {
  return json.find((byte) => byte > 0x20) === 0x5b;
}

function unknown(files: ImageFiles): ImageError {
  const what =
    files.find("repositories") === undefined
      ? "there is neither an index.json nor a manifest.json in it"
      : "it is what docker saved before 1.10; load it into a newer one and save it again";
  return new ImageError(ErrorCode.Unsupported, `${files.path}: is no container image that is read here: ${what}`);
}
