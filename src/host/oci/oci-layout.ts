/**
 * OCI image layouts, and the directories of skopeo's `dir:`: documents and blobs in files.
 *
 * Source: OCI image specification, "Image Layout Specification"; containers-transports(5), "dir:".
 */
import { ErrorCode, ImageError } from "../errors.ts";
import type { FileRange } from "../file-range.ts";
import type { FileBlobs } from "./blob-store.ts";
import { corruptBlob, type Descriptor } from "./descriptor.ts";
import { type Digest, parseDigest, sha256Of } from "./digest.ts";
import { OCI_INDEX, OCI_MANIFEST } from "./document-type.ts";
import type { Documents } from "./documents.ts";
import { JsonObject } from "./json-object.ts";
import { guessKind, parseIndex } from "./manifest.ts";
import { shown } from "./shown.ts";

const LAYOUT_VERSION = "1.0.0";

/** Where documents and layers are, and what is listed at the top. */
export interface Layout {
  readonly blobs: FileBlobs;
  readonly roots: readonly Descriptor[];
}

/** @returns undefined if they are of none @throws ImageError  Corrupt, Unsupported, OutOfRange */
export function openOciLayout(documents: Documents): Layout | undefined {
  const { path } = documents.files;
  const marker = documents.read("oci-layout");
  const index = documents.read("index.json");
  if (marker !== undefined) assertVersion(marker, `${path}: oci-layout`);
  if (index === undefined) {
    if (marker === undefined) return undefined;
    throw new ImageError(ErrorCode.Corrupt, `${path}: is an OCI image layout, and has no index.json`);
  }
  const blobs = blobsIn(documents, ({ algorithm, hex }) => [`blobs/${algorithm}/${hex}`]);
  return { blobs, roots: parseIndex(index, `${path}: index.json`) };
}

function assertVersion(marker: Uint8Array, subject: string): void {
  const version = JsonObject.parse(marker, subject).string("imageLayoutVersion");
  if (version === LAYOUT_VERSION) return;
  throw new ImageError(ErrorCode.Unsupported, `${subject}: version ${shown(version)} is not ${LAYOUT_VERSION}`);
}

/** @param manifest  what `manifest.json` holds: the one document at the top */
export async function openSkopeoDirectory(documents: Documents, manifest: Uint8Array): Promise<Layout> {
  const blobs = blobsIn(documents, ({ hex }) => [hex, `${hex}.manifest.json`]);
  const subject = `${documents.files.path}: manifest.json`;
  const mediaType = JsonObject.parse(manifest, subject).optionalString("mediaType") ?? guessType(manifest, subject);
  return { blobs, roots: [{ mediaType, digest: await sha256Of(manifest), size: manifest.length, data: manifest }] };
}

function guessType(manifest: Uint8Array, subject: string): string {
  const kind = guessKind(manifest, subject);
  if (kind === "index") return OCI_INDEX;
  if (kind === "manifest") return OCI_MANIFEST;
  throw new ImageError(ErrorCode.Unsupported, `${subject}: is neither a manifest nor an index that is read here`);
}

/** @param namesOf  by which names a blob may be there */
function blobsIn(documents: Documents, namesOf: (digest: Digest) => string[]): FileBlobs {
  const { files } = documents;
  const locate = (blob: Descriptor): FileRange => {
    const names = namesOf(parseDigest(blob.digest, files.path));
    for (const name of names) {
      const range = files.find(name);
      if (range === undefined) continue;
      if (range.size === blob.size) return range;
      throw corruptBlob(blob, `has ${range.size} bytes, and ${blob.size} by its descriptor`);
    }
    throw new ImageError(ErrorCode.NotFound, `blob ${blob.digest}: is not in ${files.path}`);
  };
  const read = async (blob: Descriptor): Promise<Uint8Array> => {
    await documents.turns.pause();
    return documents.readAt(locate(blob), `blob ${blob.digest}`);
  };
  return { locate, read };
}
