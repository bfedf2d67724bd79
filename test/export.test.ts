/** Images become tars: all that is in them, in an order that brings it all back. */
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ErrorCode, ImageError } from "../src/index.ts";
import { exportTar } from "./fixtures/archive.ts";
import { edgeLayers, edgeTar } from "./fixtures/edge.ts";
import { makeImage, type Options } from "./fixtures/image.ts";
import { contentOf, entry, isSparse, type LayerEntry, layerTar } from "./fixtures/layer.ts";
import { populate } from "./fixtures/populate.ts";
import { noise } from "./fixtures/random.ts";
import { randomLayer } from "./fixtures/random-layer.ts";
import { realisticTar } from "./fixtures/realistic.ts";
import { rejects } from "./fixtures/rejects.ts";
import { scratchFile } from "./fixtures/scratch.ts";
import { layerTree } from "./oracles/layer-tree.ts";
import { loopMount } from "./oracles/loop-mount.ts";
import { mke2fs } from "./oracles/mke2fs.ts";
import { present } from "./oracles/oracle.ts";
import { readTar } from "./oracles/tar-reader.ts";
import { assertSameTree, type Entry, type Tree } from "./oracles/tree.ts";
import { bsdtar, gnuTar, pythonTarfile, treeOf } from "./oracles/unpack.ts";

const MIB = 2 ** 20;
const TIB = 2 ** 40;
const MODERN: Options = { profile: "modern" };
const HCSSHIM: Options = { profile: "hcsshim" };
const RUNS = { seed: 20_260_201, numRuns: 60, includeErrorInReport: true };

const paths = (tar: Uint8Array): string[] => readTar(tar).map(({ path }) => path);

/** The image of a layer; nothing where the profile refuses it. */
async function imageOf(tar: Uint8Array, options: Options): Promise<Buffer | undefined> {
  try {
    return (await makeImage(tar, options)).image;
  } catch (error) {
    if (error instanceof ImageError && error.code !== ErrorCode.Internal) return undefined;
    throw error;
  }
}

const back = suite("export: there and back");

const modernOptions = fc.record({
  profile: fc.constant("modern" as const),
  whiteouts: fc.constantFrom("keep" as const, "overlay" as const),
  inline: fc.boolean(),
});

back("any layer's image comes back byte for byte, in whatever order the layer was", async () => {
  const cases = modernOptions.chain((options) =>
    fc.tuple(fc.constant(options), randomLayer(options.whiteouts === "overlay", { knownXattrs: true })),
  );
  await fc.assert(
    fc.asyncProperty(cases, async ([options, layer]) => {
      const image = await imageOf(layer.tar, options);
      fc.pre(image !== undefined);
      const { tar } = await exportTar(image, { whiteouts: options.whiteouts === "overlay" ? "oci" : "keep" });
      assert.ok((await makeImage(tar, options)).image.equals(image), "with whiteouts converted");
      const { tar: kept } = await exportTar(image);
      assert.ok((await makeImage(kept, { ...options, whiteouts: "keep" })).image.equals(image), "with whiteouts kept");
    }),
    RUNS,
  );
});

back("an image of profile hcsshim comes back as the same tree", async () => {
  await fc.assert(
    fc.asyncProperty(randomLayer(false), async (layer) => {
      const { image } = await makeImage(layer.tar, HCSSHIM);
      const { tar } = await exportTar(image);
      assertSameTree(layerTree(readTar(tar)), layerTree(layer.entries));
      const again = await exportTar((await makeImage(tar, HCSSHIM)).image);
      assertSameTree(layerTree(readTar(again.tar)), layerTree(layer.entries));
    }),
    RUNS,
  );
});

back("a small root filesystem comes back byte for byte, through a VHD with a hash tree", async () => {
  const options: Options = { ...MODERN, whiteouts: "overlay", verity: true, vhd: true };
  const { image } = await makeImage(realisticTar(3000), options);
  const { tar } = await exportTar(image, { whiteouts: "oci" });
  assert.ok((await makeImage(tar, options)).image.equals(image));
});

/** Layers in which a file with content is replaced: its blocks stay free in the image, and nothing of them is in the tar. */
const LEAVES_BLOCKS = /^(dup|file-to|dir-to|hard-over|replace)/;

