/** Properties of the model of a stack: what it calls visible is what the image of the same layers has. */
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { stackOf } from "../../src/index.ts";
import { readImage } from "../fixtures/image-tree.ts";
import type { LayerEntry } from "../fixtures/layer.ts";
import { isShown, randomStack, wildStack } from "../fixtures/random-stack.ts";
import { makeRootfsImage } from "../fixtures/rootfs.ts";
import { times } from "../fixtures/runs.ts";
import { listed, stacked } from "../fixtures/stacked.ts";
import { stackDifferences } from "../oracles/stacked-bytes.ts";

const property = suite("stack: any layers");

property("what the model shows is what the image has: paths, types, and bytes, of hard links once", async () => {
  await fc.assert(
    fc.asyncProperty(randomStack, async (layers) => {
      const tars = layers.map(({ tar }, index) => (index % 3 === 1 ? gzipSync(tar) : tar));
      assert.equal(stackDifferences(await stacked(tars), await readImage(await makeRootfsImage(tars))), []);
    }),
    times(200),
  );
});

property("what becomes of bytes adds up to what the entries of a layer bring", async () => {
  await fc.assert(
    fc.asyncProperty(randomStack, async (layers) => {
      const stack = await stacked(layers.map(({ tar }) => tar));
      for (const [index, { entries }] of layers.entries()) {
        const { bytes, visible, shadowed, whiteouted, replaced, tree } = stack.layers[index]!;
        assert.is(
          bytes,
          entries.reduce((sum, each) => sum + sizeOf(each), 0),
        );
        assert.is(visible + shadowed + whiteouted + replaced, bytes);
        assert.ok(replaced >= 0);
        assert.is(tree.visible[0], visible);
      }
      const { tree } = stack;
      for (const column of ["visible", "shadowed", "whiteouted"] as const) {
        assert.is(
          tree[column][0],
          stack.layers.reduce((sum, layer) => sum + layer[column], 0),
        );
      }
      assert.is(tree.visible[0], stack.visible);
    }),
    times(150),
  );
});

property("of layers that no image can be made of, one is refused, or links are lost; of others, none", async () => {
  let lost = 0;
  await fc.assert(
    fc.asyncProperty(wildStack, async (layers) => {
      const listings = await Promise.all(layers.map(({ tar }) => listed(tar).catch(() => undefined)));
      const known = listings.filter((listing) => listing !== undefined);
      const stack = stackOf(known);
      assert.ok(stack.efficiency >= 0 && stack.efficiency <= 1);
      if (stack.lostLinks > 0) lost++;
      const isWhole = known.length === layers.length && stack.lostLinks === 0;
      assert.is(isWhole, isShown(layers.map(({ entries }) => entries)));
    }),
    times(250),
  );
  assert.ok(lost > 10, `${lost} lost`);
});

property.run();

/** Whiteouts are no files, though some have contents. */
function sizeOf({ kind, data }: LayerEntry): number {
  return kind === "file" && "length" in data ? data.length : 0;
}
