/** `index.json` of a layout, as others left it: what of it we do not know stays as it is. */
import { readFileSync } from "node:fs";
import { ErrorCode, ImageError, toImageError } from "../errors.ts";
import type { Descriptor, ImagePlatform } from "./descriptor.ts";

export type JsonMembers = Readonly<Record<string, unknown>>;

export interface LayoutIndex extends JsonMembers {
  /** Descriptors. */
  readonly manifests: readonly JsonMembers[];
}

/** @returns an empty one where there is none @throws ImageError  Corrupt */
export function readLayoutIndex(path: string): LayoutIndex {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return { manifests: [] };
    throw toImageError(path, error);
  }
  const index = parse(text);
  if (isMembers(index) && Array.isArray(index.manifests) && index.manifests.every(isMembers))
    return index as LayoutIndex;
  throw new ImageError(ErrorCode.Corrupt, `${path}: is no index of an OCI layout`);
}

/** Of an entry. */
export function annotationsOf({ annotations }: JsonMembers): JsonMembers {
  return isMembers(annotations) ? annotations : {};
}

/** As it stands in JSON. */
export function formatDescriptor({ mediaType, digest, size, annotations, platform }: Descriptor): JsonMembers {
  return { mediaType, digest, size, ...(annotations && { annotations }), ...(platform && formatPlatform(platform)) };
}

function formatPlatform({ os, architecture, variant, osVersion }: ImagePlatform): JsonMembers {
  const version = osVersion === undefined ? {} : { "os.version": osVersion };
  return { platform: { architecture, os, ...(variant !== undefined && { variant }), ...version } };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isMembers(value: unknown): value is JsonMembers {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
