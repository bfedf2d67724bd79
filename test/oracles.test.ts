/** The oracles say no: each is seen to do so before it is believed. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { edgeTar } from "./fixtures/edge.ts";
import { makeHcsshimImage, makeImage } from "./fixtures/image.ts";
import { DIALECTS, entry, type LayerEntry, layerTar } from "./fixtures/layer.ts";
import { noise } from "./fixtures/random.ts";
import { realisticEntries } from "./fixtures/realistic.ts";
import { scratchFile, scratchFolder } from "./fixtures/scratch.ts";
import { applyLayer, comparable } from "./oracles/apply-layer.ts";
import { debugfs } from "./oracles/debugfs.ts";
import { dumpe2fs } from "./oracles/dumpe2fs.ts";
import { e2fsck, INODE_BITMAP_PADDING } from "./oracles/e2fsck.ts";
import { readExt4 } from "./oracles/ext4-reader.ts";
import { layerTree } from "./oracles/layer-tree.ts";
import { loopMount } from "./oracles/loop-mount.ts";
import { mke2fs } from "./oracles/mke2fs.ts";
import { devicesLeft, type LoopDevice, mounts } from "./oracles/mounts.ts";
import { ask, present } from "./oracles/oracle.ts";
import { overlay } from "./oracles/overlay.ts";
import { qemuImg } from "./oracles/qemu-img.ts";
import { readTar } from "./oracles/tar-reader.ts";
import { assertSameTree, differences, type Entry, type Tree } from "./oracles/tree.ts";
import { bsdtar, gnuTar, pythonTarfile, treeOf } from "./oracles/unpack.ts";
import { veritysetup } from "./oracles/veritysetup.ts";

const BLOCK = 4096;

/** A layer with something of everything, its files in inodes 12 and up. */
const ENTRIES = [
  entry("file", "file", {
    data: noise(10_000),
    xattrs: [
      ["user.small", Buffer.from("1")],
      ["user.large", noise(300)],
    ],
  }),
  entry("dir", "dir", { mode: 0o700 }),
  entry("symlink", "dir/link", { target: "../file" }),
  entry("hardlink", "dir/twin", { target: "file" }),
  entry("char", "null", { mode: 0o666, major: 1, minor: 3 }),
];
const FILE = 12; // inode

const { image } = await makeHcsshimImage(layerTar(ENTRIES));
const { image: withVerity, result } = await makeHcsshimImage(layerTar(ENTRIES), { verity: true });
const { image: vhd } = await makeHcsshimImage(layerTar(ENTRIES), { vhd: true });
const { image: vhdx } = await makeHcsshimImage(layerTar(ENTRIES), { container: "vhdx" });

const good = (): string => scratchFile("good.img", image);

/** A copy of `bytes` with one bit turned. */
function broken(bytes: Uint8Array, at: number, bit = 1): Buffer {
  const copy = Buffer.from(bytes);
  copy[at]! ^= bit;
  return copy;
}

const blockOf = (field: number): number => image.readUInt32LE(BLOCK + field) * BLOCK;
const blockBitmap = blockOf(0);
const inodeTable = blockOf(8);
const inodeAt = (number: number): number => inodeTable + 256 * (number - 1);

/** Places in an image where a bit turned is a fault. */
const FAULTS: [what: string, at: number, bit?: number][] = [
  ["magic of the superblock", 1024 + 0x38],
  ["count of free blocks", BLOCK + 0x0c],
  ["bit of the block bitmap", blockBitmap],
  ["type of an inode", inodeAt(FILE) + 1, 0x10],
  ["count of links", inodeAt(FILE) + 0x1a],
  ["size of a file", inodeAt(FILE) + 0x05, 0x20],
  ["magic of the extents", inodeAt(FILE) + 0x28],
  ["hash of an xattr", inodeAt(FILE) + 0xa0 + 12],
];

const oracles = suite("oracles say no");

if (present(e2fsck, oracles)) {
  oracles("e2fsck has nothing but the padding to say of a good image", () => {
    assert.equal(e2fsck.complaints(good()), [INODE_BITMAP_PADDING]);
  });

  for (const [what, at, bit] of FAULTS) {
    oracles(`e2fsck complains of a wrong ${what}`, () => {
      const complaints = e2fsck.complaints(scratchFile("broken.img", broken(image, at, bit)));
      assert.ok(
        complaints.some((line) => line !== INODE_BITMAP_PADDING),
        complaints.join("\n"),
      );
    });
  }
}

if (present(dumpe2fs, oracles)) {
  oracles("dumpe2fs refuses what has no magic", () => {
    assert.is(dumpe2fs.superblock(good()).get("Filesystem magic number"), "0xEF53");
    assert.throws(() => dumpe2fs.superblock(scratchFile("broken.img", broken(image, 1024 + 0x38))));
  });
}

