/**
 * A real containerd with our server for a snapshotter: images are unpacked, containers run and write, what they wrote becomes
 * a layer for others, and in the end nothing is left.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { gunzipSync } from "node:zlib";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { thisPlatform } from "../../src/adapters/this-platform.ts";
import { RemoteSnapshotter } from "../../src/host/grpc/remote-snapshotter.ts";
import { busyboxLayer, type OciImage, ociImage, upperLayer } from "../fixtures/oci-image.ts";
import { scratchFile, scratchFolder } from "../fixtures/scratch.ts";
import { Containerd, containerd, containerd2, containerd17, type Installation } from "../oracles/containerd.ts";
import { layerkiln, ServerProcess } from "../oracles/layerkiln.ts";
import { loopMount } from "../oracles/loop-mount.ts";
import { ask, missing, type Oracle, present } from "../oracles/oracle.ts";

const NAME = "example.org/test/image:1";
const OTHER = "example.org/test/image:2";

/** What each pair of containerd and snapshotter wants besides. */
const PAIRS: [Installation, snapshotter: string, Oracle][] = [
  [containerd, "overlay", busybox()],
  [containerd, "fuse-overlayfs", fuseOverlayFs()],
  [containerd17, "overlay", busybox()],
  [containerd17, "fuse-overlayfs", fuseOverlayFs()],
  [containerd17, "ext4", loopDevices()],
  [containerd2, "overlay", busybox()],
  [containerd2, "ext4", loopDevices()],
];

function busybox(): Oracle {
  return { name: "busybox", missing: missing("/bin/busybox", "busybox-static", "true") };
}

function fuseOverlayFs(): Oracle {
  return {
    name: "fuse-overlayfs",
    missing: missing("fuse-overlayfs", "fuse-overlayfs") ?? missing("mount.fuse3", "fuse3", "-h"),
  };
}

function loopDevices(): Oracle {
  return { name: "ext4 images", missing: busybox().missing ?? loopMount.missing };
}

for (const [installation, snapshotter, program] of PAIRS) {
  const pair = suite(`${installation.name} with ${snapshotter}`);
  if (present(installation, pair) && present(program, pair)) tests(pair, installation, snapshotter);
  pair.run();
}

