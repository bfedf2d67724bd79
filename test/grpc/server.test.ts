/** The server on its socket: every call, every error, and guests that do not behave. */
import { connect as connectTo, createServer, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ErrorCode, ImageError } from "../../src/host/errors.ts";
import { Connection } from "../../src/host/grpc/connection.ts";
import { SnapshotsDefinition } from "../../src/host/grpc/messages/containerd/services/snapshots/v1/snapshots.ts";
import { methodsOf } from "../../src/host/grpc/methods.ts";
import { RemoteSnapshotter } from "../../src/host/grpc/remote-snapshotter.ts";
import type { Info } from "../../src/host/snapshots/snapshotter.ts";
import { freshAddress } from "../fixtures/address.ts";
import { MemorySnapshotter } from "../fixtures/memory-snapshotter.ts";
import { random } from "../fixtures/random.ts";
import { rejects } from "../fixtures/rejects.ts";
import { withServer } from "../fixtures/server.ts";

const server = suite("grpc: server");

const LABELS = new Map([
  ["containerd.io/snapshot/a", "1"],
  ["__proto__", "2"],
]);

server("carries every call to the snapshotter, and what it says back", async () => {
  const snapshots = new MemorySnapshotter();
  await withServer(snapshots, async ({ remote }) => {
    const rw = [{ type: "bind", source: "/snapshots/a", target: "", options: ["rw", "rbind"] }];
    assert.equal(await remote.prepare("a", "", { labels: LABELS }), rw);
    assert.equal(await remote.mounts("a"), rw);
    assert.equal(await remote.stat("a"), snapshots.infos.get("a"));
    assert.equal((await remote.stat("a")).labels, LABELS);
    assert.equal(await remote.usage("a"), { inodes: 3, size: 2 ** 40 });

    await remote.commit("b", "a", { labels: LABELS, parent: "p" });
    assert.equal(snapshots.seen, [{ labels: LABELS, parent: "p" }]);
    assert.equal((await remote.view("c", "b"))[0]!.options, ["ro", "rbind"]);
    assert.equal((await remote.stat("c")).parent, "b");

    assert.equal(await remote.update({ name: "b", labels: LABELS }, ["labels"]), snapshots.infos.get("b"));
    assert.equal(
      (await collect(remote.walk())).map(({ name }) => name),
      ["b", "c"],
    );
    await collect(remote.walk(["kind==view", "name==b"]));
    await remote.remove("c");
    await remote.cleanup();
    assert.equal(snapshots.seen.slice(1), [["labels"], [], ["kind==view", "name==b"], "cleanup"]);
    assert.equal([...snapshots.infos.keys()], ["b"]);
  });
});

server("leaves out a parent that is not given", async () => {
  const snapshots = new MemorySnapshotter();
  await withServer(snapshots, async ({ remote }) => {
    await remote.prepare("a", "");
    await remote.commit("b", "a");
    assert.equal(snapshots.seen, [{ labels: new Map() }]);
  });
});

for (const name of Object.keys(ErrorCode).filter((name) => Number.isNaN(Number(name)))) {
  server(`${name} comes back as it went`, async () => {
    const snapshots = new MemorySnapshotter();
    const code = ErrorCode[name as keyof typeof ErrorCode];
    snapshots.stat = async () => {
      throw new ImageError(code, "snapshot a: ä is so: x");
    };
    await withServer(snapshots, async ({ remote }) => {
      assert.is((await rejects(remote.stat("a"), code)).message, "snapshot a: ä is so: x");
    });
  });
}

server("answers a fault of ours with Internal, and logs its stack", async () => {
  const snapshots = new MemorySnapshotter();
  snapshots.stat = async () => {
    throw new TypeError("no such thing");
  };
  await withServer(snapshots, async ({ remote, log }) => {
    await rejects(remote.stat("a"), ErrorCode.Internal);
    const [entry] = log.filter(({ level }) => level === "error");
    assert.is(entry?.fields.method, "Stat");
    assert.match(String((entry?.fields.err as Error | undefined)?.stack), "server.test");
  });
});

server("lives through an answer of ours that no message can hold", async () => {
  const snapshots = filled(1);
  const info = { ...snapshots.infos.get("s0")!, created: 2n ** 100n };
  snapshots.infos.set("s0", info);
  await withServer(snapshots, async ({ remote }) => {
    await rejects(remote.stat("s0"), ErrorCode.Internal);
    await rejects(collect(remote.walk()), ErrorCode.Internal);
    await rejects(remote.stat("none"), ErrorCode.NotFound);
  });
});

