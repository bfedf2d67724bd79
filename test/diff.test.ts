/** What changed between two images, as a layer: applied to the lower, it gives the upper, whoever applies it. */
import { rmdirSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ErrorCode, type ImageChange, ImageError } from "../src/index.ts";
import { diffTar, exportTar } from "./fixtures/archive.ts";
import { makeImage, type Options } from "./fixtures/image.ts";
import { entry, type LayerEntry, layerTar } from "./fixtures/layer.ts";
import { changedLayer } from "./fixtures/mutated-layer.ts";
import { noise } from "./fixtures/random.ts";
import { rejects } from "./fixtures/rejects.ts";
import { scratchFile } from "./fixtures/scratch.ts";
import { applyInFolder, applyLayer, comparable } from "./oracles/apply-layer.ts";
import { layerTree } from "./oracles/layer-tree.ts";
import { loopMount } from "./oracles/loop-mount.ts";
import { mke2fs } from "./oracles/mke2fs.ts";
import { present } from "./oracles/oracle.ts";
import { overlay } from "./oracles/overlay.ts";
import { readTar } from "./oracles/tar-reader.ts";
import { assertSameTree, type Tree } from "./oracles/tree.ts";
import { gnuTar } from "./oracles/unpack.ts";

const MODERN: Options = { profile: "modern" };
const TIB = 2 ** 40;

const treeOfTar = (tar: Uint8Array): Tree => layerTree(readTar(tar));

/** The images of two layers; none where the profile refuses one. */
async function imagesOf(before: LayerEntry[], after: LayerEntry[]): Promise<[Buffer, Buffer] | undefined> {
  try {
    const lower = await makeImage(layerTar(before), MODERN);
    return [lower.image, (await makeImage(layerTar(after), MODERN)).image];
  } catch (error) {
    if (error instanceof ImageError && error.code !== ErrorCode.Internal) return undefined;
    throw error;
  }
}

const runs = (numRuns: number): fc.Parameters<unknown> => ({ seed: 20_260_202, numRuns, includeErrorInReport: true });

const applied = suite("diff: applied to the lower image");

applied("gives the upper, by the tests' own rules", async () => {
  await fc.assert(
    fc.asyncProperty(changedLayer({ knownXattrs: true }), async ({ before, after }) => {
      const images = await imagesOf(before, after);
      fc.pre(images !== undefined);
      const { tar } = await diffTar(...images);
      const [lower, upper] = [await exportTar(images[0]), await exportTar(images[1])];
      assertSameTree(comparable(applyLayer(treeOfTar(lower.tar), readTar(tar))), comparable(treeOfTar(upper.tar)));
    }),
    runs(150),
  );
});

applied("has nothing to say of two images that are equal", async () => {
  await fc.assert(
    fc.asyncProperty(changedLayer({ knownXattrs: true }), async ({ before }) => {
      const images = await imagesOf(before, before);
      fc.pre(images !== undefined);
      const { tar, result } = await diffTar(...images);
      assert.equal([result.added, result.changed, result.deleted], [0, 0, 0]);
      assert.equal(readTar(tar), []);
    }),
    runs(40),
  );
});

if (present(loopMount, applied) && present(mke2fs, applied) && present(gnuTar, applied)) {
  applied("gives the upper, unpacked by GNU tar over the lower", async () => {
    await fc.assert(
      fc.asyncProperty(changedLayer({ plainXattrs: true }), async ({ before, after }) => {
        const images = await imagesOf(before, after);
        fc.pre(images !== undefined);
        const lower = scratchFile("lower.tar", (await exportTar(images[0])).tar);
        const layer = scratchFile("layer.tar", (await diffTar(...images)).tar);
        const disk = mke2fs.make("-t ext4 -b 4096 -I 1024 -O ea_inode", 32 * 2 ** 20);
        mke2fs.fill(disk, (folder) => {
          rmdirSync(join(folder, "lost+found"));
          gnuTar.unpack(lower, folder);
          applyInFolder(folder, layer);
        });
        const wanted = loopMount.tree(scratchFile("upper.img", images[1]));
        wanted.delete("lost+found"); // goes without saying
        assertSameTree(comparable(loopMount.tree(disk)), comparable(wanted));
      }),
      runs(12),
    );
  });
}

