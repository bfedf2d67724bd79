/** Images of our own, opened through the public API: what is in them, what they are wrapped in, and how paths lead. */
import { open } from "node:fs/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ErrorCode, type Image, openImage } from "../src/index.ts";
import { edgeLayers, edgeTar } from "./fixtures/edge.ts";
import { makeHcsshimImage, makeImage } from "./fixtures/image.ts";
import { readImage, textOf, treeOf } from "./fixtures/image-tree.ts";
import { smallImage } from "./fixtures/images.ts";
import { entry, layerTar } from "./fixtures/layer.ts";
import { realisticEntries, realisticTar } from "./fixtures/realistic.ts";
import { refuses } from "./fixtures/refuses.ts";
import { scratchFile } from "./fixtures/scratch.ts";
import { readExt4 } from "./oracles/ext4-reader.ts";
import { layerTree } from "./oracles/layer-tree.ts";
import { readTar } from "./oracles/tar-reader.ts";
import { assertSameTree } from "./oracles/tree.ts";
import { unpackedTree } from "./oracles/unpacked-tree.ts";

const own = suite("image: of our own");

for (const [name, { expect }] of edgeLayers) {
  // The tests' own tar reader makes nothing of hard links with data, and what may be refused may well be.
  if (expect !== "ok") continue;
  own(`holds what the edge layer ${name} says, in profile modern`, async () => {
    const tar = edgeTar(name);
    const overlay = name.startsWith("wh-");
    const { image } = await makeImage(tar, { whiteouts: overlay ? "overlay" : "keep" });
    assertSameTree(await readImage(image), unpackedTree(readTar(tar, "posix"), overlay));
  });
}

own("holds what the layer said, and what another reader sees", async () => {
  const entries = realisticEntries(500);
  const { image } = await makeHcsshimImage(layerTar(entries));
  const tree = await readImage(image);
  assertSameTree(tree, layerTree(entries));
  assertSameTree(tree, readExt4(image));
});

own("with small files in their inodes", async () => {
  const { image } = await makeHcsshimImage(realisticTar(200), { inline: true });
  assertSameTree(await readImage(image), readExt4(image));
});

own("is seen in a fixed VHD, before a dm-verity tree, and in both", async () => {
  const tar = realisticTar(50);
  const { image: plain } = await makeHcsshimImage(tar);
  const expected = readExt4(plain);
  for (const [verity, vhd] of [
    [true, false],
    [false, true],
    [true, true],
  ] as const) {
    const { image: bytes, result } = await makeHcsshimImage(tar, { verity, vhd });
    const image = await openImage(bytes);
    const { containers, filesystem, verity: tree, fileSize, diskSize } = image.inspect();
    assert.equal(containers, [...(vhd ? ["vhd"] : []), ...(verity ? ["verity"] : [])]);
    assert.is(filesystem.size, plain.length);
    assert.equal([fileSize, diskSize], [bytes.length, bytes.length - (vhd ? 512 : 0)]);
    assert.is(tree?.at, result.hashOffset);
    assert.is(tree?.dataBlocks, verity ? plain.length / 4096 : undefined);
    assert.is(tree?.algorithm, verity ? "sha256" : undefined);
    assertSameTree(treeOf(image), expected);
  }
});

own("is read from a path, a URL, an open file, bytes, and from what reads", async () => {
  const bytes = smallImage("extents");
  const path = scratchFile("image", bytes);
  const file = await open(path);
  let closed = 0;
  const reader = {
    size: bytes.length,
    read: (at: number, into: Uint8Array) => into.set(bytes.subarray(at, at + into.length)),
    close: () => closed++,
  };
  const expected = await readImage(bytes);
  for (const source of [path, new URL(`file://${path}`), file, reader]) {
    assertSameTree(await readImage(source), expected);
  }
  assert.is(closed, 1);
  assert.is((await file.stat()).size, bytes.length, "the file is left open");
  await file.close();
});

own.run();

const paths = suite("image: paths");

/** A tree with links of every kind, none of which may lead out of it. */
const LINKS = layerTar([
  entry("dir", "etc"),
  entry("file", "etc/passwd", { data: Buffer.from("root") }),
  entry("dir", "usr/bin"),
  entry("symlink", "bin", { target: "usr/bin" }),
  entry("symlink", "usr/bin/passwd", { target: "../../../../etc/passwd" }),
  entry("symlink", "absolute", { target: "/etc/passwd" }),
  entry("symlink", "again", { target: "absolute" }),
  entry("symlink", "circle", { target: "circle" }),
  entry("symlink", "nowhere", { target: "missing" }),
  entry("file", "caf\xe9", { data: Buffer.from("latin-1") }), // no UTF-8
]);

