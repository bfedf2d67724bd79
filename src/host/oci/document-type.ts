/**
 * Media types of the documents of an image.
 *
 * Source: OCI image specification, "Media Types"; Docker, "Image Manifest Version 2, Schema 2".
 */

export const OCI_INDEX = "application/vnd.oci.image.index.v1+json";
export const OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json";
export const OCI_CONFIG = "application/vnd.oci.image.config.v1+json";
export const DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json";
export const DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json";
export const DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json";

export type DocumentKind = "index" | "manifest" | "config" | "schema1";

const KINDS: ReadonlyMap<string, DocumentKind> = new Map([
  [OCI_INDEX, "index"],
  [DOCKER_LIST, "index"],
  [OCI_MANIFEST, "manifest"],
  [DOCKER_MANIFEST, "manifest"],
  [OCI_CONFIG, "config"],
  [DOCKER_CONFIG, "config"],
  ["application/vnd.docker.distribution.manifest.v1+json", "schema1"],
  ["application/vnd.docker.distribution.manifest.v1+prettyjws", "schema1"],
]);

/** undefined: of something else, such as an artifact. */
export function documentKindOf(mediaType: string): DocumentKind | undefined {
  return KINDS.get(mediaType);
}
