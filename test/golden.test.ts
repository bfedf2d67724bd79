/** The edge layers become the very bytes that hcsshim makes of them, or are refused as hcsshim refuses them. */
import { createHash } from "node:crypto";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  type EdgeLayer,
  edgeLayers,
  edgeTar,
  FLAG_SETS,
  type FlagSet,
  MADE,
  outcomeOf,
  verityImages,
} from "./fixtures/edge.ts";
import { makeHcsshimImage } from "./fixtures/image.ts";

const GIB = 2 ** 30;
const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

const fixtures = suite("layers made in code");

for (const name of Object.keys(MADE)) {
  fixtures(`${name} is the archive that hcsshim was given`, () => {
    assert.is(sha256(edgeTar(name)), edgeLayers.get(name)!.tarSha256);
  });
}

fixtures.run();

for (const flags of Object.keys(FLAG_SETS) as FlagSet[]) {
  const golden = suite(`golden: ${flags}`);
  for (const [name, layer] of edgeLayers) {
    const expected = layer[flags];
    if (expected === undefined) continue;
    const verb = "error" in expected ? "is refused, as hcsshim does" : "is the image that hcsshim makes";
    golden(`${name} ${verb}: ${layer.what}`, async () => {
      const got = await outcomeOf(edgeTar(name), FLAG_SETS[flags]);
      if ("error" in expected) assert.ok("error" in got, "hcsshim refuses this layer");
      else assert.equal(got, expected);
    });
  }
  golden.run();
}

const verdicts = suite("golden: verdicts");

/** Unsound layers that hcsshim takes, and so do we. */
const TAKEN = ["dev-bigmajor", "symlink-4096"];

/** Sound layers that hcsshim refuses, and so do we. */
const REFUSED = [
  "dup-symlink",
  "file-to-dev",
  "file-to-symlink",
  "hard-over-file",
  "hard-via-symlinked-dir",
  "subdirs-70000",
  "symlinked-parent",
  "xattr-5000",
  "xattr-60k",
  "xattr-sum-8k",
];

verdicts("are wrong of these sound and unsound layers, and of no other", () => {
  const wrong = (expect: EdgeLayer["expect"], key: "sha256" | "error"): string[] =>
    [...edgeLayers]
      .filter(([, { expect: each, plain }]) => each === expect && plain && key in plain)
      .map(([name]) => name);
  assert.equal(wrong("error", "sha256"), TAKEN);
  assert.equal(wrong("ok", "error"), REFUSED);
});

verdicts.run();

const bombs = suite("golden: too large to try");

for (const [name, layer] of edgeLayers) {
  if (Object.keys(FLAG_SETS).some((flags) => flags in (layer satisfies EdgeLayer))) continue;
  bombs(`${name} is refused within two seconds: ${layer.what}`, async () => {
    const start = performance.now();
    const got = await outcomeOf(edgeTar(name), FLAG_SETS.plain);
    assert.ok("error" in got, "no disk holds this");
    assert.ok(performance.now() - start < 2000);
  });
}

bombs.run();

const verity = suite("golden: dm-verity");

for (const [name, { rootHash, ext4Size, ext4Sha256, totalSize }] of verityImages) {
  verity(`${name} has the root hash that hcsshim computes`, async () => {
    const { image, result } = await makeHcsshimImage(edgeTar(name), {
      whiteouts: "overlay",
      verity: true,
      maxSize: 128 * GIB,
    });
    assert.equal(
      {
        rootHash: result.rootHash,
        ext4Size: result.hashOffset,
        ext4Sha256: sha256(image.subarray(0, ext4Size)),
        totalSize: result.size,
      },
      { rootHash, ext4Size, ext4Sha256, totalSize },
    );
    assert.is(image.length, totalSize);
  });
}

verity.run();
