/** `layerkiln serve` and `layerkiln snapshot` on Windows: the programs, on a root and a pipe of their own. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ErrorCode } from "../../src/host/errors.ts";
import { RemoteSnapshotter } from "../../src/host/grpc/remote-snapshotter.ts";
import { freshAddress } from "../fixtures/address.ts";
import { rejects } from "../fixtures/rejects.ts";
import { scratchFolder } from "../fixtures/scratch.ts";
import { layerkiln } from "../oracles/layerkiln.ts";
import { run } from "../oracles/oracle.ts";

const serving = suite("layerkiln serve: on Windows");

const program = (...words: string[]) => run(process.execPath, [layerkiln, ...words]);

/** Until it says that it is ready. */
async function start(root: string, address: string): Promise<ChildProcess> {
  const words = ["--snapshotter", "lcow", "--root", root, "--address", address, "--log-level", "info"];
  const child = spawn(process.execPath, [layerkiln, "serve", ...words], { stdio: ["ignore", "ignore", "pipe"] });
  const { value } = await createInterface(child.stderr!)[Symbol.asyncIterator]().next();
  assert.match(String(value), '"msg":"ready"');
  return child;
}

/** As Windows ends what does not end by itself. */
async function kill(child: ChildProcess): Promise<void> {
  const gone = once(child, "exit");
  child.kill();
  await gone;
}

async function asked<T>(address: string, question: (remote: RemoteSnapshotter) => Promise<T>): Promise<T> {
  const remote = await RemoteSnapshotter.open(address);
  try {
    return await question(remote);
  } finally {
    await remote.close();
  }
}

serving("has Windows's own places, and says them to containerd", () => {
  const { status, stdout } = program("serve", "--snapshotter", "lcow", "--print-config");
  assert.is(status, 0);
  assert.match(stdout, `# For ${process.env.ProgramFiles}\\containerd\\config.toml`);
  assert.match(stdout, 'address = "\\\\\\\\.\\\\pipe\\\\layerkiln-lcow"');
  assert.match(stdout, `root = ${JSON.stringify(`${process.env.ProgramData}\\layerkiln\\lcow`)}`);
  assert.match(stdout, 'default = ["layerkiln-lcow-diff", "windows", "windows-lcow"]');
});

serving("keeps snapshots whose mounts have paths of Windows", async () => {
  const [root, address] = [join(scratchFolder(), "deep", "root"), freshAddress()];
  const child = await start(root, address);
  try {
    const mounts = await asked(address, async (remote) => {
      await remote.prepare("extract-1 base", "");
      await remote.commit("base", "extract-1 base");
      return remote.view("v", "base");
    });
    const source = join(root, "snapshots", "1");
    assert.match(source, /^[A-Z]:\\/);
    assert.equal(mounts, [{ type: "lcow-layer", source, target: "", options: ["ro", "parentLayerPaths=null"] }]);
    assert.match(program("snapshot", "ls", "--address", address.replaceAll("\\", "/")).stdout, '"name":"base"');
    assert.match(program("snapshot", "ls", "--snapshotter", "lcow", "--root", root).stdout, '"name":"base"');

    const { status, stderr } = program("serve", "--snapshotter", "lcow", "--root", root, "--address", freshAddress());
    assert.is(status, 1);
    assert.match(stderr, `is owned by process ${child.pid}`);
  } finally {
    await kill(child);
  }
});

serving("goes on where a killed one stopped, at the same place", async () => {
  const [root, address] = [scratchFolder(), freshAddress()];
  const first = await start(root, address);
  await asked(address, (remote) => remote.prepare("extract-1 a", ""));
  await kill(first);
  const second = await start(root, address);
  try {
    await asked(address, async (remote) => {
      await remote.remove("extract-1 a");
      await rejects(remote.stat("extract-1 a"), ErrorCode.NotFound);
    });
    assert.equal(readdirSync(join(root, "snapshots")), []);
  } finally {
    await kill(second);
  }
});

serving("says which snapshotters are for Windows", () => {
  const { status, stderr } = program("serve", "--snapshotter", "overlay", "--root", scratchFolder());
  assert.is(status, 4);
  assert.is(stderr, "layerkiln: overlay: is of Linux; the snapshotters for Windows are lcow, cimfs\n");
});

serving.run();