back("the edge layers come back: the same tar from the second image, and the same image", async () => {
  let count = 0;
  for (const [name, { tarSha256 }] of edgeLayers) {
    if (tarSha256 !== undefined) continue; // large
    const image = await imageOf(edgeTar(name), MODERN);
    if (image === undefined) continue;
    const { tar } = await exportTar(image);
    const again = (await makeImage(tar, MODERN)).image;
    assert.ok((await exportTar(again)).tar.equals(tar), `${name}: tar`);
    assert.ok(again.equals(image) || LEAVES_BLOCKS.test(name), `${name}: image`);
    count++;
  }
  assert.ok(count > 80, `${count} layers`);
});

back.run();

const shape = suite("export: its shape");

shape("the root comes first, directories before what is in them, names in the order of their bytes", async () => {
  const names = ["b/", "b/y", "b-", "a", "b/x/", "\xff", "B", "c/", "b.", "c/1"];
  const tar = layerTar(names.map((name) => entry(name.endsWith("/") ? "dir" : "file", name)));
  const exported = await exportTar((await makeImage(tar, MODERN)).image);
  assert.equal(paths(exported.tar), ["./", "B", "a", "b/", "b/x/", "b/y", "b-", "b.", "c/", "c/1", "\xff"]);
});

shape(
  "files whose content stands in another order come last, in that order, and their directories once more",
  async () => {
    const file = (path: string) => entry("file", path, { data: noise(5000, path.length) });
    const tar = layerTar([entry("dir", "d/"), file("d/zz"), file("a"), entry("file", "empty"), file("d/kkk")]);
    const exported = await exportTar((await makeImage(tar, MODERN)).image);
    assert.equal(paths(exported.tar), ["./", "d/", "empty", "d/zz", "a", "d/kkk", "./", "d/"]);
  },
);

shape("of a hard link's names the first has the content, and all have owner, mode and mtime", async () => {
  const data = noise(9000);
  const tar = layerTar([
    entry("file", "z/first", { data, uid: 7, mode: 0o640, mtime: 5n, xattrs: [["user.a", Buffer.from("1")]] }),
    entry("hardlink", "a", { target: "z/first" }),
    entry("hardlink", "m", { target: "a" }),
  ]);
  const links = readTar((await exportTar((await makeImage(tar, MODERN)).image)).tar).filter(
    ({ kind }) => kind !== "dir",
  );
  assert.equal(
    links.map(({ path, kind, target }) => [path, kind, target]),
    [
      ["a", "file", ""],
      ["m", "hardlink", "a"],
      ["z/first", "hardlink", "a"],
    ],
  );
  for (const { uid, mode, mtime } of links) assert.equal([uid, mode, mtime], [7, 0o640, 5n]);
});

shape("the lost+found that every image has is left out, and one that says something is not", async () => {
  const plain = await exportTar((await makeImage(layerTar([]), MODERN)).image);
  assert.equal(paths(plain.tar), ["./"]);
  for (const more of [{ mode: 0o750 }, { uid: 1 }, { mtime: 1n }, { xattrs: [["user.a", noise(3)]] as never }]) {
    const item = entry("dir", "lost+found/", { mode: 0o700, mtime: 0n, ...more });
    const { tar } = await exportTar((await makeImage(layerTar([item]), MODERN)).image);
    assert.equal(paths(tar), ["./", "lost+found/"]);
  }
  const filled = layerTar([entry("dir", "lost+found/", { mode: 0o700, mtime: 0n }), entry("fifo", "lost+found/#12")]);
  assert.equal(paths((await exportTar((await makeImage(filled, MODERN)).image)).tar), [
    "./",
    "lost+found/",
    "lost+found/#12",
  ]);
});

shape("a directory is exported by its path, through symbolic links, with the links that are in it", async () => {
  const tar = layerTar([
    entry("file", "a", { data: noise(10) }),
    entry("dir", "usr/lib/", { mode: 0o711 }),
    entry("hardlink", "usr/lib/b", { target: "a" }),
    entry("hardlink", "usr/lib/c", { target: "a" }),
    entry("dir", "usr/lib/lost+found/", { mode: 0o700, mtime: 0n }),
    entry("symlink", "lib", { target: "usr/lib" }),
  ]);
  const { image } = await makeImage(tar, MODERN);
  for (const path of ["usr/lib", "/lib", Buffer.from("/usr/../lib/")]) {
    const [root, b, c, ...rest] = readTar((await exportTar(image, { path })).tar);
    assert.equal([root!.path, root!.mode], ["./", 0o711]);
    assert.equal([b!.path, b!.kind, b!.data], ["b", "file", Buffer.from(noise(10))]);
    assert.equal([c!.path, c!.kind, c!.target], ["c", "hardlink", "b"]);
    assert.equal(
      rest.map(({ path }) => path),
      ["lost+found/"],
    ); // only that of the root goes without saying
  }
  assert.match((await rejects(exportTar(image, { path: "a" }), ErrorCode.InvalidArgument)).message, "is no directory");
  await rejects(exportTar(image, { path: "/nothing" }), ErrorCode.NotFound);
});

