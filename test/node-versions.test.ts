/** Another Node makes the same images. */
import { spawnSync } from "node:child_process";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { edgeLayers, FLAG_SETS, type FlagSet } from "./fixtures/edge.ts";
import { inRepository } from "./fixtures/repository.ts";
import { type Oracle, present } from "./oracles/oracle.ts";

const path = process.env.LAYERKILN_OTHER_NODE;

const otherNode: Oracle & {
  run(...args: string[]): ReturnType<typeof spawnSync> & { stdout: string; stderr: string };
} = {
  name: "another Node",
  missing: path ? undefined : "another Node is not at hand (LAYERKILN_OTHER_NODE has its path, see CONTRIBUTING.md)",
  run: (...args) =>
    spawnSync(path!, args, {
      encoding: "utf8",
      cwd: inRepository("."),
      env: { ...process.env, FORCE_COLOR: undefined },
      maxBuffer: 1 << 26,
    }),
};

const versions = suite("another Node");

if (present(otherNode, versions)) {
  versions("is another", () => {
    const version = otherNode.run("--version").stdout.trim();
    assert.match(version, /^v\d+\./);
    assert.is.not(version.split(".")[0], process.version.split(".")[0]);
  });

  versions("makes the images that hcsshim makes, and refuses what it refuses", () => {
    const { status, stdout, stderr } = otherNode.run(inRepository("build/test/fixtures/edge-outcomes.js"));
    assert.is(status, 0, stderr);
    const outcomes = JSON.parse(stdout);
    let count = 0;
    for (const [name, layer] of edgeLayers) {
      for (const flags of Object.keys(FLAG_SETS) as FlagSet[]) {
        const expected = layer[flags];
        if (expected === undefined) continue;
        const got = outcomes[`${name} ${flags}`];
        if ("error" in expected) assert.ok("error" in got, `${name} ${flags}`);
        else assert.equal(got, expected, `${name} ${flags}`);
        count++;
      }
    }
    assert.ok(count > 300);
  });

  versions("passes the tests of the host, those of zstd among them if it reads zstd", () => {
    const { status, stdout, stderr } = otherNode.run("node_modules/uvu/bin.js", "build/test/host", "\\.test\\.js$");
    assert.is(status, 0, stdout + stderr);
    assert.match(stdout, /Passed: +\d{2,}/);
  });
}

versions.run();
