/** A source, read to its very end, goes into a core. */
import type { Codec } from "../../assembly/abi.ts";
import { type Compression, codecOf, detectCompression } from "./compression.ts";
import type { FedCore } from "./fed-core.ts";
import { Feeder, type FeedLimits } from "./feeder.ts";
import type { Hash } from "./hashing.ts";
import type { Intake } from "./intake.ts";

export interface Drained {
  readonly compression: Compression;

  /** Bytes of the layer, uncompressed. */
  readonly diffSize: number;
}

export interface DrainOptions {
  readonly limits: FeedLimits;

  /** Whether nothing is to be decompressed, whatever it looks like. */
  readonly raw?: boolean;
}

/** Deals with some of what comes next, if it can, without its being read. */
export interface Copier {
  /** @returns bytes of the layer that need not be read */
  copy(): Promise<number>;
}

/**
 * @param hash    of the uncompressed layer; left alone if that is what the source holds, and the intake has hashed it
 * @param copier  for what need not be read: it reaches the image in another way, or nobody wants it
 */
export async function drain(
  intake: Intake,
  core: FedCore,
  hash: Hash | undefined,
  copier: Copier | undefined,
  { limits, raw = false }: DrainOptions,
): Promise<Drained> {
  const length = await intake.fill(core.input());
  const compression = raw ? "none" : detectCompression(core.input().subarray(0, length));
  const feeder = new Feeder(core, limits, compression === "none" ? undefined : hash, () => intake.size);

  if (compression === "none") await drainPlain(intake, feeder, copier, length);
  else await drainCompressed(intake, feeder, core, codecOf(compression), length);
  return { compression, diffSize: feeder.size };
}

/** @param length  bytes that stand in the core's input already */
async function drainPlain(intake: Intake, feeder: Feeder, copier: Copier | undefined, length: number): Promise<void> {
  for (let next = length; next > 0; next = await intake.fill(feeder.input())) {
    feeder.feed(next);
    if (copier) await copyAhead(intake, feeder, copier);
  }
}

async function copyAhead(intake: Intake, feeder: Feeder, copier: Copier): Promise<void> {
  for (let passed = await copier.copy(); passed > 0; passed = await copier.copy()) {
    feeder.pass(passed);
    await intake.pass(passed);
  }
}

/** @param length  bytes that stand in the core's input already */
async function drainCompressed(
  intake: Intake,
  feeder: Feeder,
  core: FedCore,
  codec: Codec,
  length: number,
): Promise<void> {
  for (let next = length; next > 0; next = await intake.fill(core.input())) {
    core.give(codec, next);
    while (feeder.feedDecompressed()) await intake.pause(); // one piece of input may hold a thousand times its bytes
  }
  core.finishCompressed();
}
