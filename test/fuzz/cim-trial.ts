/**
 * One trial of the fuzzer of CIMs: whatever is damaged, reading and checking end, soon, and in no other error than an
 * ImageError; and of whatever makes trouble for who reads, the check says that it is wrong.
 */
import { checkImage, ErrorCode, type Image, ImageError, openImage } from "../../src/index.ts";
import { type BuiltCim, guidOf } from "../fixtures/cim-builder.ts";
import { Sample } from "../fixtures/cim-sample.ts";
import { goldenFiles } from "../fixtures/golden-cim-files.ts";
import { random } from "../fixtures/random.ts";
import type { Random } from "./mutate.ts";

/** Bytes read of one file: damaged sizes are large. */
const MOST_READ = 2 ** 20;
const MOST_FILES = 20_000;
const MOST_MILLISECONDS = 5000;
/** Behind the header of a region: where it is the first object, the upcase table, most damage to which changes nothing. */
const UPCASE_END = 40 + 0x20000;

interface Seed {
  readonly header: Buffer;
  readonly files: ReadonlyMap<string, Buffer>;
}

const seedOf = ({ header, files }: BuiltCim): Seed => ({ header, files });
const goldenSeed = (version: 1 | 2): Seed => {
  const { cim, files } = goldenFiles(version);
  return { header: cim, files };
};

const base = new Sample({ guid: guidOf("fuzz base") });
const SEEDS: Seed[] = [
  goldenSeed(1),
  goldenSeed(2),
  seedOf(base.cim),
  seedOf(new Sample({ guid: guidOf("fuzz fork"), parents: [base.cim] }).cim),
  seedOf(new Sample({ version: 3, entrySize: 0x68 }).cim),
];

export interface CimTrial {
  readonly header: Buffer;
  readonly files: Map<string, Buffer>;
}

/** The trial with this number: the same on every run. */
export function cimTrialOf(number: number): CimTrial {
  const next = random(number);
  const seed = pick(next, SEEDS);
  const trial = { header: Buffer.from(seed.header), files: copiesOf(seed.files) };
  const times = 1 + Math.floor(next() ** 2 * 6);
  for (let time = 0; time < times; time++) damage(trial, next);
  return trial;
}

const copiesOf = (files: ReadonlyMap<string, Buffer>): Map<string, Buffer> =>
  new Map([...files].map(([name, bytes]) => [name, Buffer.from(bytes)]));
const below = (next: Random, limit: number): number => Math.floor(next() * limit);
const pick = <T>(next: Random, from: readonly T[]): T => from[below(next, from.length)]!;

function damage(trial: CimTrial, next: Random): void {
  const names = [...trial.files.keys()];
  const name = pick(next, names);
  const isHeader = next() < 0.08;
  const bytes = isHeader ? trial.header : trial.files.get(name)!;
  if (bytes.length < 16) return;
  if (next() < 0.03) {
    if (!isHeader) trial.files.set(name, bytes.subarray(0, below(next, bytes.length)));
    return;
  }
  const first = bytes.length > UPCASE_END && next() < 0.95 ? UPCASE_END : 0;
  pick(next, DAMAGES)(bytes, first, next);
}

/** Numbers at the ends of what fields hold. */
const EXTREMES = [
  0, 1, 2, 3, 4, 8, 0x7f, 0xff, 0x7fff, 0x8000, 0xffff, 0x1_0000, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff,
];
/** Bytes of structures: a value, an entry, a record. */
const SIZES = [4, 8, 16, 24, 88, 96];

/** A byte from `first` on, a multiple of `step`; `size` more are there. */
function place(bytes: Buffer, first: number, next: Random, step: number, size = step): number {
  const at = first + below(next, Math.max(bytes.length - first - size, 1));
  return Math.max(at - (at % step), 0);
}

