/** Damaged hives are read and merged or refused, soon, and never by an Internal error. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { MORE } from "./fixtures/runs.ts";
import { damagedHive, runHive, type Verdict } from "./fuzz/hive-trial.ts";

const fuzz = suite("fuzz: hives");

const TRIALS = 150 * MORE;
const PARTS = 4;

for (let part = 0; part < PARTS; part++) {
  const first = part * TRIALS;
  fuzz(`trials ${first} to ${first + TRIALS - 1} end as they should`, async () => {
    const verdicts: Verdict[] = [];
    for (let number = first; number < first + TRIALS; number++) {
      try {
        verdicts.push(await runHive(damagedHive(number)));
      } catch (error) {
        assert.unreachable(`trial ${number}: ${(error as Error).stack}`);
      }
    }
    // Damage that never matters, or always, would test nothing.
    for (const verdict of ["read", "Corrupt"]) {
      assert.ok(verdicts.filter((each) => each === verdict).length > TRIALS / 10, `${verdict} among ${verdicts}`);
    }
  });
}

fuzz.run();
