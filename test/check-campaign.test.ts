/** A part of the campaign against `check`: it finds what e2fsck finds. All of it: fuzz/run-check.ts. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type Base, check, makeBases, trial } from "./fuzz/check-trial.ts";
import { e2fsck } from "./oracles/e2fsck.ts";
import { loopMount } from "./oracles/loop-mount.ts";
import { mke2fs } from "./oracles/mke2fs.ts";
import { present } from "./oracles/oracle.ts";

const campaign = suite("check: campaign");

const TRIALS = 40;
const PARTS = 5;

// A loop mount is not needed here, but root is, and Python: what that asks for.
if (present(loopMount, campaign) && present(mke2fs, campaign) && present(e2fsck, campaign)) {
  let bases: Base[] = [];
  campaign.before(() => {
    bases = makeBases();
  });

  campaign("starts from sound filesystems", async () => {
    for (const { name, path, bytes } of bases) {
      assert.equal(await check(bytes), [], name);
      assert.equal(e2fsck.complaints(path), [], name);
    }
  });

  for (let part = 0; part < PARTS; part++) {
    const first = part * TRIALS;
    campaign(`trials ${first} to ${first + TRIALS - 1}: nothing that e2fsck finds is missed`, async () => {
      let found = 0;
      for (let number = first; number < first + TRIALS; number++) {
        const { base, damage, ours, theirs } = await trial(bases, number);
        if (theirs.length > 0) found++;
        const { kind, owner } = damage.structure;
        if (theirs.length === 0 || ours.length > 0) continue;
        assert.unreachable(`trial ${number}: ${base.name}: ${kind} of ${owner}: ${damage.what}\n${theirs.join("\n")}`);
      }
      // Damage that never matters would test nothing.
      assert.ok(found > TRIALS / 4);
    });
  }
}

campaign.run();
