/** How trials of a fuzzer are run: those that a test runs, and as many as there is time for. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { ErrorCode } from "../../src/index.ts";

/** What may come of a trial. */
export type Verdict = "an image" | keyof typeof ErrorCode;

/**
 * A suite of the trials 0 to `parts * trials - 1`.
 *
 * @param run  the trial of a number; throws if what came of it must not be
 */
export function testTrials(
  name: string,
  parts: number,
  trials: number,
  run: (number: number) => Promise<Verdict>,
): void {
  const fuzz = suite(name);
  for (let part = 0; part < parts; part++) {
    const first = part * trials;
    fuzz(`trials ${first} to ${first + trials - 1} end as they should`, async () => {
      const verdicts = new Map<Verdict, number>();
      for (let number = first; number < first + trials; number++) {
        try {
          const verdict = await run(number);
          verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + 1);
        } catch (error) {
          assert.unreachable(`trial ${number}: ${(error as Error).message}`);
        }
      }
      // Damage that never matters, or always, would test nothing.
      assert.ok(verdicts.get("an image")! > trials / 20);
      assert.ok(verdicts.get("Corrupt")! > trials / 20);
    });
  }
  fuzz.run();
}
