/** What is mounted is written down at its place, by Windows's own calls for streams. */
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  containerdRecord,
  type MountRecord,
  readRecord,
  removeRecord,
  writeRecord,
} from "../../src/adapters/windows/mount-record.ts";
import { ErrorCode } from "../../src/index.ts";
import { refuses } from "../fixtures/refuses.ts";
import { rejects } from "../fixtures/rejects.ts";
import { scratchFolder } from "../fixtures/scratch.ts";

const records = suite("records of mounts");

const RECORD: MountRecord = { type: "CimFS", layer: "C:\\s\\3", volume: "738f7a76-5f2d-5fc5-aa43-120530a48964" };

records("are found, and are gone when they are removed", async () => {
  const target = scratchFolder();
  assert.is(await readRecord(target), undefined);
  await writeRecord(target, RECORD);
  assert.equal(await readRecord(target), RECORD);
  removeRecord(target);
  assert.is(await readRecord(target), undefined);
  refuses(() => removeRecord(target), ErrorCode.NotFound, /layerkiln\.mount/);
});

records("are of directories, in which they are no file", async () => {
  const target = scratchFolder();
  await writeRecord(target, RECORD);
  assert.equal(readdirSync(target), []);
  removeRecord(target);
});

records("are one for each place", async () => {
  const target = scratchFolder();
  await writeRecord(target, RECORD);
  const error = await rejects(writeRecord(target, RECORD), ErrorCode.FailedPrecondition);
  assert.match(error.message, "unmount it first");
  removeRecord(target);
});

records("are not taken for what they are not", async () => {
  const target = scratchFolder();
  for (const text of [
    "null",
    '{"type":"overlay","layer":"C:\\\\a"}',
    '{"type":"CimFS","layer":""}',
    '{"type":"CimFS","volume":""}',
  ]) {
    writeFileSync(`${target}:layerkiln.mount`, text);
    await rejects(readRecord(target), ErrorCode.Corrupt);
  }
});

records("that were not written to their end go, as nothing was mounted then", async () => {
  const target = scratchFolder();
  for (const text of ["", "{", '{"type":"CimFS","layer":"C:\\\\a","vol']) {
    writeFileSync(`${target}:layerkiln.mount`, text);
    assert.is(await readRecord(target), undefined);
    await writeRecord(target, RECORD);
    removeRecord(target);
  }
});

records("of containerd's are known", async () => {
  const target = scratchFolder();
  mkdirSync(`${target}\\sub`);
  assert.is(await containerdRecord(target), undefined);
  writeFileSync(`${target}:containerd.io-source`, "C:\\root\\snapshots\\7");
  assert.equal(await containerdRecord(target), { type: "windows-layer", layer: "C:\\root\\snapshots\\7" });
});

records("of containerd's are not what a container made of them", async () => {
  const target = scratchFolder();
  const texts = ["", "x", "\\snapshots\\7", "C:snapshots", "C:\\a\0b", `C:\\${"a".repeat(2 ** 20)}`];
  for (const text of texts) {
    writeFileSync(`${target}:containerd.io-source`, text);
    assert.is(await containerdRecord(target), undefined, text.slice(0, 20));
  }
});

records.run();