if (present(debugfs, oracles)) {
  oracles("debugfs refuses what has no magic", () => {
    assert.throws(() => debugfs.list(scratchFile("broken.img", broken(image, 1024 + 0x38))));
  });

  oracles("debugfs lists another mode and size once they are others", () => {
    const path = good();
    assert.equal(debugfs.list(path).get("file"), { inode: FILE, mode: 0o100644, uid: 0, gid: 0, size: 10_000 });
    debugfs.change(path, `set_inode_field <${FILE}> size 9999`);
    debugfs.change(path, `set_inode_field <${FILE}> mode 0100600`);
    debugfs.change(path, `set_inode_field <${FILE}> uid 77`);
    assert.equal(debugfs.list(path).get("file"), { inode: FILE, mode: 0o100600, uid: 77, gid: 0, size: 9999 });
  });

  oracles("debugfs knows an xattr that is there from one that is not", () => {
    assert.is(debugfs.xattr(good(), FILE, "user.small"), "1");
    assert.is(debugfs.xattr(good(), FILE, "user.smell"), undefined);
  });
}

if (present(qemuImg, oracles)) {
  oracles("qemu-img sees the disk in a good VHD", () => {
    assert.is(qemuImg.virtualSize(scratchFile("good.vhd", vhd)), image.length);
    assert.ok(qemuImg.sameDisk(scratchFile("good.vhd", vhd), good()));
  });

  for (const [what, at] of [
    ["cookie", 0x00],
    ["checksum", 0x40],
    ["size", 0x36],
  ] as const) {
    oracles(`qemu-img refuses a VHD with a wrong ${what}`, () => {
      assert.throws(() => qemuImg.virtualSize(scratchFile("broken.vhd", broken(vhd, image.length + at))));
    });
  }

  oracles("qemu-img finds nothing wrong with a good VHDX", () => {
    const path = scratchFile("good.vhdx", vhdx);
    assert.is(qemuImg.complaints(path), "");
    assert.ok(qemuImg.sameDisk(path, good(), "vhdx"));
  });

  for (const [what, at, bit] of [
    ["signature", 0, 1],
    ["region table", 192 * 1024 + 16, 1],
    ["size of blocks", 2 * 1024 ** 2 + 64 * 1024, 1],
    ["place of a block", vhdx.length - 1024 ** 2 + 5, 1],
  ] as const) {
    oracles(`qemu-img complains of a VHDX with a wrong ${what}`, () => {
      const path = scratchFile("broken.vhdx", broken(vhdx, at, bit));
      assert.is.not(qemuImg.complaints(path), "");
    });
  }

  oracles("qemu-img tells a disk in a VHDX from one that differs in a bit", () => {
    const path = scratchFile("broken.vhdx", broken(vhdx, 3 * 1024 ** 2 + 5000));
    assert.is(qemuImg.complaints(path), "");
    assert.not.ok(qemuImg.sameDisk(path, good(), "vhdx"));
  });

  oracles("qemu-img tells a disk from one that differs in a bit", () => {
    assert.not.ok(qemuImg.sameDisk(scratchFile("broken.vhd", broken(vhd, 5000)), good()));
  });
}

if (present(veritysetup, oracles)) {
  const verifies = (bytes: Uint8Array, rootHash = result.rootHash!): boolean =>
    veritysetup.verifies(scratchFile("image", bytes), result.hashOffset!, rootHash);

  oracles("veritysetup accepts a good image", () => assert.ok(verifies(withVerity)));

  for (const [what, at] of [
    ["data", 3 * BLOCK],
    ["tree", result.hashOffset! + BLOCK],
    ["superblock's signature", result.hashOffset!],
    ["superblock's salt", result.hashOffset! + 88],
  ] as const) {
    oracles(`veritysetup refuses a bit turned in the ${what}`, () => assert.not.ok(verifies(broken(withVerity, at))));
  }

  oracles("veritysetup refuses another root hash", () => {
    assert.not.ok(
      verifies(
        withVerity,
        result.rootHash!.replace(/^./, (digit) => (digit === "0" ? "1" : "0")),
      ),
    );
  });
}

