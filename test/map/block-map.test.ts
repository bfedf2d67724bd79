/** What stands where in an image: held against dumpe2fs and debugfs, which share no code with us. */
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { OF_INODES } from "../../src/host/image/map-uses.ts";
import { type BlockMap, cellsOf, ErrorCode, openImage, segmentsOf, totalsOf } from "../../src/index.ts";
import { goldenCimPath } from "../fixtures/golden-cim-path.ts";
import { makeImage, type Options } from "../fixtures/image.ts";
import { IMAGES, smallImage } from "../fixtures/images.ts";
import { entry, layerTar } from "../fixtures/layer.ts";
import { randomLayer } from "../fixtures/random-layer.ts";
import { refuses } from "../fixtures/refuses.ts";
import { times } from "../fixtures/runs.ts";
import { scratchFile } from "../fixtures/scratch.ts";
import { debugfs } from "../oracles/debugfs.ts";
import { dumpe2fs } from "../oracles/dumpe2fs.ts";
import { mke2fs } from "../oracles/mke2fs.ts";
import { present } from "../oracles/oracle.ts";

const KIB = 1024;
const MIB = 1024 * KIB;

async function mapOf(image: Uint8Array | string): Promise<BlockMap> {
  const opened = await openImage(image);
  try {
    return opened.blockMap();
  } finally {
    opened.close();
  }
}

const told = (map: BlockMap) =>
  Array.from(segmentsOf(map), ({ use, at, length, owner }) => `${at}+${length} ${use} ${owner}`);

const known = suite("block map: known images");

known("of the tiny image is every byte of it", async () => {
  assert.equal(told(await mapOf(smallImage("tiny"))), [
    "0+4096 superblock 0",
    "4096+4096 descriptors 0",
    "8192+4096 block-bitmap 0",
    "12288+4096 inode-bitmap 0",
    "16384+4096 inode-table 0",
    "20480+4096 directory 2",
    "24576+4096 directory 11",
    "28672+4096 directory 12",
    "32768+4096 file-data 13",
  ]);
});

known("is whole, whatever a superblock of verity says of its tree", async () => {
  const tar = layerTar([entry("file", "f", { data: Buffer.from("x") })]);
  const { image } = await makeImage(tar, { verity: true });
  const at = image.indexOf("verity\0\0");
  const text = (name: string) => (bytes: Buffer) => bytes.fill(0, at + 32, at + 64).write(name, at + 32);
  const hostile: ((bytes: Buffer) => unknown)[] = [
    ...["constructor", "__proto__", "toString", "", "sha512"].map(text),
    ...[0, 1, 0x8000_0000, 0xffff_ffff].map((size) => (bytes: Buffer) => bytes.writeUInt32LE(size, at + 68)),
    ...[0n, 1n << 63n].map((blocks) => (bytes: Buffer) => bytes.writeBigUInt64LE(blocks, at + 72)),
  ];
  for (const change of hostile) {
    const changed = Buffer.from(image);
    change(changed);
    const map = await mapOf(changed);
    assert.is(map.size, image.length);
    assert.is(
      cellsOf(map, { most: 64 }).reduce((sum, { length }) => sum + length, 0),
      image.length,
    );
  }
});

known("goes on behind the filesystem: hash tree, and the footer of a VHD", async () => {
  const tar = layerTar([entry("file", "f", { data: Buffer.alloc(3 * MIB, "x") })]);
  const { image } = await makeImage(tar, { verity: true, container: "vhd" });
  const map = await mapOf(image);
  assert.is(map.size, image.length);
  const [superblock, tree, footer] = [...segmentsOf(map)].slice(-3);
  assert.equal([superblock!.use, tree!.use, footer!.use], ["hash-superblock", "hash-tree", "footer"]);
  assert.is(image.toString("latin1", superblock!.at, superblock!.at + 6), "verity");
  assert.is(tree!.length, (1 + Math.ceil(superblock!.at / 4096 / 128)) * 4096);
  assert.is(image.toString("latin1", footer!.at, footer!.at + 8), "conectix");
  assert.is(footer!.at + 512, image.length);
});

