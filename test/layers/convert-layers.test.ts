/** Each layer of a container image becomes an image: the one that it becomes alone, whatever thread makes it. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  type ContainerImage,
  type ConvertLayersOptions,
  convertLayers,
  ErrorCode,
  openContainerImage,
} from "../../src/index.ts";
import { asArchive, Blobs, CONFIG, configOf, digestOf, LAYER, layerOf } from "../fixtures/container-image.ts";
import { edgeTar, verityImages } from "../fixtures/edge.ts";
import { makeHcsshimImage, makeImage } from "../fixtures/image.ts";
import { entry, layerTar } from "../fixtures/layer.ts";
import { noise } from "../fixtures/random.ts";
import { rejects } from "../fixtures/rejects.ts";
import { scratchFolder, scratchPath } from "../fixtures/scratch.ts";

const MAX_SIZE = 128 * 2 ** 30;

/** An image of these tars, from an archive. */
async function imageOf(layers: readonly Uint8Array[]): Promise<ContainerImage> {
  const blobs = new Blobs();
  return openContainerImage(asArchive(blobs.layout([blobs.image(layers)])));
}

const test = suite("layers");

for (const jobs of [1, 3]) {
  test(`have the root hashes that hcsshim's own code computes, ${jobs} at a time`, async () => {
    const names = [...verityImages.keys()];
    const image = await imageOf(names.map(edgeTar));
    const layers = await convertLayers(image, undefined, { verity: true, jobs });
    assert.equal(
      layers.map(({ rootHash }) => rootHash),
      names.map((name) => verityImages.get(name)!.rootHash),
    );
    assert.ok(layers.length > 70);
    assert.ok(layers.every(({ path }) => path === undefined));
  });
}

const TARS = ["v7", "wh-opaque-root", "xattr-many", "v7", "sizes"].map(edgeTar);

const OPTIONS: [what: string, options: ConvertLayersOptions, extension: string][] = [
  ["plain", {}, "ext4"],
  ["in VHDs with hash trees", { verity: true, container: "vhd" }, "vhd"],
  ["in VHDXs", { container: "vhdx" }, "vhdx"],
];

for (const [what, options, extension] of OPTIONS) {
  test(`${what} are what each becomes alone, in files named after their diff ids`, async () => {
    const folder = scratchPath("made/for/them");
    const layers = await convertLayers(await imageOf(TARS), folder, { ...options, jobs: 2 });
    for (const [number, tar] of TARS.entries()) {
      const { layer, path, size, diffId, rootHash } = layers[number]!;
      const alone = await makeHcsshimImage(tar, { whiteouts: "overlay", maxSize: MAX_SIZE, ...options });
      assert.is(layer, number);
      assert.is(diffId, digestOf(tar));
      assert.is(path, join(folder, `${diffId.slice("sha256:".length)}.${extension}`));
      assert.ok(readFileSync(path!).equals(alone.image), `layer ${number}`);
      assert.is(size, alone.image.length);
      assert.is(rootHash, alone.result.rootHash);
    }
    assert.is(readdirSync(folder).length, TARS.length - 1);
  });
}

test("of profile modern are those of profile modern", async () => {
  const folder = scratchFolder();
  const [layer] = await convertLayers(await imageOf(TARS.slice(0, 1)), folder, { profile: "modern" });
  const alone = await makeImage(TARS[0]!, { whiteouts: "overlay", maxSize: MAX_SIZE });
  assert.ok(readFileSync(layer!.path!).equals(alone.image));
});

test("that occur twice are made once, and say so", async () => {
  const layers = await convertLayers(await imageOf(TARS), scratchFolder(), { jobs: 2 });
  assert.equal(
    layers.map(({ sameAs }) => sameAs),
    [undefined, undefined, undefined, 0, undefined],
  );
  assert.is(layers[3]!.path, layers[0]!.path);
});

test("with one content in two blobs are both held against their digests", async () => {
  const blobs = new Blobs();
  const tar = layerOf("same");
  const kept = [blobs.keep(`${LAYER}+gzip`, await gzip(tar)), blobs.keep(LAYER, tar)];
  const manifest = blobs.manifest(blobs.keepJson(CONFIG, configOf([tar, tar])), kept);
  const image = await openContainerImage(asArchive(blobs.layout([manifest])));
  const layers = await convertLayers(image, scratchFolder(), { jobs: 2 });
  assert.equal([layers[1]!.sameAs, layers[1]!.path], [0, layers[0]!.path]);
  assert.is.not(layers[0]!.digest, layers[1]!.digest);

  const [first, second] = image.layers;
  const wrong = { layers: [first!, { ...second!, digest: digestOf(noise(1)) }] };
  assert.match((await rejects(convertLayers(wrong, scratchFolder()), ErrorCode.Corrupt)).message, /^layer 1, /);
});

