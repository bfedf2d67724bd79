/** CIMs made of what is the same everywhere are those that a directory gets, and a tar of one has its files. */
import { execFileSync } from "node:child_process";
import { lstatSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { CimMember } from "../../src/host/cim/cim-members.ts";
import { cimTar } from "../../src/host/cim/cim-tar.ts";
import { convertCim, ErrorCode } from "../../src/index.ts";
import { cimInMemory, type GivenFile } from "../fixtures/cim-in-memory.ts";
import { GOLDEN_TAR } from "../fixtures/golden-cim.ts";
import { GOLDEN_GUID_TEXT, goldenFiles } from "../fixtures/golden-cim-files.ts";
import { noise } from "../fixtures/random.ts";
import { rejects } from "../fixtures/rejects.ts";
import { scratchFile, scratchFolder } from "../fixtures/scratch.ts";
import { baseTar, childTar } from "../fixtures/windows-base.ts";
import { missing, type Oracle, present } from "../oracles/oracle.ts";

/** Each piece is good until the next is asked for. */
const gathered = (pieces: Iterable<Uint8Array>): Buffer =>
  Buffer.concat(Array.from(pieces, (piece) => Buffer.from(piece)));

const bytesOf = (member: CimMember): Buffer => gathered(member.read());

const given = (members: readonly CimMember[]): GivenFile[] =>
  members.map((member) => ({ name: member.name, bytes: bytesOf(member) }));

const files = suite("cim: without files of this machine");

for (const version of [1, 2] as const) {
  files(`a layer becomes the golden CIM of version ${version}`, async () => {
    const options = { name: "test", guid: GOLDEN_GUID_TEXT, version: `${version}.0` } as const;
    const { members } = await cimInMemory(GOLDEN_TAR, options);
    const { cim, files: expected } = goldenFiles(version);
    assert.is(members.length, expected.size + 1);
    assert.ok(bytesOf(members.at(-1)!).equals(cim), "the CIM itself comes last");
    for (const member of members.slice(0, -1))
      assert.ok(bytesOf(member).equals(expected.get(member.name)!), member.name);
  });
}

files("layers over others are those of a directory, and say the same of themselves", async () => {
  const folder = scratchFolder();
  const base = await convertCim(baseTar, folder, { name: "base" });
  const below = given((await cimInMemory(baseTar, { name: "base" })).members);
  for (const fork of [false, true]) {
    const name = fork ? "fork" : "flat";
    const { cim: _, ...expected } = await convertCim(childTar, folder, { name, parents: [base.cim], fork });
    const { result, members } = await cimInMemory(childTar, { name, fork }, below);
    assert.equal(result, { cim: `${name}.cim`, ...expected });
    for (const member of members)
      assert.ok(bytesOf(member).equals(readFileSync(join(folder, member.name))), member.name);
  }
});

files("a parent that is not all there is refused by its name", async () => {
  const below = given((await cimInMemory(baseTar, { name: "base" })).members);
  const over = (parent: GivenFile[]) => cimInMemory(childTar, { name: "child" }, parent);
  const [cim] = below.splice(-1);
  const alone = await rejects(over([cim!]), ErrorCode.NotFound);
  assert.match(alone.message, /^base\.cim: region_/);
  const short = below.map(({ name, bytes }) => ({ name, bytes: bytes.subarray(0, 5000) }));
  await rejects(over([...short, cim!]), ErrorCode.Corrupt);
});

files.run();

const tars = suite("cim: a tar of its files");

const gnuTar: Oracle = { name: "GNU tar", missing: missing("tar", "tar") };

if (present(gnuTar, tars)) {
  /** Unpacks them, by GNU tar. @returns the folder */
  const unpacked = (members: readonly CimMember[]): string => {
    const folder = scratchFolder();
    const tar = scratchFile("cim.tar", gathered(cimTar(members)));
    execFileSync("tar", ["-xf", tar, "-C", folder]);
    return folder;
  };

  tars("unpacks to the files of a directory, and those beside them", async () => {
    const folder = scratchFolder();
    const layerDirectory = scratchFolder();
    await convertCim(baseTar, folder, { name: "base", layerDirectory });
    const { members } = await cimInMemory(baseTar, { name: "base" }, undefined, "layer");
    const made = unpacked(members);
    assert.equal(readdirSync(made).sort(), ["layer", ...readdirSync(folder)].sort());
    for (const name of readdirSync(folder))
      assert.ok(readFileSync(join(made, name)).equals(readFileSync(join(folder, name))));
    const paths = readdirSync(layerDirectory, { recursive: true, encoding: "utf8" });
    assert.equal(readdirSync(join(made, "layer"), { recursive: true, encoding: "utf8" }).sort(), paths.sort());
    const regular = paths.filter((path) => lstatSync(join(layerDirectory, path)).isFile());
    assert.ok(regular.length > 10);
    for (const path of regular) {
      const [here, there] = [join(layerDirectory, path), join(made, "layer", path)];
      assert.ok(readFileSync(there).equals(readFileSync(here)), path);
      assert.is(lstatSync(there).nlink, lstatSync(here).nlink, path);
    }
  });

  tars("has names of any length and script, and the same bytes each time", async () => {
    const name = `${"é".repeat(120)}.cim`;
    const { members } = await cimInMemory(GOLDEN_TAR, { name });
    assert.equal(readFileSync(join(unpacked(members), name)), bytesOf(members.at(-1)!));
    const again = await cimInMemory(GOLDEN_TAR, { name });
    assert.equal(given(again.members), given(members));
  });

  tars("has contents that fill no block, one, or more", () => {
    for (const size of [0, 1, 511, 512, 513, 1_048_577]) {
      const bytes = noise(size);
      const folder = unpacked([{ name: "region", size, read: () => [bytes] }]);
      assert.ok(readFileSync(join(folder, "region")).equals(bytes), String(size));
    }
  });
}

tars.run();
