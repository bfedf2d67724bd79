/** What becomes of layers in a browser: the same images as on Node, and the same words where they are refused. */
import { createHash } from "node:crypto";
import { appendFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  type ConvertOptions,
  convert,
  ErrorCode,
  ImageError,
  makeFilesystem,
  makeRootfs,
  type RootfsOptions,
} from "../../src/index.ts";
import { edgeLayers, edgeTar, FLAG_SETS } from "../fixtures/edge.ts";
import { MemoryTarget } from "../fixtures/image.ts";
import { noise } from "../fixtures/random.ts";
import { randomLayer } from "../fixtures/random-layer.ts";
import { randomStack } from "../fixtures/random-stack.ts";
import { times } from "../fixtures/runs.ts";
import { scratchFile } from "../fixtures/scratch.ts";
import { archive, header, member } from "../fixtures/tar-builder.ts";
import { present } from "../oracles/oracle.ts";
import { zstd } from "../oracles/zstd.ts";
import { inChromium } from "./chromium.ts";
import type { ConversionOutcome, Source, Target } from "./conversion-outcome.ts";
import { bundled, call } from "./sites.ts";
import type { Visit } from "./visit.ts";

const MIB = 2 ** 20;
const conversion = suite("browser: conversion");
const test = inChromium(conversion);
const PAGE = "conversion.ts";

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** The same on Node. */
async function onNode(make: (target: MemoryTarget) => Promise<object>): Promise<ConversionOutcome> {
  const target = new MemoryTarget();
  try {
    const result = await make(target);
    return { made: { result, sha256: sha256(target.image) } };
  } catch (error) {
    if (!(error instanceof ImageError)) throw error;
    return { failed: { ours: true, code: error.code, message: error.message } };
  }
}

const convertOnNode = (tar: Uint8Array, options: ConvertOptions): Promise<ConversionOutcome> =>
  onNode((target) => convert(tar, target, options));

const LARGE: readonly string[] = ["subdirs-70000"];

const EVERY_OPTION: ConvertOptions[] = [
  ...Object.values(FLAG_SETS),
  { verity: true },
  { whiteouts: "overlay", container: "vhd" },
  { container: "vhdx", verity: true, digests: false },
];

test("golden layers become what they become on Node, whatever the options", async (visit) => {
  const names = [...edgeLayers.keys()].filter((name) => !LARGE.includes(name) && edgeTar(name).length < 32 * MIB);
  const files = Object.fromEntries(names.map((name) => [`/${name}.tar`, edgeTar(name)]));
  const page = await visit.open(await bundled(PAGE, files));
  let refused = 0;
  for (const [index, name] of names.entries()) {
    const options = EVERY_OPTION[index % EVERY_OPTION.length]!;
    const target: Target = index % 2 === 0 ? "own" : "blob";
    const got = await call<ConversionOutcome>(page, "convertTo", { path: `/${name}.tar`, as: "blob" }, target, options);
    assert.equal(got, await convertOnNode(edgeTar(name), options), `${name} ${JSON.stringify(options)}`);
    if (got.failed) refused++;
  }
  assert.ok(refused > 5 && refused < names.length / 2, `${refused} of ${names.length} are refused`);
}, 400_000);

/** A layer of some megabytes that do not compress, of small files and of large ones. */
const LAYER = archive([
  ...Array.from({ length: 2000 }, (_, i) => member({ name: `small/${i}` }, `file ${i}`)),
  member({ name: "large" }, noise(24 * MIB, 1)),
  member({ name: "zeros" }, new Uint8Array(3 * MIB)),
  member({ name: "odd" }, noise(MIB + 17, 2)),
]);

for (const as of ["blob", "stream", "bytes", "file"] as const) {
  for (const target of ["own", "blob"] as const) {
    test(`${as} in, ${target} out: the digests of layer and image are Node's`, async (visit) => {
      const page = await visit.open(await bundled(PAGE, { "/layer": LAYER }));
      const got = await call<ConversionOutcome>(page, "convertTo", { path: "/layer", as }, target, { verity: true });
      assert.equal(got, await convertOnNode(LAYER, { verity: true }));
    });
  }
}

