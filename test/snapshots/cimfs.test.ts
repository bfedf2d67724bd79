/** cimfs: what a runtime is told to mount, the scratch disk of a container, and the files that a CIM is made of. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ErrorCode, ImageError } from "../../src/host/errors.ts";
import { type OpenSnapshotterOptions, openSnapshotter } from "../../src/host/snapshots/open.ts";
import type { Snapshotter } from "../../src/host/snapshots/snapshotter.ts";
import { cimHeader } from "../fixtures/cim-header.ts";
import { commitChain } from "../fixtures/committed-chain.ts";
import { rejects } from "../fixtures/rejects.ts";
import { scratchFolder } from "../fixtures/scratch.ts";
import { FakeWindows } from "../fixtures/windows-layers.ts";

const BYTES = "containerd.io/snapshot/windows/rootfs.sizebytes";
const GIB = "containerd.io/snapshot/io.microsoft.container.storage.rootfs.size-gb";
const MACHINE = "containerd.io/snapshot/io.microsoft.vm.storage.scratch";

const GUID = "00112233-4455-6677-8899-aabbccddeeff";

interface CimFs {
  snapshots: Snapshotter;
  windows: FakeWindows;
  root: string;
  /** Path under snapshots/. */
  at(path: string): string;
  warnings: string[];
}

const test = suite("cimfs");

async function cimfs(work: (cimfs: CimFs) => Promise<void>, options: OpenSnapshotterOptions = {}): Promise<void> {
  const root = scratchFolder();
  const windows = new FakeWindows();
  const warnings: string[] = [];
  const warn = (failure: Error): void => void warnings.push(failure.message);
  const snapshots = await openSnapshotter("cimfs", root, windows.platform, { warn, ...options });
  try {
    await work({ snapshots, windows, root, at: (path) => join(root, "snapshots", path), warnings });
  } finally {
    await snapshots.close();
  }
}

/** A CIM of two regions of its own, after those of a parent; 10, 20, 30 and 40 bytes in its files. */
function writeCim({ at }: Pick<CimFs, "at">, id: string, guid = GUID): string[] {
  const header = cimHeader({ guid, parents: [{ guid: "ffffffff-ffff-ffff-ffff-ffffffffffff", count: 9 }] });
  const files: [name: string, size: number][] = [
    [`region_${guid}_0`, 10],
    [`region_${guid}_1`, 20],
    [`objectid_${guid}_0`, 30],
    [`objectid_${guid}_1`, 40],
  ];
  for (const [name, size] of files) writeFileSync(at(`cim-layers/${name}`), new Uint8Array(size));
  writeFileSync(at(`cim-layers/${id}.cim`), header);
  return [`${id}.cim`, ...files.map(([name]) => name)];
}

test("mounts name the snapshot's CIM and those of its parents", () =>
  cimfs(async ({ snapshots, at }) => {
    assert.equal(await snapshots.prepare("extract-0", ""), [
      { type: "CimFS", source: at("1"), target: "", options: ["rw", `cimpath=${at("cim-layers/1.cim")}`] },
    ]);
    await snapshots.commit("base", "extract-0");
    await snapshots.prepare("extract-1", "base");
    await snapshots.commit("top", "extract-1");
    const parents = [
      `parentLayerPaths=${JSON.stringify([at("2"), at("1")])}`,
      `parentCimPaths=${JSON.stringify([at("cim-layers/2.cim"), at("cim-layers/1.cim")])}`,
    ];
    assert.equal(await snapshots.prepare("container", "top"), [
      { type: "CimFS", source: at("3"), target: "", options: ["rw", `cimpath=${at("cim-layers/3.cim")}`, ...parents] },
    ]);
    assert.equal(await snapshots.view("view", "top"), [
      { type: "CimFS", source: at("4"), target: "", options: ["ro", `cimpath=${at("cim-layers/4.cim")}`, ...parents] },
    ]);
  }));

