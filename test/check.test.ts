/** `check`: nothing is found in sound images, and each damage is found by its name, where it is. */
import { spawnSync } from "node:child_process";
import { copyFileSync, readFileSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { checkImage, ErrorCode } from "../src/index.ts";
import { edgeLayers, edgeTar, FLAG_SETS, type FlagSet } from "./fixtures/edge.ts";
import { findingsIn } from "./fixtures/findings.ts";
import { makeHcsshimImage, makeImage } from "./fixtures/image.ts";
import { populate } from "./fixtures/populate.ts";
import { realisticTar } from "./fixtures/realistic.ts";
import { rejects } from "./fixtures/rejects.ts";
import { inRepository } from "./fixtures/repository.ts";
import { scratchFile, scratchFolder, scratchPath } from "./fixtures/scratch.ts";
import { debugfs } from "./oracles/debugfs.ts";
import { e2fsck } from "./oracles/e2fsck.ts";
import { mke2fs } from "./oracles/mke2fs.ts";
import { present } from "./oracles/oracle.ts";

const MIB = 2 ** 20;

/** What hcsshim leaves in nearly all of its images, and we with it. */
const PADDING = /^InodeBitmapPadding: /;

/** hcsshim's own bytes for these layers are wrong further; e2fsck says the same of them. */
const ALSO_WRONG_IN_HCSSHIM: Record<string, RegExp> = {
  "symlink-4096": /^SymbolicLink: inode 12 \(\/l\): a symbolic link of 4096 bytes, /,
  "time-pre1970": /^InodeTime: /,
  "time-pre1970-b256": /^InodeTime: /,
};

const sound = suite("check: sound images");

for (const [name, layer] of edgeLayers) {
  for (const flags of ["plain", "overlay-inline"] satisfies FlagSet[]) {
    if (!("sha256" in (layer[flags] ?? {}))) continue;
    sound(`${name} (${flags}) has no finding but the padding that hcsshim leaves`, async () => {
      const { image } = await makeHcsshimImage(edgeTar(name), FLAG_SETS[flags]);
      const known = ALSO_WRONG_IN_HCSSHIM[name];
      const findings = await findingsIn(image);
      assert.equal(
        findings.filter((line) => !PADDING.test(line) && !known?.test(line)),
        [],
      );
    });
  }
}

for (const [name, layer] of edgeLayers) {
  if (layer.expect !== "ok") continue;
  sound(`${name} has no finding in profile modern`, async () => {
    const whiteouts = name.startsWith("wh-") ? "overlay" : "keep";
    const { image } = await makeImage(edgeTar(name), { whiteouts });
    const asked = name === "time-2038" ? /^InodeTime: .* was most likely meant to be before 1970$/ : /^$/; // as e2fsck asks
    assert.equal(
      (await findingsIn(image)).filter((line) => !asked.test(line)),
      [],
    );
    assert.ok((await checkImage(image)).sound);
  });
}

sound("a warning leaves an image sound", async () => {
  const { image } = await makeHcsshimImage(realisticTar(50));
  const { sound, errors, warnings, findings } = await checkImage(image);
  assert.equal([sound, errors, warnings], [true, 0, 1]);
  assert.is(findings[0]!.severity, "warning");
});

sound("VHD and dm-verity are seen through", async () => {
  const { image } = await makeImage(realisticTar(50), { verity: true, vhd: true });
  assert.is((await checkImage(image)).sound, true);
});

sound.run();

/** Damage that debugfs does on request, and what must be found: lines that are all there, in any order. */
const DAMAGES: [what: string, requests: string[], findings: RegExp[]][] = [
  [
    "a link count",
    ["set_inode_field /one links_count 9"],
    [/^LinkCount: inode \d+ \(\/(one|two|deep\/three)\): links 9, counted 3$/],
  ],
  [
    "a size that is too small",
    ["set_inode_field /size-3000000 size 5000"],
    [/^InodeSize: inode \d+ \(\/size-3000000\): size 5000, /],
  ],
  [
    "a count of sectors",
    ["set_inode_field /size-70000 blocks 2"],
    [/^InodeBlocks: inode \d+ \(\/size-70000\): 2 sectors, counted \d+$/],
  ],
  ["a mode of no type", ["set_inode_field /size-100 mode 0644"], [/^InodeMode: .*mode 0644 is of no type$/]],
  [
    "a time of deletion",
    ["set_inode_field /size-100 dtime 99999"],
    [/^InodeDeleted: inode \d+ \(\/size-100\): is in use/],
  ],
  [
    "a generation, on which checksums of extents hang",
    ["set_inode_field /sparse generation 77"],
    [/^ExtentChecksum: inode \d+, block \d+ \(\/sparse\)/],
  ],
  ["an extra size", ["set_inode_field /size-100 extra_isize 33"], [/^InodeExtraSize: .*: 33 bytes of extra fields/]],
  ["flags", ["set_inode_field /fifo flags 0x10"], [/^InodeFlags: .*\(\/fifo\): flag 0x10 on a file of this type$/]],
  ["a name removed, and not its file", ["unlink /size-1"], [/^Unreachable: inode \d+: is in use, with 1 links/]],
  [
    "a second name for a file",
    ["ln /size-1 /other"],
    [/^LinkCount: inode \d+ \(\/(size-1|other)\): links 1, counted 2$/],
  ],
  ["a second name for a directory", ["ln /deep/a /again"], [/^DirectoryLinkedTwice: inode (2|\d+)/]],
  [
    "an inode cleared, and not its name",
    ["clri /size-4096"],
    [/^EntryInode: inode 2, block \d+ \(\/\): entry "size-4096": inode \d+ is not in use$/, /^BlockNotUsed: /],
  ],
  [
    "a block marked as free",
    ["freeb 10 200"],
    [/^BlockNotMarked: group 0: \d+ blocks are in use and marked as free, from 10 on$/],
  ],
  [
    "a block marked as in use",
    ["setb 16000"],
    [/^BlockNotUsed: group \d+: 1 blocks are marked and not in use, from 16000 on$/],
  ],
  ["an inode marked as free", ["freei /size-100"], [/^InodeNotMarked: group 0: 1 inodes are in use/]],
  [
    "an inode marked as in use",
    ["seti <1500>"],
    [/^InodeNotUsed: group \d+: 1 inodes are marked and not in use, from 1500 on$/],
  ],
  [
    "free blocks of the filesystem",
    ["set_super_value free_blocks_count 5"],
    [/^FreeBlocks: : free blocks 5, counted \d+$/],
  ],
  [
    "free inodes of a group",
    ["set_block_group 0 free_inodes_count 7"],
    [/^FreeInodes: group 0: free inodes 7, counted \d+$/],
  ],
  [
    "directories of a group",
    ["set_block_group 0 used_dirs_count 7"],
    [/^UsedDirectories: group 0: directories 7, counted \d+$/],
  ],
  [
    "a bitmap's place",
    ["set_block_group 0 inode_bitmap 0"],
    [/^DescriptorPlace: group 0: inode bitmap at block 0, out of bounds$/],
  ],
  [
    "two files with the same blocks",
    ["set_inode_field /size-4097 block[2] 0x20000", "set_inode_field /size-4097 block[5] 11"],
    [/^BlockClaimedTwice: /],
  ],
  ["a journal that is none", ["set_inode_field <8> mode 0"], [/^(ReservedInode|Journal): inode 8/]],
  [
    "the hash of an index",
    ["set_super_value hash_seed 01234567-89ab-cdef-0123-456789abcdee"],
    [/^IndexHash: inode \d+, block \d+ \(\/many\)/],
  ],
];

/** What does no harm, and what e2fsck would not mend either: found as a warning. */
const WARNINGS: [what: string, request: string, findings: RegExp][] = [
  ["an error on record", "set_super_value state 3", /^RecordedError: : /],
  ["an unmounting that never was", "set_super_value state 0", /^UncleanState: : /],
  ["a list of orphans", "set_super_value last_orphan 30", /^OrphansLeft: : inode 30 was deleted while it was open$/],
];

const damaged = suite("check: damage");

if (present(mke2fs, damaged) && present(debugfs, damaged) && present(e2fsck, damaged)) {
  let base = "";
  damaged.before(() => {
    const folder = scratchFolder();
    populate(folder, 900, 900);
    base = mke2fs.make("-t ext4 -b 1024", 16 * MIB, folder);
    e2fsck.optimize(base);
  });

  damaged("is not in what it starts from", async () => {
    assert.equal(await findingsIn(base), []);
  });

  for (const [what, requests, expected] of DAMAGES) {
    damaged(`is found: ${what}`, async () => {
      const path = scratchPath("damaged.img");
      copyFileSync(base, path);
      for (const request of requests) debugfs.change(path, request);
      const findings = await findingsIn(path);
      for (const line of expected) {
        assert.ok(
          findings.some((finding) => line.test(finding)),
          `${line} is not among\n${findings.join("\n")}`,
        );
      }
      assert.ok(e2fsck.complaints(path).length > 0, "e2fsck finds it too");
    });
  }

  for (const [what, request, expected] of WARNINGS) {
    damaged(`is a warning: ${what}`, async () => {
      const path = scratchPath("warned.img");
      copyFileSync(base, path);
      debugfs.change(path, request);
      const { sound, findings } = await checkImage(path);
      assert.equal([sound, findings.map(({ severity }) => severity)], [true, ["warning"]]);
      assert.match((await findingsIn(path))[0]!, expected);
      assert.equal(e2fsck.complaints(path), []);
    });
  }

  damaged("beyond a thousand findings is counted, and no more is kept", async () => {
    const image = readFileSync(base);
    // In every inode the generation, on which checksums hang, and the sectors.
    const table = image.readUInt32LE(2048 + 8) * 1024;
    for (let index = 11; index < 1200; index++) {
      image.writeUInt32LE(index, table + index * 256 + 0x64);
      image.writeUInt32LE(index, table + index * 256 + 0x1c);
    }
    const { errors, findings } = await checkImage(image);
    assert.is(findings.length, 1000);
    assert.ok(errors > 1000);
  });
}

damaged.run();

const edges = suite("check: what it cannot look at");

edges("is no filesystem: Unsupported", async () => {
  await rejects(checkImage(new Uint8Array(65_536)), ErrorCode.Unsupported);
});

edges("is a superblock that cannot be: Corrupt", async () => {
  const { image } = await makeImage(realisticTar(5));
  image.writeUInt32LE(0, 1024 + 0x20);
  await rejects(checkImage(image), ErrorCode.Corrupt);
});

edges("is a feature that no one knows: Unsupported", async () => {
  const { image } = await makeImage(realisticTar(5));
  image.writeUInt32LE(0x8000_0000, 1024 + 0x5c);
  await rejects(checkImage(image), ErrorCode.Unsupported);
});

edges("is a file that is not there: NotFound", async () => {
  await rejects(checkImage(scratchPath("none")), ErrorCode.NotFound);
});

edges("an aborted check ends with the signal's reason, and the file is closed", async () => {
  const { image } = await makeImage(realisticTar(5));
  let closed = 0;
  const slow = {
    size: image.length,
    read(at: number, into: Uint8Array) {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60);
      into.set(image.subarray(at, at + into.length));
    },
    close: () => closed++,
  };
  const reason = new Error("enough");
  const error = await checkImage(slow, { signal: AbortSignal.abort(reason) }).then(
    () => undefined,
    (error: unknown) => error,
  );
  assert.is(error, reason);
  assert.is(closed, 1);
});

