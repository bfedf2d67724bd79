/** The files of a CIM: all of them under their names, or none, whatever comes between. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { CimFile } from "../../assembly/abi.ts";
import { regionFileNames } from "../../src/host/cim/cim-header.ts";
import { PartialCim } from "../../src/host/cim/partial-cim.ts";
import { cimHeaderAt } from "../../src/host/cim/read-cim-header.ts";
import { ErrorCode } from "../../src/index.ts";
import { cimHeader } from "../fixtures/cim-header.ts";
import { random } from "../fixtures/random.ts";
import { rejects } from "../fixtures/rejects.ts";
import { scratchFile, scratchFolder, scratchPath } from "../fixtures/scratch.ts";
import { guidOf, makeSomeCim, namesOf, SIZES, startSomeCim } from "../fixtures/some-cim.ts";

const MAKER = fileURLToPath(new URL("../fixtures/cim-maker.js", import.meta.url));
const KILLS = 40;

const filesIn = (directory: string): string[] => readdirSync(directory).sort();

const files = suite("cim: files");

files("have their names and sizes when the CIM is there, and nothing stands beside them", async () => {
  const directory = scratchPath("new");
  await makeSomeCim(directory, 7);
  assert.equal(filesIn(directory), namesOf(7));
  const sizeOf = (name: string): number => statSync(join(directory, name)).size;
  assert.is(sizeOf("7.cim"), SIZES.get(CimFile.Header));
  assert.is(sizeOf(`region_${guidOf(7)}_0`), SIZES.get(CimFile.MetadataRegion));
  assert.is(sizeOf(`region_${guidOf(7)}_1`), SIZES.get(CimFile.DataRegion));
  assert.is(sizeOf(`objectid_${guidOf(7)}_1`), SIZES.get(CimFile.DataObjectIds));
  assert.is(readFileSync(join(directory, `region_${guidOf(7)}_1`)).toString("latin1", 4096, 4101), "7.cim");
});

files("have no names before the CIM is complete, and are gone when it is discarded", async () => {
  const directory = scratchFolder();
  const cim = await startSomeCim(directory, 1);
  assert.is(filesIn(directory).length, 1, "one directory, which nobody sees");
  assert.match(filesIn(directory)[0]!, /^\.1\.cim\..*\.unfinished$/);
  cim.discard();
  cim.discard();
  assert.equal(filesIn(directory), []);
});

files("are read back as they were written, zeros where nothing was", async () => {
  const cim = await PartialCim.create(scratchFolder(), "a.cim");
  cim.files.write(CimFile.DataRegion, 4096, Buffer.from("abc"));
  const into = Buffer.alloc(8, "x");
  cim.files.read(CimFile.DataRegion, 4094, into);
  assert.is(into.toString("latin1"), "\0\0abc\0\0\0");
  assert.throws(() => cim.files.read(CimFile.Parent, 0, into), /file 5 is not one that is written/);
  cim.discard();
});

files("go into a directory that is made for them, and that goes if they do", async () => {
  const directory = scratchPath("new");
  const cim = await startSomeCim(directory, 1);
  assert.ok(existsSync(directory));
  cim.discard();
  assert.not.ok(existsSync(directory));
  await rejects(PartialCim.create(join(directory, "deeper"), "a.cim"), ErrorCode.NotFound);
  const file = scratchFile("file", new Uint8Array(1));
  assert.match((await rejects(PartialCim.create(file, "a.cim"), ErrorCode.InvalidArgument)).message, "no directory");
  // Windows says of what is in a file that it is not there.
  const code = process.platform === "win32" ? ErrorCode.NotFound : ErrorCode.InvalidArgument;
  await rejects(PartialCim.create(join(file, "in"), "a.cim"), code);
});

const names = suite("cim: names");

names("that are taken are refused before any work, and whatever stands there stays", async () => {
  const directory = scratchFolder();
  await makeSomeCim(directory, 1, "a.cim");
  await rejects(PartialCim.create(directory, "a.cim"), ErrorCode.AlreadyExists);
  mkdirSync(join(directory, "b.cim"));
  await rejects(PartialCim.create(directory, "b.cim"), ErrorCode.AlreadyExists);
  assert.equal(filesIn(directory), [...namesOf(1, "a.cim"), "b.cim"].sort());
});

names("are given once, however many ask", async () => {
  const directory = scratchFolder();
  const cims = await Promise.all([1, 2, 3, 4].map((index) => startSomeCim(directory, index, "same.cim")));
  const outcomes = await Promise.allSettled(cims.map((cim) => cim.commit()));
  for (const cim of cims) cim.discard();
  const winners = outcomes.flatMap(({ status }, index) => (status === "fulfilled" ? [index + 1] : []));
  assert.is(winners.length, 1);
  assert.equal(filesIn(directory), namesOf(winners[0]!, "same.cim"));
});

names("of regions are not taken from another CIM", async () => {
  const directory = scratchFolder();
  await makeSomeCim(directory, 1, "first.cim");
  const second = await startSomeCim(directory, 1, "second.cim");
  const error = await rejects(second.commit(), ErrorCode.AlreadyExists);
  assert.match(error.message, "for first.cim");
  second.discard();
  assert.equal(filesIn(directory), namesOf(1, "first.cim"));
  assert.is(readFileSync(join(directory, `region_${guidOf(1)}_1`)).toString("latin1", 4096, 4105), "first.cim");
});

names("of regions that belong to nobody are not taken either", async () => {
  const directory = scratchFolder();
  const stray = join(directory, `objectid_${guidOf(3)}_1`);
  writeFileSync(stray, "whose?");
  const cim = await startSomeCim(directory, 3);
  await rejects(cim.commit(), ErrorCode.AlreadyExists);
  cim.discard();
  assert.equal(filesIn(directory), [`objectid_${guidOf(3)}_1`]);
  assert.is(readFileSync(stray, "utf8"), "whose?");
});

const killed = suite("cim: killed");

/** Lets a process make CIMs, from `first` on, and kills it. */
async function makeAndDie(directory: string, first: number, lifeMs: number): Promise<void> {
  const child = spawn(process.execPath, [MAKER, directory, String(first)], { stdio: ["ignore", "pipe", "inherit"] });
  const gone = once(child, "exit");
  child.stdout.once("data", () => setTimeout(() => child.kill("SIGKILL"), lifeMs));
  assert.is((await gone)[1], "SIGKILL");
}

