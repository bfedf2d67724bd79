/** What differs in a block that has the same structure in both images, field by field. */
import { compareAccounts, type Told } from "./account.ts";
import type { FieldDifference } from "./explanation.ts";
import { type ImageView, Structure } from "./image-view.ts";
import { inodesIn, type Placed } from "./places.ts";

/** Differences that are told of one block. */
const MAX_FIELDS = 100;

/** A block in both images; `a` and `b` are one structure. */
export interface BlockPair {
  readonly views: readonly [a: ImageView, b: ImageView];
  readonly places: readonly [a: Placed, b: Placed];
  readonly bytes: readonly [a: Uint8Array, b: Uint8Array];
}

export function differingFields(pair: BlockPair): FieldDifference[] {
  const { structure } = pair.places[0];
  if (structure !== pair.places[1].structure) return [];
  return (FIELDS[structure]?.(pair) ?? []).slice(0, MAX_FIELDS);
}

const FIELDS: Partial<Record<Placed["structure"], (pair: BlockPair) => FieldDifference[]>> = {
  superblock: ({ views, places }) => compareStructures(views, Structure.Superblock, places[0].owner),
  "hash-superblock": ({ views }) => veritySuperblockFields(views),
  descriptors: compareDescriptors,
  "inode-table": (pair) => compareInodes(pair.views, pair.places).flat(),
  "block-bitmap": (pair) => compareBits(pair, "block"),
  "inode-bitmap": (pair) => compareBits(pair, "inode"),
  directory: compareEntries,
  xattr: compareXattrs,
  map: compareExtents,
};

/** What differs in the filesystems' own superblocks. */
export function superblockFields(views: BlockPair["views"]): FieldDifference[] {
  return compareStructures(views, Structure.Superblock, 0);
}

/** The same of the hash trees'. */
export function veritySuperblockFields(views: BlockPair["views"]): FieldDifference[] {
  return compareStructures(views, Structure.VeritySuperblock, 0);
}

function compareStructures(views: BlockPair["views"], what: Structure, number: number): FieldDifference[] {
  const [a, b] = views.map((view) => view.account(what, number));
  return a && b ? compareAccounts(a, b) : [];
}

function compareDescriptors({ views, places }: BlockPair): FieldDifference[] {
  const [first, last] = groupsIn(places[0], views[0]);
  const found: FieldDifference[] = [];
  for (let group = first; group <= last; group++) {
    const [a, b] = views.map((view) => view.account(Structure.GroupDescriptor, group));
    if (a && b) found.push(...compareAccounts(a, b, { of: `group ${group}` }));
  }
  return found;
}

/** The first and the last group whose descriptors stand in a block. With meta_bg, blocks of them stand in their own groups. */
function groupsIn({ owner, first }: Placed, view: ImageView): [first: number, last: number] {
  const { features, groups } = view.inspection!.filesystem;
  const perBlock = view.descriptorsPerBlock;
  const from = first * perBlock + (features.includes("meta_bg") ? owner - (owner % perBlock) : 0);
  return [from, Math.min(from + perBlock, groups) - 1];
}

/** @returns for each inode of the block that differs, what does */
export function compareInodes(views: BlockPair["views"], places: BlockPair["places"]): FieldDifference[][] {
  const [[first, last], [otherFirst]] = places.map((place, index) => inodesIn(place, views[index]!.inspection!)) as [
    [number, number],
    [number, number],
  ];
  const found: FieldDifference[][] = [];
  for (let number = first; number <= last && first === otherFirst; number++) {
    const [a, b] = views.map((view) => view.account(Structure.Inode, number));
    const differing = a && b ? compareAccounts(a, b, { of: `inode ${number}` }) : [];
    if (differing.length > 0) found.push(differing);
  }
  return found;
}

/** Bit `n` of a bitmap is of the block, or the inode, `first + n`. */
function compareBits({ places, bytes }: BlockPair, of: string): FieldDifference[] {
  const { first } = places[0];
  const found: FieldDifference[] = [];
  for (let bit = 0; bit < bytes[0].length * 8 && found.length < MAX_FIELDS; bit++) {
    const [a, b] = bytes.map((bitmap) => (bitmap[bit >> 3]! >> (bit & 7)) & 1) as [number, number];
    if (a !== b) found.push({ of: `${of} ${first + bit}`, field: "state", a: STATES[a]!, b: STATES[b]! });
  }
  return found;
}
const STATES = ["free", "in use"];

function compareEntries({ views, places }: BlockPair): FieldDifference[] {
  const [a, b] = views.map((view, index) => view.entriesOf(places[index]!.owner, places[index]!.first));
  if (!a || !b) return [];
  const byName = compareAccounts(a, b, { of: "entry" });
  if (byName.length > 0 || sameOrder(a, b)) return byName;
  const at = a.findIndex(({ field }, index) => field !== b[index]!.field);
  return [{ field: "order of the entries", a: a[at]!.field, b: b[at]!.field }];
}

function sameOrder(a: readonly Told[], b: readonly Told[]): boolean {
  return a.every(({ field }, index) => field === b[index]?.field);
}

function compareXattrs({ views, places }: BlockPair): FieldDifference[] {
  const [a, b] = views.map((view, index) => view.xattrsOf(places[index]!.owner));
  return a && b ? compareAccounts(a, b, { of: `inode ${places[0].owner}` }) : [];
}

function compareExtents({ views, places }: BlockPair): FieldDifference[] {
  const [a, b] = views.map((view, index) => view.extentsOf(places[index]!.owner));
  return a && b ? compareAccounts(a, b, { of: `inode ${places[0].owner}` }) : [];
}
