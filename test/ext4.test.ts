/** The ext4 of the profile `hcsshim`, as the programs of its authors see it. */
import { createHash } from "node:crypto";
import { createReadStream, statSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { convert, ErrorCode } from "../src/index.ts";
import { edgeLayers, edgeTar, FLAG_SETS, type FlagSet } from "./fixtures/edge.ts";
import { makeHcsshimImage } from "./fixtures/image.ts";
import { entry, layerTar } from "./fixtures/layer.ts";
import { realisticEntries, realisticTar } from "./fixtures/realistic.ts";
import { rejects } from "./fixtures/rejects.ts";
import { scratchFile, scratchPath } from "./fixtures/scratch.ts";
import { archive, header, sparseMember } from "./fixtures/tar-builder.ts";
import { debugfs } from "./oracles/debugfs.ts";
import { dumpe2fs } from "./oracles/dumpe2fs.ts";
import { e2fsck, INODE_BITMAP_PADDING } from "./oracles/e2fsck.ts";
import { layerTree } from "./oracles/layer-tree.ts";
import { loopMount } from "./oracles/loop-mount.ts";
import { present } from "./oracles/oracle.ts";

const MIB = 2 ** 20;
const GIB = 2 ** 30;

/** hcsshim's own bytes for these layers, which e2fsck would mend further. */
const ALSO_WRONG_IN_HCSSHIM: Record<string, RegExp> = {
  "symlink-4096": /^(Symlink \/l \(inode #12\) is invalid\.|Clear\? no|Entry 'l' in \/ .*|Fix\? no)$/,
  "time-pre1970": /^(Timestamp\(s\) on inode \d+ beyond 2310-04-04 are likely pre-1970\.|Fix\? no)$/,
  "time-pre1970-b256": /^(Timestamp\(s\) on inode \d+ beyond 2310-04-04 are likely pre-1970\.|Fix\? no)$/,
};

const sound = suite("ext4: e2fsck");

if (present(e2fsck, sound)) {
  for (const [name, layer] of edgeLayers) {
    for (const flags of ["plain", "overlay-inline"] satisfies FlagSet[]) {
      if (!("sha256" in (layer[flags] ?? {}))) continue;
      sound(`${name} (${flags}) has one complaint, the padding that hcsshim leaves`, async () => {
        const { image } = await makeHcsshimImage(edgeTar(name), FLAG_SETS[flags]);
        const known = ALSO_WRONG_IN_HCSSHIM[name];
        const complaints = e2fsck.complaints(scratchFile(`${name}.img`, image));
        assert.equal(
          complaints.filter((line) => !known?.test(line)),
          [INODE_BITMAP_PADDING],
        );
      });
    }
  }

  sound("a group with as many inodes as its bitmap has bits has no complaint", async () => {
    const path = await convertEmptyFiles(32_768 - 12);
    assert.equal(e2fsck.complaints(path), []);
  });

  sound("three groups for more inodes than two can have are sound, and mostly holes", async () => {
    const path = await convertEmptyFiles(80_000);
    assert.equal(e2fsck.complaints(path), [INODE_BITMAP_PADDING]);
    assert.is(statSync(path).size, 2 * 128 * MIB + 4096);
    assert.ok(statSync(path).blocks * 512 < 30 * MIB);
  });
}

sound.run();

/** The path of the image of a layer with so many files of no bytes. */
async function convertEmptyFiles(count: number): Promise<string> {
  const path = scratchPath("empty-files.img");
  const members = Array.from({ length: count }, (_, index) => header({ name: `d/${index}` }));
  await convert([archive([header({ name: "d/", type: "5" }), ...members])], path, { profile: "hcsshim" });
  return path;
}

const superblock = suite("ext4: superblock");

if (present(dumpe2fs, superblock)) {
  const FEATURES = "ext_attr sparse_super2 filetype extent flex_bg large_file huge_file extra_isize read-only";

  superblock("has the features of hcsshim, and none that change from run to run", async () => {
    const { image } = await makeHcsshimImage(edgeTar("v7"));
    const fields = dumpe2fs.superblock(scratchFile("v7.img", image));
    assert.is(fields.get("Filesystem features"), FEATURES);
    assert.is(fields.get("Filesystem UUID"), "<none>");
    assert.is(fields.get("Filesystem volume name"), "<none>");
    assert.is(fields.get("Filesystem state"), "clean");
    assert.is(fields.get("Block size"), "4096");
    assert.is(fields.get("Inode size"), "256");
    assert.is(fields.get("First inode"), "11");
    assert.is(Number(fields.get("Block count")) * 4096, image.length);
    assert.is(fields.get("Reserved block count"), "0");
    assert.is(fields.get("Last write time"), "Thu Jan  1 00:00:00 1970");
  });

  superblock("has the feature inline_data where it is asked for", async () => {
    const { image } = await makeHcsshimImage(edgeTar("v7"), { inline: true });
    const fields = dumpe2fs.superblock(scratchFile("v7.img", image));
    assert.is(fields.get("Filesystem features"), FEATURES.replace("flex_bg", "flex_bg inline_data"));
  });
}

superblock.run();

const files = suite("ext4: files");

if (present(debugfs, files)) {
  files("debugfs lists a small root filesystem as it was packed", async () => {
    const { image } = await makeHcsshimImage(realisticTar(500));
    const path = scratchFile("root.img", image);
    const listed = debugfs.list(path);
    const expected = layerTree(realisticEntries(500));
    expected.delete("");
    assert.equal([...listed.keys()].sort(), [...expected.keys()].sort());
    for (const [name, { mode, uid, gid, size }] of expected) {
      const got = listed.get(name)!;
      assert.equal([got.mode & 0o7777, got.uid, got.gid], [mode, uid, gid], name);
      if (size !== undefined) assert.is(got.size, size, name);
    }
    const capability = debugfs.xattr(path, listed.get("bin/ping")!.inode, "security.capability");
    assert.is(
      Buffer.from(capability!, "latin1").toString("hex"),
      expected.get("bin/ping")!.xattrs.get("security.capability"),
    );
  });
}

/** hcsshim's digests for a file of so many bytes, "head" and "tail" at its ends and zeros between. */
const LARGE: [why: string, size: number, imageSize: number, sha256: string][] = [
  [
    "four extents, the most that an inode holds",
    512 * MIB,
    536_948_736,
    "9d8435501c6aa4a247d5f8ecd6221e04d5593a64677c7a781a27841a6e06c3cb",
  ],
  [
    "five extents, and so a block of them",
    512 * MIB + 1,
    536_956_928,
    "55305fa29266ec09abfa691b08e946af99df786dcdf3b751de48212da6bdf292",
  ],
  [
    "a fifth extent of 88 MiB",
    600 * MIB + 1,
    629_231_616,
    "534a0cee7c1cb42157cca941e2ee0937e509d2880f7765f6a6cf51e2d4a99e50",
  ],
];

for (const [why, size, imageSize, sha256] of LARGE) {
  files(`${size} bytes are the image that hcsshim makes: ${why}`, async () => {
    const path = await convertLarge(size);
    const hash = createHash("sha256");
    for await (const chunk of createReadStream(path, { highWaterMark: MIB })) hash.update(chunk);
    assert.equal({ size: statSync(path).size, sha256: hash.digest("hex") }, { size: imageSize, sha256 });
  });
}

/** From 340 extents on hcsshim's tree of them is wrong, and ours is not. */
const HUGE: [why: string, size: number][] = [
  ["one block short of 340 full extents", 42.5 * GIB - 4096],
  ["340 full extents, which fill a block", 42.5 * GIB],
  ["a second block of extents", 42.5 * GIB + 1],
  ["as many bytes as a file may have", 128 * GIB],
];

if (present(e2fsck, files)) {
  for (const [why, size] of HUGE) {
    files(`${size} bytes are sound to e2fsck: ${why}`, async () => {
      assert.equal(e2fsck.complaints(await convertLarge(size, 256 * GIB)), [INODE_BITMAP_PADDING]);
    });
  }
}

if (present(loopMount, files)) {
  for (const [why, size] of HUGE) {
    files(`${size} bytes are read back by the kernel at both ends: ${why}`, async () => {
      const path = await convertLarge(size, 256 * GIB);
      assert.is(loopMount.bytes(path, "large", 0, 8).toString(), "head\0\0\0\0");
      assert.is(loopMount.bytes(path, "large", size - 8, 9).toString(), "\0\0\0\0tail");
    });
  }
}

files("of zeros take no room on the disk that the image is on", async () => {
  const path = await convertLarge(128 * GIB, 256 * GIB);
  assert.ok(statSync(path).blocks * 512 < 10 * MIB);
});

files("of more than 128 GiB are refused", async () => {
  await rejects(convertLarge(128 * GIB + 1, 256 * GIB), ErrorCode.OutOfRange);
});

async function convertLarge(size: number, maxSize?: number): Promise<string> {
  const path = scratchPath("large.img");
  const pieces: [number, Uint8Array][] = [
    [0, Buffer.from("head")],
    [size - 4, Buffer.from("tail")],
  ];
  const tar = archive([sparseMember("PAX 1.0", { name: "large", mtime: 1_700_000_000 }, { size, pieces })]);
  await convert([tar], path, { profile: "hcsshim", ...(maxSize !== undefined && { maxSize }) });
  return path;
}

files("past the size that the image may have are refused, up to it they are not", async () => {
  const tar = layerTar([entry("file", "f", { data: new Uint8Array(100_000) })]);
  const { image } = await makeHcsshimImage(tar);
  await makeHcsshimImage(tar, { maxSize: image.length });
  const error = await rejects(makeHcsshimImage(tar, { maxSize: image.length - 4096 }), ErrorCode.OutOfRange);
  assert.match(error.message, String(image.length - 4096));
});

files.run();
