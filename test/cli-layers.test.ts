/** `layerkiln layers`, run as people run it. */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { asArchive, asFolder, Blobs } from "./fixtures/container-image.ts";
import { edgeTar, verityImages } from "./fixtures/edge.ts";
import { inRepository } from "./fixtures/repository.ts";
import { scratchFolder, scratchPath } from "./fixtures/scratch.ts";

const LAYERKILN = inRepository(JSON.parse(readFileSync(inRepository("package.json"), "utf8")).bin.layerkiln);

function layerkiln(...words: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [LAYERKILN, ...words], { encoding: "utf8", maxBuffer: 2 ** 28 });
}

const NAMES = ["v7", "wh-opaque-root", "v7"];
const blobs = new Blobs();
const LAYOUT = blobs.layout([blobs.image(NAMES.map(edgeTar))]);
const rootOf = (name: string): string => verityImages.get(name)!.rootHash;

const layers = suite("layerkiln layers");

layers("makes a file of each layer, and prints root hashes", () => {
  const folder = scratchFolder();
  const { status, stdout, stderr } = layerkiln(
    "layers",
    asArchive(LAYOUT),
    "-o",
    folder,
    "--verity",
    "--vhd",
    "-j",
    "2",
  );
  assert.is(stderr, "");
  assert.is(status, 0);
  const lines = stdout.split("\n");
  assert.match(lines[0]!, /^layer 0: .*[0-9a-f]{64}\.vhd, \d+ bytes \(.*\), \d+ entries$/);
  assert.is(lines[1], `  root hash: ${rootOf("v7")}`);
  assert.is(lines[3], `  root hash: ${rootOf("wh-opaque-root")}`);
  assert.match(lines[4]!, /^layer 2: .*\.vhd, as layer 0$/);
  assert.is(readdirSync(folder).length, 2);
});

layers("prints JSON, of a layout in a folder too", () => {
  const { status, stdout } = layerkiln(
    "layers",
    asFolder(LAYOUT),
    "-o",
    scratchFolder(),
    "--verity",
    "--json",
    "--jobs",
    "1",
  );
  assert.is(status, 0);
  const told = JSON.parse(stdout);
  assert.match(told.digest, /^sha256:/);
  assert.equal(
    told.layers.map(({ rootHash }: { rootHash: string }) => rootHash),
    NAMES.map(rootOf),
  );
});

layers("says which layer failed, with exit code 1, and leaves nothing", () => {
  const broken = new Map(LAYOUT);
  const [name] = [...LAYOUT.keys()].filter((each) => each.startsWith("blobs/"));
  const damaged = Buffer.from(broken.get(name!)!);
  damaged[damaged.length - 20]! ^= 1;
  broken.set(name!, damaged);
  const folder = scratchPath("none");
  const { status, stdout, stderr } = layerkiln("layers", asArchive(broken), "-o", folder);
  assert.is(status, 1);
  assert.is(stdout, "");
  assert.match(stderr, /^layerkiln: layer 0, sha256:[0-9a-f]{64}: /);
  assert.throws(() => readdirSync(folder));
});

const MISTAKES: [words: string[], said: RegExp][] = [
  [["layers", "x"], /--output/],
  [["layers", "x", "-o", "y", "--jobs", "0"], /--jobs: "0" is no number from 1 on/],
  [["layers", "x", "-o", "y", "--vhd", "--vhdx"], /an image lies in one of them/],
];
for (const [words, said] of MISTAKES) {
  layers(`refuses ${words.join(" ")} as wrong usage`, () => {
    const { status, stderr } = layerkiln(...words);
    assert.is(status, 2);
    assert.match(stderr, said);
  });
}

layers.run();
