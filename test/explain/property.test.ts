/** Properties of every difference: the block is found, and whose it is agrees with what e2fsprogs says. */
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type Explanation, explainDifference, openImage } from "../../src/index.ts";
import { makeImage } from "../fixtures/image.ts";
import { randomLayer } from "../fixtures/random-layer.ts";
import { times } from "../fixtures/runs.ts";
import { scratchFile } from "../fixtures/scratch.ts";
import { debugfs } from "../oracles/debugfs.ts";
import { present } from "../oracles/oracle.ts";

const BLOCK = 4096;

const images = fc
  .tuple(
    fc.constantFrom("modern" as const, "hcsshim" as const),
    randomLayer(false, { plainNames: true, knownXattrs: true }),
  )
  .map(([profile, { tar }]) => ({ profile, tar }));

const property = suite("explain: any difference");

function assertFound({ first, differingBlocks }: Explanation, at: number): void {
  assert.is(first!.block, Math.floor(at / BLOCK));
  assert.is(first!.byte, at % BLOCK);
  assert.is(differingBlocks, 1);
}

/** As often of the few directories as of much content. */
async function byteOfSomeRun(bytes: Uint8Array, run: number, byte: number): Promise<number> {
  const image = await openImage(bytes);
  const runs = image.blocks();
  image.close();
  const { block, count } = runs[run % runs.length]!;
  return block * BLOCK + (byte % (count * BLOCK));
}

/** Structures whose blocks debugfs gives to an inode. */
const OF_FILES = ["file-data", "directory", "symlink", "xattr", "map"];

if (present(debugfs, property)) {
  property("of one byte is found, and its owner is the one that debugfs names", async () => {
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(images, fc.nat(), fc.nat(), async ({ profile, tar }, run, byte) => {
        const { image } = await makeImage(tar, { profile });
        const at = await byteOfSomeRun(image, run, byte);
        const changed = Buffer.from(image);
        changed[at]! ^= 0x10;
        const sound = scratchFile("a.ext4", image);
        const told = await explainDifference(sound, scratchFile("b.ext4", changed));
        assertFound(told, at);
        const { structure, inode, path } = told.first!.a;
        seen.add(structure);
        const owner = debugfs.inodeOf(sound, told.first!.block);
        if (!OF_FILES.includes(structure)) return assert.is(owner, undefined, structure);
        assert.is(inode, owner, structure);
        const paths = inode === 2 ? ["/"] : debugfs.pathsOf(sound, inode!);
        assert.ok(paths.includes(Buffer.from(path!).toString("latin1")), `${path} is not among ${paths}`);
      }),
      times(150),
    );
    for (const structure of ["file-data", "directory", "inode-table", "superblock", "free"])
      assert.ok(seen.has(structure), `${structure} was among them: ${[...seen]}`);
  });
}

property("of much damage is told without a fault of ours", async () => {
  await fc.assert(
    fc.asyncProperty(
      images,
      fc.array(fc.tuple(fc.double({ min: 0, max: 0.9999, noNaN: true }), fc.nat(255)), {
        minLength: 1,
        maxLength: 200,
      }),
      async ({ profile, tar }, damage) => {
        const { image } = await makeImage(tar, { profile, verity: true });
        const damaged = Buffer.from(image);
        for (const [part, byte] of damage) damaged[Math.floor(part ** 3 * image.length)] = byte;
        const cut = damaged.subarray(0, damaged.length - damage[0]![1] * 100);
        const told = await explainDifference(scratchFile("a.ext4", image), scratchFile("b.ext4", cut));
        assert.is(told.same, cut.equals(image));
        assert.ok(told.same || Number.isInteger(told.first!.block));
        const counted = told.spread.reduce((sum, { blocks }) => sum + blocks, 0);
        assert.is(counted, told.differingBlocks);
      },
    ),
    times(150),
  );
});

property.run();
