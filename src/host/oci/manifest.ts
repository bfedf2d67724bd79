/**
 * Manifests and indexes, OCI's and Docker's, which have the same members.
 *
 * Source: OCI image specification, "Image Manifest" and "Image Index"; Docker, "Image Manifest Version 2, Schema 2".
 */
import { ErrorCode, ImageError } from "../errors.ts";
import { type Descriptor, parseDescriptor } from "./descriptor.ts";
import { type DocumentKind, documentKindOf } from "./document-type.ts";
import { JsonObject } from "./json-object.ts";
import { shown } from "./shown.ts";

export interface Manifest {
  readonly config: Descriptor;

  /** The lowest first. */
  readonly layers: readonly Descriptor[];
}

/** Overlayfs stacks 500 layers, and Docker makes 127. */
export const MOST_LAYERS = 4096;

/**
 * @param subject  what a message begins with
 * @throws ImageError  Corrupt; Unsupported for Docker's schema 1; OutOfRange
 */
export function parseManifest(bytes: Uint8Array, subject: string): Manifest {
  const json = JsonObject.parse(bytes, subject);
  assertIs("manifest", json, subject);
  const layers = json.objects("layers");
  assertCount(layers.length, MOST_LAYERS, subject, "layers");
  return {
    config: parseDescriptor(json.object("config"), subject),
    layers: layers.map((layer) => parseDescriptor(layer, subject)),
  };
}

/** @returns what it lists, in its order @throws ImageError  as `parseManifest` */
export function parseIndex(bytes: Uint8Array, subject: string): Descriptor[] {
  const json = JsonObject.parse(bytes, subject);
  assertIs("index", json, subject);
  return json.objects("manifests").map((manifest) => parseDescriptor(manifest, subject));
}

/** What a document that nobody described is, by its members. */
export function guessKind(bytes: Uint8Array, subject: string): DocumentKind | undefined {
  const json = JsonObject.parse(bytes, subject);
  const named = json.optionalString("mediaType");
  if (named !== undefined) return documentKindOf(named);
  if (json.has("fsLayers")) return "schema1";
  if (json.has("manifests")) return "index";
  return json.has("config") ? "manifest" : undefined;
}

/** One document must not be two: who verifies it may take it for the one, and who unpacks it for the other. */
function assertIs(kind: "manifest" | "index", json: JsonObject, subject: string): void {
  if (json.count("schemaVersion") === 1) throw schema1Error(subject);
  const named = json.optionalString("mediaType");
  if (named !== undefined && documentKindOf(named) !== kind) {
    throw new ImageError(
      ErrorCode.Corrupt,
      `${subject}: calls itself ${shown(named)}, and was listed as ${articled(kind)}`,
    );
  }
  const other = kind === "manifest" ? "manifests" : "layers";
  if (json.has(other)) {
    throw new ImageError(ErrorCode.Corrupt, `${subject}: is listed as ${articled(kind)}, and has ${other}`);
  }
}

const articled = (kind: "manifest" | "index") => (kind === "index" ? "an index" : "a manifest");

export function schema1Error(subject: string): ImageError {
  return new ImageError(
    ErrorCode.Unsupported,
    `${subject}: is Docker's manifest of schema 1, which has been out of use for years; copy the image as OCI or Docker schema 2`,
  );
}

/** @throws ImageError  OutOfRange */
export function assertCount(count: number, most: number, subject: string, what: string): void {
  if (count <= most) return;
  throw new ImageError(ErrorCode.OutOfRange, `${subject}: has ${count} ${what}, more than ${most}`);
}