function tests(pair: ReturnType<typeof suite>, installation: Installation, snapshotter: string): void {
  const test = (title: string, work: (session: Session) => Promise<void>) =>
    pair(title, () => withBoth(installation, snapshotter, work));

  test("runs containers that see what others committed, and leaves nothing behind", async (session) => {
    const image = ociImage(NAME, [busyboxLayer(), upperLayer(1)]);
    await session.importImage(image);
    await session.assertSnapshots(image.chainIds.map((id) => [id, "Committed"]));
    assert.is(await session.run("first", "cat /top; test -e /etc/gone || echo gone"), "1\ngone\n");

    await session.run("writer", "echo written > /new; rm /top; mkdir /more; echo x > /more/x", { keep: true });
    const usage = await session.usage("writer");
    assert.ok(usage > 0 && usage < 100_000, `${usage} bytes`);
    await session.snapshots("commit", "written", "writer");
    await session.assertSnapshots([...image.chainIds, "written"].map((id) => [id, "Committed"]));
    const seen = await session.runOn("written", "reader", "cat /new /more/x; test -e /top || echo gone");
    assert.is(seen, "written\nx\ngone\n");

    await session.store.ctr("containers", "rm", "writer");
    await session.snapshots("rm", "written");
    await session.removeImages();
    await session.assertNothingIsLeft();
  });

  test("makes an image of what a container wrote", async (session) => {
    const layers = [busyboxLayer(), upperLayer(1)];
    await session.importImage(ociImage(NAME, layers));
    await session.run("writer", "echo written > /new; rm /top; rm -r /etc; mkdir /etc; echo > /etc/a", { keep: true });
    const layer = await session.diff("writer");
    if (snapshotter === "ext4") session.assertCalls("Diff", 1);
    await session.store.ctr("containers", "rm", "writer");
    await session.importImage(ociImage(OTHER, [...layers, layer]));
    const seen = await session.run("reader", "cat /new; ls /etc; test -e /top || echo gone", { image: OTHER });
    assert.is(seen, "written\na\ngone\n");
    await session.removeImages();
    await session.assertNothingIsLeft();
  });

  test("unpacks twenty layers, and runs them", async (session) => {
    const uppers = Array.from({ length: 19 }, (_, index) => upperLayer(index + 1));
    const image = ociImage(NAME, [busyboxLayer(), ...uppers]);
    await session.importImage(image);
    await session.assertSnapshots(image.chainIds.map((id) => [id, "Committed"]));
    if (snapshotter === "ext4") session.assertCalls("Apply", 20);
    const script = "cat /top; for i in /layer-*; do cat $i; done | sort -n | tail -n 1; test -e /etc/gone || echo gone";
    assert.is(await session.run("all", script), "19\n19\ngone\n");
    await session.removeImages();
    await session.assertNothingIsLeft();
  });

  test("goes on when our server is killed, and when containerd is", async (session) => {
    const { store, server } = session;
    await session.importImage(ociImage(NAME, [busyboxLayer()]));
    await session.run("writer", "echo before > /new", { keep: true });
    await server.daemon.end("SIGKILL");
    assert.is.not((await store.tryCtr("snapshots", "--snapshotter", session.name, "usage", "writer")).status, 0);
    await server.daemon.start();
    await session.reconnected("writer");
    await session.snapshots("commit", "written", "writer");
    assert.is(await session.runOn("written", "reader", "cat /new"), "before\n");

    await store.daemon.end("SIGKILL");
    await store.daemon.start();
    await session.importImage(ociImage(OTHER, [busyboxLayer(), upperLayer(1)]));
    assert.is(await session.run("after", "cat /top", { image: OTHER }), "1\n");
    await store.ctr("containers", "rm", "writer");
    await session.snapshots("rm", "written");
    await session.removeImages();
    await session.assertNothingIsLeft();
  });

  test("leaves containerd's own snapshotter as it is", async (session) => {
    const { store } = session;
    await store.ctr("images", "import", "--snapshotter", "overlayfs", session.fileOf(ociImage(NAME, [busyboxLayer()])));
    assert.is(await store.ctr("run", "--rm", "--snapshotter", "overlayfs", NAME, "other", "/bin/echo", "x"), "x\n");
    await session.removeImages();
    await session.assertNothingIsLeft();
  });
}

function withBoth(installation: Installation, snapshotter: string, work: (session: Session) => Promise<void>) {
  const folder = scratchFolder(); // containerd's, whose socket our server must know
  const address = Containerd.addressIn(folder);
  return ServerProcess.with(snapshotter, ["--log-level", "debug", "--containerd-address", address], (server) => {
    const words = ["--snapshotter", snapshotter, "--address", server.address, "--print-config"];
    const config = ask(process.execPath, [
      layerkiln,
      "serve",
      ...words,
      "--config-version",
      installation.configVersion,
    ]);
    return Containerd.with(
      installation,
      config,
      (store) => work(new Session(store, server, `layerkiln-${snapshotter}`)),
      folder,
    );
  });
}

/** What a person does at the command line. */
class Session {
  constructor(
    readonly store: Containerd,
    readonly server: ServerProcess,
    readonly name: string,
  ) {}

  fileOf({ archive }: OciImage): string {
    return scratchFile("image.tar", archive);
  }

  async importImage(image: OciImage): Promise<void> {
    await this.store.ctr("images", "import", "--snapshotter", this.name, this.fileOf(image));
  }

