/** Scratch disks: made once, by one process, and copied for each container. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  closeSync,
  ftruncateSync,
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
import { setTimeout } from "node:timers/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { copyDisk } from "../../src/host/disk-copy.ts";
import { copyScratch } from "../../src/host/snapshots/scratch.ts";
import { convertDisk, ErrorCode, openImage } from "../../src/index.ts";
import { noise } from "../fixtures/random.ts";
import { rejects } from "../fixtures/rejects.ts";
import { scratchFolder, scratchPath } from "../fixtures/scratch.ts";
import { e2fsck } from "../oracles/e2fsck.ts";
import { loopMount } from "../oracles/loop-mount.ts";
import { ask, missing, type Oracle, present } from "../oracles/oracle.ts";
import { qemuImg } from "../oracles/qemu-img.ts";

const MIB = 2 ** 20;
const GIB = 2 ** 30;

const roomOf = (path: string): number => statSync(path).blocks * 512;

/** Windows knows only whether a file may be written. */
const modeLike = (mode: number): number => (process.platform === "win32" ? 0o666 : mode);

const copies = suite("scratch: copies");

copies("the first makes the disk, and all are equal to it", async () => {
  const root = scratchFolder();
  const targets = [scratchPath("a.vhdx"), scratchPath("b.vhdx")];
  for (const target of targets) await copyScratch(root, undefined, target);
  assert.equal(readdirSync(root), ["scratch.vhdx"]);
  const template = readFileSync(join(root, "scratch.vhdx"));
  for (const target of targets) {
    assert.ok(readFileSync(target).equals(template));
    assert.is(statSync(target).mode & 0o7777, modeLike(0o700));
  }
});

copies("of 20 GiB takes less than 300 KiB, and a moment", async () => {
  const root = scratchFolder();
  const target = scratchPath("a.vhdx");
  const start = performance.now();
  await copyScratch(root, undefined, target);
  assert.ok(performance.now() - start < 5000);
  assert.ok(statSync(target).size < 16 * MIB, `${statSync(target).size} bytes`);
  assert.ok(roomOf(target) < 300 * 1024, `${roomOf(target)} bytes on the disk`);
});

copies("of another size come from a disk of that size, and of another directory from there", async () => {
  const [root, directory] = [scratchFolder(), scratchFolder()];
  await copyScratch(root, 5, scratchPath("a.vhdx"));
  await copyScratch(root, 20, scratchPath("a.vhdx"));
  await copyScratch(root, 5, scratchPath("a.vhdx"), { directory });
  assert.equal(readdirSync(root).sort(), ["scratch_20.vhdx", "scratch_5.vhdx"]);
  assert.equal(readdirSync(directory), ["scratch_5.vhdx"]);
});

copies("a template that is there is taken as it is", async () => {
  const root = scratchFolder();
  const target = scratchPath("a.vhdx");
  writeFileSync(join(root, "scratch_3.vhdx"), "somebody's own");
  await copyScratch(root, 3, target);
  assert.is(readFileSync(target, "utf8"), "somebody's own");
});

copies("a directory that is not there is NotFound, for the template and for the copy", async () => {
  const root = scratchFolder();
  await rejects(copyScratch(join(root, "x"), undefined, scratchPath("a.vhdx")), ErrorCode.NotFound);
  await copyScratch(root, undefined, scratchPath("a.vhdx"));
  await rejects(copyScratch(root, undefined, join(root, "x", "a.vhdx")), ErrorCode.NotFound);
  assert.equal(readdirSync(root), ["scratch.vhdx"]);
});

copies("a size that no disk has is refused, and nothing is left", async () => {
  const root = scratchFolder();
  await rejects(copyScratch(root, 100_000, scratchPath("a.vhdx")), ErrorCode.OutOfRange);
  assert.equal(readdirSync(root), []);
});

copies("hold an empty ext4, with a journal", async () => {
  const target = scratchPath("a.vhdx");
  await copyScratch(scratchFolder(), 1, target);
  const image = await openImage(target);
  try {
    assert.ok(image.inspect().filesystem.features.includes("has_journal"));
    assert.equal(
      [...image.list("/")].map(({ name }) => name),
      ["lost+found"],
    );
  } finally {
    image.close();
  }
});

if (present(e2fsck, copies) && present(loopMount, copies)) {
  copies("are sound, and can be written to", async () => {
    const root = scratchFolder();
    const [target, raw] = [scratchPath("a.vhdx"), scratchPath("a.img")];
    await copyScratch(root, 1, target);
    await convertDisk(target, raw);
    assert.is(statSync(raw).size, GIB);
    assert.equal(e2fsck.complaints(raw), []);
    loopMount.writable(raw, (folder) => {
      for (const name of ["upper", "work"]) mkdirSync(join(folder, name));
      writeFileSync(join(folder, "upper/a"), noise(5 * MIB));
    });
    assert.equal(e2fsck.complaints(raw), []);
  });
}

