/** What a page asks of files at once: each question is answered in a worker. */
import type { CompareOptions } from "../explain/differing-blocks.ts";
import type { Explanation } from "../explain/explanation.ts";
import type { Choice } from "../oci/choose-image.ts";
import type { ContainerImage, ImageLayer } from "../oci/container-image.ts";
import type { ListedImage } from "../oci/list-images.ts";
import type { TreeComparison } from "../tree-comparison.ts";
import type { DiskTreeOptions, HashTree, VerifyResult } from "../verity-tree.ts";
import { asBlob, assertIsFile, type WebFile } from "./web-image-source.ts";
import { callWorker } from "./workers.ts";

export interface WebImageLayer extends Omit<ImageLayer, "source"> {
  /** The blob, as a part of the archive. Not verified: who reads it to its end compares digests. */
  readonly source: Blob;
}

export interface WebContainerImage extends Omit<ContainerImage, "layers"> {
  /** The lowest first. */
  readonly layers: readonly WebImageLayer[];
}

export interface OpenContainerImageOptions extends Choice {
  readonly signal?: AbortSignal;
}

/**
 * Opens a container image in a tar: an OCI image layout, or what `docker save` and podman write, in both of its forms. Nothing is
 * extracted. All documents are verified here; layers by who reads them.
 *
 * @param options  `platform`: default, Linux on amd64
 * @throws ImageError  NotFound: nothing there is for that platform, or has that name, or a blob is missing; InvalidArgument:
 *   several could be meant; Corrupt; Unsupported, of a compressed archive too; OutOfRange
 */
export async function openContainerImage(
  archive: WebFile,
  { signal, ...choice }: OpenContainerImageOptions = {},
): Promise<WebContainerImage> {
  assertIsFile(archive);
  const blob = await asBlob(archive);
  const { layers, ...image } = await callWorker("openContainerImage", { archive: blob, choice }, { signal });
  const cut = ({ source: { position, size }, ...layer }: ImageLayer): WebImageLayer => ({
    ...layer,
    source: blob.slice(position, position + size),
  });
  return { ...image, layers: layers.map(cut) };
}

/**
 * All images in a tar, in the order in which they are listed.
 *
 * @throws ImageError  Corrupt; Unsupported if nothing there is known, or if it is compressed as a whole
 */
export async function listContainerImages(
  archive: WebFile,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<ListedImage[]> {
  assertIsFile(archive);
  return callWorker("listContainerImages", { archive }, { signal });
}

/**
 * Compares two images byte by byte, raw, in a VHD or a VHDX, and says of the blocks that differ what they are. As
 * `explainDifference` in Node.
 *
 * @throws ImageError  Corrupt, Unsupported: a VHD or VHDX that cannot be read. Or the reason of `options.signal`.
 */
export async function explainDifference(a: WebFile, b: WebFile, options: CompareOptions = {}): Promise<Explanation> {
  for (const file of [a, b]) assertIsFile(file);
  return callWorker("explainDifference", { a, b }, options);
}

/** What the dm-verity tree of a disk says of itself, unverified; computed where the disk ends with none. */
export async function hashTree(
  disk: WebFile,
  { signal, onProgress, ...options }: DiskTreeOptions = {},
): Promise<HashTree> {
  assertIsFile(disk);
  return callWorker("hashTree", { disk, options }, { signal, onProgress });
}

/**
 * Holds a disk against its tree, and the tree against `rootHash`.
 *
 * @param rootHash  64 hex digits
 * @throws ImageError  NotFound if there is no tree
 */
export async function verifyHashTree(
  disk: WebFile,
  rootHash: string,
  { signal, onProgress, ...options }: DiskTreeOptions = {},
): Promise<VerifyResult> {
  assertIsFile(disk);
  return callWorker("verifyHashTree", { disk, rootHash, options }, { signal, onProgress });
}

/**
 * Walks the hash trees of two disks from their roots down to the blocks that differ. A tree that is not there is computed;
 * one that is there is believed.
 *
 * @throws ImageError  InvalidArgument if they have not as many blocks of data
 */
export async function compareHashTrees(a: WebFile, b: WebFile, options: CompareOptions = {}): Promise<TreeComparison> {
  for (const file of [a, b]) assertIsFile(file);
  return callWorker("compareHashTrees", { a, b }, options);
}
