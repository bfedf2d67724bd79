/** What stands where in an image, from the first byte to the last: what the pictures of it are drawn from. */
import { treeAfter, treeSizeOf } from "../merkle-tree.ts";
import type { Inspection } from "./inspection.ts";
import { type MapUse, USE_LOOKS } from "./map-uses.ts";
import type { OwnedRun } from "./owned-runs.ts";

/**
 * Segments, one behind another, of which each byte is in exactly one. As columns: there may be millions, and they go from a
 * Worker to the page as they are. Bytes of the disk; behind it, a fixed VHD's footer. What else stands around the disk in a
 * VHDX or a dynamic VHD is not of the map.
 */
export interface BlockMap {
  /** Of the filesystem. Bytes. */
  readonly blockSize: number;

  /** Blocks of a group of the filesystem. */
  readonly blocksPerGroup: number;

  /** Of all that is mapped. Bytes. */
  readonly size: number;

  /** Where each segment begins, in order; the first at 0. */
  readonly starts: Float64Array;

  /** What it is: which of USE_LOOKS. */
  readonly uses: Uint8Array;

  /** Whose it is: the inode; of metadata of a group, the group. 0 where nobody owns it. */
  readonly owners: Uint32Array;
}

/** Bytes that have one use and one owner. */
export interface Segment {
  readonly use: MapUse;
  readonly at: number;
  readonly length: number;
  readonly owner: number;
}

const FOOTER_SIZE = 512; // of a VHD

/** @param runs  all blocks of the filesystem, in order; what they leave out is `unknown` */
export function makeBlockMap(inspection: Inspection, runs: Iterable<OwnedRun>): BlockMap {
  const { filesystem, verity, containers, fileSize, diskSize } = inspection;
  const segments = new Segments();
  for (const { at, length, use, owner } of runs) {
    segments.upTo(Math.min(at, diskSize), "unknown");
    segments.upTo(Math.min(at + length, diskSize), use, owner);
  }
  segments.upTo(Math.min(filesystem.size, diskSize), "unknown");
  if (verity) {
    segments.upTo(verity.at, "behind");
    const treeAt = treeAfter(verity.at, verity.hashBlockSize);
    segments.upTo(Math.min(treeAt, diskSize), "hash-superblock");
    segments.upTo(Math.min(treeAt + treeSizeOf(verity), diskSize), "hash-tree");
  }
  segments.upTo(diskSize, "behind");
  if (containers[0] === "vhd") {
    segments.upTo(fileSize - FOOTER_SIZE, "behind");
    segments.upTo(fileSize, "footer");
  }
  return { blockSize: filesystem.blockSize, blocksPerGroup: filesystem.blocksPerGroup, ...segments.take() };
}

/** Columns that grow. */
class Segments {
  #starts = new Float64Array(1024);
  #uses = new Uint8Array(1024);
  #owners = new Uint32Array(1024);
  #count = 0;
  #end = 0;

  /** What is not mapped yet, up to byte `end`, is of this use. */
  upTo(end: number, use: MapUse, owner = 0): void {
    if (end <= this.#end) return;
    const index = INDEX_OF.get(use)!;
    const last = this.#count - 1;
    if (last < 0 || this.#uses[last] !== index || this.#owners[last] !== owner) this.#add(index, owner);
    this.#end = end;
  }

  #add(use: number, owner: number): void {
    if (this.#count === this.#uses.length) this.#grow();
    this.#starts[this.#count] = this.#end;
    this.#uses[this.#count] = use;
    this.#owners[this.#count++] = owner;
  }

  #grow(): void {
    const [starts, uses, owners] = [this.#starts, this.#uses, this.#owners];
    this.#starts = new Float64Array(starts.length * 2);
    this.#uses = new Uint8Array(uses.length * 2);
    this.#owners = new Uint32Array(owners.length * 2);
    this.#starts.set(starts);
    this.#uses.set(uses);
    this.#owners.set(owners);
  }

  take(): Pick<BlockMap, "size" | "starts" | "uses" | "owners"> {
    return {
      size: this.#end,
      starts: this.#starts.slice(0, this.#count),
      uses: this.#uses.slice(0, this.#count),
      owners: this.#owners.slice(0, this.#count),
    };
  }
}

const INDEX_OF: ReadonlyMap<MapUse, number> = new Map(USE_LOOKS.map(({ use }, index) => [use, index]));

/** Number of the segment that byte `at` is in. */
export function indexAt({ starts }: BlockMap, at: number): number {
  let low = 0;
  let high = starts.length;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (starts[middle]! <= at) low = middle;
    else high = middle;
  }
  return low;
}

/** Segments from byte `from` to byte `end`, the first and the last cut there. */
export function* segmentsOf(map: BlockMap, from = 0, end = map.size): Generator<Segment, void, undefined> {
  const { starts, uses, owners, size } = map;
  for (let index = indexAt(map, from); index < starts.length && starts[index]! < end; index++) {
    const at = Math.max(starts[index]!, from);
    const length = Math.min(starts[index + 1] ?? size, end) - at;
    if (length > 0) yield { use: USE_LOOKS[uses[index]!]!.use, at, length, owner: owners[index]! };
  }
}
