/** What layers over one another mean, case by case. */
import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ErrorCode, makeRootfs, type RootfsOptions, type Source } from "../../src/index.ts";
import { MemoryTarget, makeImage } from "../fixtures/image.ts";
import { readImage } from "../fixtures/image-tree.ts";
import { entry, type LayerEntry, layerTar } from "../fixtures/layer.ts";
import { rejects } from "../fixtures/rejects.ts";
import { makeRootfsImage } from "../fixtures/rootfs.ts";
import type { Entry, Tree } from "../oracles/tree.ts";

const file = (path: string, text = path, more: Partial<LayerEntry> = {}): LayerEntry =>
  entry("file", path, { data: Buffer.from(text), ...more });
const directory = (path: string, more: Partial<LayerEntry> = {}): LayerEntry => entry("dir", path, more);
const link = (path: string, target: string): LayerEntry => entry("hardlink", path, { target });
const symlink = (path: string, target: string): LayerEntry => entry("symlink", path, { target });
const whiteout = (path: string): LayerEntry => entry("file", path.replace(/[^/]*$/, ".wh.$&"));
const opaque = (path: string): LayerEntry => entry("file", `${path}/.wh..wh..opq`);

/** The tree of layers, the lowest first. */
async function merged(layers: LayerEntry[][], options?: RootfsOptions): Promise<Tree> {
  const sources = layers.map((entries) => layerTar(entries));
  return readImage(await makeRootfsImage(sources, options));
}

/** Its names but lost+found, in order. */
const names = (tree: Tree): string =>
  [...tree.keys()]
    .filter((path) => path !== "" && path !== "lost+found")
    .sort()
    .join(" ");

function assertHolds(entry: Entry | undefined, text: string): void {
  assert.is(entry?.kind, "file");
  assert.is(entry!.sha256, createHash("sha256").update(text).digest("hex"));
}

const rules = suite("rootfs: rules");

rules("a name is that of the highest layer that has it", async () => {
  const tree = await merged([[file("a", "low"), file("b", "low")], [file("a", "high")]]);
  assertHolds(tree.get("a"), "high");
  assertHolds(tree.get("b"), "low");
});

rules("what a whiteout names is gone, and comes back where a layer above has it", async () => {
  const tree = await merged([
    [file("a/x"), file("b/y"), file("c")],
    [whiteout("a"), whiteout("b"), whiteout("c")],
    [file("a/z"), file("c", "again")],
  ]);
  assert.is(names(tree), "a a/z c");
  assertHolds(tree.get("c"), "again");
});

rules("whiteouts and opaque markers stand for layers below, wherever they stand in their own", async () => {
  const below = [directory("d"), file("d/old"), directory("e"), file("e/old")];
  const above = [directory("d"), file("d/new"), opaque("d"), file("e/new"), whiteout("e")];
  for (const entries of [above, above.toReversed()]) {
    assert.is(names(await merged([below, entries])), "d d/new e e/new");
  }
});

rules("an opaque root hides all layers below", async () => {
  assert.is(names(await merged([[file("a")], [file(".wh..wh..opq"), file("b")], [file("c")]])), "b c");
});

rules("no whiteout is left in the image, nor a mark that a directory is opaque", async () => {
  const tree = await merged([
    [file("a")],
    [whiteout("a"), whiteout("never"), directory("d"), opaque("d"), whiteout("d/x")],
  ]);
  assert.is(names(tree), "d");
  assert.is(tree.get("d")!.xattrs.size, 0);
});

rules("types change from layer to layer", async () => {
  const stack = [
    [directory("a"), file("a/x"), file("b"), symlink("c", "b")],
    [file("a"), directory("b"), file("b/y"), file("c")],
  ];
  const tree = await merged(stack);
  assert.is(names(tree), "a b b/y c");
  assert.equal(
    ["a", "b", "c"].map((path) => tree.get(path)!.kind),
    ["file", "dir", "file"],
  );
  assert.is(names(await merged(stack.toReversed())), "a a/x b c");
});

rules("a file between two directories hides the lower one", async () => {
  assert.is(names(await merged([[file("d/low")], [file("d")], [file("d/high")]])), "d d/high");
  assert.is(names(await merged([[file("d/low")], [whiteout("d")], [file("d/high")]])), "d d/high");
});

