/** `layerkiln disk` and `layerkiln verity`, run as people run them. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { edgeTar } from "./fixtures/edge.ts";
import { makeImage } from "./fixtures/image.ts";
import { noise } from "./fixtures/random.ts";
import { inRepository } from "./fixtures/repository.ts";
import { scratchFile, scratchFolder, scratchPath } from "./fixtures/scratch.ts";
import { type Answer, run } from "./oracles/oracle.ts";

const { bin } = JSON.parse(readFileSync(inRepository("package.json"), "utf8"));
const layerkiln = (...words: string[]): Answer => run(process.execPath, [inRepository(bin.layerkiln), ...words]);

const BLOCK = 4096;
const MIB = 2 ** 20;

/** Each flag, what it is called in JSON, and what the file begins or ends with. */
const FLAGS: [flag: string, container: string, mark: (file: Buffer) => string][] = [
  ["--vhd", "vhd", (file) => file.toString("latin1", file.length - 512, file.length - 504)],
  ["--vhd-dynamic", "vhd-dynamic", (file) => file.toString("latin1", 512, 520)],
  ["--vhdx", "vhdx", (file) => file.toString("latin1", 0, 8)],
];
const MARKS: Record<string, string> = { vhd: "conectix", "vhd-dynamic": "cxsparse", vhdx: "vhdxfile" };

const disk = suite("layerkiln disk");

for (const [flag, container, mark] of FLAGS) {
  disk(`${flag} puts a raw image into a ${container}, and without a flag it comes out again`, () => {
    const raw = scratchFile("raw.img", Buffer.concat([noise(MIB), Buffer.alloc(9 * MIB)]));
    const made = scratchPath("made");
    const { status, stdout, stderr } = layerkiln("disk", raw, "-o", made, flag, "--json");
    assert.equal([status, stderr], [0, ""]);
    const size = statSync(made).size;
    assert.equal(JSON.parse(stdout), { image: made, container, size, diskSize: 10 * MIB, from: "raw" });
    assert.is(mark(readFileSync(made)), MARKS[container]);

    const back = scratchPath("back.img");
    const answer = layerkiln("disk", made, "-o", back);
    assert.is(answer.status, 0, answer.stderr);
    assert.match(answer.stdout, `${back}: raw, ${10 * MIB} bytes`);
    assert.ok(readFileSync(back).equals(readFileSync(raw)));
  });

  disk(`ext4 ${flag} makes the image that lies in it`, async () => {
    const made = scratchPath("made");
    const { status, stderr } = layerkiln("ext4", scratchFile("layer.tar", edgeTar("v7")), "-o", made, flag, "-q");
    assert.is(status, 0, stderr);
    const { image } = await makeImage(edgeTar("v7"), { container: container as "vhd" });
    assert.ok(readFileSync(made).equals(image));
  });
}

disk("--verity tells the root hash of the tree that goes with it", () => {
  const made = scratchPath("made.vhdx");
  const { stdout } = layerkiln("disk", scratchFile("raw", noise(40 * BLOCK)), "-o", made, "--vhdx", "--verity");
  const [, rootHash] = /root hash: (\w{64})\nhash offset: 163840\n/.exec(stdout) ?? [];
  assert.is(layerkiln("verity", "verify", made, rootHash!).status, 0);
});

disk("--block-size makes blocks of that size", () => {
  const raw = scratchFile("raw", noise(BLOCK));
  const sizes = ["1M", "32M"].map((size) => {
    const made = scratchPath("made.vhdx");
    layerkiln("disk", raw, "-o", made, "--vhdx", "--block-size", size, "-q");
    return statSync(made).size;
  });
  assert.equal(sizes, [5 * MIB, 36 * MIB]);
});

const WRONG: [why: string, words: string[], status: number, says: RegExp][] = [
  ["two containers", ["--vhd", "--vhdx"], 2, /--vhd and --vhdx/],
  ["raw and a container", ["--raw", "--vhdx"], 2, /--raw and --vhdx/],
  ["a block size that is none", ["--vhdx", "--block-size", "3M"], 1, /blocks of 3145728 bytes/],
];

