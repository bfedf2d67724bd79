/**
 * Names of container images: which registry, which repository, which image in it.
 *
 * Source: distribution, "Reference" (grammar); OCI distribution specification 1.1, "Pulling manifests"; Docker's rule of what
 * stands before the first slash.
 */
import { ErrorCode, ImageError } from "../errors.ts";

export interface Reference {
  /** A host, with a port if one was given: "docker.io", "localhost:5000", "[::1]:5000". */
  readonly registry: string;

  /** Such as "library/alpine". */
  readonly repository: string;

  /** Absent only where there is a digest. */
  readonly tag?: string;

  /** What is pulled, whatever the tag says. */
  readonly digest?: string;
}

const DOCKER_HUB = "docker.io";
const DEFAULT_TAG = "latest";
const LONGEST_NAME = 255;

const LABEL = "[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?";
const REGISTRY = new RegExp(`^(?:${LABEL}(?:\\.${LABEL})*|\\[[0-9a-fA-F:]+\\])(?::[0-9]{1,5})?$`);
const PART = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";
const REPOSITORY = new RegExp(`^${PART}(?:/${PART})*$`);
const TAG = /^\w[\w.-]{0,127}$/;
const DIGEST = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/;

/** Docker takes these digits for an image of its own store, so no repository is named so. */
const IMAGE_ID = /^[0-9a-f]{64}$/;

/**
 * Reads a name as docker and containerd's tools do: `alpine` is `docker.io/library/alpine:latest`.
 *
 * @throws ImageError  InvalidArgument
 */
export function parseReference(text: string): Reference {
  if (text.length > LONGEST_NAME + 2 * 256) throw invalid(text, `is ${text.length} characters long`); // a tag, a digest
  const [named, digest] = cut(text, text.indexOf("@"));
  const colon = named.lastIndexOf(":");
  const [name, tag] = cut(named, colon > named.lastIndexOf("/") ? colon : -1);
  const { registry, repository } = splitName(name);

  if (!isRegistry(registry))
    throw invalid(text, `${JSON.stringify(registry)} is no registry: a host, perhaps with :PORT`);
  if (!REPOSITORY.test(repository)) throw invalid(text, describeRepository(repository));
  if (IMAGE_ID.test(name)) throw invalid(text, "64 hexadecimal digits are no repository");
  if (registry.length + 1 + repository.length > LONGEST_NAME) {
    throw invalid(text, `its name is past ${LONGEST_NAME} characters`);
  }
  if (tag !== undefined && !TAG.test(tag)) throw invalid(text, `${JSON.stringify(tag)} is no tag`);
  if (digest !== undefined && !DIGEST.test(digest))
    throw invalid(text, `${JSON.stringify(digest)} is no digest of sha256 or sha512`);
  if (digest === undefined) return { registry, repository, tag: tag ?? DEFAULT_TAG };
  return { registry, repository, ...(tag !== undefined && { tag }), digest };
}

/** The whole name, with nothing left to be guessed. */
export function formatReference({ registry, repository, tag, digest }: Reference): string {
  return `${registry}/${repository}${tag === undefined ? "" : `:${tag}`}${digest === undefined ? "" : `@${digest}`}`;
}

/** What stands before the first slash is a registry if it looks like a host; else all is a repository of Docker Hub. */
function splitName(name: string): { registry: string; repository: string } {
  const slash = name.indexOf("/");
  const first = name.slice(0, Math.max(slash, 0));
  const isHost = /[.:]/.test(first) || first === "localhost" || first !== first.toLowerCase();
  const registry = isHost ? first : DOCKER_HUB;
  const repository = isHost ? name.slice(slash + 1) : name;
  if (registry !== DOCKER_HUB && registry !== "index.docker.io") return { registry, repository };
  return { registry: DOCKER_HUB, repository: repository.includes("/") ? repository : `library/${repository}` };
}

/** What looks like a host may be none: `[::::]`, an IPv4 address with a 999 in it. */
function isRegistry(text: string): boolean {
  return REGISTRY.test(text) && URL.canParse(`http://${text}`);
}

function describeRepository(repository: string): string {
  if (repository === "" || repository === "library/") return "names no repository";
  const shown = JSON.stringify(repository);
  if (REPOSITORY.test(repository.toLowerCase())) return `${shown} has capital letters, which no repository has`;
  return `${shown} is no repository`;
}

/** Before and after the character at `at`; nothing after it where that is -1. */
function cut(text: string, at: number): [before: string, after: string | undefined] {
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

function invalid(text: string, why: string): ImageError {
  const shown = text.length > 80 ? `${text.slice(0, 80)}…` : text;
  return new ImageError(ErrorCode.InvalidArgument, `reference ${JSON.stringify(shown)}: ${why}`);
}