if (present(loopMount, oracles)) {
  oracles("the kernel shows a good image as its layer says, and mounts nothing without a magic", () => {
    assertSameTree(loopMount.tree(good()), layerTree(ENTRIES));
    assert.throws(() => loopMount.tree(scratchFile("broken.img", broken(image, 1024 + 0x38))));
  });

  const CHANGES: [what: string, at: number, says: RegExp][] = [
    ["mode", inodeAt(FILE), /file: mode is/],
    ["owner", inodeAt(FILE) + 2, /file: uid is/],
    ["group", inodeAt(FILE) + 0x7a, /file: gid is/],
    ["time", inodeAt(FILE) + 0x10, /file: mtime is/],
    ["nanosecond", inodeAt(FILE) + 0x8a, /file: mtime is/],
    ["content", image.readUInt32LE(inodeAt(FILE) + 0x28 + 20) * BLOCK + 9999, /file: sha256 is/],
    ["size", inodeAt(FILE) + 4, /file: size is/],
    ["xattr in the inode", inodeAt(FILE + 1) - 4, /file: (hash of )?xattr (user\.)?small/],
    [
      "xattr in a block",
      image.readUInt32LE(inodeAt(FILE) + 0x68) * BLOCK + BLOCK - 300,
      /file: (hash of )?xattr (user\.)?large/,
    ],
    ["target", inodeAt(FILE + 2) + 0x28, /dir\/link: target is/],
    ["device", inodeAt(FILE + 3) + 0x2c, /null: device is/],
  ];
  for (const [what, at, says] of CHANGES) {
    for (const [reader, read] of [
      ["the kernel's", (bytes: Buffer) => loopMount.tree(scratchFile("broken.img", bytes))],
      ["our reader's", readExt4],
    ] as const) {
      oracles(`${reader} tree shows it when one bit of a ${what} is another`, () => {
        assert.match(
          told(() => differences(read(broken(image, at)), layerTree(ENTRIES))),
          says,
        );
      });
    }
  }
}

/** The lines of `work`, or what it throws. */
function told(work: () => string[]): string {
  try {
    return work().join("\n");
  } catch (error) {
    return String(error);
  }
}

oracles("our reader of ext4 sees what the layer says", () => {
  assertSameTree(readExt4(image), layerTree(ENTRIES));
});

for (const [what, at, bit] of FAULTS.filter(([what]) => !/free|bitmap/.test(what))) {
  oracles(`our reader of ext4 throws, or sees another tree, for a wrong ${what}`, () => {
    const lines = told(() => differences(readExt4(broken(image, at, bit)), layerTree(ENTRIES)));
    assert.is.not(lines, "");
  });
}

oracles("our reader of tar throws for a wrong checksum, and for an archive that breaks off", () => {
  assert.throws(() => readTar(edgeTar("bad-checksum")));
  assert.throws(() => readTar(edgeTar("trunc-data")));
});

oracles("our reader and writer of tar agree on every dialect", () => {
  const entries = realisticEntries(200);
  for (const dialect of DIALECTS) assertSameTree(layerTree(readTar(layerTar(entries, dialect))), layerTree(entries));
});

/** Changes to an entry, each of which is one difference. */
const PLANTED: [what: string, change: (entry: Entry) => void][] = [
  ["kind", (entry) => (entry.kind = "fifo")],
  ["mode", (entry) => (entry.mode ^= 1)],
  ["uid", (entry) => entry.uid++],
  ["gid", (entry) => entry.gid++],
  ["mtime", (entry) => entry.mtime++],
  ["atime", (entry) => entry.atime++],
  ["ctime", (entry) => entry.ctime++],
  ["links", (entry) => entry.links++],
  ["inode", (entry) => (entry.inode = "other")],
  ["size", (entry) => (entry.size = 0)],
  ["sha256", (entry) => (entry.sha256 = "")],
  ["target", (entry) => (entry.target = "")],
  ["device", (entry) => (entry.device = "0:0")],
  ["xattr", (entry) => entry.xattrs.set("user.small", "32")],
  ["xattr", (entry) => entry.xattrs.set("user.more", "")],
  ["xattr", (entry) => entry.xattrs.delete("user.small")],
];

for (const [what, change] of PLANTED) {
  oracles(`trees differ where one entry has another ${what}`, () => {
    const tree = layerTree(ENTRIES);
    // An entry of its own: in the tree a file and its hard link are one object.
    const changed: Tree = new Map(tree);
    const { xattrs, ...rest } = tree.get("file")!;
    const file = { ...rest, xattrs: new Map(xattrs) };
    change(file);
    changed.set("file", file);
    assert.is(differences(changed, tree).length, 1);
    assert.match(differences(changed, tree)[0]!, `/file: ${what}`);
  });
}

oracles("trees differ where an entry is missing, and where one is too many", () => {
  const tree = layerTree(ENTRIES);
  const less: Tree = new Map([...tree].filter(([path]) => path !== "null"));
  assert.equal(differences(less, tree), ["/null: missing"]);
  assert.equal(differences(tree, less), ["/null: not expected"]);
  assert.equal(differences(tree, tree), []);
});

