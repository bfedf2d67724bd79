/** Layers become the golden CIMs, through the public API, and a script unpacks those for Windows. */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { convertCim } from "../../src/index.ts";
import { GOLDEN_TAR } from "../fixtures/golden-cim.ts";
import { GOLDEN_GUID_TEXT, goldenFiles } from "../fixtures/golden-cim-files.ts";
import { inRepository } from "../fixtures/repository.ts";
import { scratchFolder } from "../fixtures/scratch.ts";

const golden = suite("convertCim: golden");

/** Asserts that `directory` has the files of a golden CIM, and no others. */
function assertGolden(directory: string, version: 1 | 2): void {
  const { cim, files } = goldenFiles(version);
  const expected = new Map([["test.cim", cim], ...files]);
  assert.equal(readdirSync(directory).sort(), [...expected.keys()].sort());
  for (const [name, bytes] of expected) assert.ok(readFileSync(join(directory, name)).equals(bytes), name);
}

for (const [version, number] of [
  ["2.0", 2],
  ["1.0", 1],
] as const) {
  for (const [what, layer] of [
    ["a tar", GOLDEN_TAR],
    ["a tar.gz", gzipSync(GOLDEN_TAR)],
  ] as const) {
    golden(`of ${what} comes the image of version ${version}, byte for byte`, async () => {
      const directory = scratchFolder();
      const result = await convertCim(layer, directory, { name: "test", guid: GOLDEN_GUID_TEXT, version });
      assertGolden(directory, number);
      assert.equal(result.files.map(({ name }) => name).sort(), readdirSync(directory).sort());
      assert.is(result.cim, join(directory, "test.cim"));
      assert.is(result.guid, GOLDEN_GUID_TEXT);
    });
  }
}

golden("images are unpacked for the experiments on Windows", () => {
  const directory = scratchFolder();
  execFileSync(process.execPath, [inRepository("docs/experiments/vectors.mjs"), directory]);
  assertGolden(join(directory, "v1"), 1);
  assertGolden(join(directory, "v2"), 2);
});

golden.run();
