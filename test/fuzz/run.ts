/**
 * The fuzzer by hand: `node build/test/fuzz/run.js [SECONDS] [FIRST]`.
 *
 * Runs trial after trial, from number FIRST on. Keeps the layer of one that fails as fuzz-NUMBER.tar.
 */
import { writeFileSync } from "node:fs";
import { run, trialOf } from "./trial.ts";

const [seconds = 60, first = Date.now() % 2 ** 31] = process.argv.slice(2).map(Number);
const verdicts: Record<string, number> = {};
const end = Date.now() + 1000 * seconds;
let number = first;
let failures = 0;
for (; Date.now() < end; number++) {
  const trial = trialOf(number);
  try {
    const verdict = await run(trial);
    verdicts[verdict] = (verdicts[verdict] ?? 0) + 1;
  } catch (error) {
    failures++;
    writeFileSync(`fuzz-${number}.tar`, trial.layer);
    process.stderr.write(`${number} ${JSON.stringify(trial.options)}: ${(error as Error).message}\n`);
  }
}
console.log(`${number - first} trials from ${first}:`, verdicts, `${failures} failures`);
process.exitCode = failures > 0 ? 1 : 0;