rules("a directory has the fields and attributes of the highest layer that describes it", async () => {
  const xattrs: LayerEntry["xattrs"] = [["trusted.a", Buffer.of(1)]];
  const low = directory("d", { mode: 0o700, uid: 5, gid: 6, mtime: 7n, xattrs });
  const tree = await merged([
    [low, directory("e", { mode: 0o711 })],
    [file("d/x"), directory("e", { mode: 0o500 })],
    [file("e/x")],
  ]);
  const { mode, uid, gid, mtime, atime, xattrs: kept } = tree.get("d")!;
  assert.equal([mode, uid, gid, mtime, atime, kept.get("trusted.a")], [0o700, 5, 6, 7n, 7n, "01"]);
  assert.is(tree.get("e")!.mode, 0o500);
});

rules("the root has the fields of the highest layer that describes it", async () => {
  const tree = await merged([
    [directory(".", { mode: 0o700 })],
    [directory(".", { mode: 0o711, uid: 3 })],
    [file("a")],
  ]);
  assert.equal([tree.get("")!.mode, tree.get("")!.uid], [0o711, 3]);
});

rules("a directory that a layer empties keeps its fields, one that it makes anew does not", async () => {
  const low = [directory("kept", { mode: 0o700 }), directory("new", { mode: 0o700 })];
  const above = [opaque("kept"), file("kept/x"), whiteout("new"), file("new/x")];
  for (const entries of [above, above.toReversed()]) {
    const tree = await merged([low, entries]);
    assert.equal([tree.get("kept")!.mode, tree.get("new")!.mode], [0o700, 0o755]);
  }
});

rules("parents that are symbolic links are those of their own layer", async () => {
  const tree = await merged([[directory("real"), symlink("way", "real"), file("way/x")], [file("way/y")]]);
  assert.is(names(tree), "real real/x way way/y");
});

rules("the same layer twice is as good as once", async () => {
  const layer = [directory("d"), file("d/a", "text"), link("d/b", "d/a"), whiteout("gone")];
  const twice = await merged([layer, layer]);
  assert.equal(twice, await merged([layer]));
});

rules("lost+found is there, a directory, and may come of any layer", async () => {
  assert.is((await merged([])).get("lost+found")!.mode, 0o700);
  const described = await merged([[directory("lost+found", { mode: 0o711 }), file("lost+found/x")], [file("a")]]);
  assert.is(described.get("lost+found")!.mode, 0o711);
  assert.ok(described.has("lost+found/x"));
  const between = await merged([[file("lost+found/x")], [file("a")]]);
  assert.is(between.get("lost+found")!.mode, 0o700);
  assert.not.ok((await merged([[file("lost+found/x")], [whiteout("lost+found")]])).has("lost+found/x"));
  assert.not.ok((await merged([[file("lost+found")], [whiteout("lost+found")]])).has("lost+found/x"));
  await rejects(merged([[file("lost+found")]]), ErrorCode.FailedPrecondition);
});

rules("one layer without whiteouts becomes the image that a conversion makes of it", async () => {
  const tar = layerTar([directory("d"), file("d/a"), link("b", "d/a"), symlink("c", "d"), file("c/e")]);
  assert.ok((await makeImage(tar)).image.equals(await makeRootfsImage([tar])));
});

rules(
  "an addition replaces files of any type, and neither makes nor unmakes a directory of anything else",
  async () => {
    const layered = (low: LayerEntry[], added: LayerEntry[]): Promise<unknown> =>
      makeRootfs([{ source: layerTar(low) }, { source: layerTar(added), addition: true }], new MemoryTarget());
    await layered([file("a"), symlink("b", "a"), directory("d")], [file("a"), file("b"), file("d/c")]);
    for (const [low, added, path] of [
      [[directory("a")], [file("a")], "a"],
      [[symlink("d", "e"), directory("e")], [file("d/a")], "d"],
      [[file("a"), directory("b")], [file("a"), link("b", "a")], "b"],
    ] as const) {
      const error = await rejects(layered([...low], [...added]), ErrorCode.FailedPrecondition);
      assert.match(
        error.message,
        new RegExp(`^layer 1: ext4: "${path}" is (a|no) directory here, and a file is to be added`),
      );
    }
  },
);