shape("whiteouts are kept as overlayfs has them, or become entries again, and are counted", async () => {
  const layer = layerTar([
    entry("dir", "d/"),
    entry("file", "d/.wh..wh..opq"),
    entry("file", "d/.wh.x"),
    entry("file", "y"),
  ]);
  const { image } = await makeImage(layer, { ...MODERN, whiteouts: "overlay" });
  const kept = await exportTar(image);
  const oci = await exportTar(image, { whiteouts: "oci" });
  assert.equal([kept.result.whiteouts, oci.result.whiteouts], [2, 2]);
  const [, directory, device] = readTar(kept.tar);
  assert.equal(directory!.xattrs, [["trusted.overlay.opaque", Buffer.from("y")]]);
  assert.equal([device!.path, device!.kind, device!.major, device!.minor], ["d/x", "char", 0, 0]);
  assert.equal(paths(oci.tar), ["./", "d/", "d/.wh..wh..opq", "d/.wh.x", "y"]);
  assert.ok(readTar(oci.tar).every(({ xattrs }) => xattrs.length === 0));
  await rejects(exportTar(image, { whiteouts: "overlay" as never }), ErrorCode.InvalidArgument);
});

shape(
  "what overlayfs noted for itself goes with its whiteouts, and what only it understands is Unsupported",
  async () => {
    const noted = (name: string): LayerEntry[] => [
      entry("dir", "d/", { xattrs: [[name, Buffer.from("x")]] }),
      entry("file", "z", { data: noise(5000) }),
      entry("file", "a", { data: noise(5000), xattrs: [[name, Buffer.from("x")]] }), // out of order: written at the end
    ];
    for (const note of ["impure", "nlink", "origin", "protattr", "upper", "uuid"]) {
      const { image } = await makeImage(layerTar(noted(`trusted.overlay.${note}`)), MODERN);
      assert.ok(readTar((await exportTar(image, { whiteouts: "oci" })).tar).every(({ xattrs }) => xattrs.length === 0));
      assert.is(readTar((await exportTar(image)).tar).filter(({ xattrs }) => xattrs.length === 1).length, 2, "d and a");
    }
    for (const note of ["redirect", "metacopy", "whiteout", "overlay.opaque", "other"]) {
      const { image } = await makeImage(layerTar(noted(`trusted.overlay.${note}`)), MODERN);
      const { message } = await rejects(exportTar(image, { whiteouts: "oci" }), ErrorCode.Unsupported);
      assert.match(message, `export: d: trusted.overlay.${note} has no form in a layer`);
    }
    const { image } = await makeImage(layerTar([entry("file", ".wh.x")]), MODERN);
    assert.match(
      (await rejects(exportTar(image, { whiteouts: "oci" }), ErrorCode.Unsupported)).message,
      "export: .wh.x",
    );
    assert.equal(paths((await exportTar(image)).tar), ["./", ".wh.x"]);
  },
);

shape("holes of 64 KiB make a file sparse, and shorter ones are written out", async () => {
  const sparse = (hole: number) => ({
    size: 4096 + hole + 4096,
    pieces: [
      [0, noise(4096)],
      [4096 + hole, noise(4096)],
    ] as [number, Uint8Array][],
  });
  const tar = layerTar([
    entry("file", "long", { data: sparse(65_536) }),
    entry("file", "short", { data: sparse(61_440) }),
    entry("file", "end", { data: { size: 100_000, pieces: [[0, noise(4096)]] } }),
    entry("file", "zeros", { data: { size: 65_536, pieces: [] } }),
  ]);
  const exported = await exportTar((await makeImage(tar, MODERN)).image);
  const files = readTar(exported.tar).filter(({ kind }) => kind === "file");
  assert.equal(
    files.map(({ path, data }) => [path, isSparse(data)]),
    [
      ["zeros", true],
      ["long", true],
      ["short", false],
      ["end", true],
    ],
  );
  const contents = (items: LayerEntry[]) => new Map(items.map(({ path, data }) => [path, contentOf(data)]));
  const wanted = contents(readTar(tar));
  for (const [path, content] of contents(files)) assert.ok(Buffer.compare(content, wanted.get(path)!) === 0, path);
});

