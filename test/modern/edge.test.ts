/** The edge layers in profile modern: every sound one shows as it says, every unsound one is refused. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { edgeLayers, edgeTar, outcomeOf } from "../fixtures/edge.ts";
import { makeImage, type Options } from "../fixtures/image.ts";
import { scratchFile } from "../fixtures/scratch.ts";
import { e2fsck } from "../oracles/e2fsck.ts";
import { loopMount } from "../oracles/loop-mount.ts";
import { present } from "../oracles/oracle.ts";
import { readTar } from "../oracles/tar-reader.ts";
import { assertSameTree } from "../oracles/tree.ts";
import { unpackedTree } from "../oracles/unpacked-tree.ts";

const MIB = 2 ** 20;

/** Layers that may be refused, and are. */
const REFUSED = ["lostfound-file", "sparse-bomb", "wh-bare", "zero-block-inside"];

/** Layers of which the tests' own reader makes nothing: what they show is looked at elsewhere. */
const NOT_READ = ["hard-with-data"];

const optionsOf = (name: string): Options => (name.startsWith("wh-") ? { whiteouts: "overlay" } : {});

const refusals = suite("modern: edge layers");

refusals("are refused where they are unsound, in words that name a place, and nowhere else", async () => {
  const refused: string[] = [];
  for (const name of edgeLayers.keys()) {
    const outcome = await outcomeOf(edgeTar(name), optionsOf(name));
    if ("error" in outcome) {
      refused.push(name);
      assert.match(outcome.error, /^(ext4|tar): /);
    }
  }
  const unsound = [...edgeLayers].filter(([, { expect }]) => expect === "error").map(([name]) => name);
  assert.equal(refused.sort(), [...unsound, ...REFUSED].sort());
});

refusals.run();

const sound = [...edgeLayers].filter(([name, { expect }]) => expect !== "error" && !REFUSED.includes(name));

/** e2fsck takes the last 136 years that ext4 can say for a mistake of old kernels, if only to ask; it ends with exit code 0. */
const ASKED: Record<string, string[]> = {
  "time-2038": ["Timestamp(s) on inode 12 beyond 2310-04-04 are likely pre-1970.", "Fix? no"],
};

/** What layer `name` becomes with `options`: sound, the tree that it describes, and still sound when it was mounted to be written to. */
async function check(name: string, options: Options): Promise<void> {
  const tar = edgeTar(name);
  const { image } = await makeImage(tar, { ...optionsOf(name), ...options });
  const path = scratchFile(`${name}.img`, image);
  const allowed = ASKED[name] ?? [];
  const isNew = (line: string): boolean => !allowed.includes(line);
  assert.equal(e2fsck.complaints(path).filter(isNew), []);
  const tree = loopMount.tree(path);
  if (!NOT_READ.includes(name)) assertSameTree(tree, unpackedTree(readTar(tar, "posix"), name.startsWith("wh-")));
  loopMount.writable(path, () => {});
  assert.equal(e2fsck.complaints(path).filter(isNew), [], "after it was mounted to be written to");
}

const edge = suite("modern: edge layers");
if (present(loopMount, edge) && present(e2fsck, edge)) {
  for (const [name, { what }] of sound) {
    edge(`${name} is sound and shows what it says: ${what}`, () => check(name, {}));
  }
}
edge.run();

const SHAPES: [shape: string, options: Options][] = [
  ["with small files in inodes", { inline: true }],
  ["in blocks of 1 KiB", { filesystem: { blockSize: 1024 } }],
  ["in blocks of 2 KiB, with small files in inodes", { inline: true, filesystem: { blockSize: 2048 } }],
  ["on a disk with a journal and free space", { filesystem: { journal: true, free: 8 * MIB } }],
];

/** Layers that the shape of a filesystem can matter to. */
const SHAPED = [
  "dir-to-file",
  "hard-target-replaced",
  "longpath-pax",
  "name255-pax",
  "sizes",
  "sparse-pax10",
  "symlink-xattr",
  "wh-opaque-block",
  "xattr-60k",
  "xattr-many",
  "xattr-order",
  "xattr-shared",
  "xattr-sum-8k",
];

for (const [shape, options] of SHAPES) {
  const shaped = suite(`modern: edge layers ${shape}`);
  if (present(loopMount, shaped) && present(e2fsck, shaped)) {
    for (const name of SHAPED) shaped(`${name} is sound and shows what it says`, () => check(name, options));
  }
  shaped.run();
}
