/** Damaged CIMs are read to their end or refused, soon, and what makes trouble the check finds. For longer: fuzz/run-cims.ts. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type CimOutcome, cimTrialOf, runCim } from "../fuzz/cim-trial.ts";

const fuzz = suite("fuzz: CIMs");

const TRIALS = 250;
const PARTS = 4;

for (let part = 0; part < PARTS; part++) {
  const first = part * TRIALS;
  fuzz(`trials ${first} to ${first + TRIALS - 1} end as they should`, async () => {
    const outcomes: CimOutcome[] = [];
    for (let number = first; number < first + TRIALS; number++) {
      try {
        outcomes.push(await runCim(cimTrialOf(number)));
      } catch (error) {
        assert.unreachable(`trial ${number}: ${(error as Error).message}`);
      }
    }
    // Damage that never matters, or always, would test nothing.
    assert.ok(outcomes.filter(({ refused }) => refused.Corrupt).length > TRIALS / 20);
    assert.ok(outcomes.filter(({ files }) => files > 5).length > TRIALS / 4);
    assert.ok(outcomes.filter(({ sound }) => sound).length > TRIALS / 20);
  });
}

fuzz.run();
