/** Filesystems of profile modern that are written to, by the kernel and by the tools of e2fsprogs. */
import { execFileSync } from "node:child_process";
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { convert, ErrorCode, makeFilesystem } from "../../src/index.ts";
import { makeImage } from "../fixtures/image.ts";
import { entry, layerTar } from "../fixtures/layer.ts";
import { noise } from "../fixtures/random.ts";
import { realisticEntries, realisticTar } from "../fixtures/realistic.ts";
import { rejects } from "../fixtures/rejects.ts";
import { scratchFile, scratchPath } from "../fixtures/scratch.ts";
import { dumpe2fs } from "../oracles/dumpe2fs.ts";
import { e2fsck } from "../oracles/e2fsck.ts";
import { loopMount } from "../oracles/loop-mount.ts";
import { ask, missing, type Oracle, present } from "../oracles/oracle.ts";
import { assertSameTree } from "../oracles/tree.ts";
import { unpackedTree } from "../oracles/unpacked-tree.ts";

const MIB = 2 ** 20;
const GIB = 2 ** 30;

/** Bytes of disk that a file takes. */
const roomOf = (path: string): number => statSync(path).blocks * 512;

const empty = suite("modern: an empty filesystem");

empty("of 20 GiB is made in a moment, and takes less than 200 KiB", async () => {
  const path = scratchPath("disk.img");
  const start = performance.now();
  await makeFilesystem(path, { size: 20 * GIB, journal: true });
  assert.ok(performance.now() - start < 5000);
  assert.is(statSync(path).size, 20 * GIB);
  assert.ok(roomOf(path) < 200 * 1024, `${roomOf(path)} bytes`);
});

empty("has the same bytes for the same options, and another id for others", async () => {
  const make = async (size: number): Promise<Buffer> => {
    const path = scratchPath("disk.img");
    await makeFilesystem(path, { size });
    return readFileSync(path);
  };
  assert.ok((await make(MIB)).equals(await make(MIB)));
  const id = (image: Buffer): string => image.subarray(1024 + 0x68, 1024 + 0x78).toString("hex");
  assert.is.not(id(await make(MIB)), id(await make(2 * MIB)));
});

empty("that is too small for itself is refused", async () => {
  await rejects(makeFilesystem(scratchPath("disk.img"), { size: 8192 }), ErrorCode.OutOfRange);
  await rejects(makeFilesystem(scratchPath("disk.img"), { size: MIB, journal: true }), ErrorCode.OutOfRange);
});

const SIZES: [size: number, options: Omit<Parameters<typeof makeFilesystem>[1], "size">][] = [
  [64 * 1024, {}],
  [MIB, { blockSize: 1024 }],
  [5 * GIB, { blockSize: 2048, journal: true }],
  [40 * GIB, { blockSize: 1024, journal: true }],
  [3 * 1024 * GIB, { journal: true }],
  [12 * 1024 * GIB, {}],
];

if (present(e2fsck, empty)) {
  for (const [size, options] of SIZES) {
    empty(`of ${size / MIB} MiB with ${JSON.stringify(options)} is sound`, async () => {
      const path = scratchPath("disk.img");
      await makeFilesystem(path, { size, ...options });
      if (size <= 40 * GIB) assert.equal(e2fsck.complaints(path), []);
      else ask("dumpe2fs", ["-h", path]); // to walk it takes e2fsck gigabytes
    });
  }
}

empty.run();

const earnest = suite("modern: written to in earnest");

/** Makes, changes and removes files in `folder`, then fills it to the last block, and empties it again. */
function churn(folder: string): void {
  mkdirSync(join(folder, "new"));
  for (let index = 0; index < 2000; index++) {
    writeFileSync(join(folder, "new", `file-${index}-${"x".repeat(index % 200)}`), noise(index % 9000));
  }
  for (const [index, name] of readdirSync(join(folder, "new")).entries()) {
    if (index % 3 === 0) rmSync(join(folder, "new", name));
    else if (index % 3 === 1) truncateSync(join(folder, "new", name), 100 * (index % 50));
  }
  const full = openSync(join(folder, "full"), "w");
  const piece = noise(MIB);
  assert.throws(() => {
    while (true) writeSync(full, piece);
  }, "ENOSPC");
  closeSync(full);
  rmSync(join(folder, "full"));
}

