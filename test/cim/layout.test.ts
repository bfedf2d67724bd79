/** Where things stand in a CIM, from plain numbers. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type Probe, probe } from "../core/probe.ts";

const layout = suite<{ core: Probe }>("cim layout");

layout.before(async (context) => {
  context.core = await probe('export * from "./assembly/cim/layout";');
});

const TABLES: [why: string, names: number, valueSize: number, units: bigint, size: bigint][] = [
  ["an empty directory", 0, 4, 0n, 8n],
  ["the golden root", 1, 4, 5n, 28n],
  ["the golden directory", 9, 4, 43n, 184n],
  ["the golden streams", 2, 16, 9n, 70n],
  ["names of no units", 3, 4, 0n, 8n + 3n * 10n],
  ["a million long names", 1_000_000, 4, 255_000_000n, 520_000_008n],
  ["more than 32 bits can say", 16_777_216, 4, 255n * 16_777_216n, 8n + 16_777_216n * 520n],
];
for (const [why, names, valueSize, units, size] of TABLES) {
  layout(`link table: ${why}`, ({ core }) => {
    assert.is(BigInt.asUintN(64, BigInt(core.computeLinkTableSize!(names, valueSize, units))), size);
  });
}

const FILES: [why: string, files: number, counts: number[]][] = [
  ["the root alone", 1, [1]],
  ["a table that is full", 1024, [1024]],
  ["one more", 1025, [1024, 1]],
  ["three tables", 2500, [1024, 1024, 452]],
];
for (const [why, files, counts] of FILES) {
  layout(`file tables: ${why}`, ({ core }) => {
    const tables = Number(core.countFileTables!(files));
    const found = Array.from({ length: tables }, (_, table) => Number(core.countFilesOfTable!(table, files)));
    assert.equal(found, counts);
  });
}

layout("a region offset tells region and byte", ({ core }) => {
  const offset = BigInt.asUintN(64, BigInt(core.regionOffset!(65_535, 0xffff_ffff_fff8n)));
  assert.is(offset, 0xffff_ffff_ffff_fff8n);
  assert.is(core.regionOf!(offset), 65_535);
  assert.is(core.byteOf!(offset), 0xffff_ffff_fff8n);
});

layout.run();