if (present(overlay, applied)) {
  applied("gives the upper, mounted over the lower by overlayfs", async () => {
    await fc.assert(
      fc.asyncProperty(changedLayer({ plainXattrs: true }), async ({ before, after }) => {
        const images = await imagesOf(before, after);
        fc.pre(images !== undefined);
        const layer = await makeImage((await diffTar(...images)).tar, { ...MODERN, whiteouts: "overlay" });
        const [lower, upper] = images.map((image) => scratchFile("layer.img", image)) as [string, string];
        const merged = overlay.tree([lower, scratchFile("diff.img", layer.image)]);
        assertSameTree(withoutInodes(merged), withoutInodes(loopMount.tree(upper)));
      }),
      runs(12),
    );
  });
}

/** Overlayfs makes numbers of inodes of its own. */
function withoutInodes(tree: Tree): Tree {
  return new Map([...comparable(tree)].map(([path, item]) => [path, { ...item, inode: "" }]));
}

applied.run();

const changes = suite("diff: what has changed");

const file = (path: string, more: Partial<LayerEntry> = {}): LayerEntry =>
  entry("file", path, { data: noise(5000), ...more });

/** What a comparison tells, as `A path`, and the paths of its layer. */
async function compare(before: LayerEntry[], after: LayerEntry[]): Promise<{ told: string[]; layer: string[] }> {
  const told: ImageChange[] = [];
  const images = (await imagesOf(before, after))!;
  const { tar, result } = await diffTar(...images, { onChange: (change) => told.push(change) });
  assert.is(result.added + result.changed + result.deleted, told.length);
  return {
    told: told.map(({ kind, path }) => `${kind[0]!.toUpperCase()} ${path}`),
    layer: readTar(tar).map(({ path, kind, target }) => (kind === "hardlink" ? `${path} -> ${target}` : path)),
  };
}