/** Names of files that belong to CIMs here, each of which must be whole. */
function filesOfCims(directory: string): string[] {
  return filesIn(directory)
    .filter((name) => name.endsWith(".cim"))
    .flatMap((name) => {
      const { regions } = cimHeaderAt(join(directory, name))!;
      const others = regionFileNames(regions);
      for (const other of others) assert.ok(existsSync(join(directory, other)), `${name} has ${other}`);
      return [name, ...others];
    })
    .sort();
}

/** A lock that was never written whole is left alone for a minute: lock-file.ts. */
const isNoLitter = (name: string): boolean => !/^\.layerkiln\.lock\..*\.new$/.test(name);

killed("a process leaves CIMs that are whole, and no file of another once somebody comes", async () => {
  const next = random(17);
  const directory = scratchFolder();
  let leftovers = 0;
  for (let round = 0; round < KILLS; round++) {
    await makeAndDie(directory, 10_000 * round, 5 + 60 * next());
    const whole = filesOfCims(directory);
    if (filesIn(directory).length > whole.length) leftovers++;
    (await PartialCim.create(directory, "next.cim")).discard();
    assert.equal(filesIn(directory).filter(isNoLitter), whole);
  }
  assert.ok(leftovers > KILLS / 4, `${leftovers} of ${KILLS} kills left something`);
});

killed("between names, a CIM leaves regions that are removed; what others have or refer to stays", async () => {
  const directory = scratchFolder();
  await makeSomeCim(directory, 1);
  const parent = { guid: guidOf(3), count: 2 };
  const fork = cimHeader({ guid: guidOf(9), count: 0, parents: [parent] });
  writeFileSync(join(directory, "fork.cim"), fork);
  for (const index of [1, 2, 3]) {
    const unfinished = join(directory, `.x${index}.cim.abcdefgh.unfinished`);
    mkdirSync(unfinished);
    writeFileSync(join(unfinished, "header"), cimHeader({ guid: guidOf(index) }));
  }
  for (const name of [...namesOf(2).slice(1, 4), ...namesOf(3).slice(1)]) writeFileSync(join(directory, name), "left");
  (await PartialCim.create(directory, "next.cim")).discard();
  assert.equal(filesIn(directory), [...namesOf(1), ...namesOf(3).slice(1), "fork.cim"].sort());
});

killed("before names, a CIM takes none of another's regions, whatever that one is called", async () => {
  const directory = scratchFolder();
  await makeSomeCim(directory, 1, "region_1.cim");
  const unfinished = join(directory, ".other.cim.abcdefgh.unfinished");
  mkdirSync(unfinished);
  writeFileSync(join(unfinished, "header"), cimHeader({ guid: guidOf(1) }));
  (await PartialCim.create(directory, "next.cim")).discard();
  assert.equal(filesIn(directory), namesOf(1, "region_1.cim"));
});

killed("nobody: what others are about to make is not ours", async () => {
  const directory = scratchFolder();
  for (const name of [".image.ext4.abcdefgh.partial", ".x.cim.abcdefgh.unfinished"]) {
    writeFileSync(join(directory, name), "theirs");
  }
  for (const name of ["a.unfinished", ".thesis.unfinished"]) mkdirSync(join(directory, name));
  writeFileSync(join(directory, ".thesis.unfinished", "chapter"), "theirs");
  const before = filesIn(directory);
  (await PartialCim.create(directory, "next.cim")).discard();
  assert.equal(filesIn(directory), before);
});

killed("nobody: what lives is left alone", async () => {
  const directory = scratchFolder();
  const living = await startSomeCim(directory, 1);
  await makeSomeCim(directory, 2);
  await living.commit();
  assert.equal(filesIn(directory), [...namesOf(1), ...namesOf(2)].sort());
  assert.is(dirname(living.path), directory);
});

for (const each of [files, names, killed]) each.run();
