/** SHA-256 of a layer: of the bytes as they came, and of those that they decompress to. */
import type { Hash } from "node:crypto";
import type { Compression } from "./compression.ts";

export interface LayerHashes {
  readonly input: Hash;

  /** Fed only where the layer is compressed. */
  readonly layer: Hash;
}

export interface LayerDigests {
  /** Of the source: `sha256:…`. */
  readonly digest?: string;

  /** Of the uncompressed layer, as an image's configuration lists it. */
  readonly diffId?: string;
}

export async function startHashes(): Promise<LayerHashes> {
  const { createHash } = await import("node:crypto"); // as this takes its time to load
  return { input: createHash("sha256"), layer: createHash("sha256") };
}

/** Once. Empty without hashes. */
export function digestsOf(hashes: LayerHashes | undefined, compression: Compression): LayerDigests {
  if (hashes === undefined) return {};
  const digest = digestOf(hashes.input);
  return { digest, diffId: compression === "none" ? digest : digestOf(hashes.layer) };
}

function digestOf(hash: Hash): string {
  return `sha256:${hash.digest("hex")}`;
}
