/** The images that an index lists, and the indexes that it lists. */
import { ErrorCode, ImageError, isError } from "../errors.ts";
import { type BlobStore, readBlob } from "./blob-store.ts";
import { type Descriptor, type ImagePlatform, parsePlatformObject } from "./descriptor.ts";
import { documentKindOf } from "./document-type.ts";
import { namesOf } from "./image-name.ts";
import { JsonObject } from "./json-object.ts";
import { parseIndex, parseManifest } from "./manifest.ts";

/** A manifest that an index lists. */
export interface ListedManifest {
  readonly descriptor: Descriptor;

  /** What it is called at the top, where it or an index that it is in is listed. */
  readonly names: readonly string[];

  /** What leads to it: the digest of what is listed at the top comes first, its own last. */
  readonly path: readonly string[];
}

/** Indexes within indexes. Two is the most that one meets. */
const DEEPEST = 8;
/** What is listed in all, wherever it is, once for each of its names. One index may list half of it. */
const MOST_LISTED = 20_000;

/**
 * All manifests that can be reached from `roots`, in the order in which they are listed. One may be listed for several platforms.
 *
 * An index cannot hold itself, for it would have to hold its own digest; and each is verified. One that is listed twice is
 * read once, so a few that list one another many times do no harm.
 *
 * @param roots  what the top lists
 * @throws ImageError  Corrupt, NotFound, Unsupported, OutOfRange
 */
export async function findManifests(
  store: BlobStore,
  roots: readonly Descriptor[],
  signal?: AbortSignal,
): Promise<ListedManifest[]> {
  const found: ListedManifest[] = [];
  let listed = 0;
  for (const { descriptor: root, names } of mergeNames(roots)) {
    const seen = new Set<string>();
    const visit = async (descriptor: Descriptor, above: readonly string[]): Promise<void> => {
      listed += Math.max(names.length, 1);
      if (listed > MOST_LISTED) throw tooMany(root);
      const path = [...above, descriptor.digest];
      if (path.length > DEEPEST) throw tooDeep(descriptor);
      if (documentKindOf(descriptor.mediaType) !== "index") {
        found.push({ descriptor, names, path });
      } else if (!seen.has(descriptor.digest)) {
        seen.add(descriptor.digest);
        const bytes = await readBlob(store, descriptor, signal);
        for (const each of parseIndex(bytes, `index ${descriptor.digest}`)) await visit(each, path);
      }
    };
    await visit(root, []);
  }
  return found;
}

/** One image may be listed several times, once for each of its names. */
function mergeNames(roots: readonly Descriptor[]): { descriptor: Descriptor; names: string[] }[] {
  const merged = new Map<string, { descriptor: Descriptor; names: Set<string> }>();
  for (const descriptor of roots) {
    const key = JSON.stringify([descriptor.digest, descriptor.platform]);
    const one = merged.get(key) ?? { descriptor, names: new Set() };
    for (const name of namesOf(descriptor)) one.names.add(name);
    merged.set(key, one);
  }
  return [...merged.values()].map(({ descriptor, names }) => ({ descriptor, names: [...names] }));
}

function tooDeep({ digest }: Descriptor): ImageError {
  return new ImageError(ErrorCode.OutOfRange, `index ${digest}: stands within ${DEEPEST} others, one in another`);
}

function tooMany({ digest }: Descriptor): ImageError {
  return new ImageError(
    ErrorCode.OutOfRange,
    `index ${digest}: with it, more than ${MOST_LISTED} manifests are listed, by all their names`,
  );
}

/** Buildkit's annotation on what it says of an image: where it came from, what is in it. */
const REFERENCE_TYPE = "vnd.docker.reference.type";

/** What is listed beside images, and is none: attestations, signatures, charts. */
export function isImage({ mediaType, artifactType, annotations, platform }: Descriptor): boolean {
  const kind = documentKindOf(mediaType);
  if (artifactType !== undefined || (kind !== "manifest" && kind !== "schema1")) return false;
  if (annotations && Object.hasOwn(annotations, REFERENCE_TYPE)) return false;
  return !(platform?.os === "unknown" && platform.architecture === "unknown");
}

/**
 * What a manifest's image runs on: by who lists it, or by its own configuration.
 *
 * @returns undefined if it does not say, as what is no image; or if it is not there
 * @throws ImageError  Corrupt
 */
export async function platformOf(
  store: BlobStore,
  descriptor: Descriptor,
  signal?: AbortSignal,
): Promise<ImagePlatform | undefined> {
  if (descriptor.platform !== undefined) return descriptor.platform;
  try {
    const { config } = parseManifest(await readBlob(store, descriptor, signal), `manifest ${descriptor.digest}`);
    if (documentKindOf(config.mediaType) !== "config") return undefined;
    return parsePlatformObject(
      JsonObject.parse(await readBlob(store, config, signal), `configuration ${config.digest}`),
    );
  } catch (error) {
    if (isError(error, ErrorCode.NotFound) || isError(error, ErrorCode.Unsupported)) return undefined;
    throw error;
  }
}
