/** Overlays by the kernel: any names, any number of layers, on kernels new and old. */
import { lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { MountOptions } from "../../src/adapters/linux/mount-options.ts";
import { mountByData } from "../../src/adapters/linux/overlay-data.ts";
import { splitLayers } from "../../src/adapters/linux/overlay-paths.ts";
import { ErrorCode } from "../../src/index.ts";
import { mounter } from "../fixtures/mount.ts";
import { rejects } from "../fixtures/rejects.ts";
import { scratchFolder } from "../fixtures/scratch.ts";
import { mounts, takeOffAll } from "../oracles/mounts.ts";
import { present } from "../oracles/oracle.ts";
import { overlay as overlayfs } from "../oracles/overlay.ts";

const escapePath = (path: string): string => path.replace(/[\\:]/g, "\\$&");

/** Mounts an overlay of `layers`, the highest first. */
async function mount(layers: string[], options: string[] = []): Promise<string> {
  const target = scratchFolder();
  const lowerdir = `lowerdir=${layers.map(escapePath).join(":")}`;
  await mounter.mount({ type: "overlay", source: "overlay", target: "", options: [lowerdir, ...options] }, target);
  return target;
}

/** As before Linux 6.7. */
async function mountAsOnOldKernels(layers: string[], more: Partial<MountOptions> = {}): Promise<string> {
  const target = scratchFolder();
  const options = { set: 0, clear: 0, flags: [], data: [], remount: false, ...more };
  await mountByData("overlay", target, options, layers, "mount overlay");
  return target;
}

/** A new folder of that name, with a file in it that is called `file`. */
function layer(name: string, file: string): string {
  const folder = join(scratchFolder(), name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, file), name);
  return folder;
}

const many = (count: number, name = "layer"): string[] =>
  Array.from({ length: count }, (_, index) => layer(name, `file${index}`));

const NAMES = [
  "colon:in:it",
  "back\\slash",
  "end\\",
  "comma,in,it",
  "blank in it",
  "ünïcode",
  "=",
  "l".repeat(255),
  "a:\\,b",
];
const LONG_PATH = Array.from({ length: 8 }, () => "d".repeat(100)).join("/");

const overlay = suite("linux: overlay");
overlay.after.each(takeOffAll);