if (present(loopMount, earnest) && present(e2fsck, earnest)) {
  for (const blockSize of [1024, 4096] as const) {
    for (const journal of [true, false]) {
      earnest(
        `an empty disk ${journal ? "with" : "without"} a journal, in blocks of ${blockSize}, stays sound`,
        async () => {
          const path = scratchPath("disk.img");
          await makeFilesystem(path, { size: 64 * MIB, journal, blockSize });
          loopMount.writable(path, churn);
          assert.equal(e2fsck.complaints(path), []);
        },
      );
    }
  }

  earnest("a root filesystem with free space stays sound, and keeps its files", async () => {
    const tar = realisticTar(3000);
    const { image } = await makeImage(tar, { filesystem: { free: 64 * MIB, journal: true }, whiteouts: "overlay" });
    const path = scratchFile("root.img", image);
    assertSameTree(loopMount.tree(path), unpackedTree(realisticEntries(3000), true));
    loopMount.writable(path, churn);
    assert.equal(e2fsck.complaints(path), []);
  });

  earnest("a layer without free space can be emptied, and what a later entry replaced is free", async () => {
    const data = noise(4 * MIB);
    const layer = layerTar([
      entry("file", "first", { data }),
      entry("file", "first", { data: noise(10) }),
      entry("dir", "d"),
      entry("file", "d/inside", { data }),
      entry("file", "d", { data: noise(10) }),
      entry("file", "last", { data: noise(MIB) }),
    ]);
    const { image } = await makeImage(layer);
    const path = scratchFile("layer.img", image);
    assert.equal(e2fsck.complaints(path), []);
    assert.ok(Number(dumpe2fs.superblock(path).get("Free blocks")) >= (8 * MIB) / 4096);
    loopMount.writable(path, (folder) => {
      writeFileSync(join(folder, "again"), data);
      rmSync(join(folder, "last"));
    });
    assert.equal(e2fsck.complaints(path), []);
  });

  earnest("a directory with an index takes names, and gives them up", async () => {
    const names = Array.from({ length: 5000 }, (_, index) => entry("file", `d/name-${index}`));
    const { image } = await makeImage(layerTar(names), { filesystem: { free: 32 * MIB } });
    const path = scratchFile("names.img", image);
    loopMount.writable(path, (folder) => {
      for (let index = 0; index < 5000; index++) {
        statSync(join(folder, `d/name-${index}`));
        if (index % 2 === 0) rmSync(join(folder, `d/name-${index}`));
        else writeFileSync(join(folder, `d/another-${index}`), "");
      }
      assert.is(readdirSync(join(folder, "d")).length, 5000);
    });
    assert.equal(e2fsck.complaints(path), []);
  });

  earnest("an image that is marked read-only is not mounted to be written to", async () => {
    const { image } = await makeImage(realisticTar(10), { filesystem: { readOnly: true } });
    const path = scratchFile("layer.img", image);
    assert.equal(e2fsck.complaints(path), []);
    assert.throws(() => loopMount.writable(path, (folder) => writeFileSync(join(folder, "new"), "")), "EROFS");
  });
}

earnest.run();

const tools = suite("modern: e2fsprogs");

const resize2fs: Oracle = { name: "resize2fs", missing: missing("resize2fs", "e2fsprogs") };

if (present(resize2fs, tools) && present(e2fsck, tools)) {
  tools("resize2fs makes a disk larger, and smaller again", async () => {
    const path = scratchPath("disk.img");
    await convert([realisticTar(500)], path, { filesystem: { size: 256 * MIB, journal: true } });
    truncateSync(path, GIB);
    ask("resize2fs", [path]);
    assert.equal(e2fsck.complaints(path), []);
    ask("resize2fs", ["-M", path]);
    assert.equal(e2fsck.complaints(path), []);
  });

  tools("dumpe2fs and tune2fs read what was asked for", async () => {
    const path = scratchPath("disk.img");
    const uuid = "01234567-89ab-4def-8123-456789abcdef";
    await makeFilesystem(path, { size: 256 * MIB, journal: true, label: "scratch", uuid });
    const fields = dumpe2fs.superblock(path);
    assert.is(fields.get("Filesystem volume name"), "scratch");
    assert.is(fields.get("Filesystem UUID"), uuid);
    assert.is(fields.get("Filesystem state"), "clean");
    assert.is(
      fields.get("Filesystem features"),
      "has_journal ext_attr dir_index sparse_super2 filetype extent 64bit flex_bg large_file huge_file dir_nlink extra_isize metadata_csum",
    );
    assert.is(fields.get("Checksum type"), "crc32c");
    assert.is(fields.get("Journal inode"), "8");
    assert.match(fields.get("Filesystem flags") ?? "", "unsigned_directory_hash");
    ask("tune2fs", ["-l", path]);
    ask("tune2fs", ["-L", "other", path]);
    assert.equal(e2fsck.complaints(path), []);
  });

  tools("debugfs shows an index of two levels", async () => {
    const names = Array.from({ length: 12_000 }, (_, index) => entry("file", `d/${"n".repeat(100)}-${index}`));
    const { image } = await makeImage(layerTar(names), { filesystem: { blockSize: 1024 } });
    const path = scratchFile("names.img", image);
    assert.equal(e2fsck.complaints(path), []);
    const told = execFileSync("debugfs", ["-R", "htree /d", path], {
      encoding: "latin1",
      stdio: "pipe",
      maxBuffer: 1 << 28,
    });
    assert.match(told, /Indirect levels: 1/);
    assert.match(told, /Hash Version: 1/);
  });

  tools("three levels of index, and the feature they need, are sound", async () => {
    const names = Array.from({ length: 120_000 }, (_, index) =>
      entry("symlink", `d/${"n".repeat(240)}${index}`, { target: "t" }),
    );
    const { image } = await makeImage(layerTar(names), { filesystem: { blockSize: 1024 } });
    const path = scratchFile("names.img", image);
    assert.match(dumpe2fs.superblock(path).get("Filesystem features")!, "large_dir");
    assert.equal(e2fsck.complaints(path), []);
  });
}

tools.run();
