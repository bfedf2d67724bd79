/**
 * Manifests and indexes of a repository.
 *
 * Source: OCI distribution specification 1.1, "Pulling manifests".
 */
import { ErrorCode, ImageError } from "../errors.ts";
import { type BlobStore, LARGEST_DOCUMENT, verifyBlob } from "../oci/blob-store.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { parseDigest, sha256Of } from "../oci/digest.ts";
import { DOCKER_LIST, DOCKER_MANIFEST, documentKindOf, OCI_INDEX, OCI_MANIFEST } from "../oci/document-type.ts";
import { JsonObject } from "../oci/json-object.ts";
import { readBody } from "./body.ts";
import type { HttpResponse } from "./http-client.ts";
import type { Registry } from "./registry.ts";

const ACCEPT = [OCI_INDEX, OCI_MANIFEST, DOCKER_LIST, DOCKER_MANIFEST].join(", ");

export interface Document {
  readonly descriptor: Descriptor;
  readonly bytes: Uint8Array;
}

export class RegistryDocuments implements BlobStore {
  constructor(private readonly registry: Registry) {}

  /**
   * What a tag or a digest stands for at this moment.
   *
   * @throws ImageError  Corrupt: it is not what the digest, or the registry itself, says that it is
   */
  async resolve(name: string, signal: AbortSignal | undefined): Promise<Document> {
    const subject = `manifest ${name}`;
    return this.registry.ask(async (server) => {
      const headers = { Accept: ACCEPT };
      const response = await server.get(`manifests/${name}`, subject, [200], headers, signal);
      return server.reading(subject, signal, async () => documentOf(`${server.name}: ${subject}`, name, response));
    }, signal);
  }

  /** A document that another names; verified, so that a mirror with another is passed by. */
  async read(document: Descriptor, signal?: AbortSignal): Promise<Uint8Array> {
    const { digest, mediaType } = document;
    const kind = documentKindOf(mediaType);
    const subject = kind === "config" ? `configuration ${digest}` : `${kind} ${digest}`;
    const path = kind === "config" ? `blobs/${digest}` : `manifests/${digest}`;
    return this.registry.ask(async (server) => {
      const response = await server.get(path, subject, [200], { Accept: mediaType }, signal);
      const bytes = await server.reading(subject, signal, () => readBody(response, LARGEST_DOCUMENT));
      await verifyBlob(document, bytes);
      return bytes;
    }, signal);
  }
}

async function documentOf(subject: string, name: string, response: HttpResponse): Promise<Document> {
  const bytes = await readBody(response, LARGEST_DOCUMENT);
  const digests = [...(name.includes(":") ? [name] : []), ...headerDigests(response)];
  for (const digest of digests) await verifyBlob({ mediaType: "", digest, size: bytes.length }, bytes);
  const mediaType = mediaTypeOf(subject, bytes, response);
  return { descriptor: { mediaType, digest: digests[0] ?? (await sha256Of(bytes)), size: bytes.length }, bytes };
}

/** Its own word counts before the server's. @throws ImageError  Corrupt; Unsupported */
function mediaTypeOf(subject: string, bytes: Uint8Array, { headers }: HttpResponse): string {
  const named = JsonObject.parse(bytes, subject).optionalString("mediaType");
  const mediaType = named ?? (headers["content-type"] ?? "").split(";", 1)[0]!.trim();
  if (documentKindOf(mediaType) !== undefined) return mediaType;
  const shown = JSON.stringify(mediaType.slice(0, 100));
  throw new ImageError(ErrorCode.Unsupported, `${subject}: is no image, but of media type ${shown}`);
}

/** What the registry says that it sends, if it says so. */
function headerDigests({ headers }: HttpResponse): string[] {
  const digest = headers["docker-content-digest"];
  if (typeof digest !== "string" || digest === "") return [];
  parseDigest(digest, "Docker-Content-Digest");
  return [digest];
}