async function links(): Promise<Image> {
  return openImage((await makeImage(LINKS)).image);
}

paths("lead through symbolic links, and never out of the image", async () => {
  const image = await links();
  for (const path of [
    "etc/passwd",
    "/etc//./passwd",
    "bin/passwd",
    "absolute",
    "again",
    "bin/../../etc/passwd",
    "../etc/passwd",
  ]) {
    assert.is(textOf(image, path), "root", path);
  }
  assert.is(image.stat("again").type, "symlink");
  assert.is(image.stat("again", { follow: true }).type, "file");
  assert.equal(
    [...image.list("bin")].map(({ name }) => name),
    ["passwd"],
  );
});

paths("may be bytes, where a name is no text", async () => {
  const image = await links();
  const name = Buffer.from("caf\xe9", "latin1");
  assert.equal(Buffer.concat([...image.read(name)]).toString(), "latin-1");
  const entry = [...image.list("/")].find(({ name }) => name.startsWith("caf"))!;
  assert.is(entry.name, "caf\ufffd");
  assert.ok(name.equals(entry.nameBytes));
  assert.equal(Buffer.concat([...image.read(entry)]).toString(), "latin-1");
});

const WRONG: [why: string, ask: (image: Image) => unknown, code: ErrorCode, message: RegExp][] = [
  ["no such name", (image) => image.stat("etc/shadow"), ErrorCode.NotFound, /^etc\/shadow: no such file/],
  ["a name below a file", (image) => image.stat("etc/passwd/x"), ErrorCode.NotFound, /not a directory of the image/],
  ["a name longer than names can be", (image) => image.stat("n".repeat(300)), ErrorCode.NotFound, /no such file/],
  ["a link in a circle", (image) => image.stat("circle/x"), ErrorCode.InvalidArgument, /more than 40 symbolic links/],
  ["a link to nowhere", (image) => textOf(image, "nowhere"), ErrorCode.NotFound, /^nowhere: /],
  [
    "a directory's content",
    (image) => textOf(image, "etc"),
    ErrorCode.InvalidArgument,
    /a directory, not a regular file/,
  ],
  [
    "a file's names",
    (image) => [...image.list("absolute")],
    ErrorCode.InvalidArgument,
    /a regular file, not a directory/,
  ],
  ["a file's target", (image) => image.readlink("etc/passwd"), ErrorCode.InvalidArgument, /not a symbolic link/],
  [
    "an inode that there is not",
    (image) => image.stat({ inode: 1_000_000 }),
    ErrorCode.Corrupt,
    /inode 1000000 of \d+/,
  ],
  ["a control character", (image) => image.stat("\x1b[31m"), ErrorCode.NotFound, /^\\x1b\[31m: /],
];

for (const [why, ask, code, message] of WRONG) {
  paths(`are refused in words: ${why}`, async () => {
    const image = await links();
    refuses(() => ask(image), code, message);
    assert.is(textOf(image, "etc/passwd"), "root", "one failure does not spoil the rest");
  });
}

paths("lead nowhere once the image is closed", async () => {
  const image = await links();
  image.close();
  image.close();
  refuses(() => image.stat("/"), ErrorCode.FailedPrecondition, /is closed/);
});

paths("lead to any part of a file", async () => {
  const image = await openImage(smallImage("extents"));
  const whole = Buffer.concat([...image.read("holes")]);
  assert.is(whole.length, 600_000);
  for (const [from, end] of [
    [0, 10],
    [4090, 4110],
    [20_477, 300_001],
    [599_999, 600_000],
    [600_000, 700_000],
    [5000, 5000],
  ] as const) {
    assert.ok(
      whole.subarray(from, end).equals(Buffer.concat([...image.read("holes", from, end)])),
      `${from} to ${end}`,
    );
  }
  const into = Buffer.alloc(100);
  assert.is(image.readInto("holes", 599_950, into), 50);
  assert.is(image.readInto("holes", 4096, into), 100, "and back");
  assert.ok(whole.subarray(4096, 4196).equals(into));
});

paths.run();
