/** What becomes of bytes as layers are laid over one another, case by case. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ErrorCode, ImageError, listLayer, wastedPaths } from "../../src/index.ts";
import { edgeLayers, edgeTar } from "../fixtures/edge.ts";
import { readImage } from "../fixtures/image-tree.ts";
import { entry, type LayerEntry, layerTar, toByteString } from "../fixtures/layer.ts";
import { makeRootfsImage } from "../fixtures/rootfs.ts";
import { scratchFile } from "../fixtures/scratch.ts";
import { listed, pathsOf, stacked } from "../fixtures/stacked.ts";
import { WHITEOUT_LAYERS } from "../fixtures/whiteout-layers.ts";
import { stackDifferences } from "../oracles/stacked-bytes.ts";

const file = (path: string, size: number): LayerEntry => entry("file", path, { data: Buffer.alloc(size, "x") });
const dir = (path: string): LayerEntry => entry("dir", `${path}/`);
const gone = (path: string): LayerEntry => entry("file", path.replace(/([^/]+)$/, ".wh.$1"));
const opaque = (path: string): LayerEntry => entry("file", `${path}/.wh..wh..opq`);
const hardlink = (path: string, target: string): LayerEntry => entry("hardlink", path, { target });
const symlink = (path: string, target: string): LayerEntry => entry("symlink", path, { target });

type Bytes = [visible: number, shadowed: number, whiteouted: number];

/** Why the case is there; the layers, the lowest first; what becomes of the bytes of each. */
const CASES: [why: string, layers: LayerEntry[][], bytes: Bytes[]][] = [
  ["one layer", [[file("a", 7), file("d/b", 5)]], [[12, 0, 0]]],
  [
    "a later layer has the path",
    [[file("a", 7)], [file("a", 5)]],
    [
      [0, 7, 0],
      [5, 0, 0],
    ],
  ],
  [
    "a later layer deleted it",
    [[file("a", 7)], [gone("a")]],
    [
      [0, 0, 7],
      [0, 0, 0],
    ],
  ],
  [
    "deleted, and there again: what took it away counts",
    [[file("a", 7)], [gone("a")], [file("a", 5)]],
    [
      [0, 0, 7],
      [0, 0, 0],
      [5, 0, 0],
    ],
  ],
  [
    "a directory was deleted",
    [[file("d/a", 7), file("d/e/b", 5)], [gone("d")]],
    [
      [0, 0, 12],
      [0, 0, 0],
    ],
  ],
  [
    "a directory was emptied",
    [[file("d/a", 7)], [dir("d"), opaque("d"), file("d/c", 3)]],
    [
      [0, 0, 7],
      [3, 0, 0],
    ],
  ],
  [
    "a file where a directory was",
    [[file("d/a", 7)], [file("d", 5)]],
    [
      [0, 7, 0],
      [5, 0, 0],
    ],
  ],
  [
    "a link where a directory was",
    [[file("d/a", 7), file("e/x", 1)], [symlink("d", "e")]],
    [
      [1, 7, 0],
      [0, 0, 0],
    ],
  ],
  [
    "a directory where a file was",
    [[file("d", 7)], [file("d/a", 5)]],
    [
      [0, 7, 0],
      [5, 0, 0],
    ],
  ],
  [
    "a directory that both have",
    [[file("d/a", 7)], [file("d/b", 5)]],
    [
      [7, 0, 0],
      [5, 0, 0],
    ],
  ],
  ["a hard link counts once", [[file("a", 7), hardlink("b", "a")]], [[7, 0, 0]]],
  [
    "one of two names is left",
    [[file("a", 7), hardlink("b", "a")], [gone("a")]],
    [
      [7, 0, 0],
      [0, 0, 0],
    ],
  ],
  [
    "the last of two names goes",
    [[file("a", 7), hardlink("b", "a")], [gone("a")], [file("b", 1)]],
    [
      [0, 7, 0],
      [0, 0, 0],
      [1, 0, 0],
    ],
  ],
  [
    "a link keeps what a layer below has",
    [[file("a", 7)], [hardlink("b", "a")], [gone("a")]],
    [
      [7, 0, 0],
      [0, 0, 0],
      [0, 0, 0],
    ],
  ],
  [
    "through a symbolic link",
    [[file("e/a", 7), symlink("d", "e")], [hardlink("b", "d/a")], [gone("e")]],
    [
      [7, 0, 0],
      [0, 0, 0],
      [0, 0, 0],
    ],
  ],
  ["the same layer has it twice", [[file("a", 7), file("a", 5)]], [[5, 0, 0]]],
];

const rules = suite("stack: rules");

for (const [why, layers, bytes] of CASES) {
  rules(why, async () => {
    const tars = layers.map((layer) => layerTar(layer));
    const stack = await stacked(tars);
    assert.equal(
      stack.layers.map(({ visible, shadowed, whiteouted }): Bytes => [visible, shadowed, whiteouted]),
      bytes,
    );
    assert.equal(stackDifferences(stack, await readImage(await makeRootfsImage(tars))), []);
  });
}

rules("bytes that the layer itself gave up are told apart", async () => {
  const { layers, efficiency } = await stacked([layerTar([file("a", 15), file("a", 5)])]);
  assert.is(layers[0]!.replaced, 15);
  assert.is(layers[0]!.bytes, 20);
  assert.is(efficiency, 0.25);
});

rules("bytes stand under the name that is still seen", async () => {
  const { tree } = await stacked([layerTar([file("a", 7), hardlink("z", "a")]), layerTar([gone("a")])]);
  assert.is(pathsOf(tree).get("z")!.visible, 7);
  assert.is(pathsOf(tree).get("a")!.type, undefined);
});

