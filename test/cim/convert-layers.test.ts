/** CIMs of layers over others, and what stands beside them: read back by what shares no code with what wrote them. */
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type ConvertCimResult, convertCim, ErrorCode, openImage } from "../../src/index.ts";
import { filesIn, readCim, textsOf } from "../fixtures/cim.ts";
import { GOLDEN_TAR } from "../fixtures/golden-cim.ts";
import { goldenHive } from "../fixtures/hives.ts";
import { needing } from "../fixtures/needing.ts";
import { rejects } from "../fixtures/rejects.ts";
import { scratchFile, scratchFolder, scratchPath } from "../fixtures/scratch.ts";
import { baseTar, CONFIG, childTar, file, HIVES } from "../fixtures/windows-base.ts";
import { windowsTar } from "../fixtures/windows-tar.ts";

const cims = scratchFolder();
const base = await convertCim(baseTar, cims, { name: "base" });
const flat = await convertCim(childTar, cims, { name: "flat", parents: [base.cim] });
const fork = await convertCim(childTar, cims, { name: "fork.cim", parents: [base.cim], fork: true });

const layers = suite("convertCim: layers");

layers("a base has its files, and hives under the names that Windows looks for", async () => {
  const tree = await readCim(base.cim);
  assert.is(tree.get("Files/gone")!.text, "not for long");
  assert.equal(tree.get("Files/gone")!.streams, [["zone", "AB"]]);
  for (const name of HIVES) {
    const hive = name === "DEFAULT" ? "Hives/DEFAULTUSER_BASE" : `Hives/${name}_BASE`;
    assert.is(tree.get(hive)!.id, tree.get(`${CONFIG}/${name}`)!.id, "one file with two names");
  }
  assert.is(tree.get("layout")!.text, "vhd-with-hives\n");
  assert.equal(base.hives, { complete: true, merged: 0 });
  assert.is(base.entries, 15);
  assert.is(base.whiteouts, 0);
});

layers("a layer holds what its parent holds, changed as it says", async () => {
  const tree = await readCim(flat.cim);
  const texts = textsOf(tree);
  assert.is(texts["Files/kept"], "of the base");
  assert.is(texts["Files/folder/inside"], "in the base");
  assert.is(texts["Files/changed"], "as it is");
  assert.is(texts["Files/new"], "of the child");
  assert.not.ok(tree.has("Files/gone"));
  assert.is(tree.get("Files/other name")!.id, tree.get("Files/kept")!.id);
  assert.is(tree.get("Files/link")!.target, "kept");
  assert.is(flat.whiteouts, 1);
  assert.equal(flat.hives, { complete: true, merged: 1 });
  assert.is.not(texts["Hives/SYSTEM_BASE"], goldenHive("base").toString("latin1"));
  assert.is(texts["Hives/SAM_BASE"], goldenHive("base").toString("latin1"));
});

layers("a fork shows the same, and refers to its parent", async () => {
  const withoutIds = async (path: string) => [...(await readCim(path))].map(([at, { id: _, ...found }]) => [at, found]);
  assert.equal(await withoutIds(fork.cim), await withoutIds(flat.cim));
  const parentsOf = async (path: string): Promise<string[]> => {
    const image = await openImage(path);
    const { parents } = image.inspectCim();
    image.close();
    return parents.map(({ guid }) => guid);
  };
  assert.equal(await parentsOf(fork.cim), [base.guid]);
  assert.equal(await parentsOf(flat.cim), []);
  assert.ok(fork.size < flat.size);
});

layers("a fork of a fork shows all of them, and names both, the oldest first", async () => {
  const top = windowsTar([file("Files/top", "of the top"), file("Files/.wh.changed", "")]);
  const options = { parents: [fork.cim, base.cim] };
  const { cim } = await convertCim(top, cims, { ...options, name: "top-fork", fork: true });
  const { cim: flatTop } = await convertCim(top, cims, { ...options, name: "top-flat" });
  const texts = textsOf(await readCim(cim));
  assert.equal(texts, textsOf(await readCim(flatTop)));
  assert.is(texts["Files/top"], "of the top");
  assert.is(texts["Files/kept"], "of the base");
  assert.is(texts["Files/changed"], undefined);
  const image = await openImage(cim);
  assert.equal(
    image.inspectCim().parents.map(({ guid }) => guid),
    [base.guid, fork.guid],
  );
  image.close();
});

