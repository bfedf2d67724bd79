/** Properties of profile modern: any sequence of entries, of all types and in any order, becomes the tree that it describes. */
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { convert, ErrorCode, ImageError } from "../../src/index.ts";
import { MemoryTarget, makeImage, type Options } from "../fixtures/image.ts";
import { encodeEntry, entry, type LayerEntry } from "../fixtures/layer.ts";
import { noise } from "../fixtures/random.ts";
import { cuts, RandomLayer, randomLayer } from "../fixtures/random-layer.ts";
import { MORE, times } from "../fixtures/runs.ts";
import { scratchFile } from "../fixtures/scratch.ts";
import { archive } from "../fixtures/tar-builder.ts";
import { trialOf } from "../fuzz/trial.ts";
import { e2fsck } from "../oracles/e2fsck.ts";
import { loopMount } from "../oracles/loop-mount.ts";
import { present } from "../oracles/oracle.ts";
import { assertSameTree, type Entry, type Tree } from "../oracles/tree.ts";
import { Refused, unpackedTree } from "../oracles/unpacked-tree.ts";

/** Few names, so that entries meet. */
const part = fc.constantFrom("a", "b", "c", ".wh.a", ".wh.b", ".wh..wh..opq", ".wh..wh.plnk", "..", "lost+found");
const path = fc
  .array(fc.oneof({ weight: 5, arbitrary: fc.constantFrom("a", "b", "c") }, { weight: 1, arbitrary: part }), {
    minLength: 1,
    maxLength: 4,
  })
  .map((parts) => parts.join("/"));
const target = fc.oneof(
  path,
  path.map((each) => `/${each}`),
  path.map((each) => `../${each}`),
);

/** Zeros and noise in turns, so that there are holes; cut where no block ends. */
const data = fc
  .array(fc.tuple(fc.boolean(), fc.nat(9000)), { maxLength: 6 })
  .map((pieces) => Buffer.concat(pieces.map(([zero, length]) => (zero ? Buffer.alloc(length * 2) : noise(length)))));

const meta = fc.record({
  mode: fc.nat(0o7777),
  uid: fc.constantFrom(0, 1000, 65_536, 2 ** 32 - 2),
  gid: fc.constantFrom(0, 1000, 65_536),
  mtime: fc.bigInt({ min: -(2n ** 31n) * 1_000_000_000n, max: 9_000_000_000_000_000_000n }),
  xattrs: fc.constantFrom<LayerEntry["xattrs"]>(
    [],
    [],
    [],
    [["trusted.a", noise(9)]],
    [["trusted.large", noise(5000)]],
  ),
});

const item: fc.Arbitrary<LayerEntry> = fc
  .tuple(
    fc.constantFrom<LayerEntry["kind"][]>("file", "file", "dir", "dir", "symlink", "hardlink", "char", "fifo"),
    path,
    meta,
  )
  .chain(([kind, path, meta]) =>
    fc.tuple(target, data, fc.nat(0xfff), fc.nat(0xfffff)).map(([target, data, major, minor]) =>
      entry(kind, path, {
        ...meta,
        ...(kind === "file" && { data }),
        ...((kind === "symlink" || kind === "hardlink") && { target }),
        ...(kind === "char" && { major: major + 1, minor }),
      }),
    ),
  );

const layer = fc
  .array(item, { maxLength: 25 })
  .map((entries) => new RandomLayer(entries, archive(entries.map((each) => encodeEntry(each, "pax")))));

/** Whether the kernel shows all that the layer has: `user.` is for files and directories, of `system.` there are only ACLs. */
const shows = ({ entries }: RandomLayer): boolean =>
  entries.every(({ kind, xattrs }) =>
    xattrs.every(
      ([name]) => !/^system\./.test(name) && (!name.startsWith("user.") || kind === "file" || kind === "dir"),
    ),
  );
const tree = randomLayer(false, { knownXattrs: true }).filter(shows);

const shapes: fc.Arbitrary<Options> = fc.record(
  {
    whiteouts: fc.constantFrom("keep", "overlay"),
    inline: fc.boolean(),
    filesystem: fc.record({ blockSize: fc.constantFrom(1024, 2048, 4096) }),
  },
  { noNullPrototype: true },
);

