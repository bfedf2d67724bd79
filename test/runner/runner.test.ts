/** The runner of the tests, given files that go wrong. */
import { spawnSync } from "node:child_process";
import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { needing } from "../fixtures/needing.ts";
import { inRepository } from "../fixtures/repository.ts";
import { scratchFolder, scratchPath } from "../fixtures/scratch.ts";

const runner = suite("runner of the tests");

const UVU = pathToFileURL(inRepository("node_modules/uvu/dist/index.mjs"));
const PASSES = 'test("passes", () => {});\n';

interface Answer {
  status: number | null;
  lines: string[];
}

/** @param files  the bodies of files of tests, by name */
function runPlanted(files: Record<string, string>, ...words: string[]): Answer {
  const folder = scratchFolder();
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  for (const [name, body] of Object.entries(files)) {
    const head = `import { suite } from "${UVU}";\nconst test = suite("planted");\n`;
    writeFileSync(join(folder, `${name}.test.js`), head + body);
  }
  const main = inRepository("build/test/runner/main.js");
  const { status, stdout } = spawnSync(process.execPath, [main, "--folder", folder, ...words], { encoding: "utf8" });
  return { status, lines: stdout.trimEnd().split("\n") };
}

runner("adds up what passed and what was skipped, of all files", () => {
  const { status, lines } = runPlanted({
    a: `${PASSES}${PASSES}test.run();`,
    b: `${PASSES}test.skip("is skipped");\ntest.run();`,
  });
  assert.is(lines.at(-1), "3 passed, 0 failed");
  assert.match(lines.at(-2)!, /^1 skipped, in /);
  assert.is(status, 0);
});

runner("tells which file has a test that failed, and goes on", () => {
  const fails = 'test("fails", () => { throw new Error("on purpose"); });\n';
  const { status, lines } = runPlanted({ a: `${fails}${PASSES}test.run();`, b: `${PASSES}test.run();` });
  assert.is(lines.at(-1), "2 passed, 1 failed");
  assert.ok(lines.includes("FAIL a.test.js"));
  assert.ok(lines.some((line) => line.includes("on purpose")));
  assert.is(status, 1);
});

for (const [what, body, remark] of [
  ["no test", "test.run();", "has no tests"],
  ["a test that ends the process", `${PASSES}test("ends", () => process.exit(0));\ntest.run();`, "broke off"],
  ["a test that crashes", `${PASSES}test("crashes", () => process.abort());\ntest.run();`, "ended with SIGABRT"],
  ["a test that waits for ever", `${PASSES}test("waits", () => new Promise(() => {}));\ntest.run();`, "broke off"],
  ["an end that is a failure", `${PASSES}test.run();\nprocess.on("exit", () => { process.exitCode = 3; });`, "with 3"],
  ["an error where it is loaded", `${PASSES}test.run();\nthrow new Error("on purpose");`, "broke off"],
] as const) {
  runner(`has a failure for a file with ${what}`, () => {
    const { status, lines } = runPlanted({ a: body, b: `${PASSES}test.run();` });
    const fault = lines.find((line) => line.startsWith("FAIL a.test.js "));
    assert.ok(fault?.includes(remark), lines.join("\n"));
    assert.match(lines.at(-1)!, /^[12] passed, 1 failed$/);
    assert.is(status, 1);
  });
}

runner("shows what a file said behind its count, if it went wrong there", () => {
  const late = 'process.on("exit", () => { console.log("too late"); process.exitCode = 3; });';
  assert.ok(runPlanted({ a: `${PASSES}test.run();\n${late}` }).lines.includes("too late"));
});

needing("signals that a program hears of", runner)("ends a file that hangs, with what it started", async () => {
  const ticks = scratchPath("ticks");
  const child = `setInterval(() => require("fs").appendFileSync(${JSON.stringify(ticks)}, "."), 20)`;
  const body = `import { spawn } from "node:child_process";
    test("hangs", () => {
      spawn(process.execPath, ["-e", ${JSON.stringify(child)}], { stdio: "ignore" });
      for (;;);
    });
    test.run();`;
  const { status, lines } = runPlanted({ a: body }, "--longest-seconds", "3");
  assert.ok(lines.includes("FAIL a.test.js did not end within 3 s"), lines.join("\n"));
  assert.is(status, 1);
  const { size } = statSync(ticks);
  assert.ok(size > 0);
  await setTimeout(500);
  assert.is(statSync(ticks).size, size);
});

runner("runs the files whose paths have one of the patterns, and fails where there is none", () => {
  const files = { apple: `${PASSES}test.run();`, pear: `${PASSES}${PASSES}test.run();` };
  assert.is(runPlanted(files, "^pear").lines.at(-1), "2 passed, 0 failed");
  assert.is(runPlanted(files, "p$", "pp").lines.at(-1), "1 passed, 0 failed");
  const none = runPlanted(files, "plum");
  assert.is(none.lines.at(-1), "0 passed, 0 failed");
  assert.is(none.status, 1);
});

runner.run();