layers("a layer without its parents' files needs none of them; a fork does", async () => {
  const moved = scratchFolder();
  for (const { name } of flat.files) cpSync(join(cims, name), join(moved, name));
  for (const { name } of fork.files) cpSync(join(cims, name), join(moved, name));
  await readCim(join(moved, "flat.cim"));
  assert.match((await rejects(openImage(join(moved, "fork.cim")), ErrorCode.NotFound)).message, base.guid);
});

layers("equal layers of equal names are equal, byte for byte, however they come", async () => {
  async function* bytewise(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < childTar.length; at += 7919) yield childTar.subarray(at, at + 7919);
  }
  const folder = scratchFolder();
  const parent = join(folder, "base.cim");
  await convertCim(scratchFile("layer.tar", baseTar), folder, { name: "base" });
  const again = await convertCim(bytewise(), folder, { name: "flat", parents: [parent] });
  assert.equal(again.files, flat.files);
  for (const { name } of again.files)
    assert.ok(readFileSync(join(folder, name)).equals(readFileSync(join(cims, name))));
  assert.is(again.diffId, flat.diffId);
});

layers("equal layers of other names have other GUIDs, unless one is given", async () => {
  const folder = scratchFolder();
  const one = await convertCim(baseTar, folder, { name: "one" });
  const two = await convertCim(baseTar, folder, { name: "two" });
  assert.is.not(one.guid, two.guid);
  const guid = "01234567-89AB-cdef-0123-456789abcdef";
  const three = await convertCim(baseTar, folder, { name: "three", guid: `{${guid}}` });
  assert.is(three.guid, guid.toLowerCase());
  const before = filesIn(folder);
  const taken = await rejects(convertCim(GOLDEN_TAR, folder, { name: "four", guid }), ErrorCode.AlreadyExists);
  assert.match(taken.message, "for three.cim");
  assert.equal(filesIn(folder), before);
});

const parents = suite("convertCim: parents");

parents("that are not there, or are none, are refused by name", async () => {
  const folder = scratchFolder();
  const over = (parent: string, more = {}): Promise<ConvertCimResult> =>
    convertCim(childTar, folder, { name: "child", parents: [parent], ...more });
  assert.match((await rejects(over(join(cims, "none.cim")), ErrorCode.NotFound)).message, "none.cim");
  const below = [base.cim, join(cims, "lower.cim")];
  const missing = convertCim(childTar, folder, { name: "child", parents: below });
  assert.match((await rejects(missing, ErrorCode.NotFound)).message, "lower.cim");
  await rejects(over(scratchFile("no.cim", Buffer.alloc(1000))), ErrorCode.Corrupt);
  await rejects(over(scratchFile("short.cim", readFileSync(base.cim).subarray(0, 71))), ErrorCode.Corrupt);
  await rejects(over(cims), ErrorCode.InvalidArgument);
  assert.equal(filesIn(folder), []);
});

parents("whose regions are gone, short or others are refused, and nothing is left", async () => {
  const folder = scratchFolder();
  for (const { name } of base.files) cpSync(join(cims, name), join(folder, name));
  const region = join(folder, base.files[3]!.name);
  const before = filesIn(folder);
  const convert = () => convertCim(childTar, folder, { name: "child", parents: [join(folder, "base.cim")] });

  renameSync(region, `${region}.away`);
  assert.match((await rejects(convert(), ErrorCode.NotFound)).message, base.guid);
  writeFileSync(region, readFileSync(`${region}.away`).subarray(0, 5000));
  await rejects(convert(), ErrorCode.Corrupt);
  writeFileSync(region, Buffer.alloc(10_000_000));
  await rejects(convert(), ErrorCode.Corrupt);
  rmSync(`${region}.away`);
  assert.equal(filesIn(folder), before);
});

