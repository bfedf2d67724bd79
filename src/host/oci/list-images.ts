/** What is kept in files: every image and what is beside them, as far as it can be told. */
import { ErrorCode, type ImageError, isError } from "../errors.ts";
import type { ContainerImage } from "./container-image.ts";
import type { ImagePlatform } from "./descriptor.ts";
import type { ImageFiles } from "./image-files.ts";
import { findImages, type StoredImage } from "./image-store.ts";
import type { Turns } from "./turns.ts";

export interface ListedImage {
  /** What it is called where it is listed. */
  readonly names: readonly string[];

  /** Of its manifest; of its configuration in docker-save's older form, which has none. */
  readonly digest: string;

  /** Of its manifest, where it has one. */
  readonly mediaType?: string;

  /** An artifact is no image, but kept as one: an attestation, a signature, a chart. */
  readonly kind: "image" | "artifact";

  /** Absent where nothing says it. */
  readonly platform?: ImagePlatform;

  /** The lowest first. Absent where it cannot be opened. */
  readonly layers?: readonly ListedLayer[];

  /** Why it cannot be opened: a part is missing, or not handled. An index may list more than a directory holds. */
  readonly unavailable?: string;
}

export interface ListedLayer {
  readonly mediaType: string;

  /** Of the blob; absent where nothing names it. */
  readonly digest?: string;

  readonly diffId: string;

  /** Bytes of the blob. */
  readonly size: number;
}

/** All images in `files`, in the order in which they are listed. @throws ImageError  as `findImages` */
export async function listImages(files: ImageFiles, turns: Turns): Promise<ListedImage[]> {
  const listed: ListedImage[] = [];
  for (const image of await findImages(files, turns)) {
    listed.push(await describe(image));
    await turns.pause();
  }
  return listed;
}

async function describe(image: StoredImage): Promise<ListedImage> {
  const { names, digest, mediaType, isImage } = image;
  const opened = isImage ? await openIfPossible(image) : {};
  const platform = await image.platform();
  return {
    names,
    digest,
    ...(mediaType && { mediaType }),
    kind: isImage ? "image" : "artifact",
    ...(platform && { platform }),
    ...opened,
  };
}

async function openIfPossible({ open }: StoredImage): Promise<Pick<ListedImage, "layers" | "unavailable">> {
  try {
    return { layers: layersOf(await open()) };
  } catch (error) {
    if (!isError(error, ErrorCode.NotFound) && !isError(error, ErrorCode.Unsupported)) throw error;
    return { unavailable: (error as ImageError).message };
  }
}

function layersOf({ layers }: ContainerImage): ListedLayer[] {
  return layers.map(({ mediaType, digest, diffId, size }) => ({ mediaType, ...(digest && { digest }), diffId, size }));
}