known("of a VHDX is that of the disk in it", async () => {
  const tar = layerTar([entry("file", "f", { data: Buffer.alloc(3 * MIB, "x") })]);
  const [plain, vhdx] = await Promise.all(
    [{}, { container: "vhdx" }].map(async (options) => mapOf((await makeImage(tar, options as Options)).image)),
  );
  const uses = (map: BlockMap) => told(map).filter((line) => !/behind|free/.test(line));
  assert.equal(uses(vhdx!), uses(plain!));
});

known("says of damage, and maps the rest", async () => {
  const bytes = smallImage("tiny");
  bytes[4 * 4096 + 12 * 256 + 8]! ^= 1; // a time of inode 13, the file
  const image = await openImage(bytes);
  const damage: string[] = [];
  const map = image.blockMap(({ message }) => damage.push(message));
  assert.is(damage.length, 1);
  assert.match(damage[0]!, "inode 13");
  assert.equal(told(map).slice(-2), ["28672+4096 directory 12", "32768+4096 unknown 0"]);
});

known("of a CIM there is none", async () => {
  const image = await openImage(goldenCimPath());
  refuses(() => image.blockMap(), ErrorCode.Unsupported, /has no blocks/);
});

known.run();

const oracles = suite("block map: as others see it");
const FORMS = [
  "-t ext4 -b 1024",
  "-t ext4 -b 4096 -J size=4",
  "-t ext2 -b 1024 -O none",
  "-t ext3 -b 2048",
  "-t ext4 -b 1024 -O ^flex_bg,^resize_inode,meta_bg",
  "-t ext4 -b 1024 -O sparse_super2,^sparse_super,^resize_inode -g 1024",
  "-t ext4 -b 4096 -O ^resize_inode,^has_journal",
];

/** What is metadata of groups, or free, block by block. */
function groupUses(map: BlockMap): Map<number, string> {
  const uses = new Map<number, string>();
  for (const { use, at, length } of segmentsOf(map)) {
    if (OF_INODES.has(use) || use === "boot" || use === "unknown" || use.startsWith("hash")) continue;
    for (let block = at / map.blockSize; block < (at + length) / map.blockSize; block++) uses.set(block, use);
  }
  return uses;
}

const inOrder = (uses: Map<number, string>) => [...uses].sort(([a], [b]) => a - b);

if (present(dumpe2fs, oracles) && present(mke2fs, oracles) && present(debugfs, oracles)) {
  for (const form of FORMS) {
    oracles(`groups' metadata and free blocks stand where dumpe2fs says: ${form}`, async () => {
      const path = mke2fs.make(form, 40 * MIB);
      assert.equal(inOrder(groupUses(await mapOf(path))), inOrder(dumpe2fs.blocks(path)));
    });
  }

  oracles("dumpe2fs says otherwise once the filesystem is another", async () => {
    const path = mke2fs.make("-t ext4 -b 1024", 40 * MIB);
    const before = groupUses(await mapOf(path));
    debugfs.change(path, "setb 5000 4");
    assert.is(before.size - 4, dumpe2fs.blocks(path).size);
    assert.is(before.get(5000), "free");
    assert.is(dumpe2fs.blocks(path).get(5000), undefined);
  });

  for (const name of IMAGES.filter((name) => name !== "inline")) {
    oracles(`every block of a file is of the inode that debugfs names: ${name}`, async () => {
      const path = scratchFile("owners.img", smallImage(name));
      await assertOwners(path, await mapOf(path), 1);
    });
  }

  oracles("so it is in images of ours, and paths are those of ncheck", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom("modern" as const, "hcsshim" as const),
        randomLayer(false, { plainNames: true, knownXattrs: true }),
        async (profile, { tar }) => {
          const { image } = await makeImage(tar, { profile });
          const path = scratchFile("owners.img", image);
          const map = await mapOf(path);
          await assertOwners(path, map, Math.ceil(image.length / 4096 / 20));
        },
      ),
      times(15),
    );
  });
}

/** Whose the room for descriptors is, as e2fsprogs has it. */
const RESIZE_INODE = 7;

/** @param step  only every so many blocks are asked of, for each takes a process */
async function assertOwners(path: string, map: BlockMap, step: number): Promise<void> {
  const segments = [...segmentsOf(map)];
  const blocks = segments.flatMap(({ at, length }) => {
    const first = at / map.blockSize;
    return Array.from({ length: Math.ceil(length / map.blockSize / step) }, (_, index) => first + index * step);
  });
  const owners = debugfs.inodesOf(path, blocks);
  for (const block of blocks) {
    const { use, owner } = segments.findLast(({ at }) => at <= block * map.blockSize)!;
    const isOfInode = OF_INODES.has(use) && owner > 0;
    const expected = use === "reserved-descriptors" ? RESIZE_INODE : isOfInode ? owner : undefined;
    assert.is(owners.get(block), expected, `block ${block}, ${use}`);
  }
}

