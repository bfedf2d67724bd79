/** Directories follow the metadata: whatever stood there before, a crash, a disk that is full, or somebody in the way. */
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ErrorCode, ImageError } from "../../src/host/errors.ts";
import { openMetadata } from "../../src/host/metadata/store.ts";
import type { Transaction } from "../../src/host/metadata/transaction.ts";
import type { Platform } from "../../src/host/platform.ts";
import { SnapshotDirectories } from "../../src/host/snapshots/directories.ts";
import { type OpenSnapshotterOptions, openSnapshotter } from "../../src/host/snapshots/open.ts";
import { OverlayDriver } from "../../src/host/snapshots/overlay.ts";
import type { Snapshotter } from "../../src/host/snapshots/snapshotter.ts";
import { StoredSnapshotter } from "../../src/host/snapshots/stored-snapshotter.ts";
import { rejects } from "../fixtures/rejects.ts";
import { scratchFolder } from "../fixtures/scratch.ts";
import { FakeWindows } from "../fixtures/windows-layers.ts";
import { ask, present } from "../oracles/oracle.ts";
import { overlayMounts } from "../oracles/overlay-mounts.ts";

const PLATFORM: Platform = { copyRange: async () => undefined };

const test = suite("snapshots: directories");

async function opened(
  root: string,
  work: (snapshots: Snapshotter, list: () => string[]) => Promise<void>,
  options: OpenSnapshotterOptions = {},
): Promise<void> {
  const snapshots = await openSnapshotter("overlay", root, PLATFORM, { unchecked: true, ...options });
  try {
    await work(snapshots, () => readdirSync(join(root, "snapshots")).sort());
  } finally {
    await snapshots.close();
  }
}

/** A directory under snapshots/ that nobody knows of, with a file in it. */
function leave(root: string, name: string): void {
  mkdirSync(join(root, "snapshots", name, "fs"), { recursive: true });
  writeFileSync(join(root, "snapshots", name, "fs", "file"), name);
}

test("of snapshots are named for their ids", async () => {
  await opened(scratchFolder(), async (snapshots, list) => {
    await snapshots.prepare("a", "");
    await snapshots.prepare("b", "");
    assert.equal(list(), ["1", "2"]);
    await snapshots.commit("c", "a");
    assert.equal(list(), ["1", "2"]);
    await snapshots.remove("b");
    assert.equal(list(), ["1"]);
  });
});

test("that a crash left are gone when the root is opened, and names that are not ours stay", async () => {
  const root = scratchFolder();
  await opened(root, async (snapshots) => {
    await snapshots.prepare("kept", "");
  });
  for (const name of ["7", "new-1234", "rm-5", "rm-5-0123", "cim-layers", "lost+found", "rm", "7a"]) leave(root, name);
  await opened(root, async (snapshots, list) => {
    assert.equal(list(), ["1", "7a", "cim-layers", "lost+found", "rm"]);
    for (const name of ["8", "new-5678", "rm-6"]) leave(root, name);
    await snapshots.cleanup();
    assert.equal(list(), ["1", "7a", "cim-layers", "lost+found", "rm"]);
  });
});

test("that were taken for a removal which was never committed are put back", async () => {
  const root = scratchFolder();
  const at = (path: string): string => join(root, "snapshots", path);
  await opened(root, async (snapshots) => {
    await snapshots.prepare("kept", "");
    writeFileSync(at("1/fs/file"), "content");
  });
  renameSync(at("1"), at("rm-1"));
  await opened(root, async (_, list) => {
    assert.equal(list(), ["1"]);
    assert.is(readFileSync(at("1/fs/file"), "utf8"), "content");
  });
  leave(root, "rm-1");
  await opened(root, async (_, list) => {
    assert.equal(list(), ["1"]);
    assert.is(readFileSync(at("1/fs/file"), "utf8"), "content", "what stands there is the snapshot");
  });
});

test("that stand where a new snapshot's shall give way, and nothing of them shows", async () => {
  const root = scratchFolder();
  await opened(root, async (snapshots, list) => {
    leave(root, "1");
    await snapshots.prepare("new", "");
    assert.equal(readdirSync(join(root, "snapshots", "1", "fs")), []);
    await snapshots.cleanup();
    assert.equal(list(), ["1"]);
  });
});

