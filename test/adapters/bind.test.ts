/** Bind mounts show what is there, and no more of it may be done there. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { mount, mounter } from "../fixtures/mount.ts";
import { scratchFile, scratchFolder } from "../fixtures/scratch.ts";
import { mounts, takeOffAll } from "../oracles/mounts.ts";
import { present } from "../oracles/oracle.ts";

const bind = suite("linux: bind mounts");
bind.after.each(takeOffAll);

if (present(mounts, bind)) {
  /** A folder with a file, and a filesystem on a folder in it. */
  async function folderWithMount(options: string[] = []): Promise<string> {
    const folder = scratchFolder();
    writeFileSync(join(folder, "file"), "here");
    mkdirSync(join(folder, "below"));
    await mount("tmpfs", "tmpfs", options, join(folder, "below"));
    writeFileSync(join(folder, "below", "deep"), "there");
    return folder;
  }

  bind("rbind shows a folder and what is mounted in it", async () => {
    const target = await mount("bind", await folderWithMount(), ["rbind", "rw"]);
    assert.is(readFileSync(join(target, "below", "deep"), "utf8"), "there");
    writeFileSync(join(target, "file"), "changed");
    writeFileSync(join(target, "below", "deep"), "changed");
  });

  for (const options of [["bind"], []]) {
    bind(`${options.join() || "without a word"}: shows a folder alone`, async () => {
      const target = await mount("bind", await folderWithMount(), options);
      assert.is(readFileSync(join(target, "file"), "utf8"), "here");
      assert.equal(readdirSync(join(target, "below")), []);
    });
  }

  bind("read-only holds for all that is mounted underneath, and not at the source", async () => {
    const source = await folderWithMount();
    const target = await mount("bind", source, ["rbind", "ro", "nosuid"]);
    for (const file of ["file", "below/deep"]) {
      assert.throws(() => writeFileSync(join(target, file), ""), /EROFS/);
      writeFileSync(join(source, file), "");
    }
    assert.equal(mounts.at(join(target, "below"))!.options, ["ro", "nosuid", "relatime"]);
  });

  bind("rw does not make writable what is read-only at the source", async () => {
    const source = await mount("tmpfs", "tmpfs", []);
    await mount("none", "", ["remount", "bind", "ro", "noexec"], source);
    const target = await mount("bind", source, ["rbind", "rw"]);
    assert.throws(() => writeFileSync(join(target, "file"), ""), /EROFS/);
    assert.ok(mounts.at(target)!.options.includes("noexec"));
  });

  bind("a file shows in another's place", async () => {
    const target = scratchFile("target", Buffer.from("old"));
    await mount("bind", scratchFile("source", Buffer.from("new")), ["bind", "ro"], target);
    assert.is(readFileSync(target, "utf8"), "new");
    assert.is(await mounter.unmount(target), true);
    assert.is(readFileSync(target, "utf8"), "old");
  });
}
bind.run();
