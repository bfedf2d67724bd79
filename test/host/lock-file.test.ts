import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { thisPlatform } from "../../src/adapters/this-platform.ts";
import { ErrorCode } from "../../src/host/errors.ts";
import { acquireLock, ownerOf } from "../../src/host/lock-file.ts";
import { mayRun, thisProcess } from "../../src/host/process-identity.ts";
import { rejects } from "../fixtures/rejects.ts";
import { scratchFolder, scratchPath } from "../fixtures/scratch.ts";
import { present, run } from "../oracles/oracle.ts";

const CONTENDER = fileURLToPath(new URL("../fixtures/lock-contender.js", import.meta.url));

interface Contender {
  child: ChildProcess;
  lines: AsyncIterator<string>;
}

function contend(...words: string[]): Contender {
  const child = spawn(process.execPath, [CONTENDER, ...words], { stdio: ["pipe", "pipe", "inherit"] });
  return { child, lines: createInterface({ input: child.stdout! })[Symbol.asyncIterator]() };
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
}

const lock = suite("lock file");

lock("has one owner, until it is released", async () => {
  const path = scratchPath("lock");
  const first = await acquireLock(path);
  assert.is(JSON.parse(readFileSync(path, "utf8")).pid, process.pid);
  const error = await rejects(acquireLock(path), ErrorCode.FailedPrecondition);
  assert.is(error.message, `${path}: is owned by this process (${process.pid})`);
  first.release();
  assert.not.ok(existsSync(path));
  const second = await acquireLock(path);
  first.release(); // again: it is not its own any more
  assert.ok(existsSync(path));
  second.release();
  assert.equal(readdirSync(dirname(path)), []);
});

lock("is waited for, as long as was said", async () => {
  const path = scratchPath("lock");
  const first = await acquireLock(path);
  const error = await rejects(acquireLock(path, { waitMs: 60 }), ErrorCode.FailedPrecondition);
  assert.match(error.message, "still after 60 ms");
  const waiting = acquireLock(path, { waitMs: 30_000 });
  await setTimeout(60);
  first.release();
  (await waiting).release();
});

lock("heeds a signal", async () => {
  const path = scratchPath("lock");
  const first = await acquireLock(path);
  const reason = new Error("enough");
  const controller = new AbortController();
  const waiting = acquireLock(path, { waitMs: 30_000, signal: controller.signal });
  await setTimeout(40);
  controller.abort(reason);
  assert.is(await waiting.catch((error) => error), reason);
  first.release();
  assert.is(await acquireLock(path, { signal: AbortSignal.abort(reason) }).catch((error) => error), reason);
  assert.equal(readdirSync(dirname(path)), []);
});

const us = thisProcess();
const DEAD: [why: string, owner: object][] = [
  ["has a process id that none has", { ...us, pid: 2 ** 22 + 1 }],
  ["has another's process id", { ...us, started: "1" }],
  ["ran before this boot", { ...us, boot: "00000000-0000-0000-0000-000000000000" }],
];

const TOLD = { linux: 3, win32: 2 } as Partial<Record<NodeJS.Platform, number>>;
for (const [why, owner] of DEAD.slice(0, TOLD[process.platform] ?? 1)) {
  lock(`is taken over from an owner that ${why}`, async () => {
    const path = scratchPath("lock");
    writeFileSync(path, JSON.stringify({ ...owner, token: "00000000-0000-0000-0000-000000000001" }));
    const taken = await acquireLock(path);
    assert.is(JSON.parse(readFileSync(path, "utf8")).pid, process.pid);
    taken.release();
    assert.equal(readdirSync(dirname(path)), []);
  });
}

lock("of an owner in a container that we cannot see into is left, and its file named", async () => {
  const path = scratchPath("lock");
  writeFileSync(path, JSON.stringify({ ...us, pid: 2 ** 22 + 1, pidNamespace: "pid:[1]", token: "t" }));
  const error = await rejects(acquireLock(path), ErrorCode.FailedPrecondition);
  assert.match(
    error.message,
    `${path}: is owned by process 4194305 of another container; remove the file if that is gone`,
  );
});

lock("that is none is left as it is", async () => {
  for (const text of ["", "hello", "{}", '{"pid":-1}']) {
    const path = scratchPath("lock");
    writeFileSync(path, text);
    await rejects(acquireLock(path), ErrorCode.FailedPrecondition);
    assert.is(readFileSync(path, "utf8"), text);
    assert.equal(readdirSync(dirname(path)), ["lock"]);
  }
});

lock("in a folder that is not there cannot be", async () => {
  await rejects(acquireLock(`${scratchFolder()}/no/lock`), ErrorCode.NotFound);
});

if (process.platform in TOLD) {
  lock("is held whatever the clock says of the time when it was taken", async () => {
    const path = scratchPath("lock");
    const held = await acquireLock(path);
    utimesSync(path, 1, 1);
    assert.is(ownerOf(path), process.pid);
    await rejects(acquireLock(path), ErrorCode.FailedPrecondition);
    held.release();
  });
}

