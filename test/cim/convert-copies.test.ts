/** Contents that the kernel copies from layer to CIM: the CIM is the same, however much of it comes that way. */
import { readFileSync, readSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { thisPlatform } from "../../src/adapters/this-platform.ts";
import type { CopyRange, Platform } from "../../src/host/platform.ts";
import { convertCim } from "../../src/index.ts";
import { readCim } from "../fixtures/cim.ts";
import { noise } from "../fixtures/random.ts";
import { scratchFile, scratchFolder } from "../fixtures/scratch.ts";
import { file } from "../fixtures/windows-base.ts";
import { windowsTar } from "../fixtures/windows-tar.ts";

const MIB = 2 ** 20;

const large = noise(5 * MIB + 17);
const layer = windowsTar([
  file("small", "abc"),
  file("large", large, { streams: [["too", noise(3 * MIB)]] }),
  file("the same", large),
  file("differs at its end", Buffer.concat([large.subarray(0, -1), Buffer.from("!")])),
  file("zeros within", Buffer.concat([noise(3 * MIB), Buffer.alloc(4 * MIB), noise(3 * MIB)])),
  file("ends with zeros", Buffer.concat([noise(3 * MIB + 5), Buffer.alloc(3 * MIB)])),
  file("last", noise(4 * MIB)),
]);
const source = scratchFile("layer.tar", layer);

const plain = await convertCim(layer, scratchFolder(), { name: "a", digests: false });

const copyAll: CopyRange = (from, fromAt, to, toAt, length) => {
  const bytes = Buffer.alloc(length);
  const read = readSync(from, bytes, 0, length, fromAt);
  return read === 0 ? 0 : writeSync(to, bytes, 0, read, toAt);
};

/** A platform that counts what its copies come to. */
function platformOf(copy: CopyRange): Platform & { copied: number } {
  const platform = {
    copied: 0,
    copyRange:
      async () =>
      (...range: Parameters<CopyRange>) => {
        const copied = copy(...range);
        platform.copied += copied;
        return copied;
      },
  };
  return platform;
}

const WAYS: [what: string, copy: CopyRange, least: number][] = [
  ["copies all that it is asked for", copyAll, 15 * MIB],
  ["copies a part of it", (from, at, to, toAt, length) => copyAll(from, at, to, toAt, Math.ceil(length / 3)), 10 * MIB],
  ["copies less than a page", (from, at, to, toAt, length) => copyAll(from, at, to, toAt, length % 4095), 0],
  ["can copy nothing between these two", () => 0, 0],
];

const copies = suite("convertCim: copies");

for (const [what, copy, least] of WAYS) {
  copies(`by a platform that ${what} give the CIM that reading gives`, async () => {
    const platform = platformOf(copy);
    const made = await convertCim(source, scratchFolder(), { name: "a", digests: false, platform });
    assert.equal(made.files, plain.files);
    for (const { name } of made.files) {
      const [ours, theirs] = [made, plain].map(({ cim }) => readFileSync(join(cim, "..", name)));
      assert.ok(ours!.equals(theirs!), name);
    }
    assert.ok(platform.copied >= least, `${platform.copied} bytes were copied`);
    await readCim(made.cim);
  });
}

copies("by this system leave zeros unwritten", async () => {
  const platform = thisPlatform();
  const { cim, files } = await convertCim(source, scratchFolder(), {
    name: "a",
    digests: false,
    ...(platform && { platform: { ...platform, worthCopying: 0 } }),
  });
  const region = statSync(join(cim, "..", files[3]!.name));
  assert.ok(
    region.blocks * 512 < region.size - 5 * MIB,
    `${region.blocks * 512} of ${region.size} bytes are on the disk`,
  );
});

copies("are not made where digests are wanted, of parents they are", async () => {
  const seen = platformOf(copyAll);
  const folder = scratchFolder();
  await convertCim(source, folder, { name: "base", platform: seen });
  assert.is(seen.copied, 0);
  const parents = [join(folder, "base.cim")];
  const { cim } = await convertCim(windowsTar([]), folder, { name: "child", parents, platform: seen });
  assert.ok(seen.copied > 15 * MIB);
  assert.equal([...(await readCim(cim)).values()], [...(await readCim(parents[0]!)).values()]);
});

copies.run();
