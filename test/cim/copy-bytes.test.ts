/** Bytes from file to file, whatever the kernel does of it: they are the same, and holes are holes. */
import { openSync, readFileSync, readSync, statSync, truncateSync, writeSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { thisPlatform } from "../../src/adapters/this-platform.ts";
import { copyBytes } from "../../src/host/cim/copy-bytes.ts";
import type { CopyRange } from "../../src/host/platform.ts";
import { noise } from "../fixtures/random.ts";
import { scratchFile, scratchPath } from "../fixtures/scratch.ts";

const MIB = 2 ** 20;

const copy = suite("cim: copies of bytes");

/** Data, zeros for long, data, zeros for short, data to the end. */
const bytes = Buffer.concat([noise(3 * MIB + 5), Buffer.alloc(5 * MIB), noise(4 * MIB), Buffer.alloc(8192), noise(9)]);
const source = scratchFile("source", bytes);

const copyAll: CopyRange = (from, fromAt, to, toAt, length) => {
  const buffer = Buffer.alloc(length);
  return writeSync(to, buffer, 0, readSync(from, buffer, 0, length, fromAt), toAt);
};

const WAYS: [what: string, copyRange: CopyRange | undefined][] = [
  ["none", undefined],
  ["one that copies all", copyAll],
  ["one that copies little", (from, fromAt, to, toAt, length) => copyAll(from, fromAt, to, toAt, length % 5000)],
  ["one that can copy nothing here", () => 0],
  ["the system's own, where it has one", await thisPlatform()?.copyRange()],
];

for (const [what, copyRange] of WAYS) {
  copy(`are those of the source, with a call of the kernel's: ${what}`, () => {
    for (const [fromAt, toAt, length] of [
      [0, 4096, bytes.length],
      [4096, 8192, 5 * MIB],
      [bytes.length - 5000, 4096, 5000],
      [17, 4096, 0],
    ] as const) {
      const target = scratchPath("target");
      const to = openSync(target, "wx+");
      assert.is(copyBytes(openSync(source, "r"), fromAt, to, toAt, length, copyRange), length);
      truncateSync(target, toAt + length);
      assert.ok(
        readFileSync(target)
          .subarray(toAt)
          .equals(bytes.subarray(fromAt, fromAt + length)),
      );
      assert.ok(statSync(target).blocks * 512 < Math.max(9 * MIB, length - 4 * MIB), "zeros take no room");
    }
  });

  copy(`end where the source ends: ${what}`, () => {
    const to = openSync(scratchPath("target"), "wx+");
    assert.is(copyBytes(openSync(source, "r"), MIB, to, 0, bytes.length, copyRange), bytes.length - MIB);
  });
}

copy.run();
