/** Layers over one another, some damaged, end in a sound image or in an ImageError that is not Internal. For longer: fuzz/run-stacks.ts. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { runStack, stackTrialOf, type Verdict } from "./fuzz/stack-trial.ts";

const fuzz = suite("fuzz: stacks");

const TRIALS = 100;
const PARTS = 4;

for (let part = 0; part < PARTS; part++) {
  const first = part * TRIALS;
  fuzz(`trials ${first} to ${first + TRIALS - 1} end as they should`, async () => {
    const verdicts = new Map<Verdict, number>();
    for (let number = first; number < first + TRIALS; number++) {
      try {
        const verdict = await runStack(stackTrialOf(number));
        verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + 1);
      } catch (error) {
        assert.unreachable(`trial ${number}: ${(error as Error).message}`);
      }
    }
    // Damage that never matters, or always, would test nothing.
    assert.ok(verdicts.get("an image")! > TRIALS / 20);
    assert.ok(verdicts.get("Corrupt")! > TRIALS / 20);
  });
}

fuzz.run();
