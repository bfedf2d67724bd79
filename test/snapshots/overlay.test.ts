/** overlay and fuse-overlayfs: what is mounted, to the letter, and what stands on the disk. */
import { chownSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ErrorCode } from "../../src/host/errors.ts";
import type { Mount, Platform } from "../../src/host/platform.ts";
import { openSnapshotter } from "../../src/host/snapshots/open.ts";
import type { Snapshotter } from "../../src/host/snapshots/snapshotter.ts";
import { commitChain } from "../fixtures/committed-chain.ts";
import { rejects } from "../fixtures/rejects.ts";
import { scratchFolder } from "../fixtures/scratch.ts";

const UID_MAPPING = "containerd.io/snapshot/uidmapping";
const GID_MAPPING = "containerd.io/snapshot/gidmapping";

interface Overlay {
  snapshots: Snapshotter;
  /** Path under snapshots/. */
  at(path: string): string;
}

const test = suite("overlay, fuse-overlayfs");

/** Of a system that mounts nothing, and has `options` for overlays. */
async function opened(
  name: "overlay" | "fuse-overlayfs",
  options: string[],
  work: (overlay: Overlay) => Promise<void>,
): Promise<void> {
  const root = scratchFolder();
  const platform: Platform = { copyRange: async () => undefined, overlayOptions: async () => options };
  const snapshots = await openSnapshotter(name, root, platform, { unchecked: true });
  try {
    await work({ snapshots, at: (path) => join(root, "snapshots", path) });
  } finally {
    await snapshots.close();
  }
}

const bind = (source: string, access: string): Mount[] => [
  { type: "bind", source, target: "", options: [access, "rbind"] },
];

for (const [name, type, extra] of [
  ["overlay", "overlay", ["index=off"]],
  ["fuse-overlayfs", "fuse3.fuse-overlayfs", []],
] as const) {
  test(`${name}: one directory is bound, more are stacked`, () =>
    opened(name, ["index=off"], async ({ snapshots, at }) => {
      assert.equal(await snapshots.prepare("of base", ""), bind(at("1/fs"), "rw"));
      assert.equal(await snapshots.view("empty", ""), bind(at("2/fs"), "ro"));
      await snapshots.commit("base", "of base");
      assert.equal(await snapshots.view("view", "base"), bind(at("1/fs"), "ro"));
      const over = (options: string[]): Mount[] => [
        { type, source: "overlay", target: "", options: [...options, ...extra] },
      ];
      assert.equal(
        await snapshots.prepare("of top", "base"),
        over([`workdir=${at("4/work")}`, `upperdir=${at("4/fs")}`, `lowerdir=${at("1/fs")}`]),
      );
      await snapshots.commit("top", "of top");
      assert.equal(await snapshots.view("of two", "top"), over([`lowerdir=${at("4/fs")}:${at("1/fs")}`]));
      assert.equal(
        await snapshots.prepare("container", "top"),
        over([`workdir=${at("6/work")}`, `upperdir=${at("6/fs")}`, `lowerdir=${at("4/fs")}:${at("1/fs")}`]),
      );
      assert.equal(await snapshots.mounts("container"), await snapshots.mounts("container"));
    }));
}

test("fuse-overlayfs: labels that map ids become options of what is stacked", () =>
  opened("fuse-overlayfs", [], async ({ snapshots, at }) => {
    await commitChain(snapshots, ["base", "top"]);
    const labels = new Map([
      [UID_MAPPING, "0:1000:1,1:100000:65536"],
      [GID_MAPPING, "0:1001:1"],
    ]);
    const [mount] = await snapshots.prepare("mapped", "base", { labels });
    assert.equal(mount!.options.slice(2), [
      `lowerdir=${at("1/fs")}`,
      "uidmapping=0:1000:1:1:100000:65536",
      "gidmapping=0:1001:1",
    ]);
    assert.equal(await snapshots.mounts("mapped"), [mount]);
    assert.equal(await snapshots.view("bound", "base", { labels }), bind(at("1/fs"), "ro"));
  }));

for (const mapping of ["0:0", "0:0:1:upperdir=/etc", "a:b:c", "0:0:1,", "0:0:1,lowerdir=/", "-1:0:1"]) {
  test(`fuse-overlayfs: the mapping ${mapping} is refused, and nothing is made`, () =>
    opened("fuse-overlayfs", [], async ({ snapshots, at }) => {
      await commitChain(snapshots, ["base", "top"]);
      const labels = new Map([[UID_MAPPING, mapping]]);
      await rejects(snapshots.prepare("mapped", "top", { labels }), ErrorCode.InvalidArgument);
      await rejects(snapshots.stat("mapped"), ErrorCode.NotFound);
      assert.equal(readdirSync(at(".")).sort(), ["1", "2"]);
    }));
}

test("overlay: a user namespace has its own option, and labels that map ids change nothing", () =>
  opened("overlay", ["index=off", "userxattr"], async ({ snapshots, at }) => {
    await commitChain(snapshots, ["base", "top"]);
    const [mount] = await snapshots.view("view", "top", { labels: new Map([[UID_MAPPING, "0:1:1"]]) });
    assert.equal(mount!.options, [`lowerdir=${at("2/fs")}:${at("1/fs")}`, "index=off", "userxattr"]);
  }));

test("directories have their modes whatever the umask, and the root its parent's owner", () =>
  opened("overlay", [], async ({ snapshots, at }) => {
    const umask = process.umask(0o077);
    try {
      await snapshots.prepare("of base", "");
    } finally {
      process.umask(umask);
    }
    const mode = (path: string): number => statSync(at(path)).mode & 0o7777;
    assert.equal([mode("."), mode("1"), mode("1/fs"), mode("1/work")], [0o700, 0o700, 0o755, 0o711]);
    await snapshots.view("view", "");
    assert.equal(readdirSync(at("2")), ["fs"], "a view writes nothing");
    if (process.getuid?.() !== 0) return;
    chownSync(at("1/fs"), 12, 34);
    await snapshots.commit("base", "of base");
    await snapshots.prepare("next", "base");
    assert.equal([statSync(at("3/fs")).uid, statSync(at("3/fs")).gid], [12, 34]);
  }));

test.run();
