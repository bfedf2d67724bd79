/** Why two images are not the same: where they differ first, what stands there, and how all that differs spreads. */
import { firstDifference, latin1Of } from "../bytes.ts";
import { type Disk, type DiskCore, startDiskCore } from "../disk-core.ts";
import type { RandomAccess } from "../random-access.ts";
import { compareContainers } from "./containers.ts";
import { type CompareOptions, compareDisks } from "./differing-blocks.ts";
import type { AffectedFile, ExplainedImage, Explanation, FieldDifference, FirstDifference } from "./explanation.ts";
import { type BlockPair, differingFields } from "./fields.ts";
import { ImageView } from "./image-view.ts";
import { findPaths } from "./names.ts";
import { isOfFile, toBlockPlace } from "./places.ts";
import { reasonOf } from "./reason.ts";
import { type Survey, survey } from "./survey.ts";

/** Bytes that are shown of what differs. */
const SHOWN = 16;

type Pair<T> = readonly [a: T, b: T];

/** @see explainDifference  The files stay open. */
export async function explainIn([a, b]: Pair<RandomAccess>, options: CompareOptions): Promise<Explanation> {
  const views = [await ImageView.open(a), await ImageView.open(b)] as const;
  return explain(await startDiskCore(a, b), views, options);
}

async function explain(core: DiskCore, views: Pair<ImageView>, options: CompareOptions): Promise<Explanation> {
  const disks = [core.disk, core.hashDisk!] as const;
  const sizes = [disks[0].size, disks[1].size] as const;
  const blockSize = Math.min(views[0].blockSize, views[1].blockSize);
  const runs = await compareDisks(...disks, blockSize, options);
  const container = compareContainers(views, disks, runs.length === 0);
  const known = {
    same: runs.length === 0 && container === undefined,
    blockSize,
    blocks: Math.ceil(Math.max(...sizes) / blockSize),
    differingBlocks: runs.reduce((sum, { length }) => sum + Math.ceil(length / blockSize), 0),
    ...(container && { container }),
  };
  if (runs.length === 0) {
    const [ofA, ofB] = describeImages(views, sizes);
    const reason = container && { reason: "the disks are the same, and what they are wrapped in differs" };
    return { ...known, a: ofA, b: ofB, firstOfOthers: [], spread: [], files: [], inodeFields: [], ...reason };
  }

  const found = await survey(views, sizes, runs, blockSize, options);
  const { firsts, files } = describe(disks, views, found, blockSize);
  const [first, ...firstOfOthers] = firsts;
  const { signal } = options;
  const reason = await reasonOf({ views, survey: found, files, ...(signal && { signal }) });
  const [ofA, ofB] = describeImages(views, sizes);
  const { spread, inodeFields } = found;
  return {
    ...known,
    a: ofA,
    b: ofB,
    first: first!,
    firstOfOthers,
    spread,
    files,
    inodeFields,
    ...(reason !== undefined && { reason }),
  };
}

function describeImages([a, b]: Pair<ImageView>, [sizeA, sizeB]: Pair<number>): Pair<ExplainedImage> {
  return [describeImage(a, sizeA), describeImage(b, sizeB)];
}

function describeImage({ file, problem, damage }: ImageView, diskSize: number): ExplainedImage {
  return { fileSize: file.size, diskSize, ...(problem !== undefined && { problem }), damage };
}

/** What needs the names of files. */
function describe(
  disks: Pair<Disk>,
  views: Pair<ImageView>,
  { firsts, files }: Survey,
  blockSize: number,
): { firsts: FirstDifference[]; files: AffectedFile[] } {
  // Where a disk ends within a block, what is behind it begins there.
  const blockAt = ([{ at }]: Survey["firsts"][number]) => at - (at % blockSize);
  const pairs = firsts.map(
    (places): BlockPair => ({ views, places, bytes: readBlocks(disks, blockAt(places), blockSize) }),
  );
  const fields = pairs.map(differingFields);
  const paths = pathsOf(views, firsts, files, fields.flat());
  return {
    firsts: pairs.map(({ places, bytes }, index) => {
      const [a, b] = places;
      const byte = firstDifference(...bytes);
      return {
        block: blockAt(places) / blockSize,
        byte,
        a: toBlockPlace(a, views[0].inspection, paths[0]),
        b: toBlockPlace(b, views[1].inspection, paths[1]),
        fields: fields[index]!.map((field) => withPath(field, paths)),
        bytes: { a: bytes[0].subarray(byte, byte + SHOWN), b: bytes[1].subarray(byte, byte + SHOWN) },
      };
    }),
    files: withPaths(files, paths),
  };
}

/** What the disks have of a block. */
function readBlocks([a, b]: Pair<Disk>, at: number, blockSize: number): Pair<Uint8Array> {
  const read = (disk: Disk) =>
    disk.size > at ? disk.read(at, Math.min(blockSize, disk.size - at)).slice() : new Uint8Array();
  return [read(a), read(b)];
}

/** A file that has blocks of its own in both is told once, of A. */
function withPaths(files: readonly AffectedFile[], paths: Pair<Map<number, Uint8Array>>): AffectedFile[] {
  const found = files.map((file) => {
    const path = paths[file.image === "a" ? 0 : 1].get(file.inode);
    return path ? { ...file, path } : file;
  });
  const key = ({ path }: AffectedFile) => path && latin1Of(path);
  const inA = new Set(found.filter(({ image }) => image === "a").map(key));
  return found.filter((file) => file.image === "a" || file.path === undefined || !inA.has(key(file)));
}

function pathsOf(
  views: Pair<ImageView>,
  firsts: Survey["firsts"],
  files: readonly AffectedFile[],
  fields: readonly FieldDifference[],
): Pair<Map<number, Uint8Array>> {
  const inFields = fields.map(inodeOf).filter((inode) => inode !== undefined);
  const [a, b] = views.map(({ image }, index) => {
    const inFiles = files.filter((file) => (file.image === "a") === (index === 0)).map(({ inode }) => inode);
    const owners = firsts.map((places) => places[index]!).map((place) => (isOfFile(place) ? place.owner : 0));
    return findPaths(image, new Set([...inFields, ...inFiles, ...owners].filter((inode) => inode > 0)));
  }) as [Map<number, Uint8Array>, Map<number, Uint8Array>];
  return [a, b];
}

function inodeOf({ of }: FieldDifference): number | undefined {
  return of?.startsWith("inode ") ? Number(of.slice("inode ".length)) : undefined;
}

function withPath(field: FieldDifference, [a, b]: Pair<Map<number, Uint8Array>>): FieldDifference {
  const inode = inodeOf(field);
  const path = inode === undefined ? undefined : (a.get(inode) ?? b.get(inode));
  return path ? { ...field, path } : field;
}
