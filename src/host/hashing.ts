/** SHA-2, by the fastest code at hand: Node's, or what a browser's half brings. */
import { nodeHashing } from "./node-hashing.ts";
import type { PacedHash } from "./paced.ts";

export type HashAlgorithm = "sha256" | "sha512";

/** Of bytes that come piece by piece. */
export interface Hash extends PacedHash {
  /** Takes `bytes` before it returns: they are a window on memory that will change. */
  update(bytes: Uint8Array): void;

  /** Once, at the end. @returns hex digits */
  digest(): string | Promise<string>;
}

/** Stores the SHA-256 of `length` bytes at `from` of a core's memory at `to` of it. */
export type Digester = (from: number, length: number, to: number) => void;

export interface Hashing {
  /** @throws ImageError  Unsupported, for an algorithm that it does not have */
  startHash(algorithm: HashAlgorithm): Hash;

  /** Of bytes that are all at hand, and few. @returns hex digits */
  hashOf(algorithm: HashAlgorithm, bytes: Uint8Array): string | Promise<string>;

  /** @param memory  the core's, which is another one when it has grown */
  digester(memory: () => ArrayBuffer): Digester;
}

let hashing: Hashing = nodeHashing;

/** Has all that is started from here on use `other`. */
export function useHashing(other: Hashing): void {
  hashing = other;
}

export const startHash: Hashing["startHash"] = (algorithm) => hashing.startHash(algorithm);

export const hashOf: Hashing["hashOf"] = (algorithm, bytes) => hashing.hashOf(algorithm, bytes);

/** What a core asks for digests, piece by piece. */
export const digester: Hashing["digester"] = (memory) => hashing.digester(memory);
