/** What is most likely behind a difference, where that can be told from what is known. */
import { isDamage } from "../image/damage.ts";
import { diffIn, type ImageChange } from "../image/diff.ts";
import type { Image } from "../image/image.ts";
import { printable } from "../image/name.ts";
import type { OpenedImage } from "../image/opened-image.ts";
import { directories, joinPath } from "../image/walk.ts";
import { leftOpen } from "../random-access.ts";
import { isConsequence } from "./account.ts";
import type { AffectedFile, FieldDifference, StructureName } from "./explanation.ts";
import { superblockFields, veritySuperblockFields } from "./fields.ts";
import type { ImageView } from "./image-view.ts";
import type { Survey } from "./survey.ts";

/** Changes that are looked at to tell what they have in common. */
const MAX_CHANGES = 1000;
/** Files whose inodes are compared, to tell whether their order differs. */
const MAX_PLACES = 100_000;

const TIMES = new Set(["mtime", "atime", "ctime", "birth time"]);
const HASHES = new Set<StructureName>(["hash-superblock", "hash-tree"]);
const CONTENT = new Set<StructureName>(["file-data", "symlink"]);
const NOBODYS = new Set<StructureName>(["free", "unknown", "boot", "reserved-descriptors"]);
const MOUNTING = new Set(["mount time", "write time", "mounts", "state", "last mounted on", "KiB written"]);

export interface Evidence {
  readonly views: readonly [a: ImageView, b: ImageView];
  readonly survey: Survey;
  readonly files: readonly AffectedFile[];
  readonly signal?: AbortSignal;
}

export async function reasonOf(evidence: Evidence): Promise<string | undefined> {
  const { views, survey } = evidence;
  const [a, b] = views.map(({ inspection }) => inspection);
  if (!a || !b) return a || b ? `only ${a ? "the first" : "the second"} is an ext4 image that can be read` : undefined;
  const differing = new Set(survey.spread.flatMap((row) => [row.a, row.b]));
  if (isWithin(differing, HASHES)) return reasonOfHashes(views);
  return (
    settings(a.filesystem, b.filesystem) ??
    (survey.isSameLayout ? reasonInPlace(evidence, differing) : undefined) ??
    (await reasonOfTrees(evidence)) ??
    reasonOfInodes(survey) ??
    reasonOfFilesystems(views, differing)
  );
}

function isWithin<T>(some: ReadonlySet<T>, whole: ReadonlySet<T>): boolean {
  return [...some].every((each) => whole.has(each));
}

function reasonOfHashes(views: Evidence["views"]): string {
  const fields = veritySuperblockFields(views).map(({ field }) => field);
  if (fields.length === 0) return "only the hash trees differ, so that one of them is not that of its data";
  return `only the hash trees differ: in ${listOf(fields)}`;
}

type Filesystem = NonNullable<ImageView["inspection"]>["filesystem"];

/** What those who make filesystems choose. */
function settings(a: Filesystem, b: Filesystem): string | undefined {
  const lost = a.features.filter((name) => !b.features.includes(name));
  const more = b.features.filter((name) => !a.features.includes(name));
  const words = [
    ...(more.length > 0 ? [`only the second has ${listOf(more)}`] : []),
    ...(lost.length > 0 ? [`only the first has ${listOf(lost)}`] : []),
    ...(a.blockSize !== b.blockSize ? [`blocks have ${a.blockSize} and ${b.blockSize} bytes`] : []),
    ...(a.inodeSize !== b.inodeSize ? [`inodes have ${a.inodeSize} and ${b.inodeSize} bytes`] : []),
  ];
  return words.length > 0 ? `another profile or another program: ${words.join(", ")}` : undefined;
}

/** All that differs stands in the same places, so that contents and inodes can be held against each other as they are. */
function reasonInPlace({ survey, files }: Evidence, differing: ReadonlySet<StructureName>): string | undefined {
  if ([...differing].some((structure) => CONTENT.has(structure))) {
    return reasonOfFiles(files.filter(({ structure }) => CONTENT.has(structure)));
  }
  const isOfTimes = ownFields(survey).every(({ field }) => TIMES.has(field));
  // Other names in directories come with other inodes.
  return isOfTimes || !differing.has("directory") ? reasonOfInodes(survey) : undefined;
}

function ownFields({ inodeFields }: Survey): Survey["inodeFields"] {
  return inodeFields.filter(({ field }) => !isConsequence(field));
}

function reasonOfInodes(survey: Survey): string | undefined {
  const fields = ownFields(survey);
  return fields.length === 0 ? undefined : describeFields(new Set(fields.map(({ field }) => field)), fields[0]!.inodes);
}

/** @param more  before the number of files */
function describeFields(fields: ReadonlySet<string>, count: number, more = ""): string {
  const only = isWithin(fields, TIMES) ? "only times differ: " : "inodes differ: in ";
  return `${only}${listOf([...fields])}, of ${more}${count} ${count === 1 ? "file" : "files"}`;
}