const DAMAGES: ((bytes: Buffer, first: number, next: Random) => void)[] = [
  function turnBit(bytes, first, next) {
    const at = place(bytes, first, next, 1);
    bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << below(next, 8)), at);
  },
  function setShort(bytes, first, next) {
    bytes.writeUInt16LE(pick(next, EXTREMES) & 0xffff, place(bytes, first, next, 2));
  },
  function setWord(bytes, first, next) {
    bytes.writeUInt32LE(pick(next, EXTREMES), place(bytes, first, next, 4));
  },
  function setSmall(bytes, first, next) {
    bytes.writeUInt32LE(below(next, 64), place(bytes, first, next, 4));
  },
  function setOffset(bytes, first, next) {
    const offset = (BigInt(below(next, 6)) << 48n) | BigInt(below(next, UPCASE_END + 2000));
    bytes.writeBigUInt64LE(offset, place(bytes, first, next, 8));
  },
  function nudgeWord(bytes, first, next) {
    const at = place(bytes, first, next, 4);
    bytes.writeUInt32LE((bytes.readUInt32LE(at) + below(next, 17) - 8) >>> 0, at);
  },
  function copyStructure(bytes, first, next) {
    const size = pick(next, SIZES);
    if (bytes.length < first + size) return;
    const from = place(bytes, first, next, 4, size);
    bytes.copyWithin(place(bytes, first, next, 4, size), from, from + size);
  },
];

/** What came of it: how many files were read, what was refused, and what the check says. */
export interface CimOutcome {
  files: number;
  refused: Partial<Record<keyof typeof ErrorCode, number>>;
  /** Undefined: it could not be looked at. */
  sound: boolean | undefined;
}

/** Runs it. @throws Error  if what came of it must not be */
export async function runCim({ header, files }: CimTrial): Promise<CimOutcome> {
  const outcome: CimOutcome = { files: 0, refused: {}, sound: undefined };
  const source = { cim: header, beside: (name: string) => files.get(name) };
  const messages: string[] = [];
  const attempt = async <T>(work: () => T | Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      messages.push(note(outcome, error));
      return undefined;
    }
  };
  const start = performance.now();
  const image = await attempt(() => openImage(source));
  if (image !== undefined) await readAll(image, outcome, attempt);
  const trouble = [...messages];
  outcome.sound = (await attempt(() => checkImage(source)))?.sound;
  const took = performance.now() - start;
  if (took > MOST_MILLISECONDS) throw new Error(`took ${Math.round(took)} ms`);
  if (trouble.length > 0 && outcome.sound)
    throw new Error(`the check finds nothing wrong, and who reads does: ${trouble[0]}`);
  return outcome;
}

type Attempt = <T>(work: () => T | Promise<T>) => Promise<T | undefined>;

/** Everything that can be asked of what has a name; one refusal must not spoil the rest. */
async function readAll(image: Image, outcome: CimOutcome, attempt: Attempt): Promise<void> {
  await attempt(() => image.inspectCim());
  const root = await attempt(() => image.stat("/").inode);
  const seen = new Set(root === undefined ? [] : [root]);
  for (const inode of seen) {
    if (seen.size > MOST_FILES) break;
    const stats = await attempt(() => image.stat({ inode }));
    if (stats === undefined) continue;
    outcome.files++;
    await attempt(() => image.windows(stats));
    await attempt(() => image.xattrs(stats));
    await attempt(() => {
      for (const { nameBytes } of image.streams(stats)) for (const _ of image.readStream(stats, nameBytes));
    });
    await attempt(() => {
      if (stats.type === "symlink") image.readlink(stats);
      if (stats.type === "file") {
        for (const _ of image.read(stats, 0, MOST_READ));
        for (const _ of image.read(stats, Math.max(0, stats.size - MOST_READ)));
      }
      if (image.windows(stats).attributes & 0x10) for (const entry of listOf(image, inode)) seen.add(entry);
    });
  }
}

/** A directory that is a junction too is listed by none but who asks for its number. */
function listOf(image: Image, inode: number): number[] {
  return image.stat({ inode }).type === "directory" ? [...image.list({ inode })].map((entry) => entry.inode) : [];
}

function note(outcome: CimOutcome, error: unknown): string {
  if (!(error instanceof ImageError)) throw new Error(`no ImageError: ${(error as Error)?.stack ?? error}`);
  if (error.code === ErrorCode.Internal) throw new Error(`Internal: ${error.message}`, { cause: error.cause });
  if (!/^[a-z0-9 ]+: /.test(error.message)) throw new Error(`a message without a subject: ${error.message}`);
  const code = ErrorCode[error.code] as keyof typeof ErrorCode;
  outcome.refused[code] = (outcome.refused[code] ?? 0) + 1;
  return error.message;
}
