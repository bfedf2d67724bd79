/**
 * CIMs as Windows shows them: on Windows itself those of both writers, file by file. Under Wine the double shows what it was told
 * of those that it wrote, and no place but the volume.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { windowsAbilities } from "../../src/adapters/windows/abilities.ts";
import { volumeIdOf, volumePath } from "../../src/adapters/windows/cim-volume.ts";
import { windows } from "../../src/adapters/windows/platform.ts";
import { diffImages } from "../../src/host/image/diff-images.ts";
import { type ConvertCimOptions, convertCim } from "../../src/index.ts";
import { ON_WINE } from "../fixtures/on-wine.ts";
import { noise } from "../fixtures/random.ts";
import { scratchFolder } from "../fixtures/scratch.ts";
import { baseEntries, file } from "../fixtures/windows-base.ts";
import { windowsTar } from "../fixtures/windows-tar.ts";
import { type Oracle, present } from "../oracles/oracle.ts";

const areDoubles = ON_WINE;

const cimFs: Oracle = { name: "CimFS, for administrators", missing: whyNot() };

function whyNot(): string | undefined {
  const needed = ["elevated", "write-cims", "mount-cims", "bindfltapi.dll"];
  const lacking = windowsAbilities(undefined).filter(({ name, isThere }) => needed.includes(name) && !isThere);
  return lacking.length === 0 ? undefined : lacking.map(({ name, found }) => `${name}: ${found}`).join("; ");
}

const CONTENTS: Record<string, Uint8Array> = {
  empty: new Uint8Array(),
  "one byte": Buffer.of(7),
  "a block and a byte": noise(4097),
  "some mebibytes": noise(3 * 2 ** 20 + 5),
  "Ünïcode 日本": Buffer.from("by its name"),
};

const layer = windowsTar([
  ...baseEntries,
  ...Object.entries(CONTENTS).map(([name, data]) => file(`Files/${name}`, data)),
]);

const make = async (options: Partial<ConvertCimOptions>): Promise<string> =>
  (await convertCim(layer, scratchFolder(), { name: "layer", platform: windows, ...options })).cim;

const cims = suite("CIMs that are mounted");

if (present(cimFs, cims)) {
  const WRITERS = { "Windows's writer": { writer: "cimfs" }, ours: {} } as const;

  for (const [writer, options] of Object.entries(WRITERS)) {
    if (writer === "ours" && areDoubles) continue; // they cannot read it
    cims(`show all files of one by ${writer}`, async () => {
      const cim = await make(options);
      const target = scratchFolder();
      const mounter = (await windows.mounter!())!;
      const volume = volumePath(volumeIdOf(target.toLowerCase()));
      await mounter.mount({ type: "CimFS", source: target, target: "", options: ["ro", `cimpath=${cim}`] }, target);
      try {
        for (const root of [join(volume, "Files"), ...(areDoubles ? [] : [target])]) assertShows(root);
      } finally {
        assert.is(await mounter.unmount(target), true);
      }
      assert.not(existsSync(volume));
      assert.equal(readdirSync(target), []);
    });
  }

  // The double writes no CIM that anybody could read.
  if (!areDoubles) {
    cims("are the same by both writers, but for their roots", async () => {
      const [theirs, ours] = [await make({ writer: "cimfs" }), await make({})];
      const changes: string[] = [];
      await diffImages(theirs, ours, undefined, { onChange: ({ kind, path }) => changes.push(`${kind} ${path}`) });
      assert.equal(
        changes.filter((change) => change !== "changed "),
        [],
      );
    });
  }
}

cims.run();

/** @param root  of a container's files */
function assertShows(root: string): void {
  for (const [name, content] of Object.entries(CONTENTS)) {
    const shown = readFileSync(join(root, name));
    // The double shows as much as it has kept.
    assert.ok(shown.equals(areDoubles ? content.subarray(0, 64 * 1024) : content), `${name}: ${shown.length} bytes`);
  }
  assert.is(readFileSync(join(root, "folder", "inside"), "utf8"), "in the base");
  assert.throws(() => readFileSync(join(root, "not there")), /ENOENT/);
}
