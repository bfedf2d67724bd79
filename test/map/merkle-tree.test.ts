/** The shape of hash trees, the way to a block, and what differs: held against the bytes of trees that are there. */
import { createHash } from "node:crypto";
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type DiskCore, startDiskCore } from "../../src/host/disk-core.ts";
import { openRandomAccess } from "../../src/host/image/image-source.ts";
import {
  type BlockSpan,
  countBlocks,
  differencesOf,
  hasBlock,
  nextBlock,
  toSpans,
} from "../../src/host/merkle-difference.ts";
import { pathTo, type TreeShape, treeAfter, treeShapeOf, treeSizeOf } from "../../src/host/merkle-tree.ts";
import { MerkleView } from "../../src/host/merkle-view.ts";
import { compareTreesOf } from "../../src/host/tree-comparison.ts";
import { openImage } from "../../src/index.ts";
import { makeImage } from "../fixtures/image.ts";
import { entry, layerTar } from "../fixtures/layer.ts";
import { noise } from "../fixtures/random.ts";
import { times } from "../fixtures/runs.ts";

const BLOCK = 4096;
const MIB = 1024 * 1024;
const SALT = Buffer.alloc(32);

const sha256 = (block: Uint8Array) => createHash("sha256").update(SALT).update(block).digest("hex");

/** Blocks of data under a hash block of a level: from `first`, `count` of them. */
function dataUnder({ levels, fanOut, dataBlocks }: TreeShape, level: number, index: number): BlockSpan {
  const each = fanOut ** (levels.length - level);
  const first = index * each;
  return { first, count: Math.min(each, dataBlocks - first) };
}

async function imageOf(content: Uint8Array) {
  const tar = layerTar([entry("file", "content", { data: content })]);
  const { image, result } = await makeImage(tar, { verity: true });
  const opened = await openImage(image);
  const verity = opened.inspect().verity!;
  opened.close();
  const shape = treeShapeOf(verity);
  const treeAt = treeAfter(verity.at, verity.hashBlockSize);
  const blockOf = (block: number) => image.subarray(treeAt + block * BLOCK, treeAt + (block + 1) * BLOCK);
  return { image, result, verity, shape, treeAt, blockOf };
}

const tree = suite("merkle tree: as it stands in images");

for (const [why, size] of [
  ["one level", 100_000],
  ["two levels", 2 * MIB],
  ["three levels", 70 * MIB],
] as const) {
  tree(`its way leads from the root hash to every block: ${why}`, async () => {
    const { image, result, shape, verity, treeAt, blockOf } = await imageOf(noise(size));
    assert.is(treeAt + treeSizeOf(verity), image.length);
    assert.is(sha256(blockOf(0)), result.rootHash);
    for (let block = 0; block < shape.dataBlocks; block += Math.max(1, Math.floor(shape.dataBlocks / 50))) {
      const way = pathTo(shape, block);
      assert.is(way.length, shape.levels.length);
      way.forEach(({ block: hashBlock, digest, level, index }, step) => {
        const below = way[step + 1];
        const child = below ? blockOf(below.block) : image.subarray(block * BLOCK, (block + 1) * BLOCK);
        assert.is(blockOf(hashBlock).toString("hex", digest * 32, digest * 32 + 32), sha256(child));
        assert.is(hashBlock, shape.levels[level]!.first + index);
        assert.ok(index < shape.levels[level]!.blocks);
        const { first, count } = dataUnder(shape, level, index);
        assert.ok(first <= block && block < first + count);
      });
    }
  });
}

tree("hashes differ where they are said to", async () => {
  const content = noise(3 * MIB);
  const changed = Buffer.from(content);
  for (const at of [5000, 5001, 1_000_000, 3 * MIB - 1]) changed[at]! ^= 1;
  const [a, b] = [await imageOf(content), await imageOf(changed)];
  const cores = await Promise.all([a, b].map(({ image }) => startDiskCore(openRandomAccess(image))));
  const { dataSpans: data, differing } = await compareTreesOf(cores as [DiskCore, DiskCore], {});
  const levels = differencesOf(a.shape, data);
  assert.equal(levels.slice(0, -1), differing.map(toSpans));
  for (let block = 0; block < a.shape.dataBlocks; block++) {
    const from = block * BLOCK;
    const same = a.image.subarray(from, from + BLOCK).equals(b.image.subarray(from, from + BLOCK));
    assert.is(hasBlock(data, block), !same, `data ${block}`);
  }
  for (const [level, { first, blocks }] of a.shape.levels.entries()) {
    for (let index = 0; index < blocks; index++) {
      const same = a.blockOf(first + index).equals(b.blockOf(first + index));
      assert.is(hasBlock(levels[level]!, index), !same, `level ${level}, block ${index}`);
    }
  }
});

