/** Layers become CIMs: alone, over a parent that they take over, and as forks of it. */
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ImageError } from "../../src/index.ts";
import { type CimDirectory, cimOf, type LayerOptions, makeCim } from "../fixtures/cim-layer.ts";
import { type CimContents, digestOf, readCimTree } from "../fixtures/cim-tree.ts";
import { GOLDEN_GUID, GOLDEN_TAR } from "../fixtures/golden-cim.ts";
import { goldenFiles } from "../fixtures/golden-cim-files.ts";
import { goldenHive } from "../fixtures/hives.ts";
import { mergeBytes } from "../fixtures/merge-hives.ts";
import { noise } from "../fixtures/random.ts";
import { times } from "../fixtures/runs.ts";
import { windowsEntry, windowsTar } from "../fixtures/windows-tar.ts";

const layers = suite("cim layers");

for (const version of [1, 2] as const) {
  layers(`give the golden image of version ${version}.0, where entries come in its order`, () => {
    const directory: CimDirectory = new Map();
    makeCim(directory, "test.cim", GOLDEN_TAR, { version, guid: GOLDEN_GUID, chunk: () => 700 });
    const { cim, files } = goldenFiles(version);
    for (const [name, expected] of [["test.cim", cim] as const, ...files]) {
      assert.ok(directory.get(name)?.equals(expected), name);
    }
  });
}

layers("of files without bytes give the same image, in whatever order these come", () => {
  const descriptor = Buffer.from(`01000484${"00".repeat(16)}`, "hex");
  const entries = ["b/x", "b/y", "a/z", "C", "d/e/f"].map((path, i) =>
    windowsEntry("file", path, { mtime: BigInt(i) * 1000n, ...(i % 2 && { securityDescriptor: descriptor }) }),
  );
  const [one, other] = [entries, [...entries].reverse()].map((order) => {
    const directory: CimDirectory = new Map();
    makeCim(directory, "test.cim", windowsTar(order));
    return directory;
  });
  assert.equal([...one!.keys()], [...other!.keys()]);
  for (const [name, bytes] of one!) assert.ok(other!.get(name)?.equals(bytes), name);
});

const BIG = noise(600_000);
const BASE = windowsTar([
  windowsEntry("dir", "Files"),
  windowsEntry("file", "Files/kept", { data: Buffer.from("kept"), streams: [["s", Buffer.from("stream")]] }),
  windowsEntry("file", "Files/big", { data: BIG, eas: [["EA", Buffer.from("value")]] }),
  windowsEntry("file", "Files/gone", { data: Buffer.from("gone") }),
  windowsEntry("file", "Files/changed", { data: Buffer.from("old") }),
  windowsEntry("hardlink", "Files/twin", { target: "Files/kept" }),
  windowsEntry("symlink", "Files/link", { target: "kept" }),
  windowsEntry("dir", "Files/sub"),
  windowsEntry("file", "Files/sub/deep", { data: noise(70_000) }),
]);
const CHILD = windowsTar([
  windowsEntry("dir", "Files"),
  windowsEntry("file", "Files/.wh.gone"),
  windowsEntry("file", "Files/CHANGED", { data: Buffer.from("new") }),
  windowsEntry("file", "Files/added", { data: Buffer.from("kept") }),
  windowsEntry("hardlink", "Files/linked", { target: "Files/big" }),
]);

/** What the child holds, by what its parent does. */
function childOf(base: CimContents, found: CimContents): void {
  assert.equal(
    Object.keys(found).sort(),
    [
      "/",
      "/Files",
      "/Files/added",
      "/Files/big",
      "/Files/CHANGED",
      "/Files/kept",
      "/Files/link",
      "/Files/linked",
      "/Files/sub",
      "/Files/sub/deep",
      "/Files/twin",
    ].sort(),
  );
  for (const path of ["/Files/big", "/Files/kept", "/Files/link", "/Files/sub", "/Files/sub/deep", "/Files/twin"]) {
    assert.equal(found[path], base[path], path);
  }
  assert.is(found["/Files/CHANGED"]!.content, Buffer.from("new").toString("hex"));
  assert.is(found["/Files/linked"]!.sameAs, "/Files/big");
}

layers("over a parent hold all of it themselves", async () => {
  const directory: CimDirectory = new Map();
  makeCim(directory, "base.cim", BASE);
  const base = await readCimTree(cimOf(directory, "base.cim"));
  const { guid, copied } = makeCim(directory, "child.cim", CHILD, { parent: "base.cim" });
  assert.is(copied, BIG.length, "large contents go from file to file");
  const own: CimDirectory = new Map([...directory].filter(([name]) => name === "child.cim" || name.includes(guid)));
  childOf(base, await readCimTree(cimOf(own, "child.cim")));
  assert.ok(own.get(`region_${guid}_1`)!.length < BIG.length + 120_000, "and what is gone is not among it");
});

