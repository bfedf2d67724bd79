/** Layers of Windows become CIMs in a real browser: the files of Node's, byte for byte, or nothing. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import type { Page } from "playwright-core";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { cimTar } from "../../src/host/cim/cim-tar.ts";
import { type ConvertCimOptions, convertCim, ErrorCode, type ImageError } from "../../src/index.ts";
import { BAD_WINDOWS_LAYERS } from "../fixtures/bad-windows-layers.ts";
import { cimInMemory, type GivenFile } from "../fixtures/cim-in-memory.ts";
import { GOLDEN_TAR } from "../fixtures/golden-cim.ts";
import { GOLDEN_GUID_TEXT } from "../fixtures/golden-cim-files.ts";
import { noise } from "../fixtures/random.ts";
import { randomWindowsTree } from "../fixtures/random-windows-tree.ts";
import { scratchFolder } from "../fixtures/scratch.ts";
import { baseTar, childTar, file } from "../fixtures/windows-base.ts";
import { windowsTar } from "../fixtures/windows-tar.ts";
import { windowsLayers } from "../fixtures/windows-tree.ts";
import { inChromium } from "./chromium.ts";
import type { Outcome } from "./cim-outcome.ts";
import { bundled, call } from "./sites.ts";
import type { Visit } from "./visit.ts";

type Options = ConvertCimOptions & { layerDirectory?: string };

const cims = suite("browser: CIMs");
const test = inChromium(cims);

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** A page to which `files` are served. */
const pageWith = async (visit: Visit, files: Record<string, Uint8Array>): Promise<Page> =>
  visit.open(await bundled("cim.ts", files));

/** What Node makes in a directory: result without the path, and the digests of its files. */
async function onNode(layer: Uint8Array, options: Options): Promise<{ result: unknown; digests: Outcome["digests"] }> {
  const folder = scratchFolder();
  const { cim: _, ...result } = await convertCim(layer, folder, options);
  const digests = readdirSync(folder).map((name) => [name, sha256(readFileSync(join(folder, name)))]);
  return { result: { cim: `${options.name}.cim`, ...result }, digests: Object.fromEntries(digests) };
}

/** What Node's code makes of the same files, as a tar. */
async function tarOnNode(
  layer: Uint8Array,
  { layerDirectory, ...options }: Options,
  parent?: readonly GivenFile[],
): Promise<{ result: unknown; digests: Outcome["digests"] }> {
  const { result, members } = await cimInMemory(layer, options, parent, layerDirectory);
  const hash = createHash("sha256");
  for (const piece of cimTar(members)) hash.update(piece);
  return { result, digests: { tar: hash.digest("hex") } };
}

test("a layer becomes Node's files in a directory, plain and compressed, of either version", async (visit) => {
  const gzip = gzipSync(GOLDEN_TAR);
  const page = await pageWith(visit, { "/layer.tar": GOLDEN_TAR, "/layer.tar.gz": gzip });
  for (const [path, layer, version] of [
    ["/layer.tar", GOLDEN_TAR, "2.0"],
    ["/layer.tar.gz", gzip, "1.0"],
  ] as const) {
    const options = { name: "test", guid: GOLDEN_GUID_TEXT, version };
    const made = await call<Outcome>(page, "toFolder", path, version, options);
    assert.equal(made, { ...(await onNode(layer, options)), left: [] });
  }
});

test("a tar has them all, in a Blob and in a file, of a file and of a stream", async (visit) => {
  const page = await pageWith(visit, { "/layer.tar": baseTar });
  for (const options of [{ name: "base" }, { name: "ü".repeat(100), layerDirectory: "layer" }]) {
    const expected = { ...(await tarOnNode(baseTar, options)), left: [] };
    assert.equal(await call<Outcome>(page, "toTar", "/layer.tar", options), expected);
    assert.equal(await call<Outcome>(page, "toFile", "/layer.tar", options), expected);
  }
});

