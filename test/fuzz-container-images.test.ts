/** Damaged container images are opened as what they are or refused, soon, and never by an Internal error. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { MORE } from "./fixtures/runs.ts";
import { runArchive, runDocuments, type Verdict } from "./fuzz/container-image-trial.ts";

const fuzz = suite("fuzz: container images");

const TRIALS = 250 * MORE;
const PARTS = 4;

for (const [what, run] of [
  ["archives", runArchive],
  ["documents", runDocuments],
] as const) {
  for (let part = 0; part < PARTS; part++) {
    const first = part * TRIALS;
    fuzz(`${what}: trials ${first} to ${first + TRIALS - 1} end as they should`, async () => {
      const verdicts: Verdict[] = [];
      for (let number = first; number < first + TRIALS; number++) {
        try {
          verdicts.push(await run(number));
        } catch (error) {
          assert.unreachable(`trial ${number}: ${(error as Error).stack}`);
        }
      }
      // Damage that never matters, or always, would test nothing.
      for (const verdict of ["opened", "Corrupt"]) {
        assert.ok(verdicts.filter((each) => each === verdict).length > TRIALS / 20, `${verdict} among ${verdicts}`);
      }
    });
  }
}

fuzz.run();