const MANY = 1050;

function filled(count: number): MemorySnapshotter {
  const snapshots = new MemorySnapshotter();
  for (let index = 0; index < count; index++) {
    const info: Info = { name: `s${index}`, parent: "", kind: "active", labels: LABELS, created: 1n, updated: 1n };
    snapshots.infos.set(info.name, info);
  }
  return snapshots;
}

server("lists in blocks of a hundred, and nothing of nothing", async () => {
  const { list } = methodsOf(SnapshotsDefinition);
  for (const [count, blocks] of [
    [0, []],
    [100, [100]],
    [101, [100, 1]],
    [MANY, [...Array(10).fill(100), 50]],
  ] as const) {
    await withServer(filled(count), async ({ address }) => {
      const connection = await Connection.open(address);
      const sizes: number[] = [];
      for await (const { info } of connection.responses(list, { snapshotter: "", filters: [] }))
        sizes.push(info.length);
      connection.close();
      assert.equal(sizes, blocks);
    });
  }
});

server("answers other calls while a list is read", async () => {
  const snapshots = filled(MANY);
  await withServer(snapshots, async ({ remote }) => {
    for await (const info of remote.walk()) assert.equal(await remote.stat(info.name), info);
  });
});

server("says of a list what it says of other calls", async () => {
  const snapshots = new MemorySnapshotter();
  snapshots.walk = async function* () {
    yield* [] as Info[];
    throw new ImageError(ErrorCode.InvalidArgument, "filters: parse error");
  };
  await withServer(snapshots, async ({ remote }) => {
    const error = await rejects(collect(remote.walk(["x y"])), ErrorCode.InvalidArgument);
    assert.is(error.message, "filters: parse error");
  });
});

/** Never ends, and would fill the memory of a server that does not wait for its client. */
function endless(): MemorySnapshotter & { walked: number } {
  const snapshots = Object.assign(new MemorySnapshotter(), { walked: 0 });
  const long = new Map([["containerd.io/snapshot/a", "x".repeat(4000)]]);
  snapshots.walk = async function* () {
    snapshots.walking++;
    try {
      for (;;) {
        snapshots.walked++;
        yield { name: "a", parent: "", kind: "active", labels: long, created: 0n, updated: 0n };
      }
    } finally {
      snapshots.walking--;
    }
  };
  return snapshots;
}

server("lists no faster than the client reads, and lets go when it leaves", async () => {
  const snapshots = endless();
  await withServer(snapshots, async ({ remote }) => {
    for await (const _ of remote.walk()) {
      await sleep(500);
      assert.is(snapshots.walking, 1);
      break;
    }
    const walked = snapshots.walked;
    assert.ok(walked < 20_000, `${walked} snapshots of 4 KB were read for a client that took one`);
    await until(() => snapshots.walking === 0);
  });
});

server("lets go of a list whose client is cut off", async () => {
  const snapshots = endless();
  await withServer(snapshots, async ({ address, remote }) => {
    const wires: Socket[] = [];
    const between = createServer((socket) => {
      const wire = connectTo(address);
      for (const each of [socket, wire]) each.on("error", () => {});
      wires.push(socket.pipe(wire), wire.pipe(socket));
    });
    const path = freshAddress();
    await new Promise<void>((resolve) => between.listen(path, resolve));
    const other = await RemoteSnapshotter.open(path);
    const walk = other.walk();
    await walk.next();
    assert.is(snapshots.walking, 1);

    for (const wire of wires) wire.destroy();
    await until(() => snapshots.walking === 0);
    await rejects(remote.stat("x"), ErrorCode.NotFound);
    await other.close();
    between.close();
  });
});

server("serves two clients at once", async () => {
  await withServer(new MemorySnapshotter(), async ({ remote, connect }) => {
    const other = await connect();
    const work = [remote, other].flatMap((each) =>
      Array.from({ length: 32 }, () =>
        each.prepare("one", "").then(
          () => 1,
          () => 0,
        ),
      ),
    );
    const wins = (await Promise.all(work)).reduce<number>((sum, each) => sum + each, 0);
    assert.is(wins, 1);
  });
});

