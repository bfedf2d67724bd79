/** Which of several images is meant. */
import { ErrorCode, ImageError } from "../errors.ts";
import type { ImagePlatform } from "./descriptor.ts";
import { inFull } from "./image-name.ts";
import { defaultPlatform, formatPlatform, parsePlatform, rankOn } from "./image-platform.ts";
import { shown } from "./shown.ts";

export interface Choice {
  /** `os/architecture[/variant][,os version]`. Default: Linux on this machine's architecture. */
  readonly platform?: string;

  /** A name, a tag or a digest. */
  readonly reference?: string;
}

export interface Candidate {
  readonly names: readonly string[];

  /** What leads to it, its own digest last. Those with the same first one are one image for several platforms. */
  readonly path: readonly string[];

  /** What it runs on, if it says so. Asked only where it matters. */
  readonly platform: () => Promise<ImagePlatform | undefined>;
}

/**
 * The one of `candidates` that is asked for. Where there is but one it is taken, whatever its platform, unless one is asked for.
 *
 * @param subject  what a message begins with: where they are listed
 * @throws ImageError  NotFound, naming what there is; InvalidArgument if several could be meant
 */
export async function choose<T extends Candidate>(
  candidates: readonly T[],
  { platform, reference }: Choice,
  subject: string,
): Promise<T> {
  const wanted = platform === undefined ? defaultPlatform() : parsePlatform(platform);
  const named = reference === undefined ? candidates : withReference(candidates, reference, subject);
  const image = named[0];
  if (image === undefined) throw new ImageError(ErrorCode.NotFound, `${subject}: there is no image in it`);
  const isOne = new Set(named.map(digestOf)).size === 1;
  if (isOne && platform === undefined) return image;
  if (!isOne) assertAreOne(named, subject);
  return withPlatform(named, wanted, subject);
}

function withReference<T extends Candidate>(candidates: readonly T[], reference: string, subject: string): T[] {
  const exact = candidates.filter(({ names, path }) => names.includes(reference) || path.includes(reference));
  if (exact.length > 0) return exact;
  const wanted = inFull(reference);
  const same = candidates.filter(({ names }) => names.some((name) => inFull(name) === wanted));
  if (same.length > 0) return same;
  throw new ImageError(ErrorCode.NotFound, `${subject}: has no image ${reference}; there are ${titles(candidates)}`);
}

/** Those that are called alike, or not at all, may be one image for several platforms. */
function assertAreOne(candidates: readonly Candidate[], subject: string): void {
  const names = new Set(candidates.map(({ names }) => names[0] ?? ""));
  if (names.size === 1) return;
  throw new ImageError(
    ErrorCode.InvalidArgument,
    `${subject}: has several images, and it is not said which is meant: ${titles(candidates)}`,
  );
}

async function withPlatform<T extends Candidate>(
  candidates: readonly T[],
  wanted: ImagePlatform,
  subject: string,
): Promise<T> {
  const platforms = await Promise.all(candidates.map((candidate) => candidate.platform()));
  const ranked = candidates.flatMap((candidate, i) => {
    const platform = platforms[i];
    const rank = platform && rankOn(wanted, platform);
    return rank === undefined ? [] : [{ candidate, rank, osVersion: platform?.osVersion ?? "" }];
  });
  ranked.sort((one, other) => one.rank - other.rank || compareVersions(other.osVersion, one.osVersion));
  const [best, next] = ranked;
  if (best === undefined) throw noneFor(wanted, platforms, subject);
  if (next !== undefined && isTie(best, next)) {
    throw new ImageError(
      ErrorCode.InvalidArgument,
      `${subject}: has several images for ${formatPlatform(wanted)}, and it is not said which is meant: ${titles(candidates)}`,
    );
  }
  return best.candidate;
}

interface Ranked {
  readonly candidate: Candidate;
  readonly rank: number;
  readonly osVersion: string;
}

/** Within one image the first that fits is meant; of two images none is. */
function isTie(one: Ranked, other: Ranked): boolean {
  if (one.rank !== other.rank || one.osVersion !== other.osVersion) return false;
  return one.candidate.path[0] !== other.candidate.path[0] && digestOf(one.candidate) !== digestOf(other.candidate);
}

function digestOf({ path }: Candidate): string | undefined {
  return path.at(-1);
}

function compareVersions(one: string, other: string): number {
  return one.localeCompare(other, "en", { numeric: true });
}

function noneFor(
  wanted: ImagePlatform,
  platforms: readonly (ImagePlatform | undefined)[],
  subject: string,
): ImageError {
  const there = [
    ...new Set(platforms.map((platform) => (platform ? formatPlatform(platform) : "one that does not say"))),
  ];
  return new ImageError(
    ErrorCode.NotFound,
    `${subject}: has no image for ${formatPlatform(wanted)}; there are ${list(there)}`,
  );
}

function titles(candidates: readonly Candidate[]): string {
  const all = candidates.map(({ names, path }) => names[0] ?? path[0] ?? "");
  return list([...new Set(all)]);
}

const MOST_SHOWN = 20;

function list(words: readonly string[]): string {
  const more = words.length - MOST_SHOWN;
  return `${words.slice(0, MOST_SHOWN).map(shown).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
