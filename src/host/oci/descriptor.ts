/**
 * What one document of an image says of another.
 *
 * Source: OCI image specification, "Content Descriptors" and "Image Index".
 */
import { ErrorCode, ImageError } from "../errors.ts";
import { parseDigest } from "./digest.ts";
import type { JsonObject } from "./json-object.ts";

export interface Descriptor {
  readonly mediaType: string;

  /** `sha256:…` or `sha512:…`, in small hex digits. */
  readonly digest: string;

  /** Bytes. */
  readonly size: number;

  readonly annotations?: Readonly<Record<string, string>>;

  /** Of a manifest in an index. */
  readonly platform?: ImagePlatform;

  /** Where else the blob may be had. */
  readonly urls?: readonly string[];

  /** The blob itself, where the descriptor has it with it. Not verified. */
  readonly data?: Uint8Array;

  /** What it is, if it is no image. */
  readonly artifactType?: string;
}

/** What an image runs on, in the words of Go's GOOS and GOARCH. */
export interface ImagePlatform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
  readonly osVersion?: string;
}

/**
 * @param subject  what a message begins with: the document that it stands in
 * @throws ImageError  Corrupt, Unsupported
 */
export function parseDescriptor(json: JsonObject, subject: string): Descriptor {
  const digest = json.string("digest");
  parseDigest(digest, subject);
  const annotations = json.optionalStringMap("annotations");
  const platform = json.optionalObject("platform");
  const urls = json.optionalStrings("urls");
  const data = json.optionalString("data");
  const artifactType = json.optionalString("artifactType");
  return {
    mediaType: json.string("mediaType"),
    digest,
    size: json.count("size"),
    ...(annotations && { annotations }),
    ...(platform && { platform: parsePlatformObject(platform) }),
    ...(urls && { urls }),
    ...(data !== undefined && { data: decodeData(data, subject) }),
    ...(artifactType && { artifactType }),
  };
}

function decodeData(base64: string, subject: string): Uint8Array {
  try {
    return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  } catch (error) {
    throw new ImageError(ErrorCode.Corrupt, `${subject}: the data with a descriptor is not base64`, error);
  }
}

/** Of a descriptor's `platform`, and of an image's configuration. */
export function parsePlatformObject(json: JsonObject): ImagePlatform {
  const variant = json.optionalString("variant");
  const osVersion = json.optionalString("os.version");
  return {
    os: json.string("os"),
    architecture: json.string("architecture"),
    ...(variant && { variant }),
    ...(osVersion && { osVersion }),
  };
}

/** The error of a blob that is not what its descriptor says. */
export function corruptBlob({ digest }: Descriptor, what: string): ImageError {
  return new ImageError(ErrorCode.Corrupt, `blob ${digest}: ${what}`);
}
