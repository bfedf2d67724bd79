/** lcow: what a utility machine is told to mount, and the scratch disk of a container. */
import { existsSync, readFileSync, readlinkSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ErrorCode } from "../../src/host/errors.ts";
import type { CopyScratch } from "../../src/host/snapshots/lcow.ts";
import { openSnapshotter } from "../../src/host/snapshots/open.ts";
import type { Snapshotter } from "../../src/host/snapshots/snapshotter.ts";
import { commitChain } from "../fixtures/committed-chain.ts";
import { needing } from "../fixtures/needing.ts";
import { rejects } from "../fixtures/rejects.ts";
import { scratchFolder } from "../fixtures/scratch.ts";
import { FakeWindows } from "../fixtures/windows-layers.ts";

const SIZE = "containerd.io/snapshot/io.microsoft.container.storage.rootfs.size-gb";
const LOCATION = "containerd.io/snapshot/io.microsoft.container.storage.rootfs.location";
const REUSE = "containerd.io/snapshot/io.microsoft.container.storage.reuse-scratch";
const OWNER = "containerd.io/snapshot/io.microsoft.owner.key";

interface Lcow {
  snapshots: Snapshotter;
  root: string;
  /** Path under snapshots/. */
  at(path: string): string;
  /** Sizes and directories that scratch disks were asked for with. */
  scratches: [sizeGib: number | undefined, directory: string | undefined][];
}

const test = suite("lcow");

async function lcow(work: (lcow: Lcow) => Promise<void>): Promise<void> {
  const root = scratchFolder();
  const scratches: Lcow["scratches"] = [];
  const copyScratch: CopyScratch = async (given, sizeGib, target, { directory } = {}) => {
    assert.is(given, root);
    scratches.push([sizeGib, directory]);
    writeFileSync(target, "scratch");
  };
  const snapshots = await openSnapshotter("lcow", root, new FakeWindows().platform, { copyScratch });
  try {
    await work({ snapshots, root, at: (path) => join(root, "snapshots", path), scratches });
  } finally {
    await snapshots.close();
  }
}

test("an active snapshot without parents says so in the word of Go", () =>
  lcow(async ({ snapshots, at }) => {
    assert.equal(await snapshots.prepare("key", ""), [
      { type: "lcow-layer", source: at("1"), target: "", options: ["rw", "parentLayerPaths=null"] },
    ]);
  }));

test("an active snapshot is its own directory over those of all its parents", () =>
  lcow(async ({ snapshots, at }) => {
    await commitChain(snapshots, ["base", "middle", "top"]);
    const parents = JSON.stringify([at("3"), at("2"), at("1")]);
    assert.equal(await snapshots.prepare("key", "top"), [
      { type: "lcow-layer", source: at("4"), target: "", options: ["rw", `parentLayerPaths=${parents}`] },
    ]);
  }));

test("a view is its parent's directory over those of the others", () =>
  lcow(async ({ snapshots, at }) => {
    await commitChain(snapshots, ["base", "middle", "top"]);
    const parents = JSON.stringify([at("2"), at("1")]);
    assert.equal(await snapshots.view("of three", "top"), [
      { type: "lcow-layer", source: at("3"), target: "", options: ["ro", `parentLayerPaths=${parents}`] },
    ]);
    assert.equal(await snapshots.view("of one", "base"), [
      { type: "lcow-layer", source: at("1"), target: "", options: ["ro", "parentLayerPaths=null"] },
    ]);
    const [mount] = await snapshots.view("of none", "");
    assert.equal(mount!.options, ["ro", "parentLayerPaths=null"]);
    assert.ok(statSync(mount!.source).isDirectory(), "it is there, and empty");
  }));

test("a container has a scratch disk, of the size that its label says", () =>
  lcow(async ({ snapshots, at, scratches }) => {
    await snapshots.prepare("plain", "");
    await snapshots.prepare("sized", "", { labels: new Map([[SIZE, "40"]]) });
    await snapshots.prepare("default", "", { labels: new Map([[SIZE, "0"]]) });
    await snapshots.prepare("elsewhere", "", { labels: new Map([[LOCATION, "/scratch"]]) });
    assert.equal(scratches, [
      [undefined, undefined],
      [40, undefined],
      [undefined, undefined],
      [undefined, "/scratch"],
    ]);
    for (const id of ["1", "2", "3", "4"]) assert.ok(existsSync(at(`${id}/sandbox.vhdx`)));
  }));

for (const size of ["-1", "1e3", "many", "65537", "20G"]) {
  test(`a size of ${JSON.stringify(size)} is refused, and nothing is made`, () =>
    lcow(async ({ snapshots }) => {
      const prepared = snapshots.prepare("key", "", { labels: new Map([[SIZE, size]]) });
      const error = await rejects(prepared, ErrorCode.InvalidArgument);
      assert.match(error.message, JSON.stringify(size));
      await rejects(snapshots.stat("key"), ErrorCode.NotFound);
    }));
}

test("neither a layer that is unpacked nor a view has a scratch disk", () =>
  lcow(async ({ snapshots, at, scratches }) => {
    await snapshots.prepare("ns/3/extract-5-abcd sha256:0", "");
    await snapshots.view("view", "");
    assert.equal(scratches, []);
    assert.not.ok(existsSync(at("1/sandbox.vhdx")));
  }));

needing("symbolic links", test)("a container may share the scratch disk of its owner", () =>
  lcow(async ({ snapshots, at, scratches }) => {
    await snapshots.prepare("k8s.io/4/owner", "");
    const labels = new Map([
      [REUSE, "true"],
      [OWNER, "owner"],
    ]);
    await snapshots.prepare("k8s.io/5/sharing", "", { labels });
    assert.is(readlinkSync(at("2/sandbox.vhdx")), at("1/sandbox.vhdx"));
    assert.is(readFileSync(at("2/sandbox.vhdx"), "utf8"), "scratch");
    assert.is(scratches.length, 1);

    await snapshots.prepare("extract-owner2", "");
    await rejects(
      snapshots.prepare("other", "", { labels: new Map([...labels, [OWNER, "owner2"]]) }),
      ErrorCode.FailedPrecondition,
    );
    const error = await rejects(
      snapshots.prepare("other", "", { labels: new Map([...labels, [OWNER, "nobody"]]) }),
      ErrorCode.FailedPrecondition,
    );
    assert.match(error.message, '"nobody"');
  }),
);

test("a scratch disk that cannot be made leaves nothing", async () => {
  const root = scratchFolder();
  const snapshots = await openSnapshotter("lcow", root, new FakeWindows().platform, {
    copyScratch: async () => Promise.reject(new Error("no space")),
  });
  const error = await rejects(snapshots.prepare("key", ""), ErrorCode.FailedPrecondition);
  assert.match(error.message, "no space");
  await rejects(snapshots.stat("key"), ErrorCode.NotFound);
  await snapshots.close();
});

test("asks for NTFS, and for Windows", async () => {
  const windows = new FakeWindows();
  windows.filesystem = "ReFS";
  const error = await rejects(openSnapshotter("lcow", scratchFolder(), windows.platform), ErrorCode.InvalidArgument);
  assert.match(error.message, "is on ReFS; choose a root on an NTFS volume");
  const nowhere = { copyRange: async () => undefined };
  await rejects(openSnapshotter("lcow", scratchFolder(), nowhere), ErrorCode.Unavailable);
});

test.run();
