/** One trial of the fuzzer: a damaged layer ends in an image or in an ImageError, soon, and never half in both. */
import { gzipSync } from "node:zlib";
import { convert, ErrorCode, ImageError } from "../../src/index.ts";
import { edgeLayers, edgeTar, MADE } from "../fixtures/edge.ts";
import type { Options } from "../fixtures/image.ts";
import { layerTar } from "../fixtures/layer.ts";
import { noise, random } from "../fixtures/random.ts";
import { realisticEntries } from "../fixtures/realistic.ts";
import { archive, sparseMember } from "../fixtures/tar-builder.ts";
import { mutate } from "./mutate.ts";
import type { Verdict } from "./trials.ts";

const MIB = 2 ** 20;

/** What the fuzzer starts from: the edge layers that are small, every dialect, every form of sparse file. */
const SEEDS: Uint8Array[] = [
  ...[...edgeLayers.keys()]
    .filter((name) => !(name in MADE))
    .map(edgeTar)
    .filter((tar) => tar.length < 200_000),
  ...(["v7", "ustar", "gnu", "pax"] as const).map((dialect) => layerTar(realisticEntries(5).slice(0, 30), dialect)),
  ...(["old GNU", "PAX 0.0", "PAX 0.1", "PAX 1.0"] as const).map((form) => {
    const pieces = Array.from({ length: 30 }, (_, index): [number, Uint8Array] => [1000 * index, noise(10 + index)]);
    return archive([sparseMember(form, { name: "sparse" }, { size: 40_000, pieces })]);
  }),
].filter((tar) => tar.length < 200_000);

export interface Trial {
  layer: Uint8Array;
  options: Options;
}

/** The trial with this number: the same on every run. */
export function trialOf(number: number): Trial {
  const next = random(number);
  const seed = (): Uint8Array => SEEDS[Math.floor(next() * SEEDS.length)]!;
  const options: Options = { maxSize: 64 * MIB, profile: next() < 0.5 ? "modern" : "hcsshim" };
  if (next() < 0.5) options.whiteouts = "overlay";
  if (next() < 0.3) options.inline = true;
  if (next() < 0.2) options.verity = true;
  if (next() < 0.2) options.vhd = true;
  if (next() < 0.1) options.convertSlash = true;
  if (options.profile === "modern" && next() < 0.3) options.filesystem = { blockSize: next() < 0.5 ? 1024 : 2048 };
  const tar = mutate(seed(), seed(), next);
  if (next() > 0.05) return { layer: tar, options };
  return { layer: mutate(gzipSync(tar, { level: 1 }), seed(), next), options };
}

/** Takes an image and keeps nothing of it. */
class Target {
  state: "open" | "committed" | "discarded" = "open";

  write(at: number, bytes: Uint8Array): void {
    if (this.state !== "open") throw new Error(`write to a target that is ${this.state}`);
    if (at + bytes.length > 80 * MIB) throw new Error(`write at ${at}, past the limit`);
  }

  commit(): void {
    this.state = "committed";
  }

  discard(): void {
    this.state = "discarded";
  }
}

/** Runs it. @throws Error  if what came of it must not be */
export async function run({ layer, options }: Trial): Promise<Verdict> {
  const target = new Target();
  const start = performance.now();
  const error = await convert(layer, target, options).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  const took = performance.now() - start;
  if (took > 5000) throw new Error(`took ${Math.round(took)} ms`);
  if (error === undefined) {
    if (target.state !== "committed") throw new Error(`success, and the target is ${target.state}`);
    return "an image";
  }
  if (!(error instanceof ImageError)) throw new Error(`no ImageError: ${(error as Error)?.stack ?? error}`);
  if (error.code === ErrorCode.Internal) throw new Error(`Internal: ${error.message}`, { cause: error.cause });
  if (target.state !== "discarded") throw new Error(`${error.message}, and the target is ${target.state}`);
  if (!/^[a-z0-9]+: /.test(error.message)) throw new Error(`a message without a subject: ${error.message}`);
  return ErrorCode[error.code] as keyof typeof ErrorCode;
}