oracles.run();

const properties = suite("block map: properties");

function assertWhole(map: BlockMap): void {
  let end = 0;
  for (const { at, length } of segmentsOf(map)) {
    assert.is(at, end);
    assert.ok(length > 0);
    end = at + length;
  }
  assert.is(end, map.size);
  assert.is(
    totalsOf(map).reduce((sum, { bytes }) => sum + bytes, 0),
    map.size,
  );
}

function assertCells(map: BlockMap, from: number, end: number, most: number): void {
  const cells = cellsOf(map, { from, end, most });
  assert.ok(cells.length > 0 && cells.length <= Math.max(most, 1));
  let at = from;
  for (const cell of cells) {
    assert.is(cell.at, at);
    at += cell.length;
    const expected = new Map<string, number>();
    for (const { use, length } of segmentsOf(map, cell.at, at)) expected.set(use, (expected.get(use) ?? 0) + length);
    assert.equal(new Map(cell.shares.map(({ use, bytes }) => [use, bytes])), expected);
    assert.is(cell.shares[0]!.use, cell.main);
    assert.is(Math.max(...expected.values()), expected.get(cell.main));
    if (cell.mark) assert.ok(cell.mark !== cell.main && expected.has(cell.mark));
    if (expected.has("superblock"))
      assert.ok([cell.main, cell.mark].some((use) => use !== "file-data" && use !== "free"));
  }
  assert.is(at, end);
}

properties("every byte of an image is in one segment, and in one cell", async () => {
  await fc.assert(
    fc.asyncProperty(
      randomLayer(false, { knownXattrs: true }),
      fc.record({
        profile: fc.constantFrom("modern" as const, "hcsshim" as const),
        verity: fc.boolean(),
        container: fc.constantFrom("raw" as const, "vhd" as const, "vhdx" as const),
      }),
      fc.integer({ min: 1, max: 3000 }),
      async ({ tar }, options, most) => {
        const map = await mapOf((await makeImage(tar, options)).image);
        assertWhole(map);
        assertCells(map, 0, map.size, most);
      },
    ),
    times(60),
  );
});

properties("so it is of any runs, and of any part of them", () => {
  const segment = fc.record({ use: fc.nat(19), owner: fc.nat(3), blocks: fc.integer({ min: 1, max: 100_000 }) });
  const maps = fc.tuple(fc.constantFrom(1024, 4096, 65_536), fc.array(segment, { minLength: 1, maxLength: 300 }));
  fc.assert(
    fc.property(maps, fc.nat(), fc.nat(), fc.integer({ min: 1, max: 500 }), ([blockSize, segments], a, b, most) => {
      let end = 0;
      const starts = segments.map(({ blocks }) => {
        end += blocks;
        return (end - blocks) * blockSize;
      });
      const map: BlockMap = {
        blockSize,
        blocksPerGroup: 32_768,
        size: end * blockSize,
        starts: Float64Array.from(starts),
        uses: Uint8Array.from(segments.map(({ use }) => use)),
        owners: Uint32Array.from(segments.map(({ owner }) => owner)),
      };
      assertWhole(map);
      const [from, to] = [a % end, b % end].sort((one, other) => one - other) as [number, number];
      assertCells(map, from * blockSize, (to + 1) * blockSize, most);
    }),
    times(300),
  );
});

properties("a million runs are mapped in one pass", async () => {
  const blocks = 1_000_000;
  const map: BlockMap = {
    blockSize: 4096,
    blocksPerGroup: 32_768,
    size: blocks * 4096,
    starts: Float64Array.from({ length: blocks }, (_, index) => index * 4096),
    uses: Uint8Array.from({ length: blocks }, (_, index) => index % 20),
    owners: new Uint32Array(blocks),
  };
  const cells = cellsOf(map, { most: 2048 });
  assert.is(cells.length, 1954);
  assert.is(
    totalsOf(map).reduce((sum, { runs }) => sum + runs, 0),
    blocks,
  );
});

properties.run();
