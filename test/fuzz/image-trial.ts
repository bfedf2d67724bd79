/** One trial of the fuzzer of images: whatever is damaged, reading ends, soon, and in no other error than an ImageError. */
import { type BlockUseName, ErrorCode, type Image, ImageError, openImage, type Stats } from "../../src/index.ts";
import { IMAGES, smallImage } from "../fixtures/images.ts";
import { random } from "../fixtures/random.ts";
import { damage, type Seed } from "./damage.ts";

const NO_METADATA: BlockUseName[] = ["free", "boot", "file-data"];
/** Bytes read of one file: damaged sizes are large, and holes are read as zeros without end. */
const MOST_READ = 2 ** 20;
const MOST_ENTRIES = 20_000;

const SEEDS: Seed[] = await Promise.all(
  IMAGES.map(async (name) => {
    const bytes = smallImage(name);
    const image = await openImage(bytes);
    const metadata = image.blocks().filter(({ use }) => !NO_METADATA.includes(use));
    return { bytes, blockSize: image.inspect().filesystem.blockSize, metadata };
  }),
);

export interface ImageTrial {
  bytes: Uint8Array;

  /** Mostly not: a checksum stops most damage before it is seen. */
  verify: boolean;
}

/** The trial with this number: the same on every run. */
export function imageTrialOf(number: number): ImageTrial {
  const next = random(number);
  const seed = SEEDS[Math.floor(next() * SEEDS.length)]!;
  return { verify: next() < 0.2, bytes: damage(seed, next) };
}

/** What came of it: how many files were read, and how many refusals there were. */
export interface Outcome {
  files: number;
  refused: Record<string, number>;
}

/** Runs it. @throws Error  if what came of it must not be */
export async function runImage({ bytes, verify }: ImageTrial): Promise<Outcome> {
  const outcome: Outcome = { files: 0, refused: {} };
  const start = performance.now();
  const image = await openImage(bytes, { verify }).catch((error: unknown) => note(outcome, error));
  if (image !== undefined) readAll(image, outcome);
  const took = performance.now() - start;
  if (took > 5000) throw new Error(`took ${Math.round(took)} ms`);
  return outcome;
}

/** Everything that can be asked of it; one refusal must not spoil the rest. */
function readAll(image: Image, outcome: Outcome): void {
  const attempt = <T>(work: () => T): T | undefined => {
    try {
      return work();
    } catch (error) {
      return note(outcome, error);
    }
  };
  const seen = new Set([2]);
  for (const inode of seen) {
    if (seen.size > MOST_ENTRIES) break;
    const stats = attempt(() => image.stat({ inode }));
    if (stats === undefined) continue;
    outcome.files++;
    attempt(() => image.xattrs(stats));
    attempt(() => image.extents(stats));
    attempt(() => readContent(image, stats, seen));
  }
  attempt(() => image.inspect());
  attempt(() => image.blocks());
}

function readContent(image: Image, stats: Stats, seen: Set<number>): void {
  if (stats.type === "symlink") image.readlink(stats);
  if (stats.type === "directory") for (const { inode } of image.list(stats)) seen.add(inode);
  if (stats.type !== "file") return;
  for (const _ of image.read(stats, 0, MOST_READ));
  for (const _ of image.read(stats, Math.max(0, stats.size - MOST_READ)));
}

function note(outcome: Outcome, error: unknown): undefined {
  if (!(error instanceof ImageError)) throw new Error(`no ImageError: ${(error as Error)?.stack ?? error}`);
  if (error.code === ErrorCode.Internal) throw new Error(`Internal: ${error.message}`, { cause: error.cause });
  if (!/^[a-z0-9]+: /.test(error.message)) throw new Error(`a message without a subject: ${error.message}`);
  const code = ErrorCode[error.code]!;
  outcome.refused[code] = (outcome.refused[code] ?? 0) + 1;
}
