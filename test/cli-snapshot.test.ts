/** The commands that work on snapshots, run as people run them. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { inRepository } from "./fixtures/repository.ts";
import { scratchPath } from "./fixtures/scratch.ts";
import { missing, type Oracle, present, run } from "./oracles/oracle.ts";

const LAYERKILN = inRepository(JSON.parse(readFileSync(inRepository("package.json"), "utf8")).bin.layerkiln);

interface Ended {
  status: number | null;
  stdout: string;
  stderr: string;
}

function snapshot(...words: string[]): Ended {
  return spawnSync(process.execPath, [LAYERKILN, "snapshot", ...words], { encoding: "utf8" });
}

/** The document that a command prints, or undefined if it prints nothing. */
function told(...words: string[]): unknown {
  const { status, stdout, stderr } = snapshot(...words);
  assert.is(status, 0, stderr);
  assert.is(stderr, "");
  return stdout === "" ? undefined : JSON.parse(stdout);
}

function refused(status: number, words: RegExp, ...command: string[]): void {
  const ended = snapshot(...command);
  assert.is(ended.status, status, ended.stderr);
  assert.match(ended.stderr, words);
  assert.is(ended.stdout, "");
}

interface Item {
  name: string;
  kind: string;
  parent?: string;
  labels: Record<string, string>;
}

interface MountItem {
  type: string;
  source: string;
  options: string[];
}

const overlay = (root: string): string[] => ["--snapshotter", "overlay", "--root", root];

const commands = suite("layerkiln snapshot");

commands("leads a snapshot through its life", () => {
  const at = overlay(scratchPath("root"));
  const [bind] = told("prepare", ...at, "work", "-l", "a=b") as MountItem[];
  assert.is(bind!.type, "bind");
  assert.is(told("commit", ...at, "base", "work", "--label", "c.d/e=f=g", "--label", "none="), undefined);
  const [over] = told("prepare", ...at, "work", "base") as MountItem[];
  assert.is(over!.type, "overlay");
  assert.ok(over!.options.includes(`lowerdir=${bind!.source}`));
  assert.equal(told("mounts", ...at, "work"), [over]);
  told("view", ...at, "--", "-look", "base");

  const base = told("stat", ...at, "base") as Item & { created: string };
  assert.equal([base.kind, base.parent, base.labels], ["committed", undefined, { "c.d/e": "f=g" }]);
  assert.match(base.created, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/);
  const names = (...filters: string[]): string[] => (told("ls", ...at, ...filters) as Item[]).map(({ name }) => name);
  assert.equal(names(), ["-look", "base", "work"]);
  assert.equal(names("kind==view", 'labels."c.d/e"'), ["-look", "base"]);
  const [usage] = told("usage", ...at, "base") as { name: string; inodes: number; size: number }[];
  assert.equal([usage!.name, usage!.inodes], ["base", 1]);
  assert.is((told("usage", ...at) as unknown[]).length, 3);

  const { labels } = told("label", ...at, "base", "c.d/e=", "__proto__=x", "y=z") as Item;
  assert.equal(Object.entries(labels).sort(), [
    ["__proto__", "x"],
    ["y", "z"],
  ]);
  refused(1, /cannot remove snapshot with child/, "rm", ...at, "base");
  told("rm", ...at, "--", "-look", "work", "base");
  assert.is(told("cleanup", ...at), undefined);
  assert.equal(told("ls", ...at), []);
});

commands("gives a parent to a snapshot that has none when it is committed", () => {
  const at = overlay(scratchPath("root"));
  for (const name of ["base", "top"]) {
    told("prepare", ...at, "work");
    told("commit", ...at, name, "work", ...(name === "top" ? ["--parent", "base"] : []));
  }
  assert.is((told("stat", ...at, "top") as Item).parent, "base");
});