/** An archive whose file has a byte changed, and one whose header has. */
function brokenTars(): [content: Buffer, header: Buffer] {
  const tar = Buffer.from(layerTar(ENTRIES));
  const [content, header] = [Buffer.from(tar), Buffer.from(tar)];
  content[tar.indexOf(noise(10_000).subarray(0, 64))]! ^= 1;
  header[tar.lastIndexOf("ustar") - 200]! ^= 1;
  return [content, header];
}

for (const unpacker of [gnuTar, bsdtar, pythonTarfile]) {
  if (!present(loopMount, oracles) || !present(mke2fs, oracles) || !present(unpacker, oracles)) continue;
  oracles(`${unpacker.name}: a byte of a file, a byte of a header`, () => {
    const [content, header] = brokenTars().map((tar) => scratchFile("broken.tar", tar)) as [string, string];
    const sound = treeOf(unpacker, scratchFile("sound.tar", layerTar(ENTRIES)));
    assert.not.equal(treeOf(unpacker, content).get("file")!.sha256, sound.get("file")!.sha256);
    // Python passes over what is no header, and so over the entry.
    const refuses = () => assertSameTree(comparable(treeOf(unpacker, header)), comparable(sound));
    assert.throws(refuses);
  });
}

/** A layer that deletes and changes, and the same without the whiteout. */
const LAYER = [entry("file", "dir/.wh.link"), entry("file", "file", { data: noise(20) })];

oracles("layers applied by the tests' own rules: a whiteout that is missing", () => {
  const lower = layerTree(ENTRIES);
  const [whole, less] = [applyLayer(lower, LAYER), applyLayer(lower, LAYER.slice(1))];
  assert.not(whole.has("dir/link"));
  assert.ok(differences(comparable(less), comparable(whole)).includes("/dir/link: not expected"));
  assert.throws(() => applyLayer(lower, [entry("file", ".wh.nothing")]), "nothing stands at nothing");
});

if (present(overlay, oracles)) {
  oracles("overlayfs: a whiteout that is missing", async () => {
    const treeWith = async (layer: LayerEntry[]) => {
      const upper = await makeImage(layerTar(layer), { whiteouts: "overlay" });
      return overlay.tree([scratchFile("lower.img", image), scratchFile("upper.img", upper.image)]);
    };
    assert.not((await treeWith(LAYER)).has("dir/link"));
    assert.ok((await treeWith(LAYER.slice(1))).has("dir/link"));
  });
}

if (present(mounts, oracles)) {
  oracles("findmnt and losetup: nothing where nothing is, and what mount(8) mounted", () => {
    const [path, folder] = [good(), scratchFolder()];
    assert.equal([mounts.at(folder), mounts.devices(path)], [undefined, []]);
    ask("mount", ["-o", "ro,loop,nosuid,sizelimit=1048576", path, folder]);
    try {
      assert.equal(mounts.at(folder)!.options, ["ro", "nosuid", "relatime"]);
      const [{ name, readOnly, sizeLimit }, ...others] = mounts.devices(path) as [LoopDevice];
      assert.equal([name, readOnly, sizeLimit, others], [mounts.at(folder)!.source, true, 1048576, []]);
    } finally {
      ask("umount", [folder]);
    }
    assert.equal([mounts.at(folder), devicesLeft(path)], [undefined, []]);
  });
}

oracles.run();

const rule = suite("a missing oracle");

/** What `present` does about an oracle that is not there. */
function ruled(ci: string | undefined): { here: boolean; tests: string[]; skips: number; said: string[] } {
  const [before, log] = [process.env.CI, console.log];
  const told = { tests: [] as string[], skips: 0, said: [] as string[] };
  const tests = Object.assign((title: string) => told.tests.push(title), { skip: () => told.skips++ });
  if (ci === undefined) delete process.env.CI;
  else process.env.CI = ci;
  console.log = (text: unknown) => void told.said.push(String(text));
  try {
    const here = present({ name: "delphi", missing: "delphi is not installed" }, tests as never);
    return { here, ...told };
  } finally {
    console.log = log;
    if (before === undefined) delete process.env.CI;
    else process.env.CI = before;
  }
}

rule("is a failing test in CI", () => {
  const { here, tests, skips } = ruled("true");
  assert.equal([here, tests.length, skips], [false, 1, 0]);
});

rule("is a skip said aloud elsewhere", () => {
  const { here, tests, skips, said } = ruled(undefined);
  assert.equal([here, tests.length, skips], [false, 0, 1]);
  assert.match(said.join("\n"), "delphi is not installed");
});

rule.run();