test("what Windows wants beside a CIM comes into its folder", async (visit) => {
  const page = await pageWith(visit, { "/layer.tar": baseTar });
  const made = await call<Outcome>(page, "toFolder", "/layer.tar", "cims", { name: "base", layerDirectory: "beside" });
  const beside = scratchFolder();
  await convertCim(baseTar, scratchFolder(), { name: "base", layerDirectory: beside });
  const paths = readdirSync(beside, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  assert.ok(paths.length > 5);
  for (const { parentPath, name } of paths) {
    const path = join(parentPath, name);
    assert.is(made.digests[`beside${path.slice(beside.length)}`], sha256(readFileSync(path)), path);
  }
  assert.is(Object.keys(made.digests).length, paths.length + 5);
});

test("layers over others hold or refer to what their parents hold, as Node's do", async (visit) => {
  const { members } = await cimInMemory(baseTar, { name: "base" });
  const parent = members.map((member) => ({ name: member.name, bytes: Buffer.concat([...member.read()]) }));
  const served = Object.fromEntries(parent.map(({ name, bytes }) => [`/${name}`, bytes]));
  const page = await pageWith(visit, { "/child.tar": childTar, ...served });
  for (const options of [{ name: "flat" }, { name: "fork", fork: true }]) {
    const expected = { ...(await tarOnNode(childTar, options, parent)), left: [] };
    assert.equal(await call<Outcome>(page, "toTar", "/child.tar", options, Object.keys(served)), expected);
  }
  const incomplete = await call<Outcome>(page, "toTar", "/child.tar", { name: "a" }, ["/base.cim"]);
  assert.is(incomplete.failure?.code, ErrorCode.NotFound);
  assert.match(incomplete.failure!.message, /^base\.cim: region_/);
  assert.equal(incomplete.left, []);
});

test("random trees become the same tar", async (visit) => {
  const layers = await windowsLayers();
  const trees = fc.sample(randomWindowsTree(), { numRuns: 25, seed: 42 });
  const tars = trees.map((tree, index): [string, Uint8Array] => [`/${index}.tar`, layers.exportTree(tree)]);
  const page = await pageWith(visit, Object.fromEntries(tars));
  for (const [path, tar] of tars) {
    const made = await call<Outcome>(page, "toTar", path, { name: "tree" });
    assert.equal(made, { ...(await tarOnNode(tar, { name: "tree" })), left: [] }, path);
  }
});

test("what Node refuses is refused in the same words, and nothing is left", async (visit) => {
  const cut = gzipSync(baseTar).subarray(0, 500);
  const layers: [what: string, layer: Uint8Array, options: Partial<Options>][] = [
    ...BAD_WINDOWS_LAYERS.map(([what, , , entries]): [string, Uint8Array, Partial<Options>] => [
      what,
      windowsTar(entries),
      {},
    ]),
    ["a layer cut short", baseTar.subarray(0, 700_000), {}],
    ["a gzip cut short", cut, {}],
    ["too many entries", baseTar, { limits: { entries: 10 } }],
    ["too many bytes", baseTar, { limits: { bytes: 100_000 } }],
    ["hives that are missing", windowsTar([file("Files/a", "")]), { requireHives: true }],
    ["a name that is a path", GOLDEN_TAR, { name: "a/b" }],
    ["a GUID that is none", GOLDEN_TAR, { guid: "0123" }],
    ["a fork of nothing", GOLDEN_TAR, { fork: true }],
  ];
  const page = await pageWith(visit, Object.fromEntries(layers.map(([, layer], index) => [`/${index}.tar`, layer])));
  for (const [index, [what, layer, more]] of layers.entries()) {
    const options = { name: "bad", ...more };
    const error = await convertCim(layer, scratchFolder(), options).then(
      () => assert.unreachable(what),
      (thrown: ImageError) => thrown,
    );
    const { code, message } = error!;
    const failed = { failure: { code, message }, digests: {}, left: [] };
    assert.equal(await call(page, "toTar", `/${index}.tar`, options), failed, what);
    assert.equal(await call(page, "toFolder", `/${index}.tar`, "bad", options), failed, what);
  }
});

test("options that only a page has are held against what they may be", async (visit) => {
  const page = await pageWith(visit, { "/layer.tar": GOLDEN_TAR });
  for (const layerDirectory of ["", "..", "a/b", "a.cim"]) {
    const { failure } = await call<Outcome>(page, "toTar", "/layer.tar", { name: "a", layerDirectory });
    assert.is(failure?.code, ErrorCode.InvalidArgument);
    assert.match(failure!.message, /^layerDirectory: ".*" is no name/);
  }
  const parts = await call<Outcome>(page, "toTar", "/layer.tar", { name: "a" }, ["/layer.tar"]);
  assert.match(parts.failure!.message, /^cim: of its files one is called \.cim, .* here is none$/);
});

test("nothing that stands in the directory is replaced", async (visit) => {
  const page = await pageWith(visit, { "/layer.tar": GOLDEN_TAR });
  const convert = (name: string) =>
    call<Outcome>(page, "toFolder", "/layer.tar", "cims", { name, guid: GOLDEN_GUID_TEXT });
  const { digests } = await convert("one");
  for (const [name, words] of [
    ["one", /^one\.cim: exists already/],
    ["two", /^region_00112233.*_0: exists already/],
  ] as const) {
    const second = await convert(name);
    assert.is(second.failure?.code, ErrorCode.AlreadyExists);
    assert.match(second.failure!.message, words);
    assert.equal(second.digests, digests);
    assert.equal(second.left, []);
  }
});

test("a signal ends it, and nothing is left", async (visit) => {
  const endless = windowsTar([file("Files/large", noise(3_000_000))]).subarray(0, 2_000_000);
  const page = await pageWith(visit, { "/layer.tar": endless });
  for (const after of [0, 1, 20_000_000]) {
    const { failure, left } = await call<Outcome>(page, "aborted", "/layer.tar", { name: "a" }, after);
    assert.equal([failure, left], [{ code: -1, message: "enough" }, []]);
  }
});

test("a tab that is killed leaves what the next conversion removes", async (visit) => {
  const { address } = await visit.serve(await bundled("cim.ts", { "/layer.tar": baseTar }));
  const page = await visit.goTo(address);
  await call(page, "leave", "/layer.tar", { name: "killed" });
  await page.close();
  const next = await visit.goTo(address);
  assert.is((await call<string[]>(next, "allFiles")).length, 5, "they were there");
  const { failure, left } = await call<Outcome>(next, "toTar", "/layer.tar", { name: "next" });
  assert.equal([failure, left], [undefined, []]);
});

test("a disk that is full is said in a sentence, and nothing is left", async (visit) => {
  const page = await pageWith(visit, { "/layer.tar": windowsTar([file("Files/large", noise(20_000_000))]) });
  const browser = await page.context().newCDPSession(page);
  const quota = (quotaSize?: number) =>
    browser.send("Storage.overrideQuotaForOrigin", {
      origin: new URL(page.url()).origin,
      ...(quotaSize && { quotaSize }),
    });
  await quota(4_000_000);
  const { failure, left } = await call<Outcome>(page, "toTar", "/layer.tar", { name: "large" });
  assert.equal(
    [failure, left],
    [{ code: ErrorCode.FailedPrecondition, message: "large.cim: no space left for this page's files" }, []],
  );
  await quota(30_000_000); // for the files on their way, and not for those in the directory too
  const given = await call<Outcome>(page, "toFolder", "/layer.tar", "cims", { name: "large" });
  assert.match(given.failure!.message, /no space left for this page's files$/);
  assert.equal([given.digests, given.left], [{}, []]);
  await quota();
  assert.is((await call<Outcome>(page, "toTar", "/layer.tar", { name: "large" })).failure, undefined);
});

cims.run();
