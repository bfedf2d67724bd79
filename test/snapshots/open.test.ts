/** A root that will not do is refused with what to do about it. */
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { thisPlatform } from "../../src/adapters/this-platform.ts";
import { ErrorCode, ImageError } from "../../src/host/errors.ts";
import type { Mounter, Platform } from "../../src/host/platform.ts";
import { openSnapshotter } from "../../src/host/snapshots/open.ts";
import { needing } from "../fixtures/needing.ts";
import { rejects } from "../fixtures/rejects.ts";
import { scratchFile, scratchFolder, scratchPath } from "../fixtures/scratch.ts";
import { FakeWindows } from "../fixtures/windows-layers.ts";
import { ask, present } from "../oracles/oracle.ts";
import { fuseOverlayFs, overlayMounts } from "../oracles/overlay-mounts.ts";

const NOTHING: Platform = { copyRange: async () => undefined };

/** A system whose mounts fail as `error` says, or do nothing. */
const mounting = (mount: Mounter["mount"]): Platform => ({
  ...NOTHING,
  mounter: async () => ({ mount, unmount: async () => true }),
});

const open = suite("openSnapshotter");

open("makes a root that is not there, for its owner alone", async () => {
  const root = scratchPath("a/b");
  const snapshots = await openSnapshotter("overlay", root, NOTHING, { unchecked: true });
  assert.ok(readdirSync(root).includes("snapshots"));
  await snapshots.close();
});

open("lets one have a root, and others look on", async () => {
  const root = scratchFolder();
  const options = { unchecked: true };
  const owner = await openSnapshotter("overlay", root, NOTHING, options);
  await owner.prepare("key", "");
  const error = await rejects(openSnapshotter("overlay", root, NOTHING, options), ErrorCode.FailedPrecondition);
  assert.match(error.message, String(process.pid));

  const reader = await openSnapshotter("overlay", root, NOTHING, { readOnly: true });
  assert.equal(await reader.stat("key"), await owner.stat("key"));
  assert.equal(await reader.mounts("key"), await owner.mounts("key"));
  assert.equal(await reader.usage("key"), await owner.usage("key"));
  await owner.prepare("later", "");
  assert.is((await reader.stat("later")).kind, "active");
  for (const change of [
    reader.prepare("new", ""),
    reader.view("new", ""),
    reader.commit("new", "key"),
    reader.remove("key"),
    reader.update({ name: "key", labels: new Map() }),
    reader.cleanup(),
  ]) {
    await rejects(change, ErrorCode.FailedPrecondition);
  }
  assert.equal(readdirSync(join(root, "snapshots")), ["1", "2"]);
  await reader.close();
  await owner.close();
  await (await openSnapshotter("overlay", root, NOTHING, options)).close();
});

open("has nothing to look at where nothing is kept", async () => {
  const root = scratchPath("none");
  await rejects(openSnapshotter("overlay", root, NOTHING, { readOnly: true }), ErrorCode.NotFound);
  assert.not.ok(existsSync(root));
});

open("knows no other names", async () => {
  for (const name of ["btrfs", "", "__proto__", "toString"]) {
    const opened = openSnapshotter(name as "overlay", scratchFolder(), NOTHING);
    const error = await rejects(opened, ErrorCode.InvalidArgument);
    assert.match(error.message, "overlay");
  }
});

const openUnix = needing("sockets and paths as those of Unix", open);

openUnix("says what is missing where nothing can be mounted", async () => {
  const error = await rejects(openSnapshotter("overlay", scratchFolder(), NOTHING), ErrorCode.Unavailable);
  assert.match(error.message, "npm install koffi");
});

for (const code of [ErrorCode.Unavailable, ErrorCode.PermissionDenied]) {
  openUnix(`passes on what the system says is ${ErrorCode[code]}, and leaves nothing of its attempt`, async () => {
    const root = scratchFolder();
    const platform = mounting(async () => Promise.reject(new ImageError(code, "the remedy")));
    const error = await rejects(openSnapshotter("fuse-overlayfs", root, platform), code);
    assert.match(error.message, "the remedy");
    assert.equal(readdirSync(join(root, "snapshots")), []);
  });
}

openUnix("names filesystems that will do where this one does not", async () => {
  const root = scratchFolder();
  const platform = mounting(async () => {
    throw new ImageError(ErrorCode.InvalidArgument, "overlay: EINVAL");
  });
  const error = await rejects(openSnapshotter("overlay", root, platform), ErrorCode.FailedPrecondition);
  assert.match(error.message, root);
  assert.match(error.message, "overlay: EINVAL");
  assert.match(error.message, "choose a root on ext4, xfs, btrfs or tmpfs, or the snapshotter fuse-overlayfs");
});

openUnix("does not believe that what is mounted nowhere is mounted", async () => {
  const platform = mounting(async () => {});
  await rejects(openSnapshotter("overlay", scratchFolder(), platform), ErrorCode.FailedPrecondition);
});

for (const name of ["a:b", "a,b", "a\\b"]) {
  open(`refuses a root of the name ${name}, which a mount's options cannot have`, async () => {
    const error = await rejects(
      openSnapshotter(
        "overlay",
        scratchPath(name),
        mounting(async () => {}),
      ),
      ErrorCode.InvalidArgument,
    );
    assert.match(error.message, "choose a root of another name");
  });
}

open("says on Windows which snapshotters are for it", async () => {
  for (const name of ["overlay", "fuse-overlayfs", "ext4"] as const) {
    const opened = openSnapshotter(name, scratchFolder(), new FakeWindows().platform);
    assert.match((await rejects(opened, ErrorCode.Unavailable)).message, "lcow, cimfs");
  }
});

open("refuses a root that is a file", async () => {
  await rejects(
    openSnapshotter("overlay", scratchFile("file", new Uint8Array(1)), NOTHING, { unchecked: true }),
    ErrorCode.InvalidArgument,
  );
});

if (present(overlayMounts, open)) {
  open("refuses an overlay on an overlay", async () => {
    const folder = scratchFolder();
    for (const name of ["lower", "upper", "work", "merged"]) mkdirSync(join(folder, name));
    const [lower, upper, work, merged] = ["lower", "upper", "work", "merged"].map((name) => join(folder, name));
    const options = `lowerdir=${lower},upperdir=${upper},workdir=${work}`;
    ask("mount", ["-t", "overlay", "overlay", "-o", options, merged!]);
    try {
      const error = await rejects(
        openSnapshotter("overlay", join(merged!, "root"), thisPlatform()!),
        ErrorCode.FailedPrecondition,
      );
      assert.match(error.message, "choose a root on ext4");
    } finally {
      ask("umount", [merged!]);
    }
  });
}

if (present(fuseOverlayFs, open)) {
  open("names the package where fuse-overlayfs is not installed", async () => {
    const path = process.env.PATH;
    process.env.PATH = scratchFolder();
    try {
      const opened = openSnapshotter("fuse-overlayfs", scratchFolder(), thisPlatform()!);
      const error = await rejects(opened, ErrorCode.Unavailable);
      assert.match(error.message, "apt-get install fuse-overlayfs");
    } finally {
      process.env.PATH = path;
    }
  });
}

open.run();
