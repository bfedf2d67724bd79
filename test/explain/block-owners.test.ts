/** Whose a block is, asked of any: what an explanation says of it, and debugfs. */
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { BlockOwners } from "../../src/host/explain/block-owners.ts";
import { fromBytes } from "../../src/host/random-access.ts";
import { explainDifference, openImage } from "../../src/index.ts";
import { makeImage } from "../fixtures/image.ts";
import { IMAGES, smallImage } from "../fixtures/images.ts";
import { randomLayer } from "../fixtures/random-layer.ts";
import { times } from "../fixtures/runs.ts";
import { scratchFile } from "../fixtures/scratch.ts";
import { debugfs } from "../oracles/debugfs.ts";
import { present } from "../oracles/oracle.ts";

const owners = suite("explain: owners of blocks");

const images = fc
  .tuple(fc.boolean(), randomLayer(false, { plainNames: true, knownXattrs: true }))
  .map(([verity, { tar }]) => ({ verity, tar }));

owners("are those that an explanation names, in any block, on any container", async () => {
  await fc.assert(
    fc.asyncProperty(
      images,
      fc.boolean(),
      fc.array(fc.nat(), { minLength: 5, maxLength: 5 }),
      async (layer, vhd, places) => {
        const { image } = await makeImage(layer.tar, { verity: layer.verity, vhd });
        const known = await BlockOwners.gather(fromBytes(image));
        const path = scratchFile("a.ext4", image);
        const blocks = Math.floor((image.length - (vhd ? 512 : 0)) / 4096);
        for (const place of places) {
          const changed = Buffer.from(image);
          const block = place % blocks;
          changed[block * 4096 + 2000]! ^= 1;
          const { first } = await explainDifference(path, scratchFile("b.ext4", changed));
          assert.equal(known.placeOf(block), first!.a, `block ${block}`);
        }
      },
    ),
    times(30),
  );
});

if (present(debugfs, owners)) {
  owners("of all blocks of the small images are those that debugfs names", async () => {
    for (const name of IMAGES) {
      const bytes = smallImage(name);
      const known = await BlockOwners.gather(fromBytes(bytes));
      const path = scratchFile(`${name}.img`, bytes);
      const image = await openImage(bytes);
      const runs = image.blocks();
      image.close();
      for (const { use, block } of runs) {
        const { inode, path: found } = known.placeOf(block);
        if (!["file-data", "directory", "symlink", "xattr", "map"].includes(use)) continue;
        assert.is(inode, debugfs.inodeOf(path, block), `${name}: block ${block}`);
        const paths = inode === 2 ? ["/"] : debugfs.pathsOf(path, inode!);
        const told = found && Buffer.from(found).toString("latin1");
        const isRight = told === undefined ? paths.length === 0 : paths.includes(told);
        assert.ok(isRight, `${name}: block ${block} is of ${told}, and debugfs says ${paths}`);
      }
    }
  });
}

owners("of a damaged image are told as far as it can be read, and a block behind its end is nobody's", async () => {
  const bytes = smallImage("blocks");
  const sound = await BlockOwners.gather(fromBytes(bytes));
  const noise = await BlockOwners.gather(fromBytes(new Uint8Array(10 * 4096).fill(7)));
  assert.equal(noise.placeOf(3), { structure: "unreadable" });
  assert.equal(noise.placeOf(10), { structure: "none" });
  assert.equal(sound.placeOf(bytes.length / 1024), { structure: "none" });
  assert.equal(sound.damage, []);
  const image = await openImage(bytes);
  const [extent] = image.extents("a");
  image.close();
  bytes.writeUInt32LE(0xffff_ffff, extent!.physical * 1024); // an inode that there is not
  const damaged = await BlockOwners.gather(fromBytes(bytes));
  assert.is(damaged.placeOf(extent!.physical).structure, "directory");
});

owners.run();
