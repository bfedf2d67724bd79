/** What blocks are, in one image: those that differ are matched with those that have an owner. */
import type { Inspection } from "../image/inspection.ts";
import { OF_GROUPS, OF_INODES } from "../image/map-uses.ts";
import type { OwnedRun } from "../image/owned-runs.ts";
import type { DifferingRun } from "./differing-blocks.ts";
import type { BlockPlace, StructureName } from "./explanation.ts";
import type { ImageView } from "./image-view.ts";

/** Bytes that differ, and what they are. */
export interface Placed extends DifferingRun {
  readonly structure: StructureName;

  /** As of an OwnedRun; 0 where nothing owns them. */
  readonly owner: number;

  /** What the first of the blocks holds. */
  readonly first: number;
}

/** A byte's owner, for who asks for one byte after another. */
export class Places {
  readonly #owners: Iterator<Placed, void>;
  #current: Placed;

  constructor(
    private readonly view: ImageView,
    diskSize: number,
  ) {
    this.#owners = ownersOf(view, diskSize);
    this.#current = this.#owners.next().value as Placed; // they have no end
  }

  /** What stands at byte `at`, which is not before that of the last call, and goes on from there. */
  from(at: number): Placed {
    while (this.#current.at + this.#current.length <= at) this.#current = this.#owners.next().value as Placed;
    const { structure, owner, first, ...run } = this.#current;
    return {
      structure,
      owner,
      first: first + firstOffset(this.#current, at, this.view.blockSize),
      at,
      length: run.at + run.length - at,
    };
  }
}

/** What stands in a run `from` its start on is counted in blocks, where it is counted at all. */
export function firstOffset(
  { structure, at }: Pick<Placed, "structure" | "at">,
  from: number,
  blockSize: number,
): number {
  return COUNTED.has(structure) ? Math.floor((from - at) / blockSize) : 0;
}
const COUNTED = new Set<StructureName>([
  "descriptors",
  "inode-table",
  "directory",
  "file-data",
  "symlink",
  "xattr",
  "journal",
  "internal",
  "hash-tree",
]);

/** The whole disk, and what would follow it. */
export function* ownersOf(view: ImageView, diskSize: number): Generator<Placed, void, undefined> {
  let told = 0;
  const upTo = (end: number, structure: StructureName) => {
    const piece = { at: told, length: end - told, structure, owner: 0, first: 0 };
    told = end;
    return piece;
  };
  const { inspection } = view;
  if (!inspection) yield upTo(diskSize, "unreadable");
  for (const run of view.owners()) {
    yield placed(run);
    told = run.at + run.length;
  }
  const filesystemEnd = Math.min(inspection?.filesystem.size ?? diskSize, diskSize);
  if (told < filesystemEnd) yield upTo(filesystemEnd, "unknown");
  if (inspection?.verity) {
    const { at, hashBlockSize } = inspection.verity;
    if (told < at) yield upTo(at, "behind");
    yield upTo(Math.min(at + hashBlockSize, diskSize), "hash-superblock");
    yield upTo(diskSize, "hash-tree");
  }
  if (told < diskSize) yield upTo(diskSize, "behind");
  yield upTo(Number.POSITIVE_INFINITY, "none");
}

function placed({ use, ...run }: OwnedRun): Placed {
  return { ...run, structure: use };
}

const OF_FILES = new Set<StructureName>(["directory", "file-data", "symlink", "xattr", "map"]);

/** Whether it is a block of a file that has a name: `owner` is the inode. */
export function isOfFile({ structure }: Placed): boolean {
  return OF_FILES.has(structure);
}

export function toBlockPlace(
  place: Placed,
  inspection: Inspection | undefined,
  paths: ReadonlyMap<number, Uint8Array>,
): BlockPlace {
  const { structure, owner, first } = place;
  if (structure === "hash-tree") return { structure, hashBlock: first };
  if (structure === "inode-table") return { structure, group: owner, inodes: inodesIn(place, inspection!) };
  if (OF_GROUPS.has(structure)) return { structure, group: owner };
  if (!OF_INODES.has(structure) || owner === 0) return { structure };
  const path = paths.get(owner);
  return {
    structure,
    inode: owner,
    ...(path && { path }),
    fileAt: first * inspection!.filesystem.blockSize,
  };
}

/** The first and the last inode of a block of an inode table. */
export function inodesIn({ owner, first }: Placed, { filesystem }: Inspection): [first: number, last: number] {
  const { blockSize, inodeSize, inodesPerGroup } = filesystem;
  const perBlock = blockSize / inodeSize;
  const number = owner * inodesPerGroup + first * perBlock + 1;
  return [number, Math.min(number + perBlock - 1, (owner + 1) * inodesPerGroup)];
}
