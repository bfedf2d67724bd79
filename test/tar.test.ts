/** The tar reader at the edges of the format: it takes what hcsshim takes, to the byte, and refuses the rest. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { outcomeOf } from "./fixtures/edge.ts";
import { tarCases, tarOutcomes } from "./fixtures/tar-cases.ts";

const tar = suite("tar");

for (const [name, bytes] of tarCases) {
  const expected = tarOutcomes.get(name);
  if (expected === undefined) throw new Error(`tar-cases.json has no outcome for ${name}`);
  tar(
    `${name}: ${"error" in expected ? `is refused (${expected.error})` : "becomes the image that hcsshim makes"}`,
    async () => {
      const got = await outcomeOf(bytes, { profile: "hcsshim" });
      if ("error" in expected) assert.ok("error" in got, "hcsshim refuses this archive");
      else assert.equal(got, expected);
    },
  );
}

tar("has no outcome for a case that is gone", () => {
  assert.equal(
    [...tarOutcomes.keys()].filter((name) => !tarCases.has(name)),
    [],
  );
});

tar.run();
