/** Every snapshotter keeps the rules of all: with real mounts those that Linux mounts, in their metadata those of Windows. */
import { writeFile } from "node:fs/promises";
import { suite } from "uvu";
import { thisPlatform } from "../../src/adapters/this-platform.ts";
import { openSnapshotter } from "../../src/host/snapshots/open.ts";
import { scratchFolder } from "../fixtures/scratch.ts";
import { FakeWindows } from "../fixtures/windows-layers.ts";
import { present } from "../oracles/oracle.ts";
import { fuseOverlayFs, overlayMounts } from "../oracles/overlay-mounts.ts";
import { snapshotterSuite } from "../suites/snapshotter.ts";

const linux = thisPlatform();
const mounting = suite("snapshotters: mounts");

for (const [name, oracle] of [
  ["overlay", overlayMounts],
  ["fuse-overlayfs", fuseOverlayFs],
] as const) {
  if (!present(oracle, mounting)) continue;
  snapshotterSuite(name, {
    open: () => openSnapshotter(name, scratchFolder(), linux!),
    mounter: await linux!.mounter!(),
  });
}

mounting.run();

const { platform } = new FakeWindows();

snapshotterSuite("lcow", {
  open: () =>
    openSnapshotter("lcow", scratchFolder(), platform, {
      copyScratch: (_root, _size, target) => writeFile(target, "scratch"),
    }),
});

/** Only what is unpacked has no parent, and only that is committed. */
snapshotterSuite("cimfs", {
  open: () => openSnapshotter("cimfs", scratchFolder(), platform),
  key: (name) => `extract-${name}`,
  removalFailsAlike: true,
});