/** The tree that the layer describes, or that it describes none. */
function expected(entries: LayerEntry[], { whiteouts }: Options): Tree | undefined {
  try {
    // A value that stands by itself makes the kernel look for a short target in the wrong place.
    const tree = unpackedTree(entries, whiteouts === "overlay");
    const isLarge = ({ kind, xattrs }: Entry): boolean => kind === "symlink" && xattrs.has("trusted.large");
    return [...tree.values()].some(isLarge) ? undefined : tree;
  } catch (error) {
    if (error instanceof Refused) return undefined;
    throw error;
  }
}

const property = suite("modern: any layer");

if (present(loopMount, property) && present(e2fsck, property)) {
  property(
    "of entries that replace each other becomes the tree that it describes, or is refused where there is none",
    async () => {
      let made = 0;
      let refused = 0;
      await fc.assert(
        fc.asyncProperty(layer, shapes, async ({ entries, tar }, options) => {
          const tree = expected(entries, options);
          const made_ = await makeImage(tar, options).catch((error: unknown) => error);
          if (tree === undefined) {
            refused++;
            assert.instance(made_, ImageError);
            assert.is.not((made_ as ImageError).code, ErrorCode.Internal);
            return;
          }
          if (made_ instanceof Error) throw made_;
          made++;
          const image = scratchFile("layer.img", (made_ as { image: Buffer }).image);
          assert.equal(e2fsck.complaints(image), []);
          assertSameTree(loopMount.tree(image), tree);
        }),
        times(150),
      );
      assert.ok(made > 30 && refused > 10, `${made} made, ${refused} refused`);
    },
  );

  property("that is a tree of names, attributes and holes of all kinds becomes that tree", async () => {
    await fc.assert(
      fc.asyncProperty(tree, shapes, async ({ entries, tar }, { inline, filesystem }) => {
        const { image } = await makeImage(tar, { inline: inline!, filesystem: filesystem! });
        const path = scratchFile("layer.img", image);
        assert.equal(e2fsck.complaints(path), []);
        assertSameTree(loopMount.tree(path), unpackedTree(entries));
      }),
      times(40),
    );
  });

  property("that is damaged becomes a sound image, if it becomes one", async () => {
    let sound = 0;
    for (let number = 10_000; number < 10_000 + 300 * MORE; number++) {
      const { layer, options } = trialOf(number);
      const target = new MemoryTarget();
      const modern: Options = { ...options, profile: "modern", verity: false, vhd: false };
      const failed = await convert(layer, target, modern).catch((error: unknown) => error);
      if (failed instanceof ImageError) {
        assert.is.not(failed.code, ErrorCode.Internal, `trial ${number}: ${failed.message}`);
        continue;
      }
      const complaints = e2fsck.complaints(scratchFile("damaged.img", target.image));
      assert.equal(
        complaints.filter((line) => !/^Timestamp.*beyond 2310|^Fix\? no$/.test(line)),
        [],
        `trial ${number}`,
      );
      sound++;
    }
    assert.ok(sound > 30, `${sound} sound images`);
  });
}

property("becomes the same image, however its bytes arrive", async () => {
  await fc.assert(
    fc.asyncProperty(tree, shapes, cuts, async ({ tar }, options, cut) => {
      const whole = await makeImage(tar, options);
      assert.ok((await makeImage(cut(tar), options)).image.equals(whole.image));
    }),
    times(100),
  );
});

property("writes each block once, and no zeros", async () => {
  await fc.assert(
    fc.asyncProperty(tree, shapes, async ({ tar }, options) => {
      const seen = new Set<number>();
      const write = (at: number, bytes: Uint8Array): void => {
        assert.is(at % 4096, 0);
        for (let block = at; block < at + bytes.length; block += 4096) {
          assert.not.ok(seen.has(block), `block at ${block} is written twice`);
          seen.add(block);
          assert.ok(
            bytes.subarray(block - at, block - at + 4096).some((byte) => byte !== 0),
            `zeros at ${block}`,
          );
        }
      };
      await convert(tar, { write, commit: () => {} }, options);
    }),
    times(60),
  );
});

property.run();
