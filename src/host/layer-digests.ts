/** SHA-256 of a layer: of the bytes as they came, and of those that they decompress to. */
import type { Compression } from "./compression.ts";
import { type Hash, startHash } from "./hashing.ts";

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

export function startHashes(): LayerHashes {
  return { input: startHash("sha256"), layer: startHash("sha256") };
}

/** Once. Empty without hashes. */
export async function digestsOf(hashes: LayerHashes | undefined, compression: Compression): Promise<LayerDigests> {
  if (hashes === undefined) return {};
  const digest = await digestOf(hashes.input);
  return { digest, diffId: compression === "none" ? digest : await digestOf(hashes.layer) };
}

async function digestOf(hash: Hash): Promise<string> {
  return `sha256:${await hash.digest()}`;
}
