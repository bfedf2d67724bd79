/** `layerkiln hive`, run as people run it. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { buildHive, key } from "./fixtures/hive.ts";
import { goldenHive } from "./fixtures/hives.ts";
import { mergeBytes } from "./fixtures/merge-hives.ts";
import { listReg, parseReg } from "./fixtures/reg.ts";
import { inRepository } from "./fixtures/repository.ts";
import { scratchFile, scratchFolder, scratchPath } from "./fixtures/scratch.ts";
import { hivex } from "./oracles/hivex.ts";
import { type Answer, present, run } from "./oracles/oracle.ts";

const { bin } = JSON.parse(readFileSync(inRepository("package.json"), "utf8"));
const layerkiln = (...words: string[]): Answer => run(process.execPath, [inRepository(bin.layerkiln), ...words]);

const base = scratchFile("base.hive", goldenHive("base"));
const delta = scratchFile("delta.hive", goldenHive("delta"));
const bcd = scratchFile("bcd.hive", goldenHive("bcd"));

const merge = suite("layerkiln hive merge");

merge("writes the merged hive, and says how large it is", async () => {
  const out = scratchPath("merged.hive");
  const { status, stdout, stderr } = layerkiln("hive", "merge", base, delta, "-o", out);
  assert.equal([status, stderr], [0, ""]);
  assert.is(stdout, `${out}: 589824 bytes (576 KiB)\n`);
  assert.ok(readFileSync(out).equals(await mergeBytes(goldenHive("base"), goldenHive("delta"))));
});

merge("may write over its own base, and tells of it in JSON", () => {
  const own = scratchFile("own.hive", goldenHive("base"));
  const { stdout } = layerkiln("hive", "merge", own, delta, "-o", own, "--json");
  assert.equal(JSON.parse(stdout), { hive: own, size: 589_824 });
  assert.is(layerkiln("hive", "merge", own, delta, "-o", own, "-q").stdout, "");
});

const WRONG: [why: string, words: string[], status: number, says: RegExp][] = [
  ["no hive", [base, inRepository("package.json")], 4, /^layerkiln: regf: delta: .* is no registry hive\n$/],
  ["a base that is not there", ["none.hive", delta], 1, /^layerkiln: none.hive: no such file or directory\n$/],
  ["one hive", [base], 2, /DELTA/],
];

for (const [why, words, status, says] of WRONG) {
  merge(`ends with ${status} for ${why}, and leaves nothing behind`, () => {
    const folder = scratchFolder();
    const answer = layerkiln("hive", "merge", ...words, "-o", `${folder}/out`);
    assert.is(answer.status, status);
    assert.match(answer.stderr, says);
    assert.equal(readdirSync(folder), []);
  });
}

merge("leaves what was there as it was where it fails", () => {
  const out = scratchFile("out.hive", Buffer.from("before"));
  assert.is(layerkiln("hive", "merge", base, bcd.replace("bcd", "none"), "-o", out).status, 1);
  assert.ok(existsSync(out));
  assert.is(readFileSync(out, "latin1"), "before");
});

merge.run();

const exported = suite("layerkiln hive export");

const exportOf = (...words: string[]): string =>
  Buffer.from(layerkiln("hive", "export", ...words).stdout, "latin1").toString();

exported("prints a delta with what it deletes", () => {
  assert.is(
    exportOf(delta),
    `Windows Registry Editor Version 5.00

[\\]

[\\Cls]
; class: that of the key below

[\\Many]

[-\\Many\\k00001]

[\\Many\\k00002]
; layer: supersede-local
"z"=dword:00000001

[\\Software]

[\\Software\\Vendor]
"d"=-
"q"="new"
`,
  );
});

exported("prints one key and all below it", () => {
  const keys = parseReg(exportOf(bcd, "objects\\{9dea862c-5cdd-4e70-acc1-f32b344d4795}"), "\\");
  assert.is(keys.size, 7);
  assert.ok([...keys.keys()].every((path) => path.startsWith("objects\\{9dea862c")));
});

exported("keeps what text has no room for out of it, and in JSON", () => {
  const value = { name: 'a"\\\n', type: 1, data: Buffer.from("\u202e\0", "utf16le") };
  const root = key("ROOT", { values: [value], subkeys: [key("\ud800", { className: "C", flags: 0x40 })] });
  const path = scratchFile("odd.hive", buildHive(root));
  const text = exportOf(path);
  assert.match(text, '"a\\"\\\\\ufffd"=hex(1):2e,20,00,00\n');
  assert.match(text, '[\\\ufffd]\n; class: "C"\n');
  const [top, below] = JSON.parse(exportOf(path, "--json"));
  assert.equal([top.values[0].name, top.values[0].data, top.path], [value.name, "LiAAAA==", ""]);
  assert.equal([below.path, below.class, below.flags], ["\ud800", "C", 0x40]);
});

exported("prints times to the tick, and none where there is none", () => {
  const timed = (time: bigint): string => scratchFile("timed.hive", buildHive(key("ROOT", { time })));
  const of = (time: bigint): unknown => JSON.parse(exportOf(timed(time), "--json"))[0].lastWritten;
  assert.is(of(133_500_000_001_234_567n), "2024-01-17T21:20:00.1234567Z");
  assert.is(of(0n), null);
  assert.is(of(1n), "1601-01-01T00:00:00.0000001Z");
  assert.is(of(2n ** 64n - 1n), "+060056-05-28T05:36:10.9551615Z");
});

exported("ends with 1 where there is no such key", () => {
  const { status, stdout, stderr } = layerkiln("hive", "export", bcd, "Objects\\none");
  assert.equal([status, stdout, stderr], [1, "", "layerkiln: hive: no key Objects\\none\n"]);
});

if (present(hivex, exported)) {
  exported("prints all that hivex prints of the golden base and of a store of boot configuration", () => {
    assert.equal(listReg(parseReg(exportOf(bcd), "\\")), listReg(hivex.read(bcd)));
    const isShort = (line: string): boolean => !line.includes('"big1"'); // whose last byte hivex leaves out
    assert.equal(listReg(parseReg(exportOf(base), "\\")).filter(isShort), listReg(hivex.read(base)).filter(isShort));
  });

  exported("prints text that hivex merges into a hive of the same keys and values", () => {
    const path = scratchFile("empty.hive", buildHive(key("ROOT", { flags: 0x08 })));
    hivex.merge(path, scratchFile("bcd.reg", Buffer.from(exportOf(bcd).replace("[\\]\n\n", ""))));
    assert.equal(exportOf(path), exportOf(bcd));
  });
}

exported("does not make again what is below a key that is deleted", () => {
  const below = key("below");
  const gone = key("gone", { layer: "tombstone", subkeys: [below] });
  const hive = scratchFile("gone.hive", buildHive(key("root", { subkeys: [gone, key("other")] })));
  assert.is(
    layerkiln("hive", "export", hive).stdout,
    "Windows Registry Editor Version 5.00\n\n[\\]\n\n[-\\gone]\n\n[\\other]\n",
  );
  const paths = JSON.parse(layerkiln("hive", "export", hive, "--json").stdout).map(
    ({ path }: { path: string }) => path,
  );
  assert.equal(paths, ["", "gone", "gone\\below", "other"]);
});

exported.run();
