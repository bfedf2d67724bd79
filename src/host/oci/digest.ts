/**
 * Digests: what a blob is called, and is held against.
 *
 * Source: OCI image specification, "Content Descriptors", Digests.
 */
import { ErrorCode, ImageError } from "../errors.ts";
import { type HashAlgorithm, hashOf } from "../hashing.ts";
import { shown } from "./shown.ts";

/** Algorithms that are read here, and how many hex digits each has. */
const HEX_DIGITS: Readonly<Record<HashAlgorithm, number>> = { sha256: 64, sha512: 128 };

/** More than any digest has; a pattern that is matched against millions of characters runs out of stack. */
const LONGEST_DIGEST = 512;

const FORM = /^([a-z0-9]+(?:[+._-][a-z0-9]+)*):([a-zA-Z0-9=_-]+)$/;

export interface Digest {
  readonly algorithm: HashAlgorithm;
  readonly hex: string;
}

/**
 * @param subject  what a message begins with
 * @throws ImageError  Corrupt if it is no digest; Unsupported if its algorithm is not known here
 */
export function parseDigest(digest: string, subject: string): Digest {
  const [, algorithm, encoded] = (digest.length <= LONGEST_DIGEST && FORM.exec(digest)) || [];
  if (algorithm === undefined || encoded === undefined) {
    throw new ImageError(ErrorCode.Corrupt, `${subject}: "${shown(digest)}" is no digest`);
  }
  if (!isKnown(algorithm)) {
    throw new ImageError(
      ErrorCode.Unsupported,
      `${subject}: ${shown(algorithm)} is no algorithm of digests that is known here`,
    );
  }
  const digits = HEX_DIGITS[algorithm];
  if (encoded.length !== digits || !/^[0-9a-f]*$/.test(encoded)) {
    throw new ImageError(ErrorCode.Corrupt, `${subject}: ${shown(digest)} has not ${digits} small hex digits`);
  }
  return { algorithm, hex: encoded };
}

function isKnown(algorithm: string): algorithm is HashAlgorithm {
  return Object.hasOwn(HEX_DIGITS, algorithm);
}

/** The digest of `bytes` by the same algorithm. */
export async function digestLike({ algorithm }: Pick<Digest, "algorithm">, bytes: Uint8Array): Promise<string> {
  return `${algorithm}:${await hashOf(algorithm, bytes)}`;
}

/** What names a document that no descriptor names. */
export async function sha256Of(bytes: Uint8Array): Promise<string> {
  return digestLike({ algorithm: "sha256" }, bytes);
}
