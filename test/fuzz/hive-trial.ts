/** One trial of the fuzzer of hives: a damaged hive is read and merged, or refused by an ImageError, and soon. */
import { ErrorCode, ImageError } from "../../src/index.ts";
import { buildHive, key, putChecksum, readHive } from "../fixtures/hive.ts";
import { goldenHive } from "../fixtures/hives.ts";
import { mergeBytes } from "../fixtures/merge-hives.ts";
import { noise, random } from "../fixtures/random.ts";

const value = (name: string, size: number) => ({ name, type: 3, data: noise(size) });
const tree = key("ROOT", {
  className: "Class",
  values: [value("", 3), value("a", 10), value("large", 40_000)],
  subkeys: ["a", "b", "\u0141", "d", "e"].map((name) =>
    key(name, { values: [value("v", 1)], subkeys: [key("x", { layer: "supersede-tree" }), key("y")] }),
  ),
});

/** What the fuzzer starts from: every kind of list, in one leaf and in several. */
const SEEDS: Buffer[] = [
  goldenHive("delta"),
  goldenHive("bcd"),
  ...(["lh", "lf", "li"] as const).flatMap((list) => [
    buildHive(tree, { list, leaf: 2 }),
    buildHive(tree, { list, minor: 3, gaps: true }),
  ]),
];
const OTHER = goldenHive("bcd");

/** Numbers of [0, 1). */
type Random = () => number;
const below = (next: Random, limit: number): number => Math.floor(next() * limit);
const pick = <T>(next: Random, from: readonly T[]): T => from[below(next, from.length)]!;

/** The hive of the trial with this number: the same on every run. */
export function damagedHive(number: number): Buffer {
  const next = random(number);
  let hive: Buffer = Buffer.from(pick(next, SEEDS));
  const cells = cellsOf(hive);
  for (let times = 1 + below(next, 4); times > 0; times--) hive = pick(next, DAMAGES)(hive, cells, next);
  if (next() < 0.95 && hive.length >= 512) putChecksum(hive);
  return hive;
}

/** Where cells in use begin, in the file. */
function cellsOf(hive: Buffer): number[] {
  const cells: number[] = [];
  for (let bin = 4096; bin < hive.length; bin += hive.readUInt32LE(bin + 8)) {
    const end = bin + hive.readUInt32LE(bin + 8);
    for (let at = bin + 32; at < end; at += Math.abs(hive.readInt32LE(at)))
      if (hive.readInt32LE(at) < 0) cells.push(at);
  }
  return cells;
}

type Damage = (hive: Buffer, cells: number[], next: Random) => Buffer;

/** Structures are worth more than what is between them. */
const DAMAGES: Damage[] = [
  setWord,
  setWord,
  setWord,
  tieCells,
  tieCells,
  tieCells,
  setShort,
  setShort,
  turnBit,
  setHeader,
  cut,
];

const EXTREMES = [0, 1, 2, 4, 8, 0x20, 0xfff, 0x1000, 0x7fff_ffff, 0x8000_0000, 0x8000_0005, 0xffff_fff8, 0xffff_ffff];

/** A word of a cell, its size among them. */
function setWord(hive: Buffer, cells: number[], next: Random): Buffer {
  const at = pick(next, cells) + 4 * below(next, 20);
  if (at + 4 <= hive.length) hive.writeUInt32LE(next() < 0.5 ? pick(next, EXTREMES) : below(next, 2 ** 17), at);
  return hive;
}

/** A word of a cell leads to another cell: ways that meet, and ways that never end. */
function tieCells(hive: Buffer, cells: number[], next: Random): Buffer {
  const cell = pick(next, cells);
  const tied = Array.from({ length: 30 }, (_, index) => cell + 4 * index).filter(
    (at) => at + 4 <= hive.length && cells.includes(hive.readUInt32LE(at) + 4096),
  );
  if (tied.length > 0) hive.writeUInt32LE(pick(next, cells) - 4096, pick(next, tied));
  return hive;
}

function setShort(hive: Buffer, cells: number[], next: Random): Buffer {
  const at = pick(next, cells) + 2 * below(next, 40);
  const extremes = [0, 1, 2, 3, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x6c68, 0x666c, 0x696c, 0x6972, 0x6264, 0x6b6e];
  if (at + 2 <= hive.length) hive.writeUInt16LE(pick(next, extremes), at);
  return hive;
}

function turnBit(hive: Buffer, _: number[], next: Random): Buffer {
  if (hive.length > 0) hive[below(next, hive.length)]! ^= 1 << below(next, 8);
  return hive;
}

function setHeader(hive: Buffer, _: number[], next: Random): Buffer {
  const at = next() < 0.5 ? 4 * below(next, 12) : 4096 + 4 * below(next, 8);
  if (at + 4 <= hive.length) hive.writeUInt32LE(pick(next, EXTREMES), at);
  return hive;
}

function cut(hive: Buffer, _: number[], next: Random): Buffer {
  const at = below(next, hive.length);
  return Buffer.from(hive.subarray(0, next() < 0.5 ? at : at & ~0xfff));
}

export type Verdict = "read" | keyof typeof ErrorCode;

/** Reads the hive, and merges it from both sides. @throws Error  if what came of it must not be */
export async function runHive(hive: Buffer): Promise<Verdict> {
  const start = performance.now();
  const verdict = await verdictOn(async () => void readHive(hive));
  for (const [base, delta] of [
    [hive, OTHER],
    [OTHER, hive],
  ] as const) {
    const mergeVerdict = await verdictOn(async () => {
      const merged = await mergeBytes(base, delta);
      if (merged.length > base.length + delta.length + 65_536) throw new Error(`${merged.length} bytes of a merge`);
      readHive(merged); // what we write is sound, whatever we read
    });
    // Names that are there twice are found when they are sorted.
    const isMore = verdict === "read" && (mergeVerdict === "Corrupt" || mergeVerdict === "Unsupported");
    if (mergeVerdict !== verdict && !isMore) throw new Error(`read: ${verdict}, merged: ${mergeVerdict}`);
  }
  const took = performance.now() - start;
  if (took > 3000) throw new Error(`took ${Math.round(took)} ms`);
  return verdict;
}

async function verdictOn(work: () => Promise<void>): Promise<Verdict> {
  try {
    await work();
    return "read";
  } catch (error) {
    if (!(error instanceof ImageError)) throw error;
    if (error.code === ErrorCode.Internal) throw new Error(`Internal: ${error.message}`, { cause: error.cause });
    if (!/^regf: /.test(error.message)) throw new Error(`a message without a subject: ${error.message}`);
    return ErrorCode[error.code] as keyof typeof ErrorCode;
  }
}
