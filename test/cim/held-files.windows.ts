/** What stands in the way of Windows's own rule: no name of a file goes while somebody has it open who does not allow it. */
import { existsSync, linkSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { withOpen } from "../../src/adapters/windows/file-handle.ts";
import { GENERIC } from "../../src/adapters/windows/kernel32-dll.ts";
import { scratchFolder } from "../fixtures/scratch.ts";
import { guidOf, makeSomeCim, namesOf } from "../fixtures/some-cim.ts";

const held = suite("cim: files that a mount holds");

held("leave second names behind, which harm nobody and go when the mount has gone", async () => {
  const directory = scratchFolder();
  await makeSomeCim(directory, 1);
  const region = `region_${guidOf(1)}_1`;
  const partial = join(directory, ".a.cim.abc.unfinished");
  mkdirSync(join(partial, "rewritten"), { recursive: true });
  linkSync(join(directory, region), join(partial, "rewritten", region));

  await withOpen(join(directory, region), GENERIC.READ, async () => {
    await makeSomeCim(directory, 2);
    assert.ok(existsSync(partial), "so that this is tried at all");
  });
  await makeSomeCim(directory, 3);
  assert.not.ok(existsSync(partial));
  for (const which of [1, 2, 3]) for (const name of namesOf(which)) assert.ok(existsSync(join(directory, name)), name);
});

held.run();