if (present(qemuImg, copies)) {
  copies("are 20 GiB to qemu", async () => {
    const target = scratchPath("a.vhdx");
    await copyScratch(scratchFolder(), undefined, target);
    assert.is(qemuImg.virtualSize(target, "vhdx"), 20 * GIB);
  });
}

copies.run();

const sparse = suite("disk copy");

sparse("holes and zeros take no room, and every byte is the same", async () => {
  const [source, target] = [scratchPath("source.img"), scratchPath("target.img")];
  const file = openSync(source, "w");
  for (const at of [0, 65_535, 3 * MIB - 7, 40 * MIB + 1]) writeSync(file, noise(100, at + 1), 0, 100, at);
  writeSync(file, Buffer.alloc(MIB), 0, MIB, 10 * MIB);
  ftruncateSync(file, 64 * MIB + 13);
  closeSync(file);
  await copyDisk(source, target, 0o640);
  assert.ok(readFileSync(target).equals(readFileSync(source)));
  assert.ok(roomOf(target) <= MIB, `${roomOf(target)} bytes`);
  assert.is(statSync(target).mode & 0o7777, modeLike(0o640));
});

sparse("an empty file is copied too", async () => {
  const [source, target] = [scratchPath("source.img"), scratchPath("target.img")];
  writeFileSync(source, "");
  await copyDisk(source, target, 0o600);
  assert.is(statSync(target).size, 0);
});

const xfs: Oracle = { name: "xfs", missing: missing("mkfs.xfs", "xfsprogs", "-V") ?? loopMount.missing };

if (present(xfs, sparse)) {
  sparse("blocks are shared where the filesystem can", async () => {
    const image = scratchPath("xfs.img");
    const folder = scratchFolder();
    writeFileSync(image, "");
    truncateSync(image, 400 * MIB);
    ask("mkfs.xfs", ["-q", "-m", "reflink=1", image]);
    ask("mount", ["-o", "loop", image, folder]);
    try {
      const [source, target] = [join(folder, "source"), join(folder, "target")];
      writeFileSync(source, noise(3 * MIB));
      await copyDisk(source, target, 0o600);
      assert.ok(readFileSync(target).equals(readFileSync(source)));
      assert.match(ask("filefrag", ["-v", target]), "shared");
    } finally {
      ask("umount", [folder]);
    }
  });
}

sparse.run();

const processes = suite("scratch: several processes");

const SCRIPT = `
import { copyScratch } from ${JSON.stringify(new URL("../../src/host/snapshots/scratch.js", import.meta.url).href)};
const [root, target] = process.argv.slice(1);
await copyScratch(root, 20, target);
`;

const start = (root: string, target: string): ChildProcess =>
  spawn(process.execPath, ["--input-type=module", "-e", SCRIPT, root, target], { stdio: "inherit" });

processes("at once make it once, and each has a whole copy", async () => {
  const root = scratchFolder();
  const targets = Array.from({ length: 6 }, () => scratchPath("a.vhdx"));
  const ends = await Promise.all(targets.map((target) => once(start(root, target), "exit")));
  for (const end of ends) assert.equal(end, [0, null]);
  const template = readFileSync(join(root, "scratch_20.vhdx"));
  for (const target of targets) assert.ok(readFileSync(target).equals(template));
  assert.equal(readdirSync(root), ["scratch_20.vhdx"]);
});

processes("killed while they make it, they leave nothing that the next one stumbles over", async () => {
  const root = scratchFolder();
  const template = join(root, "scratch_20.vhdx");
  await copyScratch(root, 20, scratchPath("a.vhdx"));
  const whole = readFileSync(template);
  let partial = 0;
  for (let round = 0; round < 20; round++) {
    rmSync(template);
    const [target, other] = [scratchPath("a.vhdx"), scratchPath("a.vhdx")];
    const child = start(root, target);
    const end = once(child, "exit");
    const before = readdirSync(root).length;
    for (let until = Date.now() + 10_000; readdirSync(root).length === before && Date.now() < until; )
      await setTimeout(1);
    await setTimeout(round * 2);
    child.kill("SIGKILL");
    await end;
    if (readdirSync(root).some((name) => name.endsWith(".partial"))) partial++;
    await copyScratch(root, 20, other);
    assert.ok(readFileSync(other).equals(whole), `round ${round}`);
    // The lock of a dead owner may stay until somebody wants it.
    const left = readdirSync(root).filter((name) => !name.startsWith("scratch_20.vhdx.lock"));
    assert.equal(left, ["scratch_20.vhdx"], `round ${round}`);
    if (readdirSync(join(target, "..")).includes("a.vhdx")) assert.ok(readFileSync(target).equals(whole));
  }
  assert.ok(partial > 0, "some were killed in the middle");
});

processes("who waited for the lock takes what is there by then", async () => {
  const root = scratchFolder();
  const attempts = Array.from({ length: 4 }, () => copyScratch(root, 2, scratchPath("a.vhdx")));
  await Promise.race(attempts);
  const { ino } = statSync(join(root, "scratch_2.vhdx"));
  await Promise.all(attempts);
  assert.is(statSync(join(root, "scratch_2.vhdx")).ino, ino);
});

processes.run();
