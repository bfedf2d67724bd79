/** CIMs by cimfs.dll, as our adapter calls it: under Wine its double, which holds every call against cimfs.h. */
import { spawnSync } from "node:child_process";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { broken, calls, startDoubles } from "../fixtures/doubles.ts";
import { inRepository } from "../fixtures/repository.ts";
import { scratchFile, scratchFolder } from "../fixtures/scratch.ts";
import { WatchedCimFs } from "../fixtures/watched-cimfs.ts";
import { baseTar } from "../fixtures/windows-base.ts";
import { areDoubles } from "../oracles/doubles.ts";
import { cimWriterSuite } from "../suites/cim-writer.ts";

const program = suite("layerkiln cim --writer cimfs");

if (areDoubles(program)) {
  await cimWriterSuite("cimfs.dll", () => new WatchedCimFs());

  program("says what wrote the CIM", () => {
    startDoubles();
    const layer = scratchFile("layer.tar", baseTar);
    const words = [inRepository("build/cli/bin/main.js"), "cim", layer, "-o", scratchFolder(), "--name", "a"];
    const { status, stdout, stderr } = spawnSync(process.execPath, [...words, "--writer", "cimfs", "--json"], {
      encoding: "utf8",
    });
    assert.is(status, 0, stderr);
    assert.is(JSON.parse(stdout).writer, "cimfs");
    assert.is(calls("CimCommitImage").length, 1);
    assert.equal(broken(), []);
  });
}

program.run();