for (const [why, words, status, says] of WRONG) {
  disk(`ends with ${status} and one line for ${why}, and leaves nothing behind`, () => {
    const folder = scratchFolder();
    const answer = layerkiln("disk", scratchFile("raw", noise(BLOCK)), "-o", `${folder}/out`, ...words);
    assert.is(answer.status, status);
    assert.match(answer.stderr, says);
    assert.is(answer.stderr.trimEnd().split("\n").length, 1);
    assert.equal(readdirSync(folder), []);
  });
}

disk("ends with 4 for a differencing disk", async () => {
  const { image } = await makeImage(noise(BLOCK), { raw: true, container: "vhdx" });
  image.writeUInt32LE(2, 2 * MIB + 64 * 1024 + 4);
  const { status, stderr } = layerkiln("disk", scratchFile("child.vhdx", image), "-o", scratchPath("out"));
  assert.is(status, 4);
  assert.match(stderr, "differencing");
});

disk.run();

const verity = suite("layerkiln verity");

verity("create appends a tree, root tells of it, verify says yes", () => {
  const image = scratchFile("image", noise(200 * BLOCK));
  const before = layerkiln("verity", "root", image);
  assert.match(before.stdout, /^root hash: \w{64} \(computed: there is no tree\)\n/);
  const created = layerkiln("verity", "create", image, "--json");
  assert.is(created.status, 0, created.stderr);
  const { rootHash, ...tree } = JSON.parse(created.stdout);
  assert.match(before.stdout, rootHash);
  const { uuid: _, ...rest } = tree;
  assert.equal(rest, { image, salt: "00".repeat(32), dataBlocks: 200, hashOffset: 200 * BLOCK, hashStartBlock: 201 });

  const root = JSON.parse(layerkiln("verity", "root", image, "--json").stdout);
  assert.equal([root.rootHash, root.isComputed], [rootHash, false]);
  assert.is(layerkiln("verity", "root", image, "--table").stdout, `${root.table}\n`);
  assert.match(root.table, `0 1600 verity 1 ${image} ${image} 4096 4096 200 201 sha256 ${rootHash}`);

  const { status, stdout } = layerkiln("verity", "verify", image, rootHash);
  assert.equal([status, stdout], [0, `${image}: verified, 200 blocks\n`]);
});

verity("verify ends with 3 and the block's number where one is bad", () => {
  const image = scratchFile("image", noise(200 * BLOCK));
  const { rootHash } = JSON.parse(layerkiln("verity", "create", image, "--json", "--salt", "-").stdout);
  const bytes = readFileSync(image);
  bytes[123 * BLOCK + 5]! ^= 1;
  const { status, stdout, stderr } = layerkiln("verity", "verify", scratchFile("bad", bytes), rootHash);
  assert.is(status, 3);
  assert.is(stdout, "");
  assert.match(stderr, /bad: block 123 of the data is not what its digest says\n$/);
});

verity("keeps the tree in a file of its own, bare, with a salt and a place", () => {
  const image = scratchFile("image", noise(200 * BLOCK));
  const hashes = scratchPath("hashes");
  const place = ["--hash-file", hashes, "--hash-offset", "8K", "--no-superblock", "--salt", "c0ffee"];
  const { rootHash } = JSON.parse(layerkiln("verity", "create", image, ...place, "--json").stdout);
  assert.is(statSync(hashes).size, 8192 + 3 * BLOCK);
  assert.is(layerkiln("verity", "verify", image, rootHash, ...place).status, 0);
  assert.is(layerkiln("verity", "verify", image, rootHash, ...place.slice(0, -1), "c0ffef").status, 3);
});

verity("refuses what is no salt, no size and no root hash", () => {
  const image = scratchFile("image", noise(2 * BLOCK));
  assert.is(layerkiln("verity", "create", image, "--salt", "xyz").status, 2);
  assert.is(layerkiln("verity", "create", image, "--hash-offset", "-1").status, 2);
  assert.is(layerkiln("verity", "verify", image, "abc").status, 1);
  assert.is(statSync(image).size, 2 * BLOCK);
});

verity.run();