/** Nothing is known to differ in the files. */
function reasonOfFilesystems(views: Evidence["views"], differing: ReadonlySet<StructureName>): string | undefined {
  const own = superblockFields(views)
    .map(({ field }) => field)
    .filter((field) => !isConsequence(field));
  if (own.includes("UUID")) return "the filesystems have UUIDs of their own, which go into checksums too";
  if (own.length > 0 && own.every((field) => MOUNTING.has(field))) {
    return "one of them was mounted, or written to, since it was made";
  }
  if (own.length > 0) return `the filesystems themselves differ: in ${listOf(own)}`;
  if (isWithin(differing, new Set([...NOBODYS, ...HASHES]))) return "only blocks differ that no file has";
  if (isWithin(differing, new Set<StructureName>(["journal", ...HASHES]))) return "only the journals differ";
  return undefined;
}

function reasonOfFiles(files: readonly AffectedFile[]): string {
  const { path, inode } = files[0]!;
  const name = path ? printable(path) : `inode ${inode}`;
  return files.length === 1 ? `the content of ${name} differs` : `the content of files differs, most of all of ${name}`;
}

/** Whether the files differ, wherever they stand. @returns nothing if they do not, or if that cannot be told */
async function reasonOfTrees({ views, survey, signal }: Evidence): Promise<string | undefined> {
  const changes: ImageChange[] = [];
  try {
    const [lower, upper] = views.map(({ file }) => ({ file: leftOpen(file) })) as [OpenedImage, OpenedImage];
    await diffIn(() => [lower, upper], undefined, {
      verify: false,
      ...(signal && { signal }),
      onChange: (change) => changes.push(change) < MAX_CHANGES,
    });
    const [a, b] = [views[0].image!, views[1].image!];
    if (changes.length > 0) return describeChanges(a, b, changes);
    return survey.isSameLayout ? undefined : describePlaces(views, a, b);
  } catch (error) {
    if (!isDamage(error)) throw error;
    return undefined;
  }
}

function describeChanges(a: Image, b: Image, changes: readonly ImageChange[]): string {
  const more = changes.length === MAX_CHANGES ? "at least " : "";
  const fields = changes.map((change) => (change.kind === "changed" ? statFields(a, b, change) : []));
  if (fields.every(({ length }) => length > 0)) return describeFields(new Set(fields.flat()), changes.length, more);
  const counts = (["added", "changed", "deleted"] as const)
    .map((kind) => [changes.filter((change) => change.kind === kind).length, kind] as const)
    .filter(([count]) => count > 0)
    .map(([count, kind]) => `${count} ${kind}`);
  const { kind, pathBytes } = changes[0]!;
  return `the files differ: ${more}${counts.join(", ")}; the first of them, ${kind}, is /${printable(pathBytes)}`;
}

/** What differs in the inodes of a path; nothing where only what they lead to may differ, or the size of that does. */
function statFields(a: Image, b: Image, { pathBytes }: ImageChange): string[] {
  const [one, other] = [a.stat(pathBytes), b.stat(pathBytes)];
  if (one.type !== other.type || one.size !== other.size) return [];
  const isMtime = one.mtime.seconds !== other.mtime.seconds || one.mtime.nanoseconds !== other.mtime.nanoseconds;
  const rest = (["mode", "uid", "gid", "links"] as const).filter((name) => one[name] !== other[name]);
  return isMtime ? ["mtime", ...rest] : rest;
}

/** The files are the same ones. */
function describePlaces([viewA, viewB]: Evidence["views"], a: Image, b: Image): string {
  const [sizeA, sizeB] = [viewA, viewB].map(({ inspection }) => inspection!.filesystem.size);
  const size = sizeA === sizeB ? "" : `; one filesystem has ${sizeA} bytes, the other ${sizeB}`;
  const moved = firstMoved(a, b);
  if (moved === undefined)
    return size === "" ? "the same files, whose contents stand in another order" : `the same files${size}`;
  return `the same files in another order: ${printable(moved.path)} is inode ${moved.a} and ${moved.b}${size}`;
}

/** The first path whose inode is another in `b`. */
function firstMoved(a: Image, b: Image): { path: Uint8Array; a: number; b: number } | undefined {
  let looked = 0;
  for (const { path, entries } of directories(a, "/", new Uint8Array())) {
    for (const { nameBytes, inode } of entries) {
      const file = joinPath(path, nameBytes);
      const other = b.stat(file).inode;
      if (other !== inode) return { path: file, a: inode, b: other };
    }
    looked += entries.length;
    if (looked > MAX_PLACES) return undefined;
  }
  return undefined;
}

/** `x, y and z`; of many, the first. */
function listOf(words: readonly (string | FieldDifference["field"])[]): string {
  const told = words.length > 5 ? [...words.slice(0, 4), `${words.length - 4} more`] : words;
  return told.length === 1 ? told[0]! : `${told.slice(0, -1).join(", ")} and ${told.at(-1)}`;
}
