/** Hash trees walked from their roots: what differs is found, however many blocks there are, and wherever. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { startDiskCore } from "../src/host/disk-core.ts";
import { fromBytes } from "../src/host/random-access.ts";
import { compareTreesOf } from "../src/host/tree-comparison.ts";
import { hashesOf, treeHashesOf } from "../src/host/tree-hashes.ts";
import { createHashTree, ErrorCode } from "../src/index.ts";
import { noise } from "./fixtures/random.ts";
import { rejects } from "./fixtures/rejects.ts";
import { times } from "./fixtures/runs.ts";
import { scratchFile } from "./fixtures/scratch.ts";

const BLOCK = 4096;
const trees = suite("hash trees, side by side");

const coreOf = (bytes: Uint8Array) => startDiskCore(fromBytes(bytes));

async function compare(a: Uint8Array, b: Uint8Array) {
  return compareTreesOf([await coreOf(a), await coreOf(b)], {});
}

/** The image with a tree behind it. */
async function withTree(bytes: Uint8Array, salt: Uint8Array): Promise<Uint8Array> {
  const path = scratchFile("tree", bytes);
  await createHashTree(path, { salt });
  return readFileSync(path);
}

/** Counts of blocks at which a tree changes its shape, and some between. */
const counts = fc.oneof(fc.constantFrom(1, 2, 127, 128, 129, 255), fc.integer({ min: 1, max: 700 }));

trees("differ in the blocks that were changed, and lead to the first of them", async () => {
  await fc.assert(
    fc.asyncProperty(
      counts,
      fc.array(fc.nat(), { maxLength: 6 }),
      fc.boolean(),
      fc.boolean(),
      async (count, places, ofA, ofB) => {
        const data = noise(count * BLOCK, count);
        const changed = Uint8Array.from(data);
        const blocks = [...new Set(places.map((place) => place % count))].sort((a, b) => a - b);
        for (const block of blocks) changed[block * BLOCK + 5]! ^= 1;
        const a = ofA ? await withTree(data, noise(9)) : data;
        const b = ofB ? await withTree(changed, noise(3)) : changed;
        const { block, differingData, path, differing, shape, rootHashes } = await compare(a, b);
        assert.is(block, blocks[0]);
        assert.is(differingData, blocks.length);
        assert.is(rootHashes[0] === rootHashes[1], blocks.length === 0);
        assert.is(path.length, block === undefined ? 0 : shape.levels.length);
        for (const [level, { index }] of path.entries()) assert.is(differing[level]![0], index);
      },
    ),
    times(40),
  );
});

trees("over data of other sizes are refused", async () => {
  const error = await rejects(compare(noise(2 * BLOCK), noise(3 * BLOCK)), ErrorCode.InvalidArgument);
  assert.is(error.message, "verity: trees over 2 and 3 blocks of data cannot be compared");
});

trees("have digests that are those of what is below them, computed or read", async () => {
  const salt = noise(17);
  const data = noise(300 * BLOCK, 4);
  const stored = await treeHashesOf(await coreOf(await withTree(data, salt)), {});
  const computed = await treeHashesOf(await coreOf(data), { salt });
  assert.equal([stored.isStored, computed.isStored], [true, false]);
  const sha256 = (block: Uint8Array) => createHash("sha256").update(salt).update(block).digest("hex");
  for (const tree of [stored, computed]) {
    assert.is(sha256(tree.hashBlock(0)), tree.rootHash);
    for (let block = 0; block < 300; block++) {
      const digest = Buffer.from(hashesOf(tree, 1, block, 1)).toString("hex");
      assert.is(digest, sha256(data.subarray(block * BLOCK, (block + 1) * BLOCK)));
    }
    assert.equal(
      Buffer.from(hashesOf(tree, 1, 100, 150)),
      Buffer.concat([100, 128].map((from, index) => Buffer.from(hashesOf(tree, 1, from, index === 0 ? 28 : 122)))),
    );
  }
  for (const [level, first, count] of [
    [2, 0, 1],
    [0, 0, 4],
    [1, 300, 1],
    [1, -1, 1],
    [1, 0.5, 1],
  ] as const) {
    await rejects((async () => hashesOf(stored, level, first, count))(), ErrorCode.InvalidArgument);
  }
});

trees.run();