parents("of a fork stand in its directory, whatever the path to it", async () => {
  const elsewhere = scratchFolder();
  const options = { name: "child", parents: [base.cim], fork: true };
  const error = await rejects(convertCim(childTar, elsewhere, options), ErrorCode.InvalidArgument);
  assert.match(error.message, "beside the fork");
  assert.equal(filesIn(elsewhere), []);
  await rejects(convertCim(childTar, cims, { name: "child", fork: true }), ErrorCode.InvalidArgument);
  const path = join(cims, "..", basename(cims));
  const { cim } = await convertCim(childTar, path, options);
  await readCim(cim);
});

const beside = suite("convertCim: layer directory");

beside("of a base has hives, and other names for them", async () => {
  const directory = scratchFolder();
  await convertCim(baseTar, scratchFolder(), { name: "base", layerDirectory: directory });
  assert.equal(filesIn(directory), ["Files", "Hives", "layout"]);
  assert.is(readFileSync(join(directory, "layout"), "utf8"), "vhd-with-hives\n");
  for (const name of HIVES) {
    const hive = join(directory, "Hives", name === "DEFAULT" ? "DEFAULTUSER_BASE" : `${name}_BASE`);
    assert.ok(readFileSync(hive).equals(goldenHive("base")));
    assert.is(statSync(hive).ino, statSync(join(directory, CONFIG, name)).ino);
  }
});

beside("of a layer has the hive that its changes were merged into, as the CIM has it", async () => {
  const directory = scratchFolder();
  const { cim } = await convertCim(childTar, scratchFolder(), {
    name: "child",
    parents: [base.cim],
    layerDirectory: directory,
  });
  const texts = textsOf(await readCim(cim));
  assert.ok(readFileSync(join(directory, "Hives", "SYSTEM_DELTA")).equals(goldenHive("delta")));
  for (const name of ["SYSTEM_BASE", "SAM_BASE"]) {
    assert.is(readFileSync(join(directory, "Hives", name), "latin1"), texts[`Hives/${name}`]);
  }
});

beside("is untouched where the layer is refused, or the CIM's name is taken, or one of its own", async () => {
  const directory = scratchFolder();
  const folder = scratchFolder();
  const options = { name: "base", layerDirectory: directory };
  await rejects(convertCim(baseTar.subarray(0, 700_000), folder, options), ErrorCode.Corrupt);
  assert.equal([filesIn(directory), filesIn(folder)], [[], []]);

  mkdirSync(join(directory, "Hives"));
  const taken = await rejects(convertCim(baseTar, folder, options), ErrorCode.AlreadyExists);
  assert.match(taken.message, "Hives");
  assert.equal([filesIn(directory), filesIn(folder)], [["Hives"], []]);
  assert.equal(filesIn(join(directory, "Hives")), []);
});

needing("symbolic links", beside)("is untouched where a link stands that leads nowhere", async () => {
  const directory = scratchFolder();
  const folder = scratchFolder();
  const options = { name: "base", layerDirectory: directory };
  symlinkSync("nowhere", join(directory, "layout"));
  assert.match((await rejects(convertCim(baseTar, folder, options), ErrorCode.AlreadyExists)).message, "layout");
  assert.equal([filesIn(directory), filesIn(folder)], [["layout"], []]);
  assert.is(readlinkSync(join(directory, "layout")), "nowhere");
});

beside("must be there", async () => {
  const folder = scratchFolder();
  const nowhere = { name: "base", layerDirectory: scratchPath("none") };
  await rejects(convertCim(baseTar, folder, nowhere), ErrorCode.NotFound);
  assert.equal(filesIn(folder), []);
  assert.not.ok(existsSync(nowhere.layerDirectory));
});

beside("has nothing of a layer without hives, which may be demanded", async () => {
  const directory = scratchFolder();
  const plain = windowsTar([file("Files/a", "b")]);
  const result = await convertCim(plain, scratchFolder(), { name: "plain", layerDirectory: directory });
  assert.equal(result.hives, { complete: false, merged: 0 });
  assert.equal(filesIn(directory), []);
  const folder = scratchFolder();
  await rejects(convertCim(plain, folder, { name: "plain", requireHives: true }), ErrorCode.FailedPrecondition);
  assert.equal(filesIn(folder), []);
});

for (const each of [layers, parents, beside]) each.run();
