/** The kernel mounts what the adapter asks for, and takes it off. */
import { closeSync, openSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ErrorCode } from "../../src/index.ts";
import { mount, mounter } from "../fixtures/mount.ts";
import { noise } from "../fixtures/random.ts";
import { rejects } from "../fixtures/rejects.ts";
import { scratchPath } from "../fixtures/scratch.ts";
import { mke2fs } from "../oracles/mke2fs.ts";
import { devicesLeft, mounts, takeOffAll } from "../oracles/mounts.ts";
import { present, run } from "../oracles/oracle.ts";

const MIB = 2 ** 20;

const flags = suite("linux: options of mounts");
flags.after.each(takeOffAll);

if (present(mounts, flags)) {
  /** What findmnt shows of it: in the mount's options, or in those of the filesystem. */
  const SHOWN: [options: string[], mount: string[], filesystem: string[]][] = [
    [[], ["rw", "relatime"], ["rw"]],
    [["ro"], ["ro", "relatime"], ["ro"]],
    [["ro", "rw"], ["rw", "relatime"], ["rw"]],
    [["nosuid", "nodev", "noexec"], ["rw", "nosuid", "nodev", "noexec", "relatime"], ["rw"]],
    [["nosuid", "suid"], ["rw", "relatime"], ["rw"]],
    [["noatime", "nodiratime"], ["rw", "noatime", "nodiratime"], ["rw"]],
    [["strictatime"], ["rw"], ["rw"]],
    [["nosymfollow"], ["rw", "relatime", "nosymfollow"], ["rw"]],
    [
      ["sync", "dirsync", "lazytime"],
      ["rw", "relatime"],
      ["rw", "sync", "dirsync", "lazytime"],
    ],
    [
      ["mode=700", "size=64k"],
      ["rw", "relatime"],
      ["rw", "size=64k", "mode=700"],
    ],
  ];
  for (const [options, expected, own] of SHOWN) {
    flags(`${options.join(",") || "none"}: are seen by findmnt`, async () => {
      const seen = mounts.at(await mount("tmpfs", "tmpfs", options))!;
      assert.equal(seen.options, expected);
      assert.equal(seen.own, own);
    });
  }

  for (const type of ["private", "shared", "slave", "unbindable"]) {
    flags(`${type}: is how the mount spreads`, async () => {
      const target = await mount("tmpfs", "tmpfs", [type]);
      // A slave of nobody is private.
      assert.match(mounts.at(target)!.propagation, type === "slave" ? "private" : type);
    });
  }

  flags("remount changes a filesystem wherever it is seen, and only what it names", async () => {
    const target = await mount("tmpfs", "tmpfs", ["nosuid"]);
    const twin = await mount("bind", target, []);
    await mount("none", "", ["remount", "ro", "size=128k"], target);
    assert.equal(mounts.at(target)!.options, ["ro", "nosuid", "relatime"]);
    assert.ok(["ro", "size=128k"].every((each) => mounts.at(twin)!.own.includes(each)));
    await mount("none", "", ["remount", "rw"], target);
    writeFileSync(join(target, "file"), "");
  });

  flags("remount with bind changes one place", async () => {
    const target = await mount("tmpfs", "tmpfs", []);
    const twin = await mount("bind", target, []);
    await mount("none", "", ["remount", "bind", "ro"], twin);
    assert.throws(() => writeFileSync(join(twin, "file"), ""), /EROFS/);
    writeFileSync(join(target, "file"), "");
  });
}
flags.run();

const unmount = suite("linux: unmount");
unmount.after.each(takeOffAll);

if (present(mounts, unmount)) {
  unmount("says whether anything was there", async () => {
    const target = await mount("tmpfs", "tmpfs", []);
    await mount("tmpfs", "tmpfs", [], target);
    assert.equal(
      [await mounter.unmount(target), await mounter.unmount(target), await mounter.unmount(target)],
      [true, true, false],
    );
    assert.is(await mounter.unmount(join(target, "nowhere")), false);
  });

  unmount("refuses what is in use, unless it may be late", async () => {
    const image = mke2fs.make("-t ext4", 4 * MIB);
    const target = await mount("ext4", image, ["ro", "loop"]);
    const open = openSync(join(target, "lost+found"), "r");
    try {
      const { message } = await rejects(mounter.unmount(target), ErrorCode.FailedPrecondition);
      assert.match(message, /EBUSY: is in use$/);
      assert.is(await mounter.unmount(target, true), true);
      assert.is(mounts.at(target), undefined);
      assert.is(mounts.devices(image).length, 1);
    } finally {
      closeSync(open);
    }
    assert.equal(devicesLeft(image), []);
  });

  unmount("does not go where a symbolic link leads", async () => {
    const target = await mount("tmpfs", "tmpfs", []);
    const link = scratchPath("link");
    symlinkSync(target, link);
    assert.is(await mounter.unmount(link), false);
    assert.ok(mounts.at(target));
  });

  unmount("lets other work go on meanwhile", async () => {
    const image = mke2fs.make("-t ext4", 64 * MIB);
    const target = await mount("ext4", image, ["loop"]);
    writeFileSync(join(target, "large"), noise(32 * MIB));
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    await mounter.unmount(target);
    clearInterval(timer);
    assert.ok(turns > 0, "the event loop stood still");
    assert.match(run("e2fsck", ["-fn", image]).stdout, "Pass 5");
  });
}
unmount.run();
