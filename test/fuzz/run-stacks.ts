/**
 * The fuzzer of merging by hand: `node build/test/fuzz/run-stacks.js [SECONDS] [FIRST]`.
 *
 * Runs trial after trial, from number FIRST on. Keeps the layers of one that fails as fuzz-NUMBER-LAYER.tar.
 */
import { writeFileSync } from "node:fs";
import { runStack, stackTrialOf } from "./stack-trial.ts";

const [seconds = 60, first = Date.now() % 2 ** 31] = process.argv.slice(2).map(Number);
const verdicts: Record<string, number> = {};
const end = Date.now() + 1000 * seconds;
let number = first;
let failures = 0;
for (; Date.now() < end; number++) {
  const trial = stackTrialOf(number);
  try {
    const verdict = await runStack(trial);
    verdicts[verdict] = (verdicts[verdict] ?? 0) + 1;
  } catch (error) {
    failures++;
    for (const [index, layer] of trial.layers.entries()) writeFileSync(`fuzz-${number}-${index + 1}.tar`, layer);
    process.stderr.write(`${number} ${JSON.stringify(trial.options)}: ${(error as Error).message}\n`);
  }
}
console.log(`${number - first} trials from ${first}:`, verdicts, `${failures} failures`);
process.exitCode = failures > 0 ? 1 : 0;