if (present(mounts, overlay) && present(overlayfs, overlay)) {
  const WAYS: [when: string, mount: (layers: string[]) => Promise<string>][] = [
    ["", mount],
    [" on old kernels", mountAsOnOldKernels],
  ];
  for (const [when, mountLayers] of WAYS) {
    for (const name of [...NAMES, LONG_PATH]) {
      overlay(`shows layers of any name${when}: ${name.slice(0, 20)}`, async () => {
        const target = await mountLayers([layer(name, "one"), layer(name, "two"), layer("plain", "one")]);
        assert.equal(readdirSync(target), ["one", "two"]);
        assert.is(readFileSync(join(target, "one"), "utf8"), name);
      });
    }

    for (const count of [2, 128]) {
      overlay(`has room for ${count} layers${when}`, async () => {
        const target = await mountLayers(many(count, "d".repeat(100)));
        assert.is(readdirSync(target).length, count);
        assert.is(await mounter.unmount(target), true);
      });
    }
  }

  overlay("has room for 500 layers, and the kernel for no more", async () => {
    const layers = many(501);
    assert.is(readdirSync(await mount(layers.slice(1))).length, 500);
    const { message } = await rejects(mount(layers), ErrorCode.InvalidArgument);
    assert.match(message, /EINVAL: overlay: too many lower directories, limit is 500$/);
  });

  overlay("says on old kernels that 500 layers are too many for their page", async () => {
    const { message } = await rejects(mountAsOnOldKernels(many(500)), ErrorCode.Unsupported);
    assert.match(message, /500 layers need \d+ bytes of options; before Linux 6\.7 it takes 4095$/);
  });

  for (const name of ["plain", ...NAMES, LONG_PATH]) {
    overlay(`takes changes into directories of any name: ${name.slice(0, 20)}`, async () => {
      const [upper, work] = [layer(name, "above"), join(scratchFolder(), "work")];
      mkdirSync(work);
      const target = await mount(
        [layer(name, "below")],
        [`upperdir=${escapePath(upper)}`, `workdir=${escapePath(work)}`, "nosuid"],
      );
      assert.equal(readdirSync(target).sort(), ["above", "below"]);
      assert.ok(mounts.at(target)!.options.includes("nosuid"));
      writeFileSync(join(target, "new"), "");
      rmSync(join(target, "below"));
      await mounter.unmount(target);
      assert.equal(readdirSync(upper).sort(), ["above", "below", "new"]);
      const whiteout = lstatSync(join(upper, "below"));
      assert.equal([whiteout.isCharacterDevice(), whiteout.rdev], [true, 0]);
    });
  }

  overlay("takes changes on old kernels too", async () => {
    const [upper, work] = [layer("up:p\\e,r", "above"), scratchFolder()];
    const data: MountOptions["data"] = [
      ["upperdir", escapePath(upper)],
      ["workdir", work],
    ];
    const target = await mountAsOnOldKernels([layer("plain", "below")], { data, set: 2 });
    writeFileSync(join(target, "new"), "");
    assert.ok(mounts.at(target)!.options.includes("nosuid"));
    assert.equal(readdirSync(upper).sort(), ["above", "new"]);
  });

  overlay("is taken off again on old kernels if its attributes cannot be set", async () => {
    const noSuchAttribute = 1 << 30;
    await rejects(mountAsOnOldKernels(many(2), { set: noSuchAttribute }), ErrorCode.InvalidArgument);
    assert.equal(mounts.under(dirname(scratchFolder())), []);
  });

  overlay("is read-only without a directory for changes", async () => {
    for (const target of [await mount(many(2), ["ro"]), await mountAsOnOldKernels(many(2), { flags: ["ro"] })]) {
      assert.throws(() => writeFileSync(join(target, "new"), ""), /EROFS/);
      assert.ok(mounts.at(target)!.own.includes("ro"));
    }
  });

  overlay("lets its layers' own mounts go before it", async () => {
    const folder = scratchFolder();
    const layers = ["a", "b"].map((name) => join(folder, name));
    for (const place of layers) {
      mkdirSync(place);
      await mounter.mount({ type: "tmpfs", source: "tmpfs", target: "", options: [] }, place);
      writeFileSync(join(place, place.slice(-1)), "");
    }
    const target = await mount(layers);
    for (const place of layers) assert.is(await mounter.unmount(place), true);
    assert.equal(readdirSync(target).sort(), ["a", "b"]);
  });

  const WRONG: [why: string, layers: () => string[], options: string[], code: ErrorCode, says: RegExp][] = [
    [
      "one layer",
      () => many(1),
      [],
      ErrorCode.InvalidArgument,
      /one layer and no upperdir .*; bind-mount \S+ instead$/,
    ],
    ["no layer", () => [], [], ErrorCode.InvalidArgument, /there is no lowerdir$/],
    [
      "a layer that is not there",
      () => ["/nowhere", ...many(1)],
      [],
      ErrorCode.NotFound,
      /lowerdir\+=\/nowhere: ENOENT/,
    ],
    ["a long one that is not there", () => [`/${LONG_PATH}`, ...many(1)], [], ErrorCode.NotFound, /ddd: no such file/],
    ["a file as a layer", () => ["/proc/version", ...many(1)], [], ErrorCode.InvalidArgument, /proc\/version/],
    [
      "an option of nobody's",
      () => many(2),
      ["no_such=1"],
      ErrorCode.InvalidArgument,
      /overlay: Unknown parameter 'no_such'/,
    ],
    ["no place for work", () => many(2), ["upperdir=/tmp"], ErrorCode.InvalidArgument, /upperdir needs a workdir/],
  ];
  for (const [why, layers, options, code, says] of WRONG) {
    overlay(`is refused, with the reason: ${why}`, async () => {
      const files = readdirSync("/proc/self/fd").length;
      const { message } = await rejects(mount(layers(), options), code);
      assert.match(message, says);
      assert.ok(readdirSync("/proc/self/fd").length <= files);
    });
  }
}

overlay("finds the layers in an option that has escapes", () => {
  for (const names of [["a"], NAMES, ["\\", ":", "\\:"]]) {
    assert.equal(splitLayers(names.map(escapePath).join(":")), names);
  }
});

overlay.run();
