/** What is most likely behind a difference is told, whoever's profile the images are of. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type ConvertOptions, explainDifference } from "../../src/index.ts";
import { makeImage } from "../fixtures/image.ts";
import { entry, type LayerEntry, layerTar } from "../fixtures/layer.ts";
import { noise } from "../fixtures/random.ts";
import { scratchFile } from "../fixtures/scratch.ts";

const LATER = 1_700_000_001_000_000_000n;
const entries = (mtime?: bigint): LayerEntry[] => {
  const more = mtime === undefined ? {} : { mtime };
  return [
    entry("dir", "usr", more),
    entry("file", "usr/one", { data: noise(5000), ...more }),
    entry("file", "usr/two", { data: noise(9000), ...more }),
  ];
};
const [USR, ONE, TWO] = entries() as [LayerEntry, LayerEntry, LayerEntry];

interface Made {
  readonly entries: LayerEntry[];
  readonly options?: ConvertOptions;
}

const PLAIN: Made = { entries: entries() };
const CASES: [why: string, a: Made, b: Made, modern: RegExp, hcsshim?: RegExp][] = [
  ["times", PLAIN, { entries: entries(LATER) }, /^only times differ: .*mtime.*, of \d files$/],
  ["content", PLAIN, { entries: [USR, { ...ONE, data: noise(5000, 1) }, TWO] }, /^the content of \/usr\/one differs$/],
  ["mode", PLAIN, { entries: [USR, { ...ONE, mode: 0o600 }, TWO] }, /^inodes differ: in mode, of 1 file$/],
  [
    "a file more",
    PLAIN,
    { entries: [...entries(), entry("file", "new")] },
    /: 1 added.*; the first of them, added, is \/new$/,
  ],
  [
    "a name",
    PLAIN,
    { entries: [USR, ONE, { ...TWO, path: "usr/owt" }] },
    /^the files differ: .*1 added.*1 deleted.*; the first of them, \w+, is \/usr\/(owt|two)$/,
  ],
  [
    "order",
    PLAIN,
    { entries: [USR, TWO, ONE] },
    /^the same files, whose contents stand in another order$/,
    /^the same files in another order: \/usr\/one is inode \d+ and \d+$/,
  ],
  [
    "size",
    { entries: entries(), options: { filesystem: { size: 2 ** 24 } } },
    { entries: entries(), options: { filesystem: { size: 2 ** 25 } } },
    /^the same files; one filesystem has 16777216 bytes, the other 33554432$/,
  ],
  [
    "UUID",
    { entries: entries(), options: { filesystem: { uuid: "01234567-89ab-cdef-0123-456789abcdef" } } },
    { entries: entries(), options: { filesystem: { uuid: "11234567-89ab-cdef-0123-456789abcdef" } } },
    /UUIDs of their own/,
  ],
  ["label", PLAIN, { entries: entries(), options: { filesystem: { label: "x" } } }, /UUIDs of their own|label/],
  ["profile", PLAIN, { entries: entries(), options: { profile: "hcsshim" } }, /^another profile or another program: /],
];

const reasons = suite("explain: reasons");

for (const profile of ["modern", "hcsshim"] as const) {
  for (const [why, a, b, modern, hcsshim = modern] of CASES) {
    const isModerns = [a, b].some(({ options }) => options !== undefined);
    if (profile === "hcsshim" && isModerns) continue;
    reasons(`in images of profile ${profile}: ${why}`, async () => {
      const [ofA, ofB] = await Promise.all(
        [a, b].map(({ entries, options }) => makeImage(layerTar(entries), { profile, verity: true, ...options })),
      );
      const told = await explainDifference(scratchFile("a", ofA!.image), scratchFile("b", ofB!.image));
      assert.match(told.reason ?? "", profile === "modern" ? modern : hcsshim);
    });
  }
}

reasons("a VHD around the same disk differs in a field of its footer", async () => {
  const { image } = await makeImage(layerTar(entries()), { vhd: true });
  const other = Buffer.from(image);
  const footer = other.subarray(-512);
  footer.writeUInt32BE(7, 0x18);
  footer.writeUInt32BE(0, 0x40);
  footer.writeUInt32BE(~footer.reduce((sum, byte) => sum + byte, 0) >>> 0, 0x40);
  const { same, first, container, reason } = await explainDifference(
    scratchFile("a.vhd", image),
    scratchFile("b.vhd", other),
  );
  assert.is(same, false);
  assert.is(first, undefined);
  assert.is(container!.byte, image.length - 512 + 0x1b);
  assert.equal(container!.fields[0], { field: "time, seconds since 2000", a: "0", b: "7" });
  assert.match(reason!, "the disks are the same");
});

reasons("another container around the same disk is told", async () => {
  const tar = layerTar(entries());
  const [raw, vhdx] = [await makeImage(tar), await makeImage(tar, { container: "vhdx" })];
  const { container, differingBlocks, same } = await explainDifference(
    scratchFile("a.ext4", raw.image),
    scratchFile("b.vhdx", vhdx.image),
  );
  assert.equal([same, differingBlocks], [false, 0]);
  assert.equal(container, { a: "raw", b: "vhdx", fields: [] });
});

reasons.run();
