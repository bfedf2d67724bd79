/** Blobs by digest, wherever they are kept. */
import { ErrorCode, ImageError } from "../errors.ts";
import type { FileRange } from "../file-range.ts";
import { corruptBlob, type Descriptor } from "./descriptor.ts";
import { digestLike, parseDigest } from "./digest.ts";

/** Where documents are read from: a layout, an archive, a registry. */
export interface BlobStore {
  /**
   * Reads a blob whole. It need not be verified: `readBlob` does that.
   *
   * @throws ImageError  NotFound
   */
  read(blob: Descriptor, signal?: AbortSignal): Promise<Uint8Array>;
}

/** Blobs in files. */
export interface FileBlobs extends BlobStore {
  /** Where a blob stands. @throws ImageError  NotFound; Corrupt if its size is another than the descriptor's */
  locate(blob: Descriptor): FileRange;
}

/** Bytes that a manifest, an index or a configuration may have. Registries and containerd take 4 MiB, and some 8. */
export const LARGEST_DOCUMENT = 8 * 1024 ** 2;

/**
 * A document, verified. A descriptor that has it with it is not asked for it again.
 *
 * @throws ImageError  Corrupt: it is not what its descriptor names; OutOfRange; NotFound
 */
export async function readBlob(store: BlobStore, blob: Descriptor, signal?: AbortSignal): Promise<Uint8Array> {
  signal?.throwIfAborted();
  if (blob.size > LARGEST_DOCUMENT) {
    const limit = `a document may have ${LARGEST_DOCUMENT}`;
    throw new ImageError(
      ErrorCode.OutOfRange,
      `blob ${blob.digest}: has ${blob.size} bytes by its descriptor; ${limit}`,
    );
  }
  const bytes = blob.data ?? (await store.read(blob, signal));
  await verifyBlob(blob, bytes);
  return bytes;
}

/** @throws ImageError  Corrupt */
export async function verifyBlob(blob: Descriptor, bytes: Uint8Array): Promise<void> {
  if (bytes.length !== blob.size) {
    throw corruptBlob(blob, `has ${bytes.length} bytes, and ${blob.size} by its descriptor`);
  }
  const digest = await digestLike(parseDigest(blob.digest, "blob"), bytes);
  if (digest !== blob.digest) throw corruptBlob(blob, `its bytes are ${digest}`);
}
