/** How a program ends that does not end as it should. */
import { spawnSync } from "node:child_process";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { inRepository } from "./fixtures/repository.ts";

const EXIT = `file://${inRepository("build/src/host/cli/exit.js")}`;

/** @param work  between `begin` and the end of the process */
function run(work: string): { status: number | null; stderr: string } {
  const script = `const { begin, end } = await import("${EXIT}"); begin(); ${work}`;
  return spawnSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" });
}

const ending = suite("layerkiln: the end");

ending("work that hangs, with nothing to wait for, is a failure and says so", () => {
  const { status, stderr } = run("new Promise(() => {}).then(() => end(0));");
  assert.is(status, 1);
  assert.match(stderr, /^layerkiln: ended before its work was done/);
});

ending("work that is done has its exit code, and nothing to say", () => {
  for (const exitCode of [0, 3, 130]) {
    const { status, stderr } = run(`Promise.resolve(${exitCode}).then(end);`);
    assert.equal([status, stderr], [exitCode, ""]);
  }
});

ending("an error that nobody caught is told once", () => {
  const { status, stderr } = run('throw new Error("on purpose");');
  assert.is(status, 1);
  assert.match(stderr, "on purpose");
  assert.not.match(stderr, "ended before");
});

ending.run();
