/** Usage is what du says; removal reaches what no path reaches. */
import { execFileSync } from "node:child_process";
import { existsSync, linkSync, mkdirSync, statSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ErrorCode } from "../../src/host/errors.ts";
import { diskUsage } from "../../src/host/snapshots/disk-usage.ts";
import { removeTree } from "../../src/host/snapshots/remove-tree.ts";
import { needing } from "../fixtures/needing.ts";
import { rejects } from "../fixtures/rejects.ts";
import { scratchFolder, scratchPath } from "../fixtures/scratch.ts";
import { ask } from "../oracles/oracle.ts";

/** As du counts: blocks of all inodes, each once. */
function du(directory: string): { inodes: number; size: number } {
  const count = (option: string): number => Number(ask("du", ["-s", option, directory]).split("\t")[0]);
  return { inodes: count("--inodes"), size: count("-B1") };
}

const usage = suite("snapshots: disk usage");

needing("a shell and the programs of Unix", usage)("of an empty directory is its own", async () => {
  const folder = scratchFolder();
  assert.equal(await diskUsage(folder), du(folder));
});

needing("a shell and the programs of Unix", usage)(
  "is what du says, of links, holes, names that are not UTF-8 and many files",
  async () => {
    const folder = scratchFolder();
    writeFileSync(join(folder, "data"), new Uint8Array(100_000).fill(1));
    linkSync(join(folder, "data"), join(folder, "again"));
    symlinkSync("/etc", join(folder, "etc"));
    writeFileSync(join(folder, "hole"), "");
    truncateSync(join(folder, "hole"), 2 ** 40);
    writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xff, 0xfe])]), "name");
    mkdirSync(join(folder, "deep/er"), { recursive: true });
    linkSync(join(folder, "data"), join(folder, "deep/er/third"));
    for (let count = 0; count < 300; count++)
      writeFileSync(join(folder, "deep", String(count)), "x".repeat(count * 50));
    const found = await diskUsage(folder);
    assert.equal(found, du(folder));
    const oneMore = statSync(join(folder, "data")).blocks * 512;
    linkSync(join(folder, "data"), join(folder, "fourth"));
    assert.equal(await diskUsage(folder), found, "another name is no other file");
    writeFileSync(join(folder, "copy"), new Uint8Array(100_000).fill(1));
    assert.is((await diskUsage(folder)).size, found.size + oneMore);
  },
);

usage("of nothing is nothing", async () => {
  assert.equal(await diskUsage(scratchPath("none")), { inodes: 0, size: 0 });
});

usage("of a file is that file", async () => {
  const path = scratchPath("file");
  writeFileSync(path, "x");
  assert.equal(await diskUsage(path), { inodes: 1, size: statSync(path).blocks * 512 });
});

usage.run();

const removal = suite("snapshots: removal of trees");

removal("leaves nothing, and does not ask for anything to be there", async () => {
  const folder = scratchFolder();
  const outside = scratchPath("outside");
  writeFileSync(outside, "kept");
  mkdirSync(join(folder, "a/b"), { recursive: true });
  symlinkSync(outside, join(folder, "a/b/link"));
  symlinkSync("..", join(folder, "a/b/up"));
  await removeTree(folder);
  assert.not.ok(existsSync(folder));
  assert.ok(existsSync(outside));
  await removeTree(folder);
});

needing("a shell and the programs of Unix", removal)(
  "reaches directories that are nested deeper than a path can say",
  async () => {
    const folder = scratchFolder();
    const name = "d".repeat(200);
    const nest = `for i in $(seq 80); do mkdir ${name} ${name}2 && touch file ${name}2/file && cd ${name}; done`;
    execFileSync("bash", ["-c", nest], { cwd: folder });
    const path = join(folder, ...Array.from({ length: 10 }, () => name));
    execFileSync("bash", ["-c", nest.replaceAll(name, "e")], { cwd: path });
    await removeTree(folder);
    assert.not.ok(existsSync(folder));
  },
);

needing("a shell and the programs of Unix", removal)(
  "takes directories of many files, and names that are not UTF-8",
  async () => {
    const folder = scratchFolder();
    mkdirSync(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xff, 0xfe])]));
    writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xff, 0xfe]), Buffer.from("/x")]), "");
    for (let count = 0; count < 1000; count++) writeFileSync(join(folder, String(count)), "");
    await removeTree(folder);
    assert.not.ok(existsSync(folder));
  },
);

removal("may be done by two at once", async () => {
  const folder = scratchFolder();
  for (let count = 0; count < 300; count++)
    mkdirSync(join(folder, String(count % 20), String(count)), { recursive: true });
  await Promise.all([removeTree(folder), removeTree(folder), removeTree(folder)]);
  assert.not.ok(existsSync(folder));
});

removal("says what it cannot remove", async () => {
  const error = await rejects(removeTree("/proc/self/attr"), ErrorCode.PermissionDenied);
  assert.match(error.message, "/proc/self/attr");
});

removal.run();
