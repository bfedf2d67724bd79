/** `layerkiln cim`, run as people run it. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { convertCim } from "../src/index.ts";
import { filesIn, readCim, textsOf } from "./fixtures/cim.ts";
import { GOLDEN_TAR } from "./fixtures/golden-cim.ts";
import { GOLDEN_GUID_TEXT, goldenFiles } from "./fixtures/golden-cim-files.ts";
import { needing } from "./fixtures/needing.ts";
import { inRepository } from "./fixtures/repository.ts";
import { scratchFile, scratchFolder } from "./fixtures/scratch.ts";
import { baseTar, childTar, file } from "./fixtures/windows-base.ts";
import { windowsEntry, windowsTar } from "./fixtures/windows-tar.ts";
import type { Answer } from "./oracles/oracle.ts";

const { bin } = JSON.parse(readFileSync(inRepository("package.json"), "utf8"));
const LAYERKILN = inRepository(bin.layerkiln);

interface Given {
  cwd?: string;
  input?: Uint8Array;
  env?: Record<string, string>;
}

function layerkiln(words: string[], { cwd, input, env }: Given = {}): Answer {
  return spawnSync(process.execPath, [LAYERKILN, ...words], {
    encoding: "utf8",
    env: { ...process.env, FORCE_COLOR: undefined, ...env },
    ...(cwd && { cwd }),
    ...(input && { input }),
  });
}

const base = scratchFile("base.tar", baseTar);
const child = scratchFile("child.tar.gz", gzipSync(childTar));

const cim = suite("layerkiln cim");

cim("makes a CIM, and tells its size, files, entries and GUID on standard output", async () => {
  const folder = scratchFolder();
  const { status, stdout, stderr } = layerkiln(["cim", base, "-o", "cims", "--name", "base"], { cwd: folder });
  assert.is(status, 0, stderr);
  const { guid, size, entries } = await convertCim(baseTar, scratchFolder(), { name: "base" });
  assert.match(stdout, `${join("cims", "base.cim")}: ${size} bytes`);
  assert.match(stdout, `in 5 files, ${entries} entries\nguid: ${guid}\n`);
  assert.is(stderr, "");
  await readCim(join(folder, "cims", "base.cim"));
});

cim("takes every option that convertCim takes, and prints one JSON document with --json", async () => {
  const folder = scratchFolder();
  const words = ["--guid", GOLDEN_GUID_TEXT, "--format-version", "1.0", "--json"];
  const layer = scratchFile("layer.tar", GOLDEN_TAR);
  const answer = layerkiln(["cim", layer, "-o", folder, "--name", "test", ...words]);
  assert.is(answer.status, 0, answer.stderr);
  assert.equal(JSON.parse(answer.stdout), {
    ...(await convertCim(GOLDEN_TAR, scratchFolder(), { name: "test", guid: GOLDEN_GUID_TEXT, version: "1.0" })),
    cim: join(folder, "test.cim"),
  });
  assert.ok(readFileSync(join(folder, "test.cim")).equals(goldenFiles(1).cim));
});

cim("lays a layer over its parents, flat or as a fork, with hives in a directory", async () => {
  const cims = scratchFolder();
  const beside = scratchFolder();
  const run = (...words: string[]): Answer => {
    const answer = layerkiln(["cim", ...words, "-o", cims]);
    assert.is(answer.status, 0, answer.stderr);
    return answer;
  };
  run(base, "--name", "base", "--require-hives");
  const parent = ["--parent", join(cims, "base.cim")];
  const flat = run(child, "--name", "flat", ...parent, "--layer-directory", beside);
  assert.match(flat.stdout, "hives merged: 1");
  run(child, "--name", "fork", ...parent, "--fork");
  assert.equal(filesIn(beside), ["Hives"]);
  const both = await Promise.all(["flat.cim", "fork.cim"].map((name) => readCim(join(cims, name))));
  assert.equal(textsOf(both[0]!), textsOf(both[1]!));
  const top = windowsTar([file("Files/top", "top")]);
  run(scratchFile("top.tar", top), "--name", "top", "--parent", join(cims, "fork.cim"), ...parent, "--fork");
});

cim("reads standard input as -", async () => {
  const cims = scratchFolder();
  assert.is(layerkiln(["cim", "-", "-o", cims, "--name", "base"], { input: gzipSync(baseTar) }).status, 0);
  await readCim(join(cims, "base.cim"));
});

cim("says on standard error what was lost, and nothing with --quiet", () => {
  const layer = scratchFile(
    "layer.tar",
    windowsTar([
      file("Files/a", "b", { attributes: 0x2020 }),
      windowsEntry("fifo", "Files/pipe"),
      windowsEntry("char", "Files/device"),
    ]),
  );
  const loud = layerkiln(["cim", layer, "-o", scratchFolder(), "--name", "a"]);
  assert.is(loud.status, 0);
  for (const word of ["1 file has lost attributes", "2 devices or pipes", "no hives"]) assert.match(loud.stderr, word);
  const quiet = layerkiln(["cim", layer, "-o", scratchFolder(), "--name", "a", "-q"]);
  assert.equal([quiet.status, quiet.stdout, quiet.stderr], [0, "", ""]);
});

const FAILURES: [what: string, words: string[], status: number, says: RegExp][] = [
  ["a layer that breaks off", [scratchFile("cut.tar", baseTar.subarray(0, 9999)), "--name", "a"], 1, /tar: /],
  ["a layer that is not there", ["no-such-layer", "--name", "a"], 1, /no-such-layer: no such file/],
  ["a parent that is not there", [base, "--name", "a", "--parent", "none.cim"], 1, /none\.cim: no such file/],
  ["a fork without a parent", [base, "--name", "a", "--fork"], 1, /fork: needs a parent/],
  ["a name that is a path", [base, "--name", "a/b"], 1, /"a\/b"/],
  ["a GUID that is none", [base, "--name", "a", "--guid", "one"], 1, /guid: "one"/],
  ["no name", [base], 2, /--name/],
  ["no layer", ["--name", "a"], 2, /LAYER/],
  ["a writer that is none", [base, "--name", "a", "--writer", "hcsshim"], 2, /none of layerkiln, cimfs/],
  ["a version that is none", [base, "--name", "a", "--format-version", "3.0"], 2, /3\.0/],
  ["what is compressed otherwise", [scratchFile("a.xz", Buffer.from("fd377a585a00", "hex")), "--name", "a"], 4, /xz/],
];
if (process.platform !== "win32")
  FAILURES.push(["a writer that is not here", [base, "--name", "a", "--writer", "cimfs"], 4, /cimfs\.dll/]);

for (const [what, words, status, says] of FAILURES) {
  cim(`ends with exit code ${status} for ${what}, and leaves nothing`, () => {
    const cwd = scratchFolder();
    const answer = layerkiln(["cim", ...words, "-o", "cims"], { cwd });
    assert.is(answer.status, status, answer.stderr);
    assert.match(answer.stderr, says);
    assert.is(answer.stdout, "");
    assert.not.match(answer.stderr, /\n\s+at /, "no stack: the fault is not ours");
    assert.equal(readdirSync(cwd), []);
  });
}

cim("does not replace a CIM that is there, and says so before it reads", () => {
  const cims = scratchFolder();
  writeFileSync(join(cims, "base.cim"), "precious");
  const { status, stderr } = layerkiln(["cim", "-", "-o", cims, "--name", "base.cim"], {
    input: Buffer.from("no tar"),
  });
  assert.is(status, 1);
  assert.match(stderr, "base.cim: exists already");
  assert.equal(filesIn(cims), ["base.cim"]);
});

for (const [signal, code] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const) {
  needing("signals that a program hears of", cim)(
    `leaves nothing behind when ${signal} ends it, and its exit code says so`,
    async () => {
      const folder = scratchFolder();
      const process_ = spawn(process.execPath, [LAYERKILN, "cim", "-", "-o", "cims", "--name", "a"], { cwd: folder });
      process_.stdin.on("error", () => {}); // it goes while we still write
      process_.stdin.write(baseTar.subarray(0, 1 << 20));
      while (readdirSync(folder).length === 0 && process_.exitCode === null) await setTimeout(10);
      await setTimeout(50);
      process_.kill(signal);
      assert.is((await once(process_, "exit"))[0], code);
      assert.equal(readdirSync(folder), []);
    },
  );
}

cim("is completed in a shell", () => {
  const propose = (line: string): string[] =>
    layerkiln(["complete", "--", ...line.trim().split(" ")], { env: { COMP_LINE: line } }).stdout.split("\n");
  assert.ok(propose("layerkiln ci").includes("cim"));
  assert.ok(propose("layerkiln cim --par").includes("--parent"));
});

cim.run();