const GARBAGE: [why: string, bytes: Buffer][] = [
  ["text", Buffer.from("GET / HTTP/1.1\r\nHost: a\r\n\r\n")],
  ["zeros", Buffer.alloc(70_000)],
  [
    "the preface, and nonsense",
    Buffer.concat([Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), Buffer.alloc(4096, 0xff)]),
  ],
  ["half a preface", Buffer.from("PRI * HTT")],
  ["nothing", Buffer.alloc(0)],
];

/** HTTP/2 as it begins: the preface, then frames of a length that is true, and of which nothing else need be. */
function randomFrames(seed: number): Buffer {
  const next = random(seed);
  const below = (bound: number) => Math.floor(next() * bound);
  const parts = [Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0])];
  for (let count = below(20); count >= 0; count--) {
    const length = below(100);
    const head = [0, 0, length, below(11), below(256), 0, 0, 0, below(8)];
    parts.push(Buffer.from([...head, ...Array.from({ length }, () => below(256))]));
  }
  return Buffer.concat(parts);
}

server("lives through frames of any kind", async () => {
  await withServer(new MemorySnapshotter(), async ({ address, remote, log }) => {
    for (let seed = 0; seed < 300; seed++) {
      const guest = connectTo(address);
      guest.on("error", () => {});
      guest.write(randomFrames(seed));
      if (seed % 10 === 0) await rejects(remote.stat("a"), ErrorCode.NotFound);
      guest.end();
    }
    await rejects(remote.stat("a"), ErrorCode.NotFound);
    assert.equal(
      log.filter(({ level }) => level === "error"),
      [],
    );
  });
});

for (const [why, bytes] of GARBAGE) {
  server(`lives through a client that sends ${why}`, async () => {
    await withServer(new MemorySnapshotter(), async ({ address, remote, log }) => {
      const open = connectTo(address);
      open.on("error", () => {});
      open.write(bytes);
      const ended = connectTo(address);
      ended.on("error", () => {});
      ended.end(bytes);
      await sleep(50);
      await rejects(remote.stat("a"), ErrorCode.NotFound);
      open.destroy();
      await rejects(remote.stat("a"), ErrorCode.NotFound);
      assert.equal(
        log.filter(({ level }) => level === "error"),
        [],
      );
    });
  });
}

server("refuses a message that is no message, and lives", async () => {
  const { stat } = methodsOf(SnapshotsDefinition);
  await withServer(new MemorySnapshotter(), async ({ address, remote }) => {
    const connection = await Connection.open(address);
    const broken = { ...stat, requestSerialize: () => Buffer.from([0x12, 0x7f, 0x01]) };
    await rejects(connection.unary(broken, { snapshotter: "", key: "" }), ErrorCode.Internal);
    connection.close();
    await rejects(remote.stat("a"), ErrorCode.NotFound);
  });
});

server("takes messages of up to 16 MiB", async () => {
  await withServer(new MemorySnapshotter(), async ({ remote }) => {
    const labels = (size: number) => new Map([["containerd.io/snapshot/a", "x".repeat(size)]]);
    await remote.prepare("a", "", { labels: labels(15 * 1024 ** 2) });
    const tooLarge = remote.prepare("b", "", { labels: labels(17 * 1024 ** 2) });
    await rejects(tooLarge, ErrorCode.OutOfRange);
    assert.is((await remote.stat("a")).labels.get("containerd.io/snapshot/a")?.length, 15 * 1024 ** 2);
  });
});

server("says of a key of megabytes what it says of others", async () => {
  await withServer(new MemorySnapshotter(), async ({ remote }) => {
    for (const letter of ["x", "ä", "\u{1f600}", "x\u{1f600}"]) {
      const { message } = await rejects(remote.stat(letter.repeat(2 ** 20)), ErrorCode.NotFound);
      assert.is(message.length, 4097);
    }
  });
});

server("has no Diff without a differ, so that containerd asks the next", async () => {
  const { DiffDefinition } = await import("../../src/host/grpc/messages/containerd/services/diff/v1/diff.ts");
  await withServer(new MemorySnapshotter(), async ({ address }) => {
    const connection = await Connection.open(address);
    const request = { diff: undefined, mounts: [], payloads: new Map(), syncFs: false };
    await rejects(connection.unary(methodsOf(DiffDefinition).apply, request), ErrorCode.Unsupported);
    connection.close();
  });
});

async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const each of source) all.push(each);
  return all;
}

/** Waits for what comes by itself. A bound against hangs. */
async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; !condition(); tries++) {
    assert.ok(tries < 500, "it did not come within 5 s");
    await sleep(10);
  }
}

server.run();
