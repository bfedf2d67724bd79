/** The socket, and how the server ends. */

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ErrorCode } from "../../src/host/errors.ts";
import { RemoteSnapshotter } from "../../src/host/grpc/remote-snapshotter.ts";
import { SnapshotServer } from "../../src/host/grpc/server.ts";
import { freshAddress } from "../fixtures/address.ts";
import { keptLog } from "../fixtures/log.ts";
import { MemorySnapshotter } from "../fixtures/memory-snapshotter.ts";
import { needing } from "../fixtures/needing.ts";
import { rejects } from "../fixtures/rejects.ts";
import { scratchFolder, scratchPath } from "../fixtures/scratch.ts";

const sockets = suite("grpc: socket");
const socket = needing("sockets and paths as those of Unix", sockets);

const start = (address: string, snapshots = new MemorySnapshotter()) =>
  SnapshotServer.start({ address, snapshots, log: keptLog() });

socket("is for its owner alone, and so is the directory that it makes", async () => {
  const directory = join(scratchFolder(), "a", "b");
  const mask = process.umask(0);
  try {
    const server = await start(join(directory, "c.sock"));
    assert.is(statSync(join(directory, "c.sock")).mode & 0o777, 0o600);
    assert.is(statSync(directory).mode & 0o777, 0o700);
    assert.is(process.umask(), 0, "the mask is what it was");
    await server.stop(1000);
    assert.not.ok(existsSync(join(directory, "c.sock")), "it goes with the server");
  } finally {
    process.umask(mask);
  }
});

socket("leaves a directory as it is that was there before", async () => {
  const directory = scratchPath("a");
  mkdirSync(directory, { mode: 0o755 });
  const server = await start(join(directory, "c.sock"));
  assert.is(statSync(directory).mode & 0o777, 0o755);
  await server.stop(1000);
});

/** A process that binds and dies leaves its socket behind. */
function leaveSocket(path: string): void {
  const script = `require("net").createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, "SIGKILL"))`;
  spawnSync(process.execPath, ["-e", script]);
  assert.ok(statSync(path).isSocket());
}

socket("of a dead server is replaced", async () => {
  const address = scratchPath("a.sock");
  leaveSocket(address);
  const server = await start(address);
  const remote = await RemoteSnapshotter.open(address);
  await rejects(remote.stat("a"), ErrorCode.NotFound);
  await remote.close();
  await server.stop(1000);
});

socket("of a live server is left to it", async () => {
  const address = scratchPath("a.sock");
  const server = await start(address);
  const error = await rejects(start(address), ErrorCode.FailedPrecondition);
  assert.is(error.message, `${address}: another server listens there`);
  const remote = await RemoteSnapshotter.open(address);
  await rejects(remote.stat("a"), ErrorCode.NotFound);
  await remote.close();
  await server.stop(1000);
});

socket("of a pipe's name is left too, where the system says that it is taken", async () => {
  const directory = process.cwd();
  process.chdir(scratchFolder()); // which is where a name of Windows leads to here
  try {
    const address = "\\\\.\\pipe\\a";
    const server = await start(address);
    const error = await rejects(start(address), ErrorCode.FailedPrecondition);
    assert.is(error.message, `${address}: another server listens there`);
    await server.stop(1000);
  } finally {
    process.chdir(directory);
  }
});

socket("of another program's is left to it too", async () => {
  const address = scratchPath("a.sock");
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(address, resolve));
  await rejects(start(address), ErrorCode.FailedPrecondition);
  await new Promise((resolve) => other.close(resolve));
});

socket("does not take the place of a file", async () => {
  const address = scratchPath("a.sock");
  writeFileSync(address, "precious");
  await rejects(start(address), ErrorCode.AlreadyExists);
  assert.is(statSync(address).size, 8);
});

socket("has a path of 107 bytes at most", async () => {
  const folder = scratchFolder();
  const address = (length: number) => join(folder, "ä".repeat(Math.floor((length - folder.length - 1) / 2))).padEnd(0);
  const fits = address(107);
  const server = await start(fits.padEnd(107 - (Buffer.byteLength(fits) - fits.length), "x"));
  await server.stop(1000);
  const error = await rejects(start(join(folder, "x".repeat(108 - folder.length - 1))), ErrorCode.InvalidArgument);
  assert.match(error.message, "is 108 bytes long; the path of a socket has at most 107");
});

socket("whose directory cannot be made says why", async () => {
  const file = scratchPath("file");
  writeFileSync(file, "");
  const error = await rejects(start(join(file, "a.sock")), ErrorCode.AlreadyExists);
  assert.is(error.message, `${file}: exists already`);
});

const end = suite("grpc: end of a server");

end("waits for calls that run, and answers them", async () => {
  const snapshots = new MemorySnapshotter();
  const { server, remote, release, asked } = await withSlowStat(snapshots);
  const answer = remote.stat("a");
  await asked;
  const stopped = server.stop(10_000);
  setTimeout(release, 100);
  await rejects(answer, ErrorCode.NotFound);
  assert.is(await stopped, true);
  await rejects(remote.stat("a"), ErrorCode.Unavailable);
  await remote.close();
});

end("waits no longer than it is told", async () => {
  const { server, remote, release, asked } = await withSlowStat(new MemorySnapshotter());
  const answer = rejects(remote.stat("a"), ErrorCode.Unavailable);
  await asked;
  const began = Date.now();
  assert.is(await server.stop(200), false);
  assert.ok(Date.now() - began < 2000);
  await answer;
  release();
  await remote.close();
});

end("does not wait for connections that ask nothing", async () => {
  const address = freshAddress();
  const server = await start(address);
  const silent = (await import("node:net")).connect(address);
  await new Promise((resolve) => silent.once("connect", resolve));
  const began = Date.now();
  assert.is(await server.stop(10_000), true);
  assert.ok(Date.now() - began < 3000);
  silent.destroy();
});

async function withSlowStat(snapshots: MemorySnapshotter) {
  let release = () => {};
  let ask = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const asked = new Promise<void>((resolve) => {
    ask = resolve;
  });
  const stat = snapshots.stat.bind(snapshots);
  snapshots.stat = async (key) => {
    ask();
    await held;
    return stat(key);
  };
  const address = freshAddress();
  const server = await start(address, snapshots);
  return { server, remote: await RemoteSnapshotter.open(address), release, asked };
}

sockets.run();
end.run();