tree.run();

const shapes = suite("merkle tree: shapes");

shapes("of one block there is no tree", () => {
  const shape = treeShapeOf({ algorithm: "sha256", dataBlocks: 1, hashBlockSize: BLOCK });
  assert.equal(shape, { dataBlocks: 1, fanOut: 128, levels: [], blocks: 0 });
  assert.equal(pathTo(shape, 0), []);
  const view = new MerkleView(shape, [{ first: 0, count: 1 }]);
  assert.equal([view.rows, view.chosen, view.nextDifference], [[], 0, 0]);
});

shapes("of 100,000 blocks there are three levels, the root first", () => {
  const { levels, blocks } = treeShapeOf({ algorithm: "sha256", dataBlocks: 100_000, hashBlockSize: BLOCK });
  assert.equal(levels, [
    { blocks: 1, first: 0 },
    { blocks: 7, first: 1 },
    { blocks: 782, first: 8 },
  ]);
  assert.is(blocks, 790);
});

shapes("blocks side by side are one span", () => {
  assert.equal(toSpans([]), []);
  assert.equal(toSpans([3, 4, 5, 9, 11, 12]), [
    { first: 3, count: 3 },
    { first: 9, count: 1 },
    { first: 11, count: 2 },
  ]);
});

shapes("digests are as wide as dm-verity has them", () => {
  const fanOut = (algorithm: string, hashBlockSize = BLOCK) =>
    treeShapeOf({ algorithm, dataBlocks: 9, hashBlockSize }).fanOut;
  assert.equal([fanOut("sha1"), fanOut("sha256"), fanOut("sha512"), fanOut("sha256", 1024)], [128, 128, 64, 32]);
});

shapes("what an enemy's superblock says takes no memory and no time", () => {
  for (const dataBlocks of [0, 2 ** 53, Number.MAX_VALUE]) {
    for (const hashBlockSize of [0, 1, 32, 512, 2 ** 31]) {
      assert.ok(treeShapeOf({ algorithm: "sha256", dataBlocks, hashBlockSize }).levels.length < 1100);
    }
  }
});

const spans = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 500 }), fc.integer({ min: 1, max: 300 })), { maxLength: 40 })
  .map((gaps) => {
    let end = 0;
    return gaps.map(([gap, count]) => {
      const first = end + gap;
      end = first + count;
      return { first, count };
    });
  });

/** What of the spans is in the data. */
function within(spans: readonly BlockSpan[], dataBlocks: number): BlockSpan[] {
  const cut = spans.map(({ first, count }) => ({ first, count: Math.min(count, dataBlocks - first) }));
  return cut.filter(({ count }) => count > 0);
}

shapes("a hash differs if and only if data under it does", () => {
  fc.assert(
    fc.property(spans, fc.constantFrom(2, 3, 128), fc.integer({ min: 1, max: 40_000 }), (all, fanOut, dataBlocks) => {
      const shape = treeShapeOf({ algorithm: "sha256", dataBlocks, hashBlockSize: fanOut * 32 });
      const data = within(all, dataBlocks);
      const levels = differencesOf(shape, data);
      assert.is(levels.length, shape.levels.length + 1);
      for (const [level, { blocks }] of shape.levels.entries()) {
        const counted = Array.from({ length: blocks }, (_, index) => {
          const { first, count } = dataUnder(shape, level, index);
          const next = nextBlock(data, first);
          return next !== undefined && next < first + count;
        });
        for (const [index, differs] of counted.entries()) assert.is(hasBlock(levels[level]!, index), differs);
        assert.is(countBlocks(levels[level]!), counted.filter(Boolean).length);
      }
    }),
    times(100),
  );
});

shapes("whatever is chosen in a row, the way leads through it", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 2, max: 3_000_000 }),
      spans,
      fc.array(fc.tuple(fc.nat(4), fc.nat(200)), { maxLength: 20 }),
      (dataBlocks, all, steps) => {
        const shape = treeShapeOf({ algorithm: "sha256", dataBlocks, hashBlockSize: BLOCK });
        const data = within(all, dataBlocks);
        const view = new MerkleView(shape, data);
        assert.is(view.chosen, data[0]?.first ?? 0);
        for (const [level, digest] of steps) {
          const row = view.rows[level];
          view.chooseDigest(level, digest);
          if (row) assert.is(view.rows[level]!.digest, Math.min(digest, row.below.count - 1));
          assert.ok(view.chosen >= 0 && view.chosen < dataBlocks);
          const [last] = view.rows.slice(-1);
          assert.is(last!.below.first + last!.digest, view.chosen);
        }
      },
    ),
    times(100),
  );
});

shapes.run();
