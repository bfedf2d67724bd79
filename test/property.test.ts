/** Properties of every layer: a random tree, written as a tar and made an image, reads back as the same tree. */
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { makeHcsshimImage, type Options } from "./fixtures/image.ts";
import { cuts, type RandomLayer, randomLayer } from "./fixtures/random-layer.ts";
import { times } from "./fixtures/runs.ts";
import { scratchFile } from "./fixtures/scratch.ts";
import { debugfs } from "./oracles/debugfs.ts";
import { e2fsck, INODE_BITMAP_PADDING } from "./oracles/e2fsck.ts";
import { readExt4 } from "./oracles/ext4-reader.ts";
import { layerTree } from "./oracles/layer-tree.ts";
import { loopMount } from "./oracles/loop-mount.ts";
import { present } from "./oracles/oracle.ts";
import { readTar } from "./oracles/tar-reader.ts";
import { assertSameTree, type Tree } from "./oracles/tree.ts";

const optionSets: fc.Arbitrary<Options> = fc.record({
  whiteouts: fc.constantFrom("keep", "overlay"),
  inline: fc.boolean(),
  verity: fc.boolean(),
  vhd: fc.boolean(),
});

/** Options and a layer to go with them. */
const cases = optionSets.chain((options) =>
  fc.tuple(fc.constant(options), randomLayer(options.whiteouts === "overlay")),
);

const expected = ({ entries }: RandomLayer, options: Options): Tree =>
  layerTree(entries, { overlay: options.whiteouts === "overlay" });

const property = suite("property: any layer");

property("is read by the tests' own tar reader as it was meant", () => {
  fc.assert(
    fc.property(cases, ([options, layer]) => {
      const read = layerTree(readTar(layer.tar), { overlay: options.whiteouts === "overlay" });
      assertSameTree(read, expected(layer, options));
    }),
    times(100),
  );
});

property("becomes an image with the same tree", async () => {
  await fc.assert(
    fc.asyncProperty(cases, async ([options, layer]) => {
      const { image, result } = await makeHcsshimImage(layer.tar, options);
      assertSameTree(readExt4(image), expected(layer, options));
      assert.is(result.entries, layer.entries.length);
    }),
    times(400),
  );
});

property("becomes the same bytes, however its tar is cut in chunks", async () => {
  await fc.assert(
    fc.asyncProperty(cases, cuts, async ([options, { tar }], cut) => {
      const whole = await makeHcsshimImage(tar, options);
      const pieces = await makeHcsshimImage(cut(tar), options);
      assert.ok(pieces.image.equals(whole.image));
      assert.equal(pieces.result, whole.result);
    }),
    times(100),
  );
});

property("becomes the same bytes twice, ids of VHD and dm-verity among them", async () => {
  await fc.assert(
    fc.asyncProperty(cases, async ([options, { tar }]) => {
      const first = await makeHcsshimImage(tar, { ...options, verity: true, vhd: true });
      const second = await makeHcsshimImage(Uint8Array.from(tar), { ...options, verity: true, vhd: true });
      assert.ok(second.image.equals(first.image));
    }),
    times(50),
  );
});

property("has ids of its own in VHD and dm-verity as soon as its tree differs", async () => {
  const seen = new Map<string, string>();
  await fc.assert(
    fc.asyncProperty(randomLayer(false), async ({ tar }) => {
      const { image, result } = await makeHcsshimImage(tar, { verity: true, vhd: true });
      const uuid = image.subarray(result.hashOffset! + 16, result.hashOffset! + 32).toString("hex");
      const uniqueId = image.subarray(image.length - 512 + 68, image.length - 512 + 84).toString("hex");
      for (const id of [uuid, uniqueId]) assert.is(seen.get(id) ?? result.rootHash, result.rootHash);
      seen.set(uuid, result.rootHash!).set(uniqueId, result.rootHash!);
    }),
    times(50),
  );
});

if (present(loopMount, property)) {
  property("is mounted by the kernel with the same tree", async () => {
    const mountable = optionSets.chain((options) =>
      fc.tuple(fc.constant(options), randomLayer(options.whiteouts === "overlay", { plainXattrs: true })),
    );
    await fc.assert(
      fc.asyncProperty(mountable, async ([options, layer]) => {
        const { image } = await makeHcsshimImage(layer.tar, options);
        const path = scratchFile("layer.img", image);
        assertSameTree(loopMount.tree(path), expected(layer, options));
      }),
      times(30),
    );
  });
}

if (present(debugfs, property)) {
  property("is listed by debugfs with the same names, modes, owners and sizes", async () => {
    await fc.assert(
      fc.asyncProperty(randomLayer(false, { plainNames: true }), async (layer) => {
        const { image } = await makeHcsshimImage(layer.tar);
        const listed = debugfs.list(scratchFile("layer.img", image));
        const wanted = expected(layer, {});
        wanted.delete("");
        assert.equal([...listed.keys()].sort(), [...wanted.keys()].sort());
        for (const [path, { mode, uid, gid, size, target }] of wanted) {
          const got = listed.get(path)!;
          assert.equal([got.mode & 0o7777, got.uid, got.gid], [mode, uid, gid], path);
          if (size !== undefined || target !== undefined) assert.is(got.size, size ?? target?.length, path);
        }
      }),
      times(30),
    );
  });
}

if (present(e2fsck, property)) {
  property("is sound to e2fsck, but for the padding that hcsshim leaves", async () => {
    const checkable = optionSets.chain((options) =>
      fc.tuple(fc.constant(options), randomLayer(options.whiteouts === "overlay", { knownXattrs: true })),
    );
    await fc.assert(
      fc.asyncProperty(checkable, async ([options, layer]) => {
        const { image } = await makeHcsshimImage(layer.tar, options);
        assert.equal(e2fsck.complaints(scratchFile("layer.img", image)), [INODE_BITMAP_PADDING]);
      }),
      times(60),
    );
  });
}

property.run();
