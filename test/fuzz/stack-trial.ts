/** One trial of the fuzzer of merging: layers over one another, of which some are damaged, end in an image or an ImageError; and in a list of what it shows. */
import { gzipSync } from "node:zlib";
import {
  checkImage,
  ErrorCode,
  ImageError,
  type LayerListing,
  listLayer,
  makeRootfs,
  type RootfsOptions,
  stackOf,
} from "../../src/index.ts";
import { MemoryTarget } from "../fixtures/image.ts";
import { readImage } from "../fixtures/image-tree.ts";
import { entry, type LayerEntry, layerTar } from "../fixtures/layer.ts";
import { noise, random } from "../fixtures/random.ts";
import { realisticEntries } from "../fixtures/realistic.ts";
import { stackDifferences } from "../oracles/stacked-bytes.ts";
import { mutate } from "./mutate.ts";
import type { Verdict } from "./trials.ts";

const MIB = 2 ** 20;

const file = (path: string, size = 3000): LayerEntry => entry("file", path, { data: noise(size) });
const link = (path: string, target: string): LayerEntry => entry("hardlink", path, { target });
const whiteouts = (...paths: string[]): LayerEntry[] => paths.map((path) => entry("file", path));

/** Layers that have to do with each other, in whatever order: each hides and links what others have. */
const SEEDS: Uint8Array[] = [
  [entry("dir", "a"), file("a/x"), link("a/y", "a/x"), file("b"), entry("symlink", "s", { target: "a" })],
  [link("c", "b"), link("a/z", "a/x"), ...whiteouts("a/.wh.y", ".wh.s")],
  [...whiteouts("a/.wh..wh..opq", ".wh.b"), file("a/w", 9000), link("l", "a/w"), entry("dir", "s"), file("s/x")],
  [file("a"), entry("dir", "b"), file("b/c"), link("d", "s/x"), entry("fifo", "p")],
  [link("m", "l"), link("n", "m"), file("s/new"), ...whiteouts("s/.wh..wh..opq"), entry("dir", ".", { mode: 0o700 })],
  realisticEntries(3).slice(0, 25),
].flatMap((entries) => (["ustar", "pax"] as const).map((dialect) => layerTar(entries, dialect)));

export interface StackTrial {
  layers: Uint8Array[];
  options: RootfsOptions;
}

/** The trial with this number: the same on every run. */
export function stackTrialOf(number: number): StackTrial {
  const next = random(number);
  const seed = (): Uint8Array => SEEDS[Math.floor(next() * SEEDS.length)]!;
  const layers = Array.from({ length: 2 + Math.floor(next() * 4) }, (_, index) => {
    const sound = index === 0 ? SEEDS[0]! : seed(); // so that links lead somewhere
    const tar = next() < 0.3 ? mutate(sound, seed(), next) : sound;
    return next() < 0.2 ? gzipSync(tar, { level: 1 }) : tar;
  });
  const options: RootfsOptions = { maxSize: 16 * MIB };
  if (next() < 0.2) options.inline = true;
  if (next() < 0.2) options.owner = { uid: 1, gid: 2 };
  if (next() < 0.1) options.filesystem = { blockSize: 1024 };
  return { layers, options };
}

/** Runs it. @throws Error  if what came of it must not be */
export async function runStack({ layers, options }: StackTrial): Promise<Verdict> {
  const target = new MemoryTarget();
  const start = performance.now();
  const sources = layers.map((source) => ({ source }));
  const error = await makeRootfs(sources, target, options).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  const took = performance.now() - start;
  if (took > 5000) throw new Error(`took ${Math.round(took)} ms`);
  await assertTold(layers, error === undefined ? target.image : undefined);
  if (error === undefined) {
    const { findings } = await checkImage(target.image);
    const [finding] = findings.filter(({ severity }) => severity === "error");
    if (finding !== undefined) throw new Error(`an unsound image: ${finding.message}`);
    return "an image";
  }
  if (!(error instanceof ImageError)) throw new Error(`no ImageError: ${(error as Error)?.stack ?? error}`);
  if (error.code === ErrorCode.Internal) throw new Error(`Internal: ${error.message}`, { cause: error.cause });
  if (target.state !== "discarded") throw new Error(`${error.message}, and the target is ${target.state}`);
  return ErrorCode[error.code] as keyof typeof ErrorCode;
}

/** Layers are listed and stacked, whatever they are: as the image has them, if there is one. */
async function assertTold(layers: readonly Uint8Array[], image: Uint8Array | undefined): Promise<void> {
  const listings: LayerListing[] = [];
  for (const layer of layers) {
    try {
      listings.push(await listLayer(layer));
    } catch (error) {
      const isRefused = error instanceof ImageError && error.code !== ErrorCode.Internal;
      if (!isRefused || image) throw new Error("a layer that is not listed", { cause: error });
    }
  }
  const stack = stackOf(listings);
  const differences = image ? stackDifferences(stack, await readImage(image)) : [];
  if (differences.length > 0) throw new Error(`the model of the stack: ${differences.join("; ")}`);
}
