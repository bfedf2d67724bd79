/** `layerkiln serve`, run as a service manager runs it. */
import { spawn } from "node:child_process";
import { copyFileSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ErrorCode } from "../../src/host/errors.ts";
import { RemoteSnapshotter } from "../../src/host/grpc/remote-snapshotter.ts";
import { rejects } from "../fixtures/rejects.ts";
import { inRepository } from "../fixtures/repository.ts";
import { scratchFile, scratchFolder, scratchPath } from "../fixtures/scratch.ts";
import { layerkiln, ServerProcess } from "../oracles/layerkiln.ts";
import { PYTHON } from "../oracles/loop-mount.ts";
import { missing, present, run } from "../oracles/oracle.ts";
import { overlayMounts } from "../oracles/overlay-mounts.ts";

const refused = suite("layerkiln serve, refused");

/** A copy of the program that finds none but these packages, and those that are always there. */
function programWith(...packages: string[]): string {
  const program = join(scratchFolder(), "cli/bin/main.js");
  const modules = join(dirname(program), "node_modules");
  mkdirSync(join(modules, "@grpc"), { recursive: true });
  for (const name of readdirSync(dirname(layerkiln)).filter((each) => each.endsWith(".js"))) {
    copyFileSync(join(dirname(layerkiln), name), join(dirname(program), name));
  }
  writeFileSync(join(dirname(program), "package.json"), '{ "type": "commonjs" }');
  for (const name of ["re2js", ...packages]) symlinkSync(inRepository(`node_modules/${name}`), join(modules, name));
  return program;
}

for (const [absent, ...rest] of [
  ["pino", "koffi", "lmdb", "@grpc/grpc-js"],
  ["@grpc/grpc-js", "koffi", "lmdb", "pino"],
] as const) {
  refused(`without ${absent} says what to install`, () => {
    const words = ["serve", "--snapshotter", "overlay", "--root", scratchPath("root"), "--address", scratchPath("a")];
    const { status, stderr } = run(process.execPath, [programWith(...rest), ...words]);
    assert.is(status, 4, stderr);
    assert.is(stderr, `layerkiln: grpc: the package ${absent} is not installed; npm install ${absent} adds it\n`);
  });
}

refused("where its root is a file", () => {
  const words = ["serve", "--snapshotter", "overlay", "--address", scratchPath("a.sock")];
  const root = scratchFile("root", Buffer.from("x"));
  const { status, stderr } = run(process.execPath, [layerkiln, ...words, "--root", root]);
  assert.is(status, 1, stderr);
  assert.match(stderr, `layerkiln: ${root}`);
});

refused("with a snapshotter that is none", () => {
  const { status, stderr } = run(process.execPath, [layerkiln, "serve", "--snapshotter", "zfs"]);
  assert.is(status, 2);
  assert.match(stderr, '"zfs" is none of overlay, fuse-overlayfs, ext4, lcow, cimfs');
});

for (const snapshotter of ["lcow", "cimfs"]) {
  refused(`with ${snapshotter} anywhere but on Windows`, () => {
    const { status, stderr } = run(process.execPath, [
      layerkiln,
      "serve",
      "--snapshotter",
      snapshotter,
      "--root",
      scratchPath("r"),
    ]);
    assert.is(status, 4, stderr);
    assert.match(stderr, "Windows");
  });
}

refused.run();

const served = suite("layerkiln serve");

if (present(overlayMounts, served)) {
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    served(`ends in order when ${signal} says so`, () =>
      ServerProcess.with("overlay", [], async (server) => {
        assert.is(await server.daemon.end(signal), 0);
        assert.equal(server.log, []);
      }),
    );
  }

  served("goes on where a killed one stopped, at the same place", () =>
    ServerProcess.with("overlay", [], async (first) => {
      await asked(first, (remote) => remote.prepare("a", ""));
      await first.daemon.end("SIGKILL");
      const folder = dirname(first.address);
      await ServerProcess.with("overlay", [], (second) => asked(second, (remote) => remote.remove("a")), { folder });
    }),
  );

  served("leaves the root of another server alone", () =>
    ServerProcess.with("overlay", [], async ({ root }) => {
      const words = ["serve", "--snapshotter", "overlay", "--root", root, "--address", scratchPath("b.sock")];
      const { status, stderr } = run(process.execPath, [layerkiln, ...words]);
      assert.is(status, 1, stderr);
      assert.match(stderr, root);
    }),
  );

  served("leaves the socket of another server alone, and the root that it asked for free", () =>
    ServerProcess.with("overlay", [], async (server) => {
      const words = ["serve", "--snapshotter", "overlay", "--root", scratchPath("b"), "--address", server.address];
      const { status, stderr } = run(process.execPath, [layerkiln, ...words]);
      assert.is(status, 1, stderr);
      assert.is(stderr, `layerkiln: ${server.address}: another server listens there\n`);
      await asked(server, (remote) => rejects(remote.stat("a"), ErrorCode.NotFound));
    }),
  );

  served("logs each call, if asked to, and nothing else by itself", async () => {
    await ServerProcess.with("overlay", ["--log-level", "debug"], async (server) => {
      await asked(server, (remote) => remote.prepare("a", ""));
      await asked(server, (remote) => rejects(remote.stat("b"), ErrorCode.NotFound));
      await server.daemon.end();
      const methods = server.log.map(({ method, msg }) => `${method ?? "-"}: ${msg}`);
      assert.equal(methods.slice(0, 2), ["-: ready", "Prepare: answered"]);
      assert.match(methods[2]!, /^Stat: .*: not found$/);
    });
  });

  const python = { name: "python3", missing: missing(PYTHON, "python3") };
  if (present(python, served)) {
    served("tells the service manager that it is ready, and that it ends", async () => {
      const address = scratchPath("notify.sock");
      const manager = spawn(PYTHON, ["-c", LISTEN, address], { stdio: ["ignore", "pipe", "inherit"] });
      const lines = createInterface(manager.stdout)[Symbol.asyncIterator]();
      try {
        assert.is((await lines.next()).value, "bound");
        const environment = { NOTIFY_SOCKET: address };
        await ServerProcess.with("overlay", [], (server) => server.daemon.end(), { environment });
        assert.equal([(await lines.next()).value, (await lines.next()).value], ["READY=1", "STOPPING=1"]);
      } finally {
        manager.kill();
      }
    });
  }
}

const LISTEN = `
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print("bound", flush=True)
for _ in range(2): print(s.recv(100).decode(), flush=True)
`;

async function asked<T>(server: ServerProcess, question: (remote: RemoteSnapshotter) => Promise<T>): Promise<T> {
  const remote = await RemoteSnapshotter.open(server.address);
  try {
    return await question(remote);
  } finally {
    await remote.close();
  }
}

served.run();