test("of snapshots that could not be made are gone at once", async () => {
  await opened(scratchFolder(), async (snapshots, list) => {
    await rejects(snapshots.prepare("key", "none"), ErrorCode.NotFound);
    assert.equal(list(), []);
  });
});

test("go with cleanup only, where that is asked for", async () => {
  await opened(
    scratchFolder(),
    async (snapshots, list) => {
      await snapshots.prepare("a", "");
      await snapshots.prepare("b", "");
      await snapshots.remove("a");
      assert.equal(list(), ["1", "2"]);
      await rejects(snapshots.stat("a"), ErrorCode.NotFound);
      await snapshots.cleanup();
      assert.equal(list(), ["2"]);
    },
    { deletion: "cleanup" },
  );
});

test("that are being made are no left-overs", async () => {
  await opened(scratchFolder(), async (snapshots, list) => {
    const made = Array.from({ length: 40 }, (_, index) => snapshots.prepare(String(index), ""));
    const cleaned = Array.from({ length: 10 }, () => snapshots.cleanup());
    await Promise.all([...made, ...cleaned]);
    assert.is(list().length, 40);
    for (const id of list()) assert.ok(/^\d+$/.test(id));
  });
});

test("are as they were when the store cannot be written", async () => {
  const root = scratchFolder();
  const store = await openMetadata(root);
  let full = false;
  const fails = new Proxy(store, {
    get(target, name) {
      if (name !== "write") return Reflect.get(target, name).bind(target);
      return (change: (transaction: Transaction) => Promise<unknown>) =>
        store.write(async (transaction) => {
          const result = await change(transaction);
          if (full) throw new ImageError(ErrorCode.FailedPrecondition, "no space left");
          return result;
        });
    },
  });
  const directories = new SnapshotDirectories(root);
  await directories.create();
  const driver = new OverlayDriver(directories, { type: "overlay", options: () => [] });
  const snapshots = new StoredSnapshotter(fails, directories, driver);
  await snapshots.prepare("kept", "");
  writeFileSync(join(directories.of("1"), "fs", "file"), "content");
  full = true;
  await rejects(snapshots.remove("kept"), ErrorCode.FailedPrecondition);
  await rejects(snapshots.commit("name", "kept"), ErrorCode.FailedPrecondition);
  await rejects(snapshots.prepare("new", ""), ErrorCode.FailedPrecondition);
  assert.is(readFileSync(join(directories.of("1"), "fs", "file"), "utf8"), "content");
  assert.is((await snapshots.stat("kept")).kind, "active");
  full = false;
  await snapshots.prepare("new", "");
  await snapshots.cleanup();
  assert.equal(readdirSync(directories.home).sort(), ["1", "2"]);
  await snapshots.close();
});

if (present(overlayMounts, test)) {
  test("that are in use stay, and so does their snapshot", async () => {
    const root = scratchFolder();
    await opened(root, async (snapshots, list) => {
      await snapshots.prepare("busy", "");
      const directory = join(root, "snapshots", "1");
      ask("mount", ["--bind", directory, directory]); // Linux renames no mount point, as Windows no directory in use
      try {
        const error = await rejects(snapshots.remove("busy"), ErrorCode.FailedPrecondition);
        assert.match(error.message, "is in use");
        assert.is((await snapshots.stat("busy")).kind, "active");
      } finally {
        ask("umount", [directory]);
      }
      await snapshots.remove("busy");
      assert.equal(list(), []);
    });
  });

  test("that Windows holds are let go of, and then removed", async () => {
    const root = scratchFolder();
    const windows = new FakeWindows();
    const directory = join(root, "snapshots", "1");
    windows.deactivateLayer = async (held) => {
      assert.is(held, directory);
      ask("umount", [directory]);
    };
    const snapshots = await openSnapshotter("cimfs", root, windows.platform);
    await snapshots.prepare("extract-0", "");
    ask("mount", ["--bind", directory, directory]);
    await snapshots.remove("extract-0");
    assert.equal(readdirSync(join(root, "snapshots")), ["cim-layers"]);
    await snapshots.close();
  });
}

test.run();
