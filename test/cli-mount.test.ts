/** `layerkiln mount` and `layerkiln umount`, run as people run them. */
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { linux } from "../src/adapters/linux/platform.ts";
import { ErrorCode, mountImages, unmountImages } from "../src/index.ts";
import { makeHcsshimImage, makeImage, type Options } from "./fixtures/image.ts";
import { entry, type LayerEntry, layerTar } from "./fixtures/layer.ts";
import { noise } from "./fixtures/random.ts";
import { rejects } from "./fixtures/rejects.ts";
import { inRepository } from "./fixtures/repository.ts";
import { scratchFile, scratchFolder, scratchPath } from "./fixtures/scratch.ts";
import { e2fsck } from "./oracles/e2fsck.ts";
import { readMounted } from "./oracles/loop-mount.ts";
import { mke2fs } from "./oracles/mke2fs.ts";
import { devicesLeft, mounts, takeOffAll } from "./oracles/mounts.ts";
import { type Answer, ask, present } from "./oracles/oracle.ts";
import { overlay } from "./oracles/overlay.ts";
import { assertSameTree } from "./oracles/tree.ts";

const LAYERKILN = inRepository(JSON.parse(readFileSync(inRepository("package.json"), "utf8")).bin.layerkiln);
const MIB = 2 ** 20;

/** Where the program's own folders are while it mounts; its name has what overlayfs gives a meaning. */
const TMPDIR = join(scratchFolder(), "t:m\\p,");
mkdirSync(TMPDIR);

function layerkiln(...words: string[]): Answer {
  return spawnSync(process.execPath, [LAYERKILN, ...words], { encoding: "utf8", env: { ...process.env, TMPDIR } });
}

/** A command that must do what it is asked, and has nothing to say. */
function quietly(...words: string[]): void {
  const { status, stdout, stderr } = layerkiln(...words);
  assert.equal([status, stdout, stderr], [0, "", ""]);
}

async function imageOf(entries: LayerEntry[], options: Options = {}): Promise<string> {
  const { image } = await makeImage(layerTar(entries), { whiteouts: "overlay", ...options });
  return scratchFile("layer.img", image);
}

const base = [
  entry("dir", ".", { mode: 0o1750, uid: 7, gid: 8 }),
  entry("dir", "etc", { mode: 0o700 }),
  entry("file", "etc/hosts", { data: Buffer.from("base") }),
  entry("file", "etc/passwd", { data: Buffer.from("root"), xattrs: [["user.a", Buffer.from("b")]] }),
  entry("dir", "old"),
  entry("file", "old/below", { data: noise(100_000) }),
];
const middle = [entry("file", ".wh.old"), entry("file", "etc/.wh.passwd"), entry("symlink", "link", { target: "etc" })];
const top = [
  entry("dir", ".", { mode: 0o1751, uid: 9, gid: 10 }),
  entry("file", "etc/hosts", { data: Buffer.from("top"), mode: 0o600 }),
  entry("dir", "old"),
  entry("file", "old/new"),
];

const mount = suite("layerkiln mount");
mount.after.each(() => {
  takeOffAll();
  assert.equal(readdirSync(TMPDIR), []);
});