shape("a file of a tebibyte with little in it is exported in a moment, and comes back", async () => {
  const pieces: [number, Uint8Array][] = Array.from({ length: 50 }, (_, i) => [i * 20_000 * MIB, noise(4096, i + 1)]);
  const { image } = await makeImage(layerTar([entry("file", "large", { data: { size: TIB, pieces } })]), MODERN);
  const start = performance.now();
  const { tar } = await exportTar(image);
  assert.ok(performance.now() - start < 3000);
  assert.ok(tar.length < MIB);
  assert.ok((await makeImage(tar, { ...MODERN, limits: { bytes: 2 * TIB } })).image.equals(image));
});

shape("equal images give equal tars, whose digest is told", async () => {
  const { image } = await makeImage(realisticTar(300), MODERN);
  const [one, other] = [await exportTar(image), await exportTar(image)];
  assert.ok(one.tar.equals(other.tar));
  const { createHash } = await import("node:crypto");
  assert.is(one.result.digest, `sha256:${createHash("sha256").update(one.tar).digest("hex")}`);
  assert.is(one.result.size, one.tar.length);
  assert.is((await exportTar(image, { digests: false })).result.digest, undefined);
});

shape.run();

const kernel = suite("export: as the kernel shows it");

const FEATURE_SETS: [why: string, options: string][] = [
  ["ext2, blocks of 1 KiB", "-t ext2 -b 1024"],
  ["ext3, blocks of 2 KiB", "-t ext3 -b 2048"],
  ["ext4 by its defaults", "-t ext4 -b 4096"],
  ["inline data, values in inodes", "-t ext4 -b 1024 -O inline_data,ea_inode"],
  ["inodes of 128 bytes", "-t ext4 -I 128 -O ^metadata_csum"],
];

/** What a tar cannot hold. */
function withoutSockets(tree: Tree): Tree {
  return new Map([...tree].filter(([, { kind }]) => kind !== "socket"));
}

if (present(loopMount, kernel) && present(mke2fs, kernel)) {
  for (const [why, options] of FEATURE_SETS) {
    kernel(`${why}: an entry for all that is mounted, the socket aside`, async () => {
      const image = mke2fs.make(options, 96 * MIB);
      mke2fs.fill(image, (folder) => populate(folder, 300));
      const { tar, result } = await exportTar(image);
      assertSameTree(layerTree(readTar(tar)), withoutSockets(loopMount.tree(image)));
      assert.is(result.sockets, 1);
    });
  }

  kernel("a filesystem of others comes back as the same tree in profile modern", async () => {
    const image = mke2fs.make("-t ext4 -b 4096 -O ea_inode", 96 * MIB);
    mke2fs.fill(image, (folder) => populate(folder, 300));
    const again = scratchFile("again.img", (await makeImage((await exportTar(image)).tar, MODERN)).image);
    assertSameTree(loopMount.tree(again), withoutSockets(loopMount.tree(image)));
  });
}

kernel.run();

const unpacking = suite("export: unpacked by others");

if (present(loopMount, unpacking) && present(mke2fs, unpacking)) {
  for (const unpacker of [gnuTar, bsdtar, pythonTarfile]) {
    if (!present(unpacker, unpacking)) continue;
    unpacking(`${unpacker.name} makes the mounted tree of it`, async () => {
      const image = mke2fs.make("-t ext4 -b 4096 -O ea_inode", 96 * MIB);
      mke2fs.fill(image, (folder) => populate(folder, 300));
      const wanted = withoutSockets(loopMount.tree(image));
      const got = treeOf(unpacker, scratchFile("export.tar", (await exportTar(image)).tar));
      const restored = (tree: Tree) =>
        new Map([...tree].map(([path, item]) => [path, unpacker.restores(item, path) as Entry]));
      assertSameTree(restored(got), restored(wanted));
    });
  }
}

unpacking.run();
