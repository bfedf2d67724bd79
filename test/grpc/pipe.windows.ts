/** Our server on a named pipe of Windows: what a socket does, and what only pipes do. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { ContentStore } from "../../src/host/diff/differ.ts";
import { ErrorCode } from "../../src/host/errors.ts";
import { Connection } from "../../src/host/grpc/connection.ts";
import { DiffDefinition } from "../../src/host/grpc/messages/containerd/services/diff/v1/diff.ts";
import { methodsOf } from "../../src/host/grpc/methods.ts";
import { RemoteSnapshotter } from "../../src/host/grpc/remote-snapshotter.ts";
import { SnapshotServer } from "../../src/host/grpc/server.ts";
import { freshAddress } from "../fixtures/address.ts";
import { serveContent } from "../fixtures/content-server.ts";
import { MemoryStore } from "../fixtures/content-store.ts";
import { keptLog } from "../fixtures/log.ts";
import { MemorySnapshotter } from "../fixtures/memory-snapshotter.ts";
import { ON_WINE } from "../fixtures/on-wine.ts";
import { noise } from "../fixtures/random.ts";
import { rejects } from "../fixtures/rejects.ts";
import { scratchPath } from "../fixtures/scratch.ts";
import { withServer } from "../fixtures/server.ts";

const pipe = suite("grpc: pipe");

const start = (address: string) =>
  SnapshotServer.start({ address, snapshots: new MemorySnapshotter(), log: keptLog() });

async function asked(address: string): Promise<void> {
  const remote = await RemoteSnapshotter.open(address);
  await rejects(remote.stat("a"), ErrorCode.NotFound);
  await remote.close();
}

pipe("is what a server takes, and no path of a file", async () => {
  const directory = scratchPath("none");
  const error = await rejects(start(join(directory, "a.sock")), ErrorCode.InvalidArgument);
  assert.match(error.message, /a\.sock: is no pipe/);
  assert.not.ok(existsSync(directory));
});

pipe("carries calls, answers and errors", async () => {
  await withServer(new MemorySnapshotter(), async ({ address, remote }) => {
    assert.match(address, /^\\\\\.\\pipe\\/);
    const [mount] = await remote.prepare("extract-1 ä", "");
    assert.is(mount!.source, "/snapshots/extract-1 ä");
    await remote.commit("base", "extract-1 ä");
    const error = await rejects(remote.prepare("b", "none"), ErrorCode.NotFound);
    assert.is(error.message, "snapshot none: does not exist");
    const names: string[] = [];
    for await (const { name } of remote.walk()) names.push(name);
    assert.equal(names, ["base"]);
  });
});

pipe("is free when its server has ended", async () => {
  const address = freshAddress();
  for (let round = 0; round < 3; round++) {
    const server = await start(address);
    await asked(address);
    assert.is(await server.stop(1000), true);
  }
});

pipe("is free when its server was killed", async () => {
  const address = freshAddress();
  const script = `require("net").createServer().listen(${JSON.stringify(address)}, () => console.log("listens"))`;
  const child = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] });
  await once(child.stdout, "data");
  child.kill();
  await once(child, "exit");
  const server = await start(address);
  await asked(address);
  await server.stop(1000);
});

pipe("without a server is a machine that lacks a part", async () => {
  const remote = await RemoteSnapshotter.open(freshAddress());
  await rejects(remote.stat("a"), ErrorCode.Unavailable);
  await remote.close();
});

pipe("carries a differ's blobs from containerd", async () => {
  const store = new MemoryStore();
  const bytes = noise(3 * 2 ** 20 + 17);
  const layer = store.add(bytes, "application/vnd.oci.image.layer.v1.tar");
  const containerd = freshAddress();
  const content = await serveContent(containerd, store);
  const read: Uint8Array[] = [];
  const diff = {
    containerdAddress: containerd,
    open: (blobs: ContentStore) => ({
      apply: async () => {
        for await (const piece of blobs.read(layer)) read.push(piece);
        return layer;
      },
      compare: async () => layer,
    }),
  };
  await withServer(
    new MemorySnapshotter(),
    async ({ address }) => {
      const connection = await Connection.open(address);
      const request = { mounts: [], payloads: new Map(), syncFs: false };
      const blob = { ...layer, size: BigInt(layer.size), annotations: new Map() };
      const { applied } = await connection.unary(methodsOf(DiffDefinition).apply, { ...request, diff: blob });
      connection.close();
      assert.is(applied?.digest, layer.digest);
    },
    { diff },
  );
  content.stop();
  assert.ok(Buffer.concat(read).equals(bytes));
});

if (ON_WINE) {
  console.log("  skipped: Wine adds a pipe to those of the same name, whoever has them");
  pipe.skip();
} else {
  pipe("of a live server is left to it", async () => {
    const address = freshAddress();
    const server = await start(address);
    const error = await rejects(start(address), ErrorCode.FailedPrecondition);
    assert.is(error.message, `${address}: another server listens there`);
    await asked(address);
    await server.stop(1000);
  });

  pipe("of another program is left to it too", async () => {
    const address = freshAddress();
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(address, resolve));
    await rejects(start(address), ErrorCode.FailedPrecondition);
    await new Promise((resolve) => other.close(resolve));
  });
}

pipe.run();