test("mounts name only directories where that is asked for", () =>
  cimfs(
    async ({ snapshots, at }) => {
      const [unpacking] = await snapshots.prepare("extract-0", "");
      assert.equal(unpacking!.options, ["rw"]);
      await snapshots.commit("base", "extract-0");
      const [mount] = await snapshots.view("view", "base");
      assert.equal(mount!.options, ["ro", `parentLayerPaths=${JSON.stringify([at("1")])}`]);
    },
    { cimPaths: "implied" },
  ));

test("containers and views have a copy of the one scratch disk, which is made when there is none", async () => {
  const root = scratchFolder();
  const windows = new FakeWindows();
  for (const round of ["first", "second"]) {
    const snapshots = await openSnapshotter("cimfs", root, windows.platform);
    if (round === "first") await commitChain(snapshots, ["base", "top"]);
    await snapshots.prepare(`${round} container`, "top");
    await snapshots.view(`${round} view`, "top");
    await snapshots.close();
  }
  assert.equal(windows.calls, [
    "assertCimFs",
    "makeScratchTemplate blank.vhdx",
    "grantVirtualMachineGroupAccess blank-base.vhdx",
    "grantVirtualMachineGroupAccess blank.vhdx",
    "assertCimFs",
    "grantVirtualMachineGroupAccess blank-base.vhdx",
    "grantVirtualMachineGroupAccess blank.vhdx",
  ]);
  for (const id of ["3", "4", "5", "6"]) {
    assert.is(readFileSync(join(root, "snapshots", id, "sandbox.vhdx"), "utf8"), "template");
  }
  assert.not.ok(existsSync(join(root, "snapshots", "1", "sandbox.vhdx")), "a layer that is unpacked needs none");
});

test("of the disk that is copied both halves are made, or none", async () => {
  const root = scratchFolder();
  const windows = new FakeWindows();
  writeFileSync(join(root, "blank.vhdx"), "without its base");
  await (await openSnapshotter("cimfs", root, windows.platform)).close();
  assert.is(readFileSync(join(root, "blank.vhdx"), "utf8"), "template");

  rmSync(join(root, "blank.vhdx"));
  windows.calls.length = 0;
  await (await openSnapshotter("cimfs", root, windows.platform)).close();
  assert.is(windows.calls[1], "makeScratchTemplate blank.vhdx");
  assert.is(readFileSync(join(root, "blank-base.vhdx"), "utf8"), "base", "disks of containers refer to it");

  rmSync(join(root, "blank-base.vhdx"));
  windows.grantVirtualMachineGroupAccess = async () => {
    throw new ImageError(ErrorCode.PermissionDenied, "grant: no");
  };
  await rejects(openSnapshotter("cimfs", root, windows.platform), ErrorCode.PermissionDenied);
  assert.equal(
    readdirSync(root).filter((name) => name.endsWith(".vhdx")),
    [],
  );
});

test("a scratch disk is as large as its labels say, and the one in bytes wins", () =>
  cimfs(async ({ snapshots, windows }) => {
    await commitChain(snapshots, ["base", "top"]);
    windows.calls.length = 0;
    await snapshots.prepare("a", "top", { labels: new Map([[BYTES, "50000000000"]]) });
    await snapshots.prepare("b", "top", { labels: new Map([[GIB, "40"]]) });
    await snapshots.prepare("c", "top", {
      labels: new Map([
        [BYTES, "1000000"],
        [GIB, "40"],
      ]),
    });
    assert.equal(windows.calls, [
      "expandScratch new-… 50000000000",
      `expandScratch new-… ${40 * 2 ** 30}`,
      "expandScratch new-… 1000000",
    ]);
    await rejects(
      snapshots.prepare("d", "top", { labels: new Map([[BYTES, "99999999999999999999"]]) }),
      ErrorCode.InvalidArgument,
    );
  }));