edges.run();

const cli = suite("check: the command");

function run(...words: string[]) {
  const main = inRepository("build/cli/bin/main.js");
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, "check", ...words], { encoding: "utf8" });
  return { status, stdout, stderr };
}

async function brokenImage(): Promise<string> {
  const { image } = await makeHcsshimImage(realisticTar(5));
  image.writeUInt32LE(12_345, 1024 + 0x0c); // free blocks
  return scratchFile("broken.img", image);
}

cli("says that an image is sound, and exits with 0", async () => {
  const { image } = await makeHcsshimImage(realisticTar(5));
  const path = scratchFile("sound.img", image);
  const { status, stdout, stderr } = run(path);
  assert.equal([status, stderr], [0, ""]);
  assert.match(stdout, /^warning: group 0, block \d+: bit \d+ of the inode bitmap.*\n.*: sound, 1 warning\n$/);
});

cli("says what is wrong, a line each, and exits with 3", async () => {
  const path = await brokenImage();
  const { status, stdout } = run(path);
  assert.is(status, 3);
  assert.match(stdout, /^filesystem: free blocks 12345, counted \d+$/m);
  assert.ok(stdout.endsWith(`${path}: 1 error, 1 warning\n`));
});

cli("says nothing with -q", async () => {
  assert.equal(run("-q", await brokenImage()), { status: 3, stdout: "", stderr: "" });
});

cli("prints one JSON document with --json, -q or not", async () => {
  const path = await brokenImage();
  for (const words of [["--json"], ["--json", "-q"]]) {
    const { status, stdout } = run(...words, path);
    assert.is(status, 3);
    const { image, sound, errors, warnings, findings } = JSON.parse(stdout);
    assert.equal([image, sound, errors, warnings], [path, false, 1, 1]);
    assert.is(findings.find(({ severity }: { severity: string }) => severity === "error").problem, "FreeBlocks");
  }
});

cli("exits with 4 where there is no filesystem, and 1 where there is no file", () => {
  assert.is(run(scratchFile("text", Buffer.from("text"))).status, 4);
  assert.is(run(scratchPath("none")).status, 1);
});

cli.run();
