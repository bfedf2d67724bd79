/** Merged layers beside what the kernel shows: its overlayfs over the same layers, each an image of its own. */
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { makeImage } from "../fixtures/image.ts";
import type { RandomLayer } from "../fixtures/random-layer.ts";
import { isShown, randomStack } from "../fixtures/random-stack.ts";
import { makeRootfsImage } from "../fixtures/rootfs.ts";
import { times } from "../fixtures/runs.ts";
import { scratchFile } from "../fixtures/scratch.ts";
import { e2fsck } from "../oracles/e2fsck.ts";
import { loopMount } from "../oracles/loop-mount.ts";
import { present } from "../oracles/oracle.ts";
import { overlay } from "../oracles/overlay.ts";
import { stackedTree } from "../oracles/stacked-tree.ts";
import { assertSameTree, differences, type Tree } from "../oracles/tree.ts";

/** Layers that can be images of their own: their links lead to files of theirs, and overlayfs asks no root whether it is opaque. */
const apart = ({ entries }: RandomLayer): boolean =>
  isShown([entries]) && entries.every(({ path }) => path !== ".wh..wh..opq");

/** Of links, overlayfs shows the number that a file has in its own layer, where some of its names are hidden. */
function withoutLinks(tree: Tree): Tree {
  const shown = [...tree].filter(([path]) => path !== "lost+found");
  return new Map(shown.map(([path, entry]) => [path, { ...entry, links: 0, inode: path }]));
}

const kernel = suite("rootfs: the kernel");

if (present(overlay, kernel) && present(e2fsck, kernel)) {
  kernel("shows of layers over one another what the definition says, and of the merged image the same", async () => {
    let same = 0;
    await fc.assert(
      fc.asyncProperty(
        randomStack.map((layers) => layers.filter(apart)).filter(({ length }) => length > 1),
        async (layers) => {
          const entries = layers.map(({ entries }) => entries);
          const images: string[] = [];
          for (const { tar } of layers) {
            images.push(scratchFile("layer.img", (await makeImage(tar, { whiteouts: "overlay" })).image));
          }
          const overlaid = withoutLinks(overlay.tree(images));
          const asKernel = withoutLinks(stackedTree(entries, false));
          assertSameTree(overlaid, asKernel);

          const path = scratchFile("rootfs.img", await makeRootfsImage(layers.map(({ tar }) => tar)));
          assert.equal(e2fsck.complaints(path), []);
          const merged = loopMount.tree(path);
          assertSameTree(merged, stackedTree(entries));
          // Where a directory only stands on the way to others, the kernel shows what was made in its place.
          if (differences(withoutLinks(merged), asKernel).length > 0) return;
          assertSameTree(withoutLinks(merged), overlaid);
          same++;
        },
      ),
      { ...times(40), endOnFailure: true }, // each is half a second
    );
    assert.ok(same > 10, `${same} without such directories`);
  });
}

kernel.run();