async function decompresses(visit: Visit, layer: Uint8Array): Promise<void> {
  const page = await visit.open(await bundled(PAGE, { "/layer": layer }));
  const got = await call<ConversionOutcome>(page, "convertTo", { path: "/layer", as: "blob" }, "own", {});
  assert.equal(got, await convertOnNode(layer, {}));
  assert.match(JSON.stringify(got), `"diffId":"sha256:${sha256(LAYER)}"`);
}

test("gzip is read by the core's own decoder, and both digests are computed", (visit) =>
  decompresses(visit, gzipSync(LAYER, { level: 1 })));

if (present(zstd, conversion)) {
  test("so is zstd", (visit) => decompresses(visit, zstd.pack(LAYER)));
}

const NO_SUCH_FILE = archive([member({ name: "f" }, "x"), header({ name: "l", type: "1", link: "missing" })]);

const REFUSALS: [why: string, layer: Uint8Array, options: object, code: ErrorCode][] = [
  ["a hard link to nothing", NO_SUCH_FILE, {}, ErrorCode.NotFound],
  ["a header that makes no sense", Buffer.concat([LAYER.subarray(0, 512), noise(4096, 3)]), {}, ErrorCode.Corrupt],
  ["a layer that ends too soon", LAYER.subarray(0, 25 * MIB), {}, ErrorCode.Corrupt],
  ["gzip that is damaged", gzipSync(LAYER.subarray(0, MIB)).fill(0x55, 2000, 2100), {}, ErrorCode.Corrupt],
  ["another diff id", LAYER, { expected: { diffId: `sha256:${"0".repeat(64)}` } }, ErrorCode.Corrupt],
  ["an option that makes no sense", LAYER, { profile: "other" }, ErrorCode.InvalidArgument],
  ["a limit that is passed", LAYER, { limits: { entries: 100 } }, ErrorCode.OutOfRange],
];

for (const [why, layer, options, code] of REFUSALS) {
  test(`${why} is refused in the words of Node, and leaves an empty file`, async (visit) => {
    const page = await visit.open(await bundled(PAGE, { "/layer": layer }));
    for (const target of ["own", "blob"] as const) {
      const got = await call<ConversionOutcome>(page, "convertTo", { path: "/layer", as: "blob" }, target, options);
      assert.is(got.failed?.code, code);
      assert.equal(got, await convertOnNode(layer, options));
    }
    assert.equal(await call(page, "ownFiles"), []);
  });
}

test("where no space is left, that is said, and the file is empty", async (visit) => {
  const page = await visit.open(await bundled(PAGE, { "/layer": LAYER }));
  const storage = await page.context().newCDPSession(page);
  const origin = new URL(page.url()).origin;
  await storage.send("Storage.overrideQuotaForOrigin", { origin, quotaSize: 8 * MIB });
  const got = await call<ConversionOutcome>(page, "convertTo", { path: "/layer", as: "blob" }, "own", {});
  const message = "image: no space left for this page's files";
  assert.equal(got, { failed: { ours: true, code: ErrorCode.FailedPrecondition, message } });
  await storage.send("Storage.overrideQuotaForOrigin", { origin });
  const after = await call<ConversionOutcome>(page, "convertTo", { path: "/layer", as: "blob" }, "own", {});
  assert.equal(after, await convertOnNode(LAYER, {}));
});

test("a file that is changed after it was chosen is not read", async (visit) => {
  const page = await visit.open(await bundled(PAGE));
  const path = scratchFile("layer.tar", LAYER);
  await call(page, "letChoose");
  await page.setInputFiles("input", path);
  appendFileSync(path, "more");
  const { failed } = await call<ConversionOutcome>(page, "convertChosen");
  assert.is(failed?.code, ErrorCode.FailedPrecondition);
  assert.match(failed!.message, /^layer\.tar: cannot be read any more: it was changed, moved or deleted/);
});

test("a hash that gets no thread is computed all the same", async (visit) => {
  const page = await visit.open(await bundled(PAGE));
  for (const size of [0, 1000, 15 * MIB]) {
    assert.is(await call(page, "hashWithoutThread", size), sha256(new Uint8Array(size).fill(7)));
  }
});

