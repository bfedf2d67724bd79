/** Digests that a layer is said to have, held against what is read of it. Only what there is to compare is computed. */
import type { Compression } from "./compression.ts";
import { ErrorCode, ImageError } from "./errors.ts";
import { type Hash, type HashAlgorithm, startHash } from "./hashing.ts";
import type { LayerDigests } from "./layer-digests.ts";

/** Hashes of the same bytes, by algorithm. */
class Hashes {
  readonly #hashes = new Map<HashAlgorithm, Hash>();
  readonly #digests = new Map<HashAlgorithm, string>();

  add(algorithm: HashAlgorithm): void {
    if (!this.#hashes.has(algorithm)) this.#hashes.set(algorithm, startHash(algorithm));
  }

  update(bytes: Uint8Array): void {
    for (const hash of this.#hashes.values()) hash.update(bytes);
  }

  releaseThread(): void {
    for (const hash of this.#hashes.values()) hash.releaseThread?.();
  }

  ready(): Promise<void> | undefined {
    for (const hash of this.#hashes.values()) {
      const ready = hash.ready?.();
      if (ready) return ready;
    }
    return undefined;
  }

  async digest(algorithm: HashAlgorithm): Promise<string> {
    const digest = this.#digests.get(algorithm) ?? `${algorithm}:${await this.#hashes.get(algorithm)!.digest()}`;
    this.#digests.set(algorithm, digest);
    return digest;
  }
}

export class LayerCheck {
  readonly #digest: HashAlgorithm | undefined;
  readonly #diffId: HashAlgorithm | undefined;

  /** Of the bytes as they come. */
  readonly input = new Hashes();

  /** Of those that they decompress to; to be fed only where they are compressed. */
  readonly layer: Hash | undefined;

  /**
   * @param expected  of the source and of the uncompressed layer, as far as they are known
   * @param all       whether both are computed even so
   * @throws ImageError  Unsupported, for an algorithm other than SHA-256 and SHA-512
   */
  constructor(
    private readonly expected: LayerDigests,
    all: boolean,
  ) {
    this.#digest = algorithmOf(expected.digest, all);
    this.#diffId = algorithmOf(expected.diffId, all);
    if (this.#digest) this.input.add(this.#digest);
    if (this.#diffId) {
      this.input.add(this.#diffId);
      this.layer = startHash(this.#diffId);
    }
  }

  ready(): Promise<void> | undefined {
    return this.input.ready() ?? this.layer?.ready?.();
  }

  releaseThread(): void {
    this.input.releaseThread();
    this.layer?.releaseThread?.();
  }

  /** All is read. Once. @returns what was computed; @throws ImageError  Corrupt, with what was found and expected */
  async compare(compression: Compression): Promise<LayerDigests> {
    const digest = this.#digest && (await this.input.digest(this.#digest));
    if (digest !== undefined) compare("digest", digest, this.expected.digest);
    if (this.#diffId === undefined) return { ...(digest && { digest }) };
    const diffId =
      compression === "none" ? await this.input.digest(this.#diffId) : `${this.#diffId}:${await this.layer!.digest()}`;
    compare("diff id", diffId, this.expected.diffId);
    return { ...(digest && { digest }), diffId };
  }
}

function algorithmOf(digest: string | undefined, all: boolean): HashAlgorithm | undefined {
  if (digest === undefined) return all ? "sha256" : undefined;
  const [, algorithm] = /^(sha256|sha512):[0-9a-f]+$/.exec(digest) ?? [];
  if (algorithm !== undefined) return algorithm as HashAlgorithm;
  throw new ImageError(ErrorCode.Unsupported, `digest "${digest}": SHA-256 and SHA-512 are known, as sha256:… in hex`);
}

function compare(what: string, found: string, expected: string | undefined): void {
  if (expected === undefined || found === expected) return;
  throw new ImageError(ErrorCode.Corrupt, `${what} is ${found}, and should be ${expected}`);
}
