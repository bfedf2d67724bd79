/**
 * The fuzzer of CIMs by hand: `node build/test/fuzz/run-cims.js [SECONDS] [FIRST]`.
 *
 * Runs trial after trial, from number FIRST on. Keeps the files of one that fails in fuzz-cim-NUMBER/.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { type CimTrial, cimTrialOf, runCim } from "./cim-trial.ts";

const [seconds = 60, first = Date.now() % 2 ** 31] = process.argv.slice(2).map(Number);
const refusals: Record<string, number> = {};
const verdicts = { sound: 0, unsound: 0, "unsound, and read without trouble": 0, unreadable: 0 };
const end = Date.now() + 1000 * seconds;
let number = first;
let slowest = 0;
let failures = 0;
for (; Date.now() < end; number++) {
  const trial = cimTrialOf(number);
  const start = performance.now();
  try {
    const { refused, sound } = await runCim(trial);
    for (const [code, count] of Object.entries(refused)) refusals[code] = (refusals[code] ?? 0) + count;
    const isTrouble = Object.keys(refused).length > 0;
    if (sound === undefined) verdicts.unreadable++;
    else if (sound) verdicts.sound++;
    else if (isTrouble) verdicts.unsound++;
    else verdicts["unsound, and read without trouble"]++;
  } catch (error) {
    failures++;
    keep(number, trial);
    process.stderr.write(`${number}: ${(error as Error).message}\n`);
  }
  slowest = Math.max(slowest, performance.now() - start);
}
console.log(
  `${number - first} trials from ${first}:`,
  refusals,
  verdicts,
  `slowest ${Math.round(slowest)} ms, ${failures} failures`,
);
process.exitCode = failures > 0 ? 1 : 0;

function keep(trial: number, { header, files }: CimTrial): void {
  const folder = `fuzz-cim-${trial}`;
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}/fuzz.cim`, header);
  for (const [name, bytes] of files) writeFileSync(`${folder}/${name}`, bytes);
}