rules("all files belong to the owner that is asked for, whatever layers say", async () => {
  const layer = [file("d/a", "x", { uid: 2 ** 32, gid: 7 }), entry("char", "c", { major: 1, minor: 3 })];
  for (const owner of [
    { uid: 1000, gid: 100 },
    { uid: 0, gid: 0 },
  ]) {
    const tree = await merged([layer, [symlink("l", "d")]], { owner });
    assert.equal(
      [...tree.values()].filter(({ uid, gid }) => uid !== owner.uid || gid !== owner.gid),
      [],
    );
    assert.is(tree.get("c")!.device, "1:3");
  }
});

rules.run();

const links = suite("rootfs: hard links");

links("across layers are one file with their targets", async () => {
  const tree = await merged([[file("a", "text")], [link("b", "a")], [link("d/c", "b")]]);
  assert.equal([tree.get("a")!.links, tree.get("d/c")!.inode, tree.get("b")!.inode], [3, "a", "a"]);
  assertHolds(tree.get("d/c"), "text");
});

links("to files that are hidden under their own names show them under the others", async () => {
  const tree = await merged([[file("a", "old")], [link("b", "a")], [file("a", "new"), file("x")]]);
  assertHolds(tree.get("a"), "new");
  assertHolds(tree.get("b"), "old");
  assert.is(tree.get("b")!.links, 1);
});

links("within a layer outlive that one of their names is hidden", async () => {
  const low = [file("a", "text"), link("b", "a"), file("c", "other"), link("d", "e"), file("e", "later")];
  const tree = await merged([low, [whiteout("a"), file("c", "new"), whiteout("e")]]);
  assert.is(names(tree), "b c d");
  assertHolds(tree.get("b"), "text");
  assertHolds(tree.get("c"), "new");
  assertHolds(tree.get("d"), "later");
});

links("lead to symbolic links and devices too", async () => {
  const tree = await merged([
    [symlink("s", "nowhere"), entry("fifo", "f")],
    [link("t", "s"), link("g", "f")],
    [whiteout("s")],
  ]);
  assert.equal([tree.get("t")!.target, tree.get("g")!.kind], ["nowhere", "fifo"]);
});

links("follow symbolic links of the layer that has their target", async () => {
  const tree = await merged([[directory("usr"), symlink("way", "usr"), file("usr/a", "text")], [link("b", "way/a")]]);
  assertHolds(tree.get("b"), "text");
});

links("to a file that its own layer has are to that one, also if layers below have another", async () => {
  const tree = await merged([[file("a", "low")], [link("b", "a"), file("a", "high")]]);
  assertHolds(tree.get("b"), "high");
});

links("to links that wait for layers below wait with them, and with each other", async () => {
  const middle = [link("b", "x"), link("c", "b"), link("x", "y"), link("d", "c"), file("b", "other")];
  const tree = await merged([[file("y", "low"), file("x", "wrong")], middle, [link("e", "c"), whiteout("y")]]);
  assert.is(names(tree), "b c d e x");
  for (const path of ["c", "d", "e", "x"]) assert.is(tree.get(path)!.inode, "c");
  assertHolds(tree.get("b"), "other");
  assertHolds(tree.get("e"), "low");
});

links("whose names are taken by later entries leave those alone", async () => {
  const layer = [link("e", "c"), link("b", "x"), link("c", "b"), file("b", "other"), file("x", "text")];
  const tree = await merged([layer]);
  assertHolds(tree.get("b"), "other");
  for (const path of ["c", "e"]) assertHolds(tree.get(path), "text");
});

