/** The tar writer: what it writes is read back as it was meant, by readers of others. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ErrorCode, isError } from "../src/index.ts";
import { type ByteString, contentOf, entry, type LayerEntry, toByteString } from "./fixtures/layer.ts";
import { randomLayer } from "./fixtures/random-layer.ts";
import { scratchFile, scratchFolder } from "./fixtures/scratch.ts";
import { tarWriter } from "./fixtures/tar-writer.ts";
import { ask, missing, present } from "./oracles/oracle.ts";
import { readTar } from "./oracles/tar-reader.ts";

const write = await tarWriter();
const SECOND = 1_000_000_000n;

/** An entry as any reader may have it: content in one piece, no metadata of a hard link. */
function shown({ data, ...item }: LayerEntry): object {
  const xattrs = item.xattrs.map(([name, value]) => [name, toByteString(value)]);
  return { ...item, xattrs, content: toByteString(contentOf(data)) };
}

const writer = suite("tar writer");

writer("writes what the tests' own reader reads back, whatever the entries", () => {
  fc.assert(
    fc.property(randomLayer(false), ({ entries }) => {
      assert.equal(readTar(write(entries)).map(shown), entries.map(shown));
    }),
    { seed: 20_260_101, numRuns: 200, includeErrorInReport: true },
  );
});

writer("writes plain entries without an extended header, and ends with two blocks of zeros", () => {
  const tar = write([entry("file", "a", { data: Buffer.from("hello") }), entry("symlink", "b", { target: "a" })]);
  assert.is(tar.length, 3 * 512 + 2 * 512);
  assert.ok(tar.subarray(3 * 512).every((byte) => byte === 0));
});

writer("writes equal bytes for equal entries", () => {
  const entries = [entry("file", "n".repeat(300), { uid: 0xfffffffe, mtime: -1n, data: Buffer.from("x") })];
  assert.ok(write(entries).equals(write(entries)));
});

writer("keeps moments before 1970, to the nanosecond", () => {
  for (const mtime of [
    -1n,
    -SECOND,
    -SECOND - 1n,
    -5n * SECOND + 250_000_000n,
    1n,
    2n ** 34n * SECOND + 999_999_999n,
  ]) {
    assert.is(readTar(write([entry("file", "f", { mtime })]))[0]!.mtime, mtime);
  }
});

writer("states the length of a record whose own digits make it longer", () => {
  for (let length = 80; length < 110; length++) {
    const path = "p".repeat(length + 10);
    assert.is(readTar(write([entry("file", path)]))[0]!.path, path);
  }
});

writer("writes an attribute whose name has an equals sign as libarchive does", () => {
  const tar = write([entry("file", "f", { xattrs: [["user.a=b c", Buffer.from([0, 255, 1, 2])]] })]);
  assert.match(toByteString(tar), "LIBARCHIVE.xattr.user.a%3Db%20c=AP8BAg\n");
});

writer("refuses an entry whose records are more than readers take", () => {
  const xattrs: [ByteString, Uint8Array][] = Array.from({ length: 17 }, (_, i) => [`user.${i}`, Buffer.alloc(65_536)]);
  try {
    write([entry("file", "big", { xattrs })]);
    assert.unreachable();
  } catch (error) {
    assert.ok(isError(error, ErrorCode.OutOfRange));
    assert.match((error as Error).message, /tar: big: extended header of \d+ bytes/);
  }
});

const gnuTar = { name: "GNU tar", missing: missing("tar", "tar") };
if (present(gnuTar, writer)) {
  const entries = [
    entry("dir", "d/", { mode: 0o1777 }),
    entry("file", `d/${"long".repeat(60)}`, {
      data: Buffer.from("content"),
      uid: 3_000_000,
      mtime: 1_700_000_000_123_456_789n,
    }),
    entry("hardlink", "d/link", { target: `d/${"long".repeat(60)}` }),
    entry("char", "null", { major: 1, minor: 3 }),
    entry("fifo", "pipe", { mode: 0o600 }),
    entry("symlink", "there", { target: "x".repeat(200) }),
  ];

  const listing = (tar: string): string[] =>
    ask("tar", ["--utc", "--full-time", "--numeric-owner", "-tvf", tar])
      .trim()
      .split("\n")
      .map((line) => line.replace(/ +/g, " "));

  writer("writes what GNU tar lists", async () => {
    const tar = scratchFile("entries.tar", write(entries));
    assert.equal(listing(tar), [
      "drwxrwxrwt 0/0 0 2023-11-14 22:13:20 d/",
      `-rw-r--r-- 3000000/0 7 2023-11-14 22:13:20.123456789 d/${"long".repeat(60)}`,
      `hrw-r--r-- 0/0 0 2023-11-14 22:13:20 d/link link to d/${"long".repeat(60)}`,
      "crw-r--r-- 0/0 1,3 2023-11-14 22:13:20 null",
      "prw------- 0/0 0 2023-11-14 22:13:20 pipe",
      `lrw-r--r-- 0/0 0 2023-11-14 22:13:20 there -> ${"x".repeat(200)}`,
    ]);
  });

  writer("writes sparse files that GNU tar fills up", async () => {
    const data = {
      size: 3_000_000,
      pieces: [
        [4096, Buffer.alloc(512, "one")],
        [2_000_384, Buffer.from("two")],
      ] as [number, Buffer][],
    };
    const tar = scratchFile("sparse.tar", write([entry("file", "holes", { data })]));
    const folder = scratchFolder();
    ask("tar", ["-xf", tar, "-C", folder]);
    assert.ok(readFileSync(join(folder, "holes")).equals(contentOf(data)));
  });
}

writer.run();