if (present(mounts, mount) && present(overlay, mount)) {
  const KINDS: [what: string, options: Options][] = [
    ["a raw image", {}],
    ["a fixed VHD", { container: "vhd" }],
    ["an image with a hash tree", { verity: true }],
    ["a VHD with a hash tree", { verity: true, container: "vhd" }],
    ["an image with a journal", { filesystem: { size: 16 * MIB, journal: true } }],
    ["an image that is read only", { filesystem: { readOnly: true } }],
    ["hcsshim's profile", { profile: "hcsshim", verity: true, container: "vhd" }],
  ];
  for (const [what, options] of KINDS) {
    mount(`shows ${what}, read-only, and umount takes off all of it`, async () => {
      const [image, target] = [await imageOf(base, options), scratchFolder()];
      const before = readFileSync(image);
      quietly("mount", image, target);
      assert.is(readFileSync(join(target, "etc/passwd"), "utf8"), "root");
      assert.throws(() => writeFileSync(join(target, "new"), ""), /EROFS/);
      const { options: flags } = mounts.at(target)!;
      for (const flag of ["ro", "nosuid", "nodev"]) assert.ok(flags.includes(flag), flag);
      const [device] = mounts.devices(image);
      assert.is(device!.readOnly, true);
      const { filesystem } = JSON.parse(layerkiln("inspect", "--json", image).stdout);
      assert.is(device!.sizeLimit, filesystem.size);

      quietly("umount", target);
      assert.is(mounts.at(target), undefined);
      assert.equal(devicesLeft(image), []);
      assert.ok(readFileSync(image).equals(before));
    });
  }

  mount("lays images over one another, the base first, and one umount frees all", async () => {
    const images = [
      await imageOf(base),
      await imageOf(middle, { container: "vhd" }),
      await imageOf(top, { verity: true }),
    ];
    const target = scratchFolder();
    quietly("mount", ...images, target);
    assert.equal(readdirSync(target).sort(), ["etc", "link", "lost+found", "old"]);
    assert.equal(readdirSync(join(target, "etc")), ["hosts"]);
    assert.equal(readdirSync(join(target, "old")), ["new"]);
    assert.is(readFileSync(join(target, "link/hosts"), "utf8"), "top");
    const copies = images.map((image) => scratchFile("copy.img", readFileSync(image)));
    assertSameTree(readMounted(target), overlay.tree(copies));
    assert.is(statSync(join(target, "etc/hosts")).dev, statSync(target).dev);
    assert.is(mounts.under(dirname(target)).length, 1);
    for (const image of images) assert.is(mounts.devices(image).length, 1);

    quietly("umount", target);
    for (const image of images) assert.equal(devicesLeft(image), []);
  });

  mount("takes 64 layers", async () => {
    const images = await Promise.all(
      Array.from({ length: 64 }, (_, index) => imageOf([entry("file", `file${index}`)])),
    );
    const target = scratchFolder();
    quietly("mount", ...images, target);
    assert.is(readdirSync(target).length, 64 + 1);
    quietly("umount", target);
    assert.equal(
      images.flatMap((image) => devicesLeft(image)),
      [],
    );
  });

  mount("--scratch takes changes, which are there again the next time", async () => {
    const images = [await imageOf(base), await imageOf(top)];
    const before = images.map((image) => readFileSync(image));
    const scratch = join(scratchFolder(), "s:c\\r,");
    mkdirSync(scratch);
    for (const stack of [images, images.slice(0, 1)]) {
      const target = scratchFolder();
      quietly("mount", ...stack, target, "--scratch", scratch);
      rmSync(join(target, "etc/passwd"), { force: true });
      writeFileSync(join(target, "new"), "new");
      quietly("umount", target);
      assert.equal(readdirSync(join(scratch, "upper")).sort(), ["etc", "new"]);
    }
    const target = scratchFolder();
    quietly("mount", ...images, target, "--scratch", scratch);
    assert.equal(readdirSync(join(target, "etc")), ["hosts"]);
    const { mode, uid, gid } = statSync(target);
    assert.equal([mode & 0o7777, uid, gid], [0o1751, 9, 10]);
    quietly("umount", target);
    for (const [index, image] of images.entries()) assert.ok(readFileSync(image).equals(before[index]!));
  });

  for (const container of ["raw", "vhd"] as const) {
    mount(`--read-write writes into a ${container} image, and not behind the filesystem`, async () => {
      const image = await imageOf(base, { container, filesystem: { size: 16 * MIB, journal: true } });
      const footer = readFileSync(image).subarray(16 * MIB);
      const target = scratchFolder();
      quietly("mount", "-w", image, target);
      writeFileSync(join(target, "new"), noise(MIB));
      quietly("umount", target);
      assert.is(layerkiln("cat", image, "/new").status, 0);
      assert.ok(
        readFileSync(image)
          .subarray(16 * MIB)
          .equals(footer),
      );
      const filesystem = scratchFile("filesystem.img", readFileSync(image).subarray(0, 16 * MIB));
      assert.equal(e2fsck.complaints(filesystem), []);
    });
  }

  mount("-o gives further options, and the last counts", async () => {
    const target = scratchFolder();
    const image = await imageOf(base);
    quietly("mount", image, target, "-o", "noexec,suid,noatime");
    assert.equal(mounts.at(target)!.options, ["ro", "nodev", "noexec", "noatime"]);
    quietly("umount", target);
    quietly("mount", image, await imageOf(top), target, "-o", "dev,nosymfollow");
    assert.equal(mounts.at(target)!.options, ["ro", "nosuid", "relatime", "nosymfollow"]);
  });

  mount("sees an image that was not unmounted in order as it is, and says so", () => {
    const image = mke2fs.make("-t ext4", 16 * MIB);
    const torn = scratchPath("torn.img");
    mke2fs.fill(image, (folder) => {
      writeFileSync(join(folder, "file"), "");
      ask("sync", ["--file-system", folder]);
      copyFileSync(image, torn);
    });
    const before = readFileSync(torn);
    const target = scratchFolder();
    const { status, stderr } = layerkiln("mount", torn, target);
    assert.is(status, 0, stderr);
    assert.is(
      stderr,
      `hint: ${torn} was not unmounted in order; what its journal holds is seen only with --read-write\n`,
    );
    quietly("umount", target);
    assert.equal(devicesLeft(torn), []);
    assert.ok(readFileSync(torn).equals(before));

    quietly("mount", "--read-write", torn, target);
    assert.ok(existsSync(join(target, "file")));
    quietly("umount", target);
    assert.equal(devicesLeft(torn), []);
    quietly("mount", torn, target);
  });

  mount("goes where symbolic links lead, and so does umount", async () => {
    const [target, link] = [scratchFolder(), scratchPath("link")];
    symlinkSync(target, link);
    quietly("mount", await imageOf(base), link);
    assert.ok(mounts.at(target));
    quietly("umount", link);
    assert.is(mounts.at(target), undefined);
  });

  mount("that fails in the middle leaves nothing mounted", async () => {
    const [below, busy] = [await imageOf(base), await imageOf(top)];
    quietly("mount", "-w", busy, scratchFolder());
    const target = scratchFolder();
    const { status, stderr } = layerkiln("mount", below, busy, target);
    assert.is(status, 1);
    assert.match(stderr, /is in use as \/dev\/loop\d+, which may write to it\n$/);
    assert.equal(devicesLeft(below), []);
    assert.is(mounts.at(target), undefined);
  });

  mount("that is interrupted leaves nothing mounted", async () => {
    const images = [await imageOf(base), await imageOf(top)];
    const target = scratchFolder();
    const reason = new Error("enough");
    const controller = new AbortController();
    const mounter = await linux.mounter!();
    const platform = {
      ...linux,
      mounter: async () => ({
        mount: async (...words: Parameters<NonNullable<typeof mounter>["mount"]>) => {
          await mounter!.mount(...words);
          controller.abort(reason);
        },
        unmount: mounter!.unmount,
      }),
    };
    const error = await mountImages(images, target, { platform, signal: controller.signal }).catch((error) => error);
    assert.is(error, reason);
    assert.is(mounts.at(target), undefined);
    assert.equal(
      images.flatMap((image) => devicesLeft(image)),
      [],
    );
  });

  mount("says where it has no room for its own folders", async () => {
    const [image, target] = [await imageOf(base), scratchFolder()];
    const env = { ...process.env, TMPDIR: "/nowhere" };
    const words = [LAYERKILN, "mount", image, image, target];
    const { status, stderr } = spawnSync(process.execPath, words, { encoding: "utf8", env });
    assert.equal([status, stderr], [1, "layerkiln: /nowhere: no such file or directory\n"]);
  });

  mount("needs root, and says so", async () => {
    const [image, target] = [await imageOf(base), scratchFolder()];
    chmodSync(dirname(dirname(image)), 0o711);
    const temporary = scratchFolder();
    chmodSync(temporary, 0o777);
    for (const words of [
      [image, target],
      [image, image, target],
    ]) {
      const { status, stderr } = spawnSync(
        "setpriv",
        ["--reuid=65534", "--regid=65534", "--clear-groups", process.execPath, LAYERKILN, "mount", ...words],
        { encoding: "utf8", env: { ...process.env, TMPDIR: temporary } },
      );
      assert.is(status, 1);
      assert.match(stderr, /\/dev\/loop-control: EACCES: needs root \(CAP_SYS_ADMIN\)\n$/);
      assert.equal(readdirSync(temporary), []);
    }
    assert.equal(devicesLeft(image), []);
  });

  const dynamic = await imageOf(base, { container: "vhd-dynamic" });
  const vhdx = await imageOf(base, { container: "vhdx" });
  const sound = await imageOf(base);
  const { image: hcsshim } = await makeHcsshimImage(layerTar(base));
  const readOnly = scratchFile("hcsshim.img", hcsshim);
  const withTree = await imageOf(base, { verity: true });
  const here = scratchFolder();
  const nowhere = scratchPath("nowhere");

  const WRONG: [why: string, words: string[], status: number, says: RegExp][] = [
    ["a dynamic VHD", [dynamic, here], 4, /is a vhd-dynamic, .*; layerkiln disk \S+ -o OUT makes a raw image of it/],
    ["a VHDX among others", [sound, vhdx, here], 4, /is a vhdx, which the kernel cannot mount; layerkiln disk/],
    ["garbage", [scratchFile("garbage", noise(MIB)), here], 4, /garbage|image: /],
    ["an empty file", [scratchFile("empty", Buffer.of()), here], 4, /image: /],
    ["an image that is not there", [nowhere, here], 1, /nowhere: no such file/],
    ["a folder that is not there", [sound, nowhere], 1, /nowhere: no such file/],
    ["a file for a folder", [sound, readOnly], 1, /hcsshim\.img: is not a directory\n$/],
    ["a folder for an image", [here, here], 1, /is a directory, not an image/],
    ["an option of nobody's", [sound, here, "-o", "no_such"], 1, /EINVAL: ext4: Unknown parameter 'no_such'/],
    ["writing by the back door", [withTree, here, "-o", "noatime,rw"], 1, /option rw is not for an image/],
    ["writing to what has a hash tree", ["-w", withTree, here], 1, /has a hash tree, which the first write would/],
    ["writing to what is read only", ["-w", readOnly, here], 1, /was made to be read only/],
    ["writing to two", ["-w", sound, withTree, here], 2, /--read-write: for one image, not 2/],
    ["two places for changes", ["-w", "--scratch", here, sound, here], 2, /--read-write and --scratch/],
    ["a scratch that is not there", ["--scratch", nowhere, sound, here], 1, /nowhere: no such file/],
    ["no folder", [sound], 2, /./],
  ];
  for (const [why, words, status, says] of WRONG) {
    mount(`ends with ${status} for ${why}, and nothing is mounted`, () => {
      const answer = layerkiln("mount", ...words);
      assert.is(answer.status, status, answer.stderr);
      assert.match(answer.stderr, says);
      assert.equal(mounts.under(here), []);
      for (const image of [sound, dynamic, vhdx, readOnly, withTree]) assert.equal(devicesLeft(image), []);
    });
  }
}
mount.run();

