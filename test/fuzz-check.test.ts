/** Damaged images are checked to their end, soon; and what the reader refuses, the check has found. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { checkImage, ErrorCode, ImageError } from "../src/index.ts";
import { imageTrialOf, runImage } from "./fuzz/image-trial.ts";

const fuzz = suite("fuzz: check");

const TRIALS = 100;
const PARTS = 8;

/** Whether something is wrong with it, as our check sees it. @throws Error  if the check ends as it must not */
async function isDamaged(bytes: Uint8Array): Promise<boolean> {
  const start = performance.now();
  try {
    return !(await checkImage(bytes)).sound;
  } catch (error) {
    if (!(error instanceof ImageError) || error.code === ErrorCode.Internal) throw error;
    return true;
  } finally {
    const took = performance.now() - start;
    if (took > 5000) assert.unreachable(`took ${Math.round(took)} ms`);
  }
}

for (let part = 0; part < PARTS; part++) {
  const first = part * TRIALS;
  fuzz(`trials ${first} to ${first + TRIALS - 1} end as they should`, async () => {
    let damaged = 0;
    for (let number = first; number < first + TRIALS; number++) {
      const { bytes } = imageTrialOf(number);
      const isFound = await isDamaged(bytes);
      if (isFound) damaged++;
      const { refused } = await runImage({ bytes, verify: true });
      assert.ok(isFound || !refused.Corrupt, `trial ${number}: the reader refuses what the check calls sound`);
    }
    // Damage that is always seen at once, or never, would test nothing.
    assert.ok(damaged > TRIALS / 4 && damaged < TRIALS);
  });
}

fuzz.run();
