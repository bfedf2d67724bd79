/** What `layerkiln` mounts and attaches on Windows, as another system sees it: what would be asked, and what is refused. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { basename, dirname } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ErrorCode, type Mount, mountImages, type Platform } from "../src/index.ts";
import { goldenCimPath } from "./fixtures/golden-cim-path.ts";
import { rejects } from "./fixtures/rejects.ts";
import { inRepository } from "./fixtures/repository.ts";
import { scratchFolder } from "./fixtures/scratch.ts";

const LAYERKILN = inRepository(JSON.parse(readFileSync(inRepository("package.json"), "utf8")).bin.layerkiln);

const mount = suite("mounts of CIMs");

mount("are Windows's own, and only read", async () => {
  const asked: [Mount, string][] = [];
  const mounter = { mount: async (...words: [Mount, string]) => void asked.push(words), unmount: async () => true };
  const platform: Platform = { copyRange: async () => undefined, mounter: async () => mounter };
  const cim = goldenCimPath();
  const directory = scratchFolder();
  await mountImages([cim], directory, { platform });
  const options = ["ro", `cimpath=${cim}`];
  assert.equal(asked, [[{ type: "CimFS", source: dirname(cim), target: "", options }, directory]]);

  const error = await rejects(
    mountImages([cim], directory, { platform, readWrite: true }),
    ErrorCode.FailedPrecondition,
  );
  assert.match(error.message, `${basename(cim)}: is a CIM, which is only read`);
});

mount.run();

const attach = suite("layerkiln attach and detach");

if (process.platform !== "win32") {
  for (const command of ["attach", "detach"]) {
    attach(`${command} says that it wants Windows`, () => {
      const { status, stderr } = spawnSync(process.execPath, [LAYERKILN, command, "x.vhd"], { encoding: "utf8" });
      assert.equal(
        [status, stderr],
        [4, `layerkiln: ${command}: needs Windows, and the package koffi (npm install koffi)\n`],
      );
    });
  }
}

attach("wants one image", () => {
  const { status, stderr } = spawnSync(process.execPath, [LAYERKILN, "attach"], { encoding: "utf8" });
  assert.is(status, 2);
  assert.match(stderr, "IMAGE is missing");
});

attach.run();
