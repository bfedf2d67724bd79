/**
 * The fuzzer of images by hand: `node build/test/fuzz/run-images.js [SECONDS] [FIRST]`.
 *
 * Runs trial after trial, from number FIRST on. Keeps the image of one that fails as fuzz-NUMBER.img.
 */
import { writeFileSync } from "node:fs";
import { imageTrialOf, runImage } from "./image-trial.ts";

const [seconds = 60, first = Date.now() % 2 ** 31] = process.argv.slice(2).map(Number);
const refusals: Record<string, number> = {};
const end = Date.now() + 1000 * seconds;
let number = first;
let slowest = 0;
let failures = 0;
for (; Date.now() < end; number++) {
  const trial = imageTrialOf(number);
  const start = performance.now();
  try {
    const { refused } = await runImage(trial);
    for (const [code, count] of Object.entries(refused)) refusals[code] = (refusals[code] ?? 0) + count;
  } catch (error) {
    failures++;
    writeFileSync(`fuzz-${number}.img`, trial.bytes);
    process.stderr.write(`${number}: ${(error as Error).message}\n`);
  }
  slowest = Math.max(slowest, performance.now() - start);
}
console.log(
  `${number - first} trials from ${first}:`,
  refusals,
  `slowest ${Math.round(slowest)} ms, ${failures} failures`,
);
process.exitCode = failures > 0 ? 1 : 0;