test("a utility machine has a scratch disk from the base layer", () =>
  cimfs(async ({ snapshots, at }) => {
    await commitChain(snapshots, ["base", "top"]);
    const labels = new Map([[MACHINE, "true"]]);
    await rejects(snapshots.prepare("too early", "top", { labels }), ErrorCode.NotFound);
    await rejects(snapshots.stat("too early"), ErrorCode.NotFound);
    mkdirSync(at("1/UtilityVM"));
    writeFileSync(at("1/UtilityVM/SystemTemplate.vhdx"), "machine");
    await snapshots.prepare("container", "top", { labels });
    assert.is(readFileSync(at("3/vm/sandbox.vhdx"), "utf8"), "machine");
    assert.is(readFileSync(at("3/sandbox.vhdx"), "utf8"), "template");
  }));

test("only what is unpacked has no parent, and only that is committed", () =>
  cimfs(async ({ snapshots }) => {
    await rejects(snapshots.prepare("container", ""), ErrorCode.Unsupported);
    await rejects(snapshots.view("view", ""), ErrorCode.Unsupported);
    await commitChain(snapshots, ["base", "top"]);
    await snapshots.prepare("container", "top");
    const error = await rejects(snapshots.commit("new", "container"), ErrorCode.Unsupported);
    assert.match(error.message, "container");
    assert.is((await snapshots.stat("container")).kind, "active");
  }));

test("usage of a layer counts its regions and object ids, once", () =>
  cimfs(async (all) => {
    const { snapshots, at } = all;
    await snapshots.prepare("extract-0", "");
    writeCim(all, "1");
    writeFileSync(at("1/layout"), new Uint8Array(5000));
    const active = await snapshots.usage("extract-0");
    await snapshots.commit("base", "extract-0");
    const committed = await snapshots.usage("base");
    assert.is(committed.size, active.size + 10 + 20 + 30 + 40);
    assert.is(committed.inodes, active.inodes);
  }));

test("a removed layer's regions and object ids go with it, and no other's", () =>
  cimfs(async (all) => {
    const { snapshots, at, windows } = all;
    await commitChain(snapshots, ["base", "top"]);
    const kept = writeCim(all, "1");
    writeCim(all, "2", "a0b1c2d3-0000-1111-2222-333344445555");
    assert.is(readdirSync(at("cim-layers")).length, 10);
    windows.calls.length = 0;
    await snapshots.remove("top");
    assert.equal(readdirSync(at("cim-layers")).sort(), kept.sort());
    assert.equal(windows.calls, ["destroyLayer rm-2"]);
    await snapshots.remove("base");
    assert.equal(readdirSync(at("cim-layers")), []);
    assert.equal(readdirSync(at(".")), ["cim-layers"]);
  }));

test("every failure to remove is a FailedPrecondition, as containerd's garbage collection wants it", () =>
  cimfs(async ({ snapshots }) => {
    await rejects(snapshots.remove("none"), ErrorCode.FailedPrecondition);
  }));

test("a CIM that cannot be read is left and told of; the snapshot goes", () =>
  cimfs(async (all) => {
    const { snapshots, at, warnings } = all;
    await snapshots.prepare("extract-0", "");
    writeCim(all, "1");
    truncateSync(at("cim-layers/1.cim"), 71);
    await snapshots.commit("base", "extract-0");
    await rejects(snapshots.usage("base"), ErrorCode.Corrupt);
    await snapshots.remove("base");
    assert.match(warnings.join(), "1.cim: is no CIM");
    await rejects(snapshots.stat("base"), ErrorCode.NotFound);
  }));

test("a sweep leaves the CIMs of snapshots, and takes those of none", async () => {
  const root = scratchFolder();
  const at = (path: string): string => join(root, "snapshots", path);
  const { platform } = new FakeWindows();
  const first = await openSnapshotter("cimfs", root, platform);
  await commitChain(first, ["base", "top"]);
  const kept = writeCim({ at }, "2");
  writeCim({ at }, "77", "77777777-0000-1111-2222-333344445555");
  mkdirSync(at("77"));
  await first.cleanup();
  assert.equal(readdirSync(at("cim-layers")).sort(), kept.sort());
  assert.equal(readdirSync(at(".")).sort(), ["1", "2", "cim-layers"]);
  await first.close();
});

test.run();