commands("says what is wrong, and by its exit code whose fault it is", () => {
  const at = overlay(scratchPath("root"));
  refused(1, /no snapshots are kept here/, "ls", ...at);
  told("prepare", ...at, "a");
  refused(1, /"b": does not exist/, "stat", ...at, "b");
  refused(1, /"a": exists already/, "prepare", ...at, "a");
  refused(1, /"b": does not exist/, "rm", ...at, "b", "a");
  refused(1, /filters: parse error/, "ls", ...at, "name=a");
  refused(1, /is none of/, "prepare", "--snapshotter", "none", "--root", scratchPath("root"), "a");
  refused(2, /--snapshotter or --address is missing/, "ls");
  refused(2, /--root and --address/, "ls", "--root", "/x", "--address", "/y");
  refused(2, /--namespace: only servers have them/, "ls", ...at, "--namespace", "x");
  refused(2, /KEY=VALUE is missing/, "label", ...at, "a");
  refused(2, /is not KEY=VALUE/, "label", ...at, "a", "b");
  refused(2, /is not KEY=VALUE/, "prepare", ...at, "c", "-l", "=d");
  refused(2, /missing/, "commit", ...at, "c");
  assert.is((told("ls", ...at) as Item[]).length, 1);
});

const script: Oracle = { name: "script", missing: missing("script", "bsdutils") };

if (present(script, commands)) {
  const onTerminal = (...words: string[]): string => {
    const quoted = [process.execPath, LAYERKILN, "snapshot", ...words].map((word) => `'${word}'`).join(" ");
    return run("script", ["-qec", quoted, "/dev/null"]).stdout.replaceAll("\r\n", "\n");
  };

  commands("prints tables to a terminal, which names cannot harm; JSON there only if asked for", () => {
    const at = overlay(scratchPath("root"));
    told("prepare", ...at, "work");
    told("commit", ...at, "base", "work", "-l", "a=b");
    const [mount] = told("view", ...at, "\x1b[31mred", "base") as MountItem[];
    const lines = onTerminal("ls", ...at).split("\n");
    assert.is(lines[0], "SNAPSHOT     KIND       CREATED              PARENT");
    assert.match(lines[1]!, /^\\x1b\[31mred {2}view {7}\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}base$/);
    assert.match(lines[2]!, /^base {9}committed {2}\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}-$/);
    assert.match(
      onTerminal("stat", ...at, "base"),
      /^snapshot {2}base\nkind {6}committed\nparent {4}-\ncreated .*\nupdated .*\nlabel {5}a=b\n$/,
    );
    assert.match(onTerminal("usage", ...at, "base"), /^SIZE {2}INODES {2}SNAPSHOT\n *\d+ {7}1 {2}base\n$/);
    assert.match(onTerminal("mounts", ...at, "\x1b[31mred"), `bind  ${mount!.source}  -       ro,rbind`);
    assert.equal(JSON.parse(onTerminal("mounts", "--json", ...at, "\x1b[31mred")), [mount]);
    assert.is(onTerminal("ls", ...at, "kind==active"), "SNAPSHOT  KIND  CREATED  PARENT\n");
  });
}

commands("looks while a server owns the snapshots, and changes them through it", async () => {
  const [root, address] = [scratchPath("root"), scratchPath("socket")];
  const server = spawn(process.execPath, [
    LAYERKILN,
    "serve",
    ...overlay(root),
    "--address",
    address,
    "--log-level",
    "info",
  ]);
  try {
    await ready(server);
    told("prepare", "--address", address, "work", "-l", "a=b");
    const [seen] = told("ls", ...overlay(root)) as Item[];
    assert.equal([seen!.name, seen!.labels], ["work", { a: "b" }]);
    refused(
      1,
      new RegExp(`is owned by process ${server.pid}; .*--address SOCKET`),
      "prepare",
      ...overlay(root),
      "other",
    );
    told("commit", "--address", address, "base", "work");
    assert.equal(told("stat", "--address", address, "base"), told("stat", ...overlay(root), "base"));
    assert.equal(told("usage", "--address", address), told("usage", ...overlay(root)));
    refused(1, /"none"/, "stat", "--address", address, "none");
    told("rm", "--address", address, "base");
    assert.equal(told("ls", "--address", address), []);
  } finally {
    server.kill("SIGTERM");
    await once(server, "exit");
  }
  refused(4, /socket/, "ls", "--address", address);
  assert.equal(told("ls", ...overlay(root)), []);
});

/** The server says so on standard error; or ends, and says why. */
async function ready(server: ReturnType<typeof spawn>): Promise<void> {
  let said = "";
  for (const stream of [server.stdout!, server.stderr!]) stream.on("data", (text) => (said += text));
  for (let waited = 0; !said.includes("ready"); waited += 20) {
    assert.ok(server.exitCode === null && waited < 30_000, said);
    await setTimeout(20);
  }
}

commands.run();