lock("files of takers that were killed are removed, and no others", async () => {
  const path = scratchPath("lock");
  const token = "00000000-0000-0000-0000-000000000001";
  const dead = JSON.stringify({ ...us, pid: 2 ** 22 + 1, token });
  for (const end of ["", `.${token}`, `.${token}.${token}`, `.${token}.new`, ".log", ".d"])
    writeFileSync(path + end, dead);
  const taken = await acquireLock(path);
  assert.equal(readdirSync(dirname(path)).sort(), ["lock", "lock.d", "lock.log"]);
  taken.release();
});

lock("of a dead owner goes to one of many that come at once", async () => {
  const path = scratchPath("lock");
  const contenders = Array.from({ length: 12 }, () => contend(path, "once"));
  try {
    for (const { lines } of contenders) assert.is((await lines.next()).value, "ready");
    for (let round = 0; round < 4; round++) {
      const live = contenders.filter(({ child }) => child.exitCode === null && child.signalCode === null);
      if (round === 0) writeFileSync(path, JSON.stringify({ ...us, pid: 2 ** 22 + 1, token: "t" }));
      for (const { child } of live) child.stdin!.write("\n");
      const words = await Promise.all(live.map(async ({ lines }) => (await lines.next()).value));
      assert.is(words.filter((word) => word === "won").length, 1, words.join());
      await kill(live[words.indexOf("won")]!.child); // the next round's dead owner
    }
  } finally {
    for (const { child } of contenders) await kill(child);
  }
});

lock("is never held by two, however often owners are killed", async () => {
  const [path, log] = [scratchPath("lock"), scratchPath("log")];
  writeFileSync(log, "");
  const killed = new Set<number>();
  const contenders = Array.from({ length: 6 }, () => contend(path, "often", log));
  try {
    for (let round = 0; round < 40; round++) {
      const size = statSync(log).size;
      for (let ms = 0; statSync(log).size === size && ms < 5000; ms++) await setTimeout(1);
      await setTimeout(Math.random() * 40);
      const victim = contenders.shift()!;
      killed.add(victim.child.pid!);
      await kill(victim.child);
      contenders.push(contend(path, "often", log));
    }
  } finally {
    for (const { child } of contenders) {
      killed.add(child.pid!);
      await kill(child);
    }
  }
  let inside: string | undefined;
  let turns = 0;
  for (const line of readFileSync(log, "utf8").trim().split("\n")) {
    const [what, pid] = line.split(" ") as [string, string];
    if (what === "leave") assert.is(inside, pid, "who leaves had it to the end");
    else assert.ok(inside === undefined || killed.has(Number(inside)), `${pid} came while ${inside} had it`);
    inside = what === "leave" ? undefined : pid;
    turns++;
  }
  assert.ok(turns > 80, `${turns} turns`);
  // One that was killed before it had written who it is leaves a file that is litter when it is a minute old.
  for (const name of readdirSync(dirname(path))) utimesSync(join(dirname(path), name), 0, 0);
  const last = await acquireLock(path);
  last.release();
  assert.equal(readdirSync(dirname(path)), []);
});

lock("owners are known by when they began", () => {
  assert.ok(mayRun(us, Date.now()));
  if (process.platform === "linux") assert.not.ok(mayRun({ ...us, started: `${Number(us.started) + 1}` }, Date.now()));
  assert.not.ok(mayRun({ ...us, boot: "" }, 0), "the machine was started since");
  assert.ok(mayRun({ ...us, boot: "", started: "" }, Date.now()));
});

lock.run();

const lockFile = await thisPlatform()?.lockFile?.();
const containers = {
  name: "unshare",
  missing:
    run("unshare", ["--pid", "--fork", "true"]).status === 0 ? undefined : "unshare --pid fails here: it takes root",
};
const lockers = suite("lock file: across containers");
if (present(containers, lockers)) {
  lockers("an owner in another container holds it while it lives, and no longer", async () => {
    const path = scratchPath("lock");
    const words = ["--pid", "--fork", "--kill-child", process.execPath, CONTENDER, path, "once", "flock"];
    const child = spawn("unshare", words, { stdio: ["pipe", "pipe", "inherit"] });
    try {
      const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
      assert.is((await lines.next()).value, "ready");
      child.stdin.write("\n");
      assert.is((await lines.next()).value, "won");
      await rejects(acquireLock(path, { lockFile }), ErrorCode.FailedPrecondition);
      assert.is(ownerOf(path, lockFile), JSON.parse(readFileSync(path, "utf8")).pid);
    } finally {
      await kill(child);
    }
    await rejects(acquireLock(path), ErrorCode.FailedPrecondition); // nobody asked the system
    const taken = await acquireLock(path, { lockFile, waitMs: 5000 }); // the child's child ends a moment later
    assert.is(JSON.parse(readFileSync(path, "utf8")).pid, process.pid);
    await rejects(acquireLock(path, { lockFile }), ErrorCode.FailedPrecondition);
    taken.release();
    assert.equal(readdirSync(dirname(path)), []);
  });
}

lockers.run();
