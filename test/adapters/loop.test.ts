/** Loop devices come with a mount, and go with it. */
import { readdirSync, readFileSync, truncateSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ErrorCode } from "../../src/index.ts";
import { mount, mounter } from "../fixtures/mount.ts";
import { noise } from "../fixtures/random.ts";
import { rejects } from "../fixtures/rejects.ts";
import { inRepository } from "../fixtures/repository.ts";
import { scratchFile, scratchFolder } from "../fixtures/scratch.ts";
import { mke2fs } from "../oracles/mke2fs.ts";
import { devicesLeft, mounts, takeOffAll } from "../oracles/mounts.ts";
import { ask, present } from "../oracles/oracle.ts";

const MIB = 2 ** 20;
const openFiles = (): number => readdirSync("/proc/self/fd").length;

const loop = suite("linux: loop devices");
loop.after.each(takeOffAll);

if (present(mounts, loop)) {
  loop("are made for a mount and go with it", async () => {
    const image = mke2fs.make("-t ext4", 4 * MIB);
    const files = openFiles();
    const target = await mount("ext4", image, ["ro", "loop"]);
    assert.equal(readdirSync(target), ["lost+found"]);
    const [device, ...others] = mounts.devices(image);
    assert.equal(others, []);
    assert.equal({ ...device, name: "" }, { ...DEVICE, readOnly: true });
    assert.is(mounts.at(target)?.source, device!.name);
    assert.ok(openFiles() <= files);

    assert.is(await mounter.unmount(target), true);
    assert.is(mounts.at(target), undefined);
    assert.equal(devicesLeft(image), []);
  });

  const DEVICE = { name: "", readOnly: false, autoclear: true, directIo: false, offset: 0, sizeLimit: 0 };
  const KINDS: [why: string, options: string[], expected: Partial<typeof DEVICE>][] = [
    ["written to", ["rw"], {}],
    ["written to unless it is said", [], {}],
    [
      "that hides what is behind the filesystem",
      ["ro", `sizelimit=${4 * MIB}`],
      { readOnly: true, sizeLimit: 4 * MIB },
    ],
    ["past the page cache", ["direct-io"], { directIo: true }],
  ];
  for (const [why, options, expected] of KINDS) {
    loop(`are of every kind: ${why}`, async () => {
      const image = mke2fs.make("-t ext4", 4 * MIB);
      truncateSync(image, 4 * MIB + 512);
      await mount("ext4", image, ["loop", ...options]);
      assert.equal(
        mounts.devices(image).map((device) => ({ ...device, name: "" })),
        [{ ...DEVICE, ...expected }],
      );
    });
  }

  loop("show a part of a file", async () => {
    const filesystem = readFileSync(mke2fs.make("-t ext2", 4 * MIB)); // a journal is written to in memory
    const disk = scratchFile("disk.img", Buffer.concat([noise(MIB), filesystem, noise(MIB)]));
    await mount("ext4", disk, ["ro", "loop", `offset=${MIB}`, `sizelimit=${4 * MIB}`]);
    const [{ name, offset, sizeLimit }] = mounts.devices(disk) as [typeof DEVICE];
    assert.equal([offset, sizeLimit], [MIB, 4 * MIB]);
    assert.ok(readFileSync(name).equals(filesystem));
  });

  loop("are one for each of many mounts at a time", async () => {
    const images = Array.from({ length: 12 }, () => mke2fs.make("-t ext4", MIB));
    await Promise.all(images.map((image) => mount("ext4", image, ["ro", "loop"])));
    const names = images.map((image) => mounts.devices(image)[0]?.name);
    assert.is(new Set(names).size, images.length);
  });

  loop("may read one file twice, but not while another writes to it", async () => {
    const image = mke2fs.make("-t ext4", 4 * MIB);
    const first = await mount("ext4", image, ["ro", "loop"]);
    const second = await mount("ext4", image, ["ro", "loop"]);
    const written = await rejects(mount("ext4", image, ["rw", "loop"]), ErrorCode.FailedPrecondition);
    assert.match(written.message, /is in use as \/dev\/loop\d+, and cannot be written to meanwhile$/);
    await mounter.unmount(first);
    await mounter.unmount(second);
    assert.equal(devicesLeft(image), []);

    await mount("ext4", image, ["rw", "loop"]);
    for (const how of ["ro", "rw"]) {
      const { message } = await rejects(mount("ext4", image, [how, "loop"]), ErrorCode.FailedPrecondition);
      assert.match(message, /is in use as \/dev\/loop\d+, which may write to it$/);
    }
    assert.is(mounts.devices(image).length, 1);
  });

  loop("are made where /dev has none, as in a container", () => {
    const image = mke2fs.make("-t ext4", 4 * MIB);
    const targets = Array.from({ length: 4 }, scratchFolder);
    const script = `
      import { linux } from ${JSON.stringify(inRepository("build/src/adapters/linux/platform.js"))};
      import { readdirSync } from "node:fs";
      const mounter = await linux.mounter();
      const mount = { type: "ext4", source: ${JSON.stringify(image)}, target: "", options: ["ro", "loop"] };
      const targets = ${JSON.stringify(targets)};
      await Promise.all(targets.map((target) => mounter.mount(mount, target)));
      console.log(targets.flatMap((target) => readdirSync(target)).join());
      for (const target of targets) await mounter.unmount(target);
    `;
    const shell = `
      mount -t tmpfs dev /dev && mknod /dev/loop-control c 10 237 && mknod /dev/null c 1 3 && mknod /dev/urandom c 1 9 &&
      exec "$0" --input-type=module -e "$1"
    `;
    assert.is(
      ask("unshare", ["--mount", "sh", "-c", shell, process.execPath, script]),
      "lost+found,lost+found,lost+found,lost+found\n",
    );
    assert.equal(devicesLeft(image), []);
  });
}
loop.run();
