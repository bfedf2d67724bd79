/** `layerkiln verity explain`, run as people run it. */
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { makeImage } from "./fixtures/image.ts";
import { entry, layerTar } from "./fixtures/layer.ts";
import { inRepository } from "./fixtures/repository.ts";
import { scratchFile, scratchFolder, scratchPath } from "./fixtures/scratch.ts";

const LAYERKILN = inRepository(JSON.parse(readFileSync(inRepository("package.json"), "utf8")).bin.layerkiln);

function layerkiln(...words: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [LAYERKILN, ...words], { encoding: "utf8", maxBuffer: 2 ** 28 });
}

const explain = suite("layerkiln verity explain");

const image = async (mtime: bigint): Promise<string> => {
  const entries = [entry("dir", "etc", { mtime }), entry("file", "etc/passwd", { data: Buffer.from("root"), mtime })];
  const made = await makeImage(layerTar(entries), { profile: "hcsshim", verity: true });
  return scratchFile("image.ext4", made.image);
};
const [A, B] = [await image(1_600_000_000_000_000_000n), await image(1_600_000_007_000_000_000n)];

explain("says of equal images that they are the same, with exit code 0", () => {
  const { status, stdout } = layerkiln("verity", "explain", A, A);
  assert.is(stdout, "the images are the same\n");
  assert.is(status, 0);
});

explain("names block, inode, path and field of the first difference, and the likely reason, with exit code 3", () => {
  const { status, stdout, stderr } = layerkiln("verity", "explain", A, B);
  assert.is(status, 3);
  assert.is(stderr, "");
  assert.match(stdout, /^block \d+ is the first that differs, at its byte \d+ \(byte \d+ of the disk\)$/m);
  assert.match(stdout, /^ {2}the inode table of group 0, inodes 1 to 16$/m);
  assert.match(stdout, /^ {2}inode \d+, \/etc\/passwd$/m);
  assert.match(stdout, /^ {4}mtime +2020-09-13T12:26:40.000000000Z {2}-> {2}2020-09-13T12:26:47.000000000Z$/m);
  assert.match(stdout, /^ {2}hash-tree +\d+$/m);
  assert.match(stdout, /\nmost likely: only times differ: mtime and birth time, of 2 files\n$/);
});

explain("prints the same as JSON", () => {
  const { status, stdout } = layerkiln("verity", "explain", A, B, "--json");
  assert.is(status, 3);
  const { first, same, reason, spread, images } = JSON.parse(stdout);
  assert.equal(images, { a: A, b: B });
  assert.is(same, false);
  assert.is(first.a.structure, "inode-table");
  assert.ok(
    first.fields.some(
      ({ path, field }: { path: string; field: string }) => path === "/etc/passwd" && field === "mtime",
    ),
  );
  assert.is(spread[0].blocks > 0, true);
  assert.match(reason, /^only times differ/);
});

explain("prints nothing with --quiet, and fails with 1 on what is not there", () => {
  const { status, stdout } = layerkiln("verity", "explain", A, B, "--quiet");
  assert.equal([status, stdout], [3, ""]);
  const missing = layerkiln("verity", "explain", A, join(scratchFolder(), "none"));
  assert.is(missing.status, 1);
  assert.match(missing.stderr, "no such file");
});

explain("compares what is no image too", () => {
  const junk = scratchPath("junk");
  writeFileSync(junk, "hello");
  const { status, stdout } = layerkiln("verity", "explain", A, junk);
  assert.is(status, 3);
  assert.match(stdout, "what it is cannot be told");
  assert.match(stdout, "most likely: only the first is an ext4 image that can be read");
});

explain("refuses one image alone as wrong usage", () => {
  const { status, stderr } = layerkiln("verity", "explain", A);
  assert.is(status, 2);
  assert.match(stderr, /B is missing/);
});

explain.run();
