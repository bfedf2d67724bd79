/** A layer from the content store becomes the image that stands for it in a snapshot. */
import { encodeEntry, type TarEntry } from "../archive/pax.ts";
import type { ConvertOptions } from "../convert.ts";
import { convert } from "../convert.ts";
import { decompress } from "../decompress.ts";
import { ErrorCode, ImageError } from "../errors.ts";
import { ImageFile } from "../image-file.ts";
import type { ImageSink } from "../image-sink.ts";
import { compressionOf, OCI_LAYER } from "../oci/media-type.ts";
import { asOperation } from "../operation.ts";
import type { Platform } from "../platform.ts";
import { assertIsAsDescribed, assertIsSha256, noLongerThan } from "./blob.ts";
import type { ContentStore, Descriptor } from "./differ.ts";

/** What a layer's image is called in its snapshot's directory: hcsshim looks for this name. */
export const LAYER_IMAGE = "layer.vhd";

/** Bytes that a layer's filesystem may have: hcsshim's limit. */
const MAX_SIZE = 128 * 1024 ** 3;

/** What a layer's image is, whoever it is for. */
export const LAYER_OPTIONS = { whiteouts: "overlay", container: "vhd", maxSize: MAX_SIZE } satisfies ConvertOptions;

export interface LayerImageOptions extends Pick<ConvertOptions, "profile" | "filesystem"> {
  readonly platform: Platform;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Makes an ext4 image of `layer` at `path`, with overlayfs' whiteouts, in a VHD of fixed size. The file is there when it is
 * whole and synced, and the blob was the one that the descriptor names.
 *
 * @returns the layer as it is uncompressed, to its very end
 * @throws ImageError  Unsupported: the media type; Corrupt: not the blob that was asked for, or no sound layer
 */
export async function makeLayerImage(
  content: ContentStore,
  layer: Descriptor,
  path: string,
  { platform, signal, ...shape }: LayerImageOptions,
): Promise<Descriptor> {
  compressionOf(layer.mediaType);
  assertIsSha256(layer);
  return asOperation("apply", signal, async () => {
    const file = ImageFile.create(path, signal);
    try {
      const result = await convert(noLongerThan(layer, content.read(layer, signal)), heldBack(file), {
        ...LAYER_OPTIONS,
        ...shape,
        platform,
        ...(signal && { signal }),
      });
      assertIsAsDescribed(result, layer);
      await file.commit(result.size);
      return { mediaType: OCI_LAYER, digest: result.diffId!, size: result.diffSize };
    } catch (error) {
      file.discard();
      throw error;
    }
  });
}

/**
 * Makes the image at `path` once more, of `entries` and then of all that is in the layer.
 *
 * @param applied  what `makeLayerImage` returned of it
 * @throws ImageError  Corrupt: the store has other bytes now
 */
export async function makeLayerImageAgain(
  content: ContentStore,
  layer: Descriptor,
  applied: Descriptor,
  path: string,
  entries: readonly TarEntry[],
  { platform, signal, ...shape }: LayerImageOptions,
): Promise<void> {
  async function* withEntries(): AsyncGenerator<Uint8Array> {
    for (const entry of entries) yield encodeEntry(entry);
    yield* verified(decompress(noLongerThan(layer, content.read(layer, signal))), applied);
  }
  const options = { ...LAYER_OPTIONS, ...shape, platform, digests: false, ...(signal && { signal }) };
  await convert(withEntries(), path, options);
}

async function* verified(layer: AsyncIterable<Uint8Array>, { digest }: Descriptor): AsyncGenerator<Uint8Array> {
  const { createHash } = await import("node:crypto");
  const hash = createHash("sha256");
  for await (const bytes of layer) {
    hash.update(bytes);
    yield bytes;
  }
  const found = `sha256:${hash.digest("hex")}`;
  if (found !== digest) throw new ImageError(ErrorCode.Corrupt, `layer ${digest}: is ${found} when it is read again`);
}

/** The file, but that its image is not kept before its source is known to be right. */
function heldBack(file: ImageFile): ImageSink {
  return { write: (at, bytes) => file.write(at, bytes), commit: () => {} };
}
