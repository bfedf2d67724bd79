/** What the service manager hears. It is played by Python, whose sockets have nothing to do with ours. */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { thisPlatform } from "../../src/adapters/this-platform.ts";
import { tellServiceManager } from "../../src/host/grpc/service-manager.ts";
import { keptLog } from "../fixtures/log.ts";
import { scratchPath } from "../fixtures/scratch.ts";
import { PYTHON } from "../oracles/loop-mount.ts";
import { missing, present } from "../oracles/oracle.ts";

const manager = suite("service manager");

const python = {
  name: "python3",
  missing: process.platform === "linux" ? missing(PYTHON, "python3") : "datagrams of unix(7) are sent on Linux only",
};

const LISTEN = `
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1].replace("@", "\\0"))
print("bound", flush=True)
print(s.recv(100).decode(), flush=True)
`;

function linesOf(child: ChildProcess): () => Promise<string> {
  const lines = createInterface(child.stdout!)[Symbol.asyncIterator]();
  return async () => (await lines.next()).value;
}

if (present(python, manager)) {
  for (const [why, address] of [
    ["a path", scratchPath("n.sock")],
    ["a name that is no file's", `@layerkiln-test-${process.pid}`],
  ] as const) {
    manager(`hears at ${why}`, async () => {
      const child = spawn(PYTHON, ["-c", LISTEN, address], { stdio: ["ignore", "pipe", "inherit"] });
      const line = linesOf(child);
      try {
        assert.is(await line(), "bound");
        const log = keptLog();
        await tellServiceManager("READY=1", thisPlatform(), log, address);
        assert.is(await line(), "READY=1");
        assert.equal(log.entries, []);
      } finally {
        child.kill();
      }
    });
  }
}

manager("is not spoken to where there is none", async () => {
  const log = keptLog();
  await tellServiceManager("READY=1", thisPlatform(), log, "");
  assert.equal(log.entries, []);
});

manager("that does not listen, and a machine that cannot send, are a warning", async () => {
  const log = keptLog();
  await tellServiceManager("STOPPING=1", thisPlatform(), log, scratchPath("nobody.sock"));
  await tellServiceManager("STOPPING=1", undefined, log, scratchPath("nobody.sock"));
  assert.equal(
    log.entries.map(({ level }) => level),
    ["warn", "warn"],
  );
});

manager.run();