const NO_TARGETS: [what: string, layers: LayerEntry[][], layer: number, code?: ErrorCode][] = [
  ["what no layer has", [[file("x")], [link("b", "a")], [file("y")]], 2],
  ["what only a layer above has", [[link("b", "a")], [file("a")]], 1],
  ["what the layer itself takes away", [[file("a")], [link("b", "a"), whiteout("a")]], 2],
  ["what a layer between takes away", [[file("a")], [whiteout("a")], [link("b", "a")]], 3],
  ["what a layer between hides", [[file("d/a")], [opaque("d")], [file("y")], [link("b", "d/a")]], 4],
  ["what a file between hides", [[file("d/a")], [file("d")], [link("b", "d/a")]], 3],
  ["what its own layer has a symbolic link before", [[file("d/a")], [symlink("d", "usr"), link("b", "d/a")]], 2],
  ["a directory", [[directory("a")], [link("b", "a")]], 2, ErrorCode.FailedPrecondition],
];

for (const [what, layers, layer, code = ErrorCode.NotFound] of NO_TARGETS) {
  links(`to ${what} are refused, and their layer is named`, async () => {
    const error = await rejects(merged(layers), code);
    assert.match(error.message, new RegExp(`^layer ${layer}: ext4: "b": hard link to "`));
  });
}

links("through long symbolic links, over and over, are refused before they take hours", async () => {
  const HOPS = 38;
  const detour = "./".repeat(2000);
  const way = Array.from({ length: HOPS }, (_, hop) => symlink(`s${hop}`, `${detour}s${hop + 1}`));
  const low = [...way, directory(`s${HOPS}`), file(`s${HOPS}/x`)];
  const many = (count: number): LayerEntry[] => Array.from({ length: count }, (_, index) => link(`l${index}`, "s0/x"));
  assert.is((await merged([low, many(10)])).get("l9")!.inode, "l0");
  const error = await rejects(merged([low, many(3000)]), ErrorCode.OutOfRange);
  assert.match(error.message, /^layer 1: ext4: "s0\/x": too many paths lead through long symbolic links$/);
});

links("in a deep directory are not sought from the root each", async () => {
  const deep = "d/".repeat(2000);
  const ways = Array.from({ length: 30 }, (_, hop) => symlink(`s${hop}`, hop === 0 ? deep : `s${hop - 1}/${deep}`));
  const many = Array.from({ length: 20_000 }, (_, index) => link(`s29/l${index}`, "later"));
  const start = process.cpuUsage();
  await makeRootfsImage([layerTar([...ways, ...many, file("later")])]);
  assert.ok(process.cpuUsage(start).user < 12e6);
});

/** An array that is another one when it is read for the second time. */
class Changing extends Array<Uint8Array> {
  #read = 0;

  constructor(private readonly readings: Uint8Array[]) {
    super();
  }

  override *[Symbol.iterator](): ArrayIterator<Uint8Array> {
    yield this.readings[this.#read++]!;
  }
}

links("have a layer read twice where they must, compressed or not, but not a stream", async () => {
  const low = layerTar([file("big", "hidden"), file("a", "text"), link("b", "a")]);
  const high = layerTar([file("a", "new"), whiteout("big")]);
  const image = await makeRootfsImage([low, high]);
  const tree = await readImage(image);
  assert.is(names(tree), "a b");
  assertHolds(tree.get("b"), "text");
  assert.ok((await makeRootfsImage([gzipSync(low), gzipSync(high)])).equals(image));

  async function* stream(): AsyncGenerator<Uint8Array> {
    yield low;
  }
  const sources: Source[] = [stream(), high];
  const error = await rejects(makeRootfsImage(sources), ErrorCode.FailedPrecondition);
  assert.match(error.message, /^layer 1: source: .* read twice/);
  assertHolds((await readImage(await makeRootfsImage([stream(), layerTar([file("x")])]))).get("b"), "text");
});

links("are refused where the layer is not the same when it is read again", async () => {
  const low = layerTar([file("a", "text"), link("b", "a")]);
  const high = layerTar([whiteout("a")]);
  for (const [other, why] of [
    [[file("a", "longer"), link("b", "a")], /"a" is not the file that it was/],
    [[link("a", "b")], /"a" is not the file that it was/],
    [[], /1 of its files are missing now/],
  ] as const) {
    const source = new Changing([low, layerTar([...other])]);
    const error = await rejects(makeRootfsImage([source, high]), ErrorCode.FailedPrecondition);
    assert.match(error.message, why);
  }
});

links.run();