rules("layers alone are stacked too, whatever their links need", async () => {
  const { lostLinks, efficiency } = await stacked([layerTar([hardlink("b", "a")])]);
  assert.is(lostLinks, 1);
  assert.is(efficiency, 1);
});

rules("twenty layers by hand", async () => {
  const tars = WHITEOUT_LAYERS.map((layer) => layerTar(layer));
  assert.equal(stackDifferences(await stacked(tars), await readImage(await makeRootfsImage(tars))), []);
});

rules("each golden layer, over and under another", async () => {
  const other = layerTar([dir("dir"), file("dir/file", 9), file("file", 8), symlink("link", "dir"), gone("gone")]);
  let compared = 0;
  for (const name of edgeLayers.keys()) {
    for (const tars of [
      [edgeTar(name), other],
      [other, edgeTar(name)],
    ]) {
      const image = await makeRootfsImage(tars).catch((error: unknown) => error as ImageError);
      if (image instanceof ImageError) continue;
      const differences = stackDifferences(await stacked(tars), await readImage(image));
      assert.equal(differences, [], name);
      compared++;
    }
  }
  assert.ok(compared > 100, `${compared}`);
});

rules("a layer that makeRootfs refuses is refused by the listing, in the same words", async () => {
  let refused = 0;
  for (const name of edgeLayers.keys()) {
    const image = await makeRootfsImage([edgeTar(name)]).catch((error: unknown) => error as ImageError);
    if (!(image instanceof ImageError)) continue;
    const listing = await listed(edgeTar(name)).catch((error: unknown) => error as ImageError);
    // The layers below may have it, or it is a limit of what is written.
    if (/no such file to link to|lost\+found|65000/.test(image.message)) continue;
    refused++;
    assert.instance(listing, ImageError, name);
    assert.is(`${(listing as ImageError).code} ${(listing as ImageError).message}`, `${image.code} ${image.message}`);
  }
  assert.ok(refused > 5, `${refused}`);
});

rules("digests are held against what is read", async () => {
  const expected = { digest: `sha256:${"0".repeat(64)}` };
  const failed = await listLayer(layerTar([file("a", 1)]), { expected }).catch((error: unknown) => error as ImageError);
  assert.instance(failed, ImageError);
  assert.is((failed as ImageError).code, ErrorCode.Corrupt);
});

rules("contents that are passed over unread make no difference, nor where the layer breaks off", async () => {
  const large = [2_000_000, 400_000, 262_144, 600_001, 1, 1_500_000].flatMap((size, index) => [
    file(`large/${index}`, size),
    file(`small/${index}`, 10 + index),
  ]);
  const tar = layerTar([...large, file("last", 3_000_000)]);
  for (const length of [tar.length, tar.length - 1024, tar.length - 2000, tar.length - 2_000_000, 2_100_000]) {
    const bytes = tar.subarray(0, length);
    const [seen, unseen] = await Promise.all(
      [bytes, scratchFile("layer.tar", bytes)].map((source) =>
        listLayer(source).catch((error: Error) => error.message),
      ),
    );
    assert.equal(unseen, seen, `${length}`);
  }
});

rules("a long path that thousands of links share is not listed for each of them", async () => {
  const target = `${"x".repeat(250)}/`.repeat(4096).concat("file");
  const links = Array.from({ length: 4200 }, (_, index) => hardlink(`l${index}`, "first"));
  const error = await listed(layerTar([hardlink("first", target), ...links])).catch((reason: unknown) => reason);
  assert.instance(error, ImageError);
  assert.is((error as ImageError).code, ErrorCode.OutOfRange);
  assert.is((error as ImageError).message, "layer: what links lead to takes more than 268435456 bytes");
});

const wasted = suite("stack: wasted paths");

const told = async (layers: LayerEntry[][], limit = 10) =>
  wastedPaths((await stacked(layers.map((layer) => layerTar(layer)))).tree, limit).map(
    ({ path, isDirectory, files, shadowed, whiteouted }) =>
      `${toByteString(path)}${isDirectory ? "/" : ""} ${files} ${shadowed} ${whiteouted}`,
  );
const many = (folder: string, size: number): LayerEntry[] =>
  Array.from({ length: 20 }, (_, index) => file(`${folder}/${String(index).padStart(2, "0")}`, size));

wasted("the worst come first", async () => {
  assert.equal(
    await told([
      [file("a", 1), file("b", 9), file("c", 5)],
      [file("a", 1), gone("b"), file("c", 1)],
    ]),
    ["b 1 0 9", "c 1 5 0", "a 1 1 0"],
  );
  assert.equal(
    await told(
      [
        [file("a", 1), file("b", 9)],
        [gone("a"), gone("b")],
      ],
      1,
    ),
    ["b 1 0 9"],
  );
});

wasted("versions of one file add up", async () => {
  assert.equal(await told([[file("a", 1)], [file("a", 2)], [gone("a")], [file("a", 4)]]), ["a 2 1 2"]);
});

wasted("a directory of many small ones is told as a whole", async () => {
  assert.equal(await told([[...many("d/e", 3), file("d/large", 50)], [gone("d")]]), ["d/e/ 20 0 60", "d/large 1 0 50"]);
});

wasted("what was a file and is a directory is told of both", async () => {
  assert.equal(await told([[file("d", 7)], [file("d/a", 5)], [gone("d/a")]]), ["d 1 7 0", "d/a 1 0 5"]);
});

rules.run();
wasted.run();