async function gzip(bytes: Uint8Array): Promise<Uint8Array> {
  const { gzipSync } = await import("node:zlib");
  return gzipSync(bytes);
}

/** An image whose layer 2 breaks its own format, among others that take longer. */
async function brokenImage(): Promise<ContainerImage> {
  const large = (seed: number) => layerTar([entry("file", `f${seed}`, { data: noise(4_000_000, seed) })]);
  return imageOf([large(1), large(2), edgeTar("bad-checksum"), large(3)]);
}

const DIGESTS = [
  ["digest", { digest: digestOf(noise(9)) }],
  ["diff id", { diffId: digestOf(noise(9)) }],
] as const;

for (const jobs of [1, 2]) {
  for (const [what, wrong] of DIGESTS) {
    test(`with another ${what} than the manifest says are refused by number, ${jobs} at a time, and nothing is left`, async () => {
      const { layers } = await imageOf(TARS);
      const folder = scratchPath("not/there");
      const broken = { layers: layers.map((layer, number) => (number === 1 ? { ...layer, ...wrong } : layer)) };
      const error = await rejects(convertLayers(broken, folder, { jobs }), ErrorCode.Corrupt);
      assert.match(error.message, /^layer 1, sha256:/);
      assert.match(error.message, what);
      assert.not(existsSync(join(folder, "..")), "directories that were made for them are gone too");
    });
  }

  test(`of which one is damaged fail as it does, ${jobs} at a time, and files that were there stay`, async () => {
    const folder = scratchFolder();
    writeFileSync(join(folder, "mine"), "");
    const error = await rejects(convertLayers(await brokenImage(), folder, { jobs }), ErrorCode.Corrupt);
    assert.match(error.message, /^layer 2, sha256:[0-9a-f]{64}: tar: .*checksum/);
    assert.equal(readdirSync(folder), ["mine"]);
  });

  test(`that fail leave what others have put beside them, ${jobs} at a time`, async () => {
    const folder = scratchPath("shared/mine");
    const others = join(folder, "../others");
    const work = convertLayers(await brokenImage(), folder, {
      jobs,
      onProgress: () => mkdirSync(others, { recursive: true }),
    });
    await rejects(work, ErrorCode.Corrupt);
    assert.ok(existsSync(others));
    assert.not(existsSync(folder));
  });

  test(`end by a signal, ${jobs} at a time, and nothing is left`, async () => {
    const folder = scratchFolder();
    const controller = new AbortController();
    const reason = new Error("enough");
    const work = convertLayers(await imageOf([...TARS, noiseLayer()]), folder, {
      jobs,
      signal: controller.signal,
      onProgress: () => controller.abort(reason),
    });
    assert.is(await work.catch((error: unknown) => error), reason);
    assert.equal(readdirSync(folder), []);
  });
}

function noiseLayer(): Uint8Array {
  return layerTar([entry("file", "noise", { data: noise(20_000_000) })]);
}

test("tell how much of all of them is read, up to the end", async () => {
  const image = await imageOf(TARS);
  const told: number[] = [];
  let total: number | undefined;
  await convertLayers(image, undefined, {
    jobs: 2,
    onProgress({ bytesRead, totalBytes }) {
      told.push(bytesRead);
      total = totalBytes;
    },
  });
  assert.equal(
    [...told].sort((a, b) => a - b),
    told,
  );
  assert.is(told.at(-1), total);
});

for (const jobs of [1, 2]) {
  test(`fail as the caller's onProgress does, ${jobs} at a time`, async () => {
    const folder = scratchFolder();
    const onProgress = () => {
      throw new Error("not so");
    };
    const image = await imageOf(TARS);
    const error = await rejects(convertLayers(image, folder, { jobs, onProgress }), ErrorCode.FailedPrecondition);
    assert.match(error.message, "not so");
    assert.equal(readdirSync(folder), []);
  });
}

test("whose diff ids are none make no files", async () => {
  const [layer] = (await imageOf(TARS)).layers;
  const folder = scratchFolder();
  const hostile = { layers: [{ ...layer!, diffId: "sha256:../../../tmp/x" }] };
  await rejects(convertLayers(hostile, folder), ErrorCode.Corrupt);
  assert.equal(readdirSync(folder), []);
});

test("of an image without layers are none", async () => {
  assert.equal(await convertLayers({ layers: [] }, scratchFolder()), []);
});

test("refuse options that make no sense before anything is made", async () => {
  const folder = scratchPath("not-made");
  const image = await imageOf(TARS);
  await rejects(convertLayers(image, folder, { jobs: -1 }), ErrorCode.InvalidArgument);
  await rejects(convertLayers(image, folder, { profile: "other" as "modern" }), ErrorCode.InvalidArgument);
  await rejects(convertLayers(image, folder, { container: "tape" as "vhd" }), ErrorCode.InvalidArgument);
  assert.not(existsSync(folder));
});

test.run();
