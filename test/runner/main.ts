/**
 * Runs the tests: each file in a process of its own, as many at a time as there are processors.
 *
 *     node build/test/runner/main.js [--jobs N] [--folder FOLDER] [PATTERN...]
 *
 * A PATTERN is a regular expression; a file runs if one of them is found in its path. The last line is the count, and
 * the exit code is 0 only if all passed.
 *
 * One process for all, which is what uvu's own command has, used one processor, and held what all files left in memory.
 */
import { readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { endAll, type FileOptions, type FileRun, runFile } from "./file-run.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { jobs: { type: "string" }, folder: { type: "string" }, "longest-seconds": { type: "string" } },
});
const jobs = Number(values.jobs ?? availableParallelism());
if (!Number.isInteger(jobs) || jobs < 1) throw new Error(`--jobs: ${values.jobs} is not a number from 1 on`);

const options: FileOptions = {
  folder: values.folder ?? dirname(dirname(fileURLToPath(import.meta.url))),
  longestSeconds: Number(values["longest-seconds"] ?? 900),
  isColoured: process.stdout.isTTY && !process.env.NO_COLOR,
};

const patterns = positionals.map((pattern) => new RegExp(pattern));
const names = readdirSync(options.folder, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".test.js"))
  .filter((name) => patterns.length === 0 || patterns.some((pattern) => pattern.test(name.replaceAll("\\", "/"))))
  .sort();

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    endAll();
    console.log(`\nstopped by ${signal}, after ${runs.length} of ${names.length} files`);
    process.exit(1);
  });
}

const start = performance.now();
const runs: FileRun[] = [];
const waiting = [...names];
await Promise.all(
  Array.from({ length: jobs }, async () => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      const run = await runFile(join(options.folder, name), options);
      runs.push(run);
      console.log(`\n${run.name}  ${run.seconds.toFixed(1)} s`);
      console.log(run.printed.trim());
      if (run.fault) console.log(`FAIL ${run.name} ${run.fault}`);
    }
  }),
);

/** How many of the slowest files are told. */
const SLOWEST = 10;
console.log(`\nThe slowest of ${runs.length} files:`);
for (const { name, seconds } of runs.toSorted((a, b) => b.seconds - a.seconds).slice(0, SLOWEST)) {
  console.log(`${seconds.toFixed(1).padStart(8)} s  ${name}`);
}

const sum = (count: (run: FileRun) => number): number => runs.reduce((total, run) => total + count(run), 0);
const passed = sum(({ counts }) => counts.passed);
// A file that broke off has at least one failure, whatever it counted.
const failed = sum(({ counts, fault }) => Math.max(counts.total - counts.passed, fault ? 1 : 0));
for (const { name, counts, fault } of runs) {
  if (fault || counts.passed < counts.total) console.log(`FAIL ${name}`);
}
if (names.length === 0) console.log("FAIL no file of tests has such a name");
const minutes = ((performance.now() - start) / 60_000).toFixed(1);
console.log(`\n${sum(({ counts }) => counts.skipped)} skipped, in ${minutes} min`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && names.length > 0 ? 0 : 1;