test("SHA-512 is Unsupported", async (visit) => {
  const page = await visit.open(await bundled(PAGE, { "/layer": LAYER }));
  const expected = { digest: `sha512:${"0".repeat(128)}` };
  const got = await call<ConversionOutcome>(page, "convertTo", { path: "/layer", as: "blob" }, "own", { expected });
  assert.is(got.failed?.code, ErrorCode.Unsupported);
});

for (const as of ["blob", "stream"] as const) {
  test(`what is given up half-way leaves nothing, and the next goes well: ${as}`, async (visit) => {
    const layer = Buffer.concat([
      LAYER.subarray(0, LAYER.length - 1024),
      archive([member({ name: "more" }, noise(150 * MIB, 4))]),
    ]);
    const page = await visit.open(await bundled(PAGE, { "/layer": layer, "/small": NO_SUCH_FILE }));
    for (const target of ["own", "blob"] as const) {
      assert.is(await call(page, "abortAfter", { path: "/layer", as }, target, MIB), "given up on purpose");
      const after = await call<ConversionOutcome>(page, "convertTo", { path: "/small", as: "blob" }, target, {});
      assert.is(after.failed?.code, ErrorCode.NotFound);
    }
    assert.equal(await call(page, "ownFiles"), []);
  });
}

test("layers over one another become what they become on Node", async (visit) => {
  await fc.assert(
    fc.asyncProperty(randomStack, fc.boolean(), async (layers, verity) => {
      const options: RootfsOptions = { verity, digests: true };
      const tars = layers.map(({ tar }) => Buffer.from(tar));
      const files = Object.fromEntries(tars.map((tar, i) => [`/${i}`, tar]));
      const page = await visit.open(await bundled(PAGE, files));
      const sources = tars.map((_, i) => ({ source: { path: `/${i}`, as: "blob" } satisfies Source }));
      const got = await call<ConversionOutcome>(page, "makeRootfsTo", sources, "own", options);
      const sourcesOnNode = tars.map((tar) => ({ source: tar }));
      assert.equal(got, await onNode((target) => makeRootfs(sourcesOnNode, target, options)));
      await page.close();
    }),
    times(12),
  );
});

test("random trees become what they become on Node", async (visit) => {
  await fc.assert(
    fc.asyncProperty(randomLayer(false), fc.constantFrom(...EVERY_OPTION), async ({ tar }, options) => {
      const page = await visit.open(await bundled(PAGE, { "/layer": Buffer.from(tar) }));
      const got = await call<ConversionOutcome>(page, "convertTo", { path: "/layer", as: "stream" }, "blob", options);
      assert.equal(got, await convertOnNode(Buffer.from(tar), options));
      await page.close();
    }),
    times(20),
  );
});

test("an empty filesystem, and a disk's other container, are Node's", async (visit) => {
  const options = { size: 64 * MIB, journal: true, label: "été", container: "vhdx" } as const;
  const node = new MemoryTarget();
  await makeFilesystem(node, options);
  const page = await visit.open(await bundled(PAGE, { "/disk.vhdx": node.image }));
  for (const target of ["own", "blob"] as const) {
    const made = await call<ConversionOutcome>(page, "makeFilesystemTo", target, options);
    assert.equal(made, await onNode((target) => makeFilesystem(target, options)));
    const disk = await call<ConversionOutcome>(page, "convertDiskTo", { path: "/disk.vhdx", as: "blob" }, target, {});
    assert.is(disk.made?.sha256, await rawDigest(options));
  }
});

async function rawDigest({ container: _, ...options }: { size: number; container: string }): Promise<string> {
  const raw = new MemoryTarget();
  await makeFilesystem(raw, options);
  return sha256(raw.image);
}

test("a picked file is as it was until it is whole", async (visit) => {
  const page = await visit.open(await bundled(PAGE));
  assert.equal(await call(page, "writePicked", "discard"), { before: "as it was", bytes: "as it was" });
  const committed = await call(page, "writePicked", "commit");
  assert.equal(committed, { before: "as it was", bytes: "\0\0first\0\0\0later\0\0" });
});

conversion.run();