const CHANGES: [what: string, before: LayerEntry[], after: LayerEntry[], told: string[], layer: string[]][] = [
  ["nothing", [file("a")], [file("a")], [], []],
  ["a new file", [entry("dir", "d/")], [entry("dir", "d/"), file("d/a")], ["A d/a"], ["./", "d/", "d/a"]],
  ["content", [file("a")], [file("a", { data: noise(5000, 7) })], ["C a"], ["./", "a"]],
  ["size", [file("a")], [file("a", { data: noise(5001) })], ["C a"], ["./", "a"]],
  ["mtime, by a nanosecond", [file("a")], [file("a", { mtime: 1_700_000_000_000_000_001n })], ["C a"], ["./", "a"]],
  ["atime and ctime", [file("a", { atime: 1n, ctime: 2n })], [file("a", { atime: 3n, ctime: 4n })], [], []],
  ["owner", [file("a")], [file("a", { gid: 70_000 })], ["C a"], ["./", "a"]],
  ["mode", [file("a")], [file("a", { mode: 0o4644 })], ["C a"], ["./", "a"]],
  ["an attribute", [file("a")], [file("a", { xattrs: [["user.a", noise(1)]] })], ["C a"], ["./", "a"]],
  [
    "a target",
    [entry("symlink", "a", { target: "b" })],
    [entry("symlink", "a", { target: "c" })],
    ["C a"],
    ["./", "a"],
  ],
  ["a device", [entry("char", "a", { major: 1 })], [entry("char", "a", { major: 2 })], ["C a"], ["./", "a"]],
  [
    "a directory's mode",
    [entry("dir", "d/"), file("d/a")],
    [entry("dir", "d/", { mode: 0o700 }), file("d/a")],
    ["C d"],
    ["./", "d/"],
  ],
  ["a deleted directory", [entry("dir", "d/"), file("d/a"), file("b")], [file("b")], ["D d"], ["./", ".wh.d"]],
  ["a file for a directory", [entry("dir", "d/"), file("d/a")], [file("d")], ["C d"], ["./", "d"]],
  ["a directory for a file", [file("d")], [entry("dir", "d/"), file("d/a")], ["C d", "A d/a"], ["./", "d/", "d/a"]],
  [
    "all of a directory",
    [entry("dir", "d/"), file("d/a"), file("d/b")],
    [entry("dir", "d/"), file("d/c")],
    ["D d/a", "D d/b", "A d/c"],
    ["./", "d/", "d/.wh.a", "d/.wh.b", "d/c"],
  ],
  [
    "names that a slash comes between",
    [file("a-"), entry("dir", "a/"), file("a/x")],
    [file("a-"), entry("dir", "a/")],
    ["D a/x"],
    ["./", "a/", "a/.wh.x"],
  ],
  [
    "one more hard link",
    [file("a")],
    [file("a"), entry("hardlink", "b", { target: "a" })],
    ["A b"],
    ["./", "a", "b -> a"],
  ],
  ["one hard link fewer", [file("a"), entry("hardlink", "b", { target: "a" })], [file("a")], ["D b"], ["./", ".wh.b"]],
  [
    "a hard link made a file",
    [file("a"), entry("hardlink", "b", { target: "a" })],
    [file("a"), file("b")],
    ["C b"],
    ["./", "b"],
  ],
  [
    "a file made a hard link",
    [file("a"), file("b")],
    [file("a"), entry("hardlink", "b", { target: "a" })],
    ["C b"],
    ["./", "a", "b -> a"],
  ],
  [
    "other pairs of hard links",
    [file("a"), entry("hardlink", "b", { target: "a" }), file("c"), entry("hardlink", "d", { target: "c" })],
    [file("a"), file("b"), entry("hardlink", "c", { target: "a" }), entry("hardlink", "d", { target: "b" })],
    ["C b", "C c"],
    ["./", "a", "b", "c -> a", "d -> b"],
  ],
  [
    "the content of a file with two names",
    [file("a"), entry("hardlink", "b", { target: "a" })],
    [file("a", { data: noise(9) }), entry("hardlink", "b", { target: "a" })],
    ["C a", "C b"],
    ["./", "a", "b -> a"],
  ],
];

for (const [what, before, after, told, layer] of CHANGES) {
  changes(`${what}: ${told.join(", ") || "no change"}`, async () => {
    assert.equal(await compare(before, after), { told, layer });
  });
}

changes("zeros are equal to a hole", async () => {
  const hole = await makeImage(layerTar([file("a", { data: { size: 300_000, pieces: [[100_000, noise(10)]] } })]), {
    profile: "modern",
  });
  const content = new Uint8Array(300_000);
  content.set(noise(10), 100_000);
  const zeros = await makeImage(layerTar([file("a", { data: content })]), { profile: "hcsshim" });
  const { result } = await diffTar(hole.image, zeros.image);
  assert.is(result.added + result.changed + result.deleted, 0);
});

changes("a byte in a tebibyte of holes is found in a moment", async () => {
  const large = (byte: number) =>
    layerTar([file("a", { data: { size: TIB, pieces: [[TIB / 2, Buffer.from([byte])]] } })]);
  const [lower, upper] = [await makeImage(large(1), MODERN), await makeImage(large(2), MODERN)];
  const start = performance.now();
  const { result, tar } = await diffTar(lower.image, upper.image);
  assert.ok(performance.now() - start < 3000);
  assert.is(result.changed, 1);
  assert.ok(tar.length < 100_000);
});

changes("a name that begins with .wh. cannot be said, unless it is as it was", async () => {
  const kept = [file(".wh.x")];
  assert.equal(await compare(kept, [...kept, file("y")]), { told: ["A y"], layer: ["./", "y"] });
  const [lower, upper] = (await imagesOf([], kept))!;
  const error = await rejects(diffTar(lower, upper), ErrorCode.Unsupported);
  assert.match(error.message, "diff: .wh.x: a layer cannot say");
  await rejects(diffTar(upper, lower), ErrorCode.Unsupported);
});

changes.run();