const umount = suite("layerkiln umount");
umount.after.each(takeOffAll);

if (present(mounts, umount)) {
  umount("refuses what is in use, and --lazy does not", async () => {
    const image = await imageOf(base);
    const target = scratchFolder();
    quietly("mount", image, await imageOf(top), target);
    const open = openSync(join(target, "etc"), "r");
    try {
      const { status, stderr } = layerkiln("umount", target);
      assert.is(status, 1);
      assert.match(stderr, /EBUSY: is in use\n$/);
      quietly("umount", "--lazy", target);
      assert.is(mounts.devices(image).length, 1);
    } finally {
      closeSync(open);
    }
    assert.equal(devicesLeft(image), []);
  });

  umount("says where nothing is mounted", () => {
    for (const folder of [scratchFolder(), scratchPath("nowhere")]) {
      const { status, stderr } = layerkiln("umount", folder);
      assert.is(status, 1);
      assert.is(stderr, `layerkiln: ${folder}: nothing is mounted there\n`);
    }
  });
}

umount("and mount say what a machine lacks that cannot", async () => {
  const image = await imageOf(base);
  for (const platform of [undefined, { ...linux, mounter: async () => undefined }]) {
    const options = platform ? { platform } : {};
    for (const work of [mountImages([image], scratchFolder(), options), unmountImages("/", options)]) {
      const { message } = await rejects(work, ErrorCode.Unavailable);
      assert.is(
        message,
        "mount: needs Linux or Windows, and the package koffi with a build for it (npm install koffi)",
      );
    }
  }
});

umount.run();
