/** Properties of merging: any layers over one another become the tree that they show, or are refused where there is none. */
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { checkImage, ErrorCode, ImageError } from "../../src/index.ts";
import { readImage } from "../fixtures/image-tree.ts";
import { isShown, randomStack, wildStack } from "../fixtures/random-stack.ts";
import { makeRootfsImage } from "../fixtures/rootfs.ts";
import { times } from "../fixtures/runs.ts";
import { stackedTree } from "../oracles/stacked-tree.ts";
import { assertSameTree } from "../oracles/tree.ts";

const property = suite("rootfs: any layers");

property("show the tree that the definition says", async () => {
  await fc.assert(
    fc.asyncProperty(randomStack, async (layers) => {
      const image = await makeRootfsImage(layers.map(({ tar }, index) => (index % 3 === 1 ? gzipSync(tar) : tar)));
      assertSameTree(await readImage(image), stackedTree(layers.map(({ entries }) => entries)));
      assert.equal((await checkImage(image)).findings, []);
    }),
    times(400),
  );
});

property("that ask for what cannot be are refused, and no others", async () => {
  let refused = 0;
  await fc.assert(
    fc.asyncProperty(wildStack, async (layers) => {
      const sound = isShown(layers.map(({ entries }) => entries));
      const failed = await makeRootfsImage(layers.map(({ tar }) => tar)).catch((error: unknown) => error);
      if (sound) return assert.not.instance(failed, Error);
      refused++;
      assert.instance(failed, ImageError);
      assert.is.not((failed as ImageError).code, ErrorCode.Internal);
      assert.match((failed as ImageError).message, /^layer \d+: (ext4|tar): /);
    }),
    times(400),
  );
  assert.ok(refused > 100, `${refused} refused`);
});

property.run();
