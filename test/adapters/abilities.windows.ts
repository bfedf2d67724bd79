/** What `layerkiln doctor` says of a Windows. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { release } from "node:os";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { windows } from "../../src/adapters/windows/platform.ts";
import { inRepository } from "../fixtures/repository.ts";

const test = suite("abilities of Windows");

const abilities = await windows.abilities!("C:\\");
const find = (name: string) => abilities.find((each) => each.name === name)!;

test("are its version and what the process may do", () => {
  assert.match(find("windows").found, release());
  assert.type(find("elevated").isThere, "boolean");
  assert.ok(find("SeBackupPrivilege").isThere || !find("elevated").isThere, "an administrator has it");
});

test("are DLLs, and which calls they have", () => {
  const { isThere, found } = find("cimfs.dll");
  if (!isThere) return;
  assert.match(found, /(has|lacks) [\w, ]*CimCreateImage2/);
  assert.ok(find("write-cims").isThere);
});

test("are CIMs of each kind, by build", () => {
  const build = Number(release().split(".")[2]);
  assert.is(find("mount-block-cims").isThere, build >= 27766 && find("cimfs.dll").isThere);
  if (!find("mount-block-cims").isThere) assert.match(find("mount-block-cims").found, "27766");
});

test("are the filesystem of a directory, if one is named", async () => {
  assert.is(find("ntfs").isThere, true);
  const elsewhere = (await windows.abilities!("Q:\\none")).find(({ name }) => name === "ntfs")!;
  assert.not.ok(elsewhere.isThere);
  assert.not.ok((await windows.abilities!()).some(({ name }) => name === "ntfs"));
});

test("have the names that docs/windows.md requires", () => {
  const required = [...readFileSync(inRepository("docs/windows.md"), "utf8").matchAll(/--require (\S+)/g)];
  assert.ok(required.length > 0);
  for (const [, name] of required) assert.ok(find(name!), name);
});

test("are told by the program too", () => {
  const words = [inRepository("build/cli/bin/main.js"), "doctor", "--json", "--require", "windows"];
  const { status, stdout, stderr } = spawnSync(process.execPath, words, { encoding: "utf8" });
  assert.is(status, 0, stderr);
  const told: { name: string }[] = JSON.parse(stdout).abilities;
  for (const { name } of abilities) assert.ok(name === "ntfs" || told.some((each) => each.name === name), name);
});

test.run();