layers("that are forks are read through their parents", async () => {
  const directory: CimDirectory = new Map();
  makeCim(directory, "base.cim", BASE);
  const base = await readCimTree(cimOf(directory, "base.cim"));
  const { guid } = makeCim(directory, "child.cim", CHILD, { parent: "base.cim", fork: true });
  childOf(base, await readCimTree(cimOf(directory, "child.cim")));
  assert.is(directory.get("child.cim")!.length, 72 + 24);
  assert.is(directory.get(`region_${guid}_1`)!.length, 4096 * 3, "two small contents are all that is new");
  assert.ok(directory.get(`region_${guid}_0`)!.length < 4096, "nor is the table of upper case");
  const more = windowsTar([windowsEntry("file", "Files/more", { data: noise(5000, 7) })]);
  makeCim(directory, "grandchild.cim", more, { parent: "child.cim", fork: true });
  const found = await readCimTree(cimOf(directory, "grandchild.cim"));
  childOf(base, Object.fromEntries(Object.entries(found).filter(([path]) => path !== "/Files/more")));
  assert.is(directory.get("grandchild.cim")!.length, 72 + 2 * 24);
  makeCim(directory, "flat.cim", more, { parent: "child.cim" });
  const flat = await readCimTree(cimOf(directory, "flat.cim"));
  assert.equal(flat, found, "and a fork can be a parent that is taken over");
});

const CONFIG = "Files/Windows/System32/config";

layers("with a registry have its hives merged with what stands in their parents, wherever that is", async () => {
  const base = windowsTar(
    ["SYSTEM", "SOFTWARE", "SAM", "SECURITY", "DEFAULT"].map((name) =>
      windowsEntry("file", `${CONFIG}/${name}`, { data: goldenHive("base") }),
    ),
  );
  const child = windowsTar([windowsEntry("file", "Hives/SYSTEM_DELTA", { data: goldenHive("delta") })]);
  for (const fork of [false, true]) {
    const directory: CimDirectory = new Map();
    makeCim(directory, "base.cim", base, { requireHives: true });
    const { hostFiles } = makeCim(directory, "child.cim", child, { parent: "base.cim", fork });
    const found = await readCimTree(cimOf(directory, "child.cim"));
    const merged = hostFiles.find(({ path }) => path === "Hives/SYSTEM_BASE")!.bytes;
    assert.is(found["/Hives/SYSTEM_BASE"]!.content, digestOf(merged));
    assert.ok(merged.equals(await mergeBytes(goldenHive("base"), goldenHive("delta"))));
    assert.is(found["/Hives/SAM_BASE"]!.sameAs, `/${CONFIG}/SAM`);
    assert.is(found[`/${CONFIG}/SYSTEM`]!.content, digestOf(goldenHive("base")));
  }
});

const PATHS = ["a", "b", "C", "d/x", "d/y", "d/e/f"];
const entry = fc.record({
  kind: fc.constantFrom("file", "file", "large", "dir", "hardlink", "whiteout"),
  path: fc.constantFrom(...PATHS),
  target: fc.constantFrom(...PATHS),
  seed: fc.integer({ min: 0, max: 3 }),
  stream: fc.boolean(),
});
const layer = fc.array(entry, { maxLength: 8 }).map((entries) =>
  windowsTar(
    entries.map(({ kind, path, target, seed, stream }) => {
      if (kind === "whiteout") return windowsEntry("file", path.replace(/[^/]+$/, ".wh.$&"));
      if (kind === "hardlink") return windowsEntry("hardlink", path, { target });
      if (kind === "dir") return windowsEntry("dir", path);
      const data = noise(kind === "large" ? 300_000 + seed : 10 * seed, seed);
      return windowsEntry("file", path, { data, streams: stream ? [["s", noise(5000 * seed, seed)]] : [] });
    }),
  ),
);

/** What is made, or how it is refused. */
function attempt(directory: CimDirectory, name: string, tar: Uint8Array, options: LayerOptions): string | undefined {
  try {
    makeCim(directory, name, tar, options);
    return undefined;
  } catch (error) {
    assert.ok(error instanceof ImageError, String(error));
    return error.message;
  }
}

layers("property: forks hold what images do that refer to nothing, and both are refused alike", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(layer, { minLength: 2, maxLength: 4 }), async (tars) => {
      const flat: CimDirectory = new Map();
      const forks: CimDirectory = new Map();
      for (const [i, tar] of tars.entries()) {
        const parent = i === 0 ? {} : { parent: `${i - 1}.cim` };
        const refusal = attempt(flat, `${i}.cim`, tar, parent);
        assert.is(attempt(forks, `${i}.cim`, tar, { ...parent, fork: i > 0 }), refusal);
        if (refusal !== undefined) return;
        assert.equal(await readCimTree(cimOf(forks, `${i}.cim`)), await readCimTree(cimOf(flat, `${i}.cim`)));
      }
    }),
    times(100),
  );
});

layers.run();
