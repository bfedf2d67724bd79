/**
 * The campaign against `check`: `node build/test/fuzz/run-check.js [TRIALS] [FIRST]`, as root, with e2fsprogs.
 *
 * Damages one structure after another and holds our findings against those of `e2fsck -fn`. Prints each damage that it
 * finds and we do not, which must be none; with VERBOSE=1 those too that we find and it does not.
 */
import { makeBases, trial } from "./check-trial.ts";

const [trials = 1000, first = 0] = process.argv.slice(2).map(Number);
const bases = makeBases();
const counts = { both: 0, neither: 0, missed: 0, "ours alone": 0 };
const kinds = new Map<string, number>();

for (let number = first; number < first + trials; number++) {
  const { base, damage, ours, theirs } = await trial(bases, number);
  const verdict =
    theirs.length > 0 ? (ours.length > 0 ? "both" : "missed") : ours.length > 0 ? "ours alone" : "neither";
  counts[verdict]++;
  kinds.set(damage.structure.kind, (kinds.get(damage.structure.kind) ?? 0) + 1);
  const isShown = verdict === "missed" || (process.env.VERBOSE !== undefined && verdict === "ours alone");
  if (!isShown) continue;
  const { kind, owner, at } = damage.structure;
  console.log(`${number}: ${verdict}: ${base.name}: ${kind} of ${owner} at ${at}: ${damage.what}`);
  for (const line of [...ours, ...theirs].slice(0, 6)) console.log(`    ${line}`);
}
console.log(`${trials} trials from ${first}:`, counts, Object.fromEntries(kinds));
process.exitCode = counts.missed > 0 ? 1 : 0;