  /** Runs `script` in a container of the image, and gives what it printed. */
  async run(container: string, script: string, { keep = false, image = NAME } = {}): Promise<string> {
    const words = ["run", ...(keep ? [] : ["--rm"]), "--snapshotter", this.name, image, container];
    for (let tries = 1; ; tries++) {
      const { status, stdout, stderr } = await this.store.tryCtr(...words, "/bin/sh", "-c", script);
      if (status === 0) return stdout.toString();
      // A fault of containerd's own on a busy machine (containerd#4387): its shim collects the program that it mounts by, and
      // then waits for it in vain.
      assert.ok(tries < 5 && stderr.includes("failed with ECHILD"), `${words.join(" ")}: exit ${status}: ${stderr}`);
      console.log(`  ${container}: tried again, containerd lost its mount program (ECHILD)`);
      if (keep) await this.store.tryCtr("containers", "rm", container);
    }
  }

  /** As `run`, on a committed snapshot instead of the image. */
  async runOn(snapshot: string, container: string, script: string): Promise<string> {
    const folder = scratchFolder();
    const mounter = (await thisPlatform()?.mounter?.())!;
    await this.snapshots("prepare", container, snapshot);
    const mounts = await this.#ask(async (remote) => remote.mounts(await keyOf(remote, container)));
    for (const mount of mounts) await mounter.mount(mount, folder);
    try {
      return await this.store.ctr("run", "--rm", "--rootfs", folder, container, "/bin/sh", "-c", script);
    } finally {
      await mounter.unmount(folder);
      await this.snapshots("rm", container);
    }
  }

  snapshots(...words: string[]): Promise<string> {
    return this.store.ctr("snapshots", "--snapshotter", this.name, ...words);
  }

  /** containerd waits a little longer after each attempt, up to some seconds. */
  async reconnected(key: string): Promise<void> {
    const words = ["snapshots", "--snapshotter", this.name, "usage", key];
    for (let tries = 0; (await this.store.tryCtr(...words)).status !== 0; tries++) {
      assert.ok(tries < 100, "containerd does not come back within 20 s");
      await sleep(200);
    }
  }

  /** Bytes. */
  async usage(key: string): Promise<number> {
    const [row] = await this.store.rows("snapshots", "--snapshotter", this.name, "usage", "-b", key);
    return Number(row![1]);
  }

  /** What a container wrote, as a layer: a tar. */
  async diff(key: string): Promise<Uint8Array> {
    return gunzipSync(await this.store.ctrBytes("snapshots", "--snapshotter", this.name, "diff", key));
  }

  async assertSnapshots(expected: [key: string, kind: string][]): Promise<void> {
    const rows = await this.store.rows("snapshots", "--snapshotter", this.name, "ls");
    const found = rows.map((row) => [row[0], row.at(-1)]);
    assert.equal(found.sort(), expected.sort());
  }

  /** That it was our server that did it. */
  assertCalls(method: string, count: number): void {
    const calls = this.server.log.filter((entry) => entry.method === method && entry.msg === "answered");
    assert.is(calls.length, count, `calls of ${method}`);
  }

  /** And waits for the collection of garbage that follows. */
  async removeImages(): Promise<void> {
    const names = (await this.store.ctr("images", "ls", "--quiet")).trim().split("\n");
    await this.store.ctr("images", "rm", "--sync", ...names);
  }

  /** Neither for containerd, nor for our server, nor on the disk. */
  async assertNothingIsLeft(): Promise<void> {
    await this.assertSnapshots([]);
    await this.#ask(async (remote) => {
      for await (const { name } of remote.walk()) assert.unreachable(`${name} is left`);
    });
    assert.equal(readdirSync(join(this.server.root, "snapshots")), []);
    const faults = this.server.log.filter(({ level }) => level >= 40);
    assert.equal(faults, []);
  }

  /** Our server, without containerd. */
  async #ask<T>(question: (remote: RemoteSnapshotter) => Promise<T>): Promise<T> {
    const remote = await RemoteSnapshotter.open(this.server.address);
    try {
      return await question(remote);
    } finally {
      await remote.close();
    }
  }
}

/** What our server calls it: containerd puts its namespace and a number before what it is told. */
async function keyOf(remote: RemoteSnapshotter, key: string): Promise<string> {
  for await (const { name } of remote.walk()) if (name.endsWith(`/${key}`)) return name;
  throw new Error(`there is no snapshot ${key}`);
}
