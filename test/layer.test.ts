/** Layers at the edges of hcsshim's ext4 writer become, to the byte, what hcsshim makes of them. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { FLAG_SETS, type FlagSet, outcomeOf } from "./fixtures/edge.ts";
import { layerCases, layerOutcomes } from "./fixtures/layer-cases.ts";

const layer = suite("layer");

for (const [name, tar] of layerCases) {
  const expected = layerOutcomes.get(name);
  if (expected === undefined) throw new Error(`layer-cases.json has no outcome for ${name}`);
  layer(`${name}: has hcsshim's outcome with every set of flags`, async () => {
    for (const flags of Object.keys(FLAG_SETS) as FlagSet[]) {
      const got = await outcomeOf(tar, FLAG_SETS[flags]);
      const wanted = expected[flags];
      if ("error" in wanted) assert.ok("error" in got, `${flags}: hcsshim refuses this layer: ${wanted.error}`);
      else assert.equal(got, wanted, flags);
    }
  });
}

layer("has no outcome for a case that is gone", () => {
  assert.equal(
    [...layerOutcomes.keys()].filter((name) => !layerCases.has(name)),
    [],
  );
});

layer.run();
