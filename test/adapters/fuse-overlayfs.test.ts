/** fuse-overlayfs is up when the mount is done, and gone when it is unmounted. */
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ErrorCode } from "../../src/index.ts";
import { mounter } from "../fixtures/mount.ts";
import { rejects } from "../fixtures/rejects.ts";
import { scratchFolder } from "../fixtures/scratch.ts";
import { mounts, takeOffAll } from "../oracles/mounts.ts";
import { ask, missing, type Oracle, present, run } from "../oracles/oracle.ts";

const TYPES = ["fuse3.fuse-overlayfs", "fuse.fuse-overlayfs", "fuse-overlayfs"];

async function mount(options: string[], type = TYPES[0]!, target = scratchFolder()): Promise<string> {
  await mounter.mount({ type, source: "overlay", target: "", options }, target);
  return target;
}

function layer(file: string): string {
  const folder = scratchFolder();
  writeFileSync(join(folder, file), file);
  return folder;
}

/** Processes that were started for `target`. */
const processes = (target: string): string[] =>
  run("pgrep", ["-f", `fuse-overlayfs .*${target}$`])
    .stdout.split("\n")
    .slice(0, -1);

/** As long as `work` takes, programs are looked for in `folder`. */
async function withPath<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const { PATH } = process.env;
  process.env.PATH = folder;
  try {
    return await work();
  } finally {
    process.env.PATH = PATH;
  }
}

const program: Oracle = {
  name: "fuse-overlayfs",
  missing: mounts.missing ?? missing("fuse-overlayfs", "fuse-overlayfs") ?? missing("pgrep", "procps"),
};

const fuse = suite("linux: fuse-overlayfs");
fuse.after.each(takeOffAll);

if (present(program, fuse)) {
  for (const type of TYPES) {
    fuse(`is mounted as ${type}, and its process ends with the mount`, async () => {
      const [upper, work] = [layer("above"), scratchFolder()];
      const target = await mount(
        [`lowerdir=${layer("one")}:${layer("two")}`, `upperdir=${upper}`, `workdir=${work}`],
        type,
      );
      assert.equal(readdirSync(target).sort(), ["above", "one", "two"]);
      assert.is(mounts.at(target)!.type, "fuse.fuse-overlayfs");
      assert.is(processes(target).length, 1);
      writeFileSync(join(target, "new"), "");

      assert.is(await mounter.unmount(target), true);
      assert.equal(processes(target), []);
      assert.ok(readdirSync(upper).includes("new"));
      assert.is(await mounter.unmount(target), false);
    });
  }

  const NAMES: [why: string, name: string, escaped: string][] = [
    ["a comma", "a,b", "a,b"],
    ["a backslash", "a\\b", "a\\\\b"],
    ["blanks", " a b ", " a b "],
  ];
  for (const [why, name, escaped] of NAMES) {
    fuse(`takes layers and places of any name: ${why}`, async () => {
      const [below, upper, work, target] = Array.from({ length: 4 }, () => join(scratchFolder(), name));
      for (const folder of [below!, upper!, work!, target!]) mkdirSync(folder);
      writeFileSync(join(below!, "below"), "");
      writeFileSync(join(upper!, "above"), "");
      const escapePath = (path: string) => path.replace(name, escaped);
      const options = [
        `lowerdir=${escapePath(below!)}`,
        `upperdir=${escapePath(upper!)}`,
        `workdir=${escapePath(work!)}`,
      ];
      await mount(options, TYPES[0], target);
      assert.equal(readdirSync(target!).sort(), ["above", "below"]);
      assert.is(await mounter.unmount(target!), true);
    });
  }

  fuse("refuses layers with a colon, which the program has no way to name", async () => {
    const { message } = await rejects(mount(["lowerdir=/tmp/a\\:b:/tmp"]), ErrorCode.InvalidArgument);
    assert.match(message, /\/tmp\/a:b: fuse-overlayfs takes no layer with a colon$/);
  });

  fuse("cannot be written to without a directory for changes", async () => {
    const target = await mount([`lowerdir=${layer("one")}:${layer("two")}`]);
    assert.is(readFileSync(join(target, "one"), "utf8"), "one");
    assert.throws(() => writeFileSync(join(target, "new"), ""), /EROFS/);
  });

  fuse("is unmounted only when its process is gone, which holds the layers until then", async () => {
    const lower = scratchFolder();
    await mounter.mount({ type: "tmpfs", source: "tmpfs", target: "", options: [] }, lower);
    mkdirSync(join(lower, "layer"));
    const target = await mount([`lowerdir=${lower}/layer:${layer("one")}`]);
    const [pid] = processes(target);
    process.kill(Number(pid), "SIGSTOP");
    let done = false;
    const unmounting = mounter.unmount(target).finally(() => {
      done = true;
    });
    await sleep(300);
    assert.is(done, false);
    process.kill(Number(pid), "SIGCONT");
    assert.is(await unmounting, true);
    assert.is(await mounter.unmount(lower), true);
  });

  fuse("can be taken off when its process has died", async () => {
    const target = await mount([`lowerdir=${layer("one")}:${layer("two")}`]);
    run("kill", ["-9", ...processes(target)]);
    assert.throws(() => readdirSync(target), /ENOTCONN|ECONNABORTED/);
    assert.is(await mounter.unmount(target), true);
    assert.is(mounts.at(target), undefined);
  });

  fuse("is refused in its own words", async () => {
    const target = scratchFolder();
    const { message } = await rejects(mount(["lowerdir=/nowhere"], TYPES[0], target), ErrorCode.FailedPrecondition);
    assert.match(message, /fuse-overlayfs ended with 1: .*\/nowhere/);
    assert.is(message.split("\n").length, 1);
    assert.is(mounts.at(target), undefined);
    assert.equal(processes(target), []);
    await rejects(mount(["lowerdir=/"], TYPES[0], "/nowhere"), ErrorCode.NotFound);
  });

  const UNFAITHFUL: [why: string, script: string, says: RegExp][] = [
    ["says it is up, and is not", "exit 0", /fuse-overlayfs ended with 0: it said nothing$/],
    [
      "is up, and says it is not",
      `${ask("which", ["fuse-overlayfs"]).trim()} "$@"; exit 7`,
      /fuse-overlayfs ended with 7/,
    ],
    ["is killed", "kill -9 $$", /fuse-overlayfs ended with SIGKILL: it said nothing$/],
  ];
  for (const [why, script, says] of UNFAITHFUL) {
    fuse(`leaves nothing where the program ${why}`, async () => {
      const [folder, target] = [scratchFolder(), scratchFolder()];
      writeFileSync(join(folder, "fuse-overlayfs"), `#!/bin/sh\n${script}\n`);
      chmodSync(join(folder, "fuse-overlayfs"), 0o755);
      const layers = `lowerdir=${layer("one")}:${layer("two")}`;
      const { message } = await rejects(
        withPath(folder, () => mount([layers], TYPES[0], target)),
        ErrorCode.FailedPrecondition,
      );
      assert.match(message, says);
      assert.is(mounts.at(target), undefined);
    });
  }
}

fuse("that is not installed is named, with its package", async () => {
  const { message } = await rejects(
    withPath(scratchFolder(), () => mount(["lowerdir=/"])),
    ErrorCode.Unavailable,
  );
  assert.match(message, /fuse-overlayfs is not installed \(Debian: apt-get install fuse-overlayfs\)$/);
});

fuse.run();
