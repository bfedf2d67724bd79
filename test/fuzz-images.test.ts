/** Damaged images are read to their end or refused, soon, and never by an Internal error. For longer: fuzz/run-images.ts. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { imageTrialOf, type Outcome, runImage } from "./fuzz/image-trial.ts";

const fuzz = suite("fuzz: images");

const TRIALS = 100;
const PARTS = 8;

for (let part = 0; part < PARTS; part++) {
  const first = part * TRIALS;
  fuzz(`trials ${first} to ${first + TRIALS - 1} end as they should`, async () => {
    const outcomes: Outcome[] = [];
    for (let number = first; number < first + TRIALS; number++) {
      try {
        outcomes.push(await runImage(imageTrialOf(number)));
      } catch (error) {
        assert.unreachable(`trial ${number}: ${(error as Error).message}`);
      }
    }
    // Damage that never matters, or always, would test nothing.
    assert.ok(outcomes.filter(({ refused }) => refused.Corrupt).length > TRIALS / 10);
    assert.ok(outcomes.filter(({ files }) => files > 20).length > TRIALS / 4);
  });
}

fuzz.run();
