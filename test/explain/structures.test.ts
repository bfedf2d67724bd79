/** A difference is planted in each kind of structure, and is found and named. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  type BlockUseName,
  type Explanation,
  explainDifference,
  openImage,
  type StructureName,
} from "../../src/index.ts";
import { makeHcsshimImage, makeImage } from "../fixtures/image.ts";
import { IMAGES, smallImage } from "../fixtures/images.ts";
import { entry, layerTar } from "../fixtures/layer.ts";
import { noise } from "../fixtures/random.ts";
import { scratchFile } from "../fixtures/scratch.ts";
import { debugfs } from "../oracles/debugfs.ts";
import { present } from "../oracles/oracle.ts";

const BLOCK = 4096;
/** Of a superblock; of all else, somewhere. */
const LABEL_AT = 1024 + 0x78;
const WRITE_TIME_AT = 1024 + 0x30;
const WRITE_TIME_HI_AT = 1024 + 0x274;
const PIECES = 6; // more extents than an inode holds

const ENTRIES = [
  entry("dir", "etc"),
  entry("file", "etc/passwd", { data: Buffer.from("root"), mtime: 1_600_000_000_000_000_000n }),
  entry("file", "etc/large", { data: noise(3 * BLOCK), xattrs: [["user.large", noise(1000)]] }),
  entry("symlink", "etc/link", { target: "x".repeat(200) }),
  entry("file", "etc/sparse", {
    data: {
      size: 4 * PIECES * BLOCK,
      pieces: Array.from({ length: PIECES }, (_, index) => [4 * index * BLOCK, noise(BLOCK, index + 1)]),
    },
  }),
];
const { image: MODERN, result } = await makeImage(layerTar(ENTRIES), {
  verity: true,
  filesystem: { size: 24 * 2 ** 20, journal: true },
});
const { image: HCSSHIM } = await makeHcsshimImage(layerTar(ENTRIES), { verity: true });

function explain(a: Uint8Array, b: Uint8Array): Promise<Explanation> {
  return explainDifference(scratchFile("a.ext4", a), scratchFile("b.ext4", b));
}

/** A copy with another byte. */
function withByte(image: Uint8Array, at: number): Buffer {
  const copy = Buffer.from(image);
  copy[at]! ^= 1;
  return copy;
}

const structures = suite("explain: structures");

structures("of equal images are the same", async () => {
  const { same, first, differingBlocks, spread, reason } = await explain(MODERN, MODERN);
  assert.equal(
    { same, first, differingBlocks, spread, reason },
    {
      same: true,
      first: undefined,
      differingBlocks: 0,
      spread: [],
      reason: undefined,
    },
  );
});

structures("say nothing that a terminal would obey", async () => {
  const named = Buffer.from(HCSSHIM);
  named.write("\x9b31m\x1b[0m\xe2\x80\xae\0", LABEL_AT, "latin1");
  const { first } = await explain(HCSSHIM, named);
  assert.equal(first!.fields[0], { field: "label", a: '""', b: '"\\x9b31m\\x1b[0m\\xe2\\x80\\xae"' });

  const withXattr = async (name: string) =>
    (await makeHcsshimImage(layerTar([entry("file", "a", { xattrs: [[name, noise(1000)]] })]))).image;
  const other = await explain(await withXattr("user.plain"), await withXattr("user.\x1b[31"));
  const xattrs = [other.first!, ...other.firstOfOthers].find(({ a }) => a.structure === "xattr")!;
  assert.equal(
    xattrs.fields.map(({ field }) => field),
    ["user.plain", "user.\\x1b[31"],
  );
});

structures("tell of times past the year 9999, which superblocks may have", async () => {
  const later = Buffer.from(HCSSHIM);
  later.writeUInt32LE(0, WRITE_TIME_AT);
  later[WRITE_TIME_HI_AT] = 0xff;
  const { first } = await explain(HCSSHIM, later);
  assert.is(first!.fields.find(({ field }) => field === "write time")!.b, "+036676-01-13T18:08:00.000000000Z");
});

/** Each use that blocks of these images have. */
const USES: [image: string, bytes: Buffer, uses: BlockUseName[]][] = [
  [
    "profile modern",
    MODERN,
    [
      "superblock",
      "descriptors",
      "block-bitmap",
      "inode-bitmap",
      "inode-table",
      "journal",
      "directory",
      "file-data",
      "symlink",
      "xattr",
      "map",
      "free",
    ],
  ],
  ["profile hcsshim", HCSSHIM, ["superblock", "descriptors", "inode-table", "directory", "file-data", "xattr"]],
];

for (const [name, bytes, uses] of USES) {
  for (const use of uses) {
    structures(`of ${name}: a byte of ${use} is told to be that`, async () => {
      const image = await openImage(bytes);
      const { block } = image.blocks().find((run) => run.use === use)!;
      image.close();
      const { first, differingBlocks, spread } = await explain(bytes, withByte(bytes, block * BLOCK + LABEL_AT));
      assert.is(first!.block, block);
      assert.is(first!.byte, LABEL_AT);
      assert.is(first!.a.structure, use);
      assert.is(first!.b.structure, use);
      assert.is(differingBlocks, 1);
      assert.equal(spread, [{ a: use, b: use, blocks: 1 }]);
      assert.is(first!.bytes.a[0]! ^ first!.bytes.b[0]!, 1);
    });
  }
}

for (const name of IMAGES) {
  structures(
    `of image ${name}, which other programs made: a byte in the middle of each run is told to be of it`,
    async () => {
      const bytes = smallImage(name);
      const image = await openImage(bytes);
      const { blockSize } = image.inspect().filesystem;
      const runs = image.blocks();
      image.close();
      for (const { use, block } of runs.filter(({ use }) => use !== "superblock")) {
        const { first } = await explain(bytes, withByte(bytes, block * blockSize + blockSize / 2));
        assert.is(first!.block, block);
        assert.is(first!.a.structure, use, `block ${block}`);
      }
    },
  );
}

structures("of hash trees: the superblock by its fields, and the tree", async () => {
  const salted = await explain(MODERN, withByte(MODERN, result.hashOffset! + 0x58));
  assert.is(salted.first!.a.structure, "hash-superblock");
  assert.equal(
    salted.first!.fields.map(({ field }) => field),
    ["salt"],
  );
  assert.match(salted.reason!, "only the hash trees differ: in salt");
  const tree = await explain(MODERN, withByte(MODERN, result.hashOffset! + 2 * BLOCK));
  assert.is(tree.first!.a.structure, "hash-tree");
  assert.is(tree.first!.a.hashBlock, 1);
  assert.match(tree.reason!, "one of them is not that of its data");
});

structures("that a file has are named by its path and the byte in it", async () => {
  const image = await openImage(HCSSHIM);
  const [extent] = image.extents("/etc/large");
  image.close();
  const { first, files, reason } = await explain(HCSSHIM, withByte(HCSSHIM, (extent!.physical + 2) * BLOCK + 7));
  assert.is(Buffer.from(first!.a.path!).toString(), "/etc/large");
  assert.is(first!.a.fileAt, 2 * BLOCK);
  assert.is(first!.byte, 7);
  assert.is(files.length, 1);
  assert.is(reason, "the content of /etc/large differs");
});

structures("in a damaged image have the names of the sound one", async () => {
  const { a, b, first, same } = await explain(MODERN, withByte(MODERN, 1024 + 0x38));
  assert.is(same, false);
  assert.is(a.problem, undefined);
  assert.match(b.problem!, "what is read here is");
  assert.is(first!.a.structure, "superblock");
  assert.is(first!.b.structure, "unreadable" satisfies StructureName);
});

structures("are counted once where a disk ends within a block", async () => {
  const { spread } = await explain(HCSSHIM, HCSSHIM.subarray(0, 100));
  assert.equal(
    spread.filter(({ a }) => a === "superblock"),
    [{ a: "superblock", b: "unreadable", blocks: 1 }],
  );
});

structures("are told where one disk has ended", async () => {
  const { first, a, b } = await explain(HCSSHIM, HCSSHIM.subarray(0, -BLOCK));
  assert.is(first!.a.structure, "hash-tree");
  assert.is(first!.b.structure, "none");
  assert.is(a.diskSize - b.diskSize, BLOCK);
});

if (present(debugfs, structures)) {
  /** What debugfs changes, and what is told of it. */
  const CHANGES: [request: string, of: string | undefined, field: string, a: string, b: string][] = [
    ["set_super_value free_inodes_count 3", undefined, "free inodes", "", "3"],
    ["set_super_value volume_name there", undefined, "label", '""', '"there"'],
    ["set_super_value lastcheck 20200102030405", undefined, "check time", "", "2020-01-02T03:04:05.000000000Z"],
    ["set_block_group 0 free_blocks_count 7", "group 0", "free blocks", "", "7"],
    ["set_block_group 0 bg_used_dirs_count 9", "group 0", "directories", "3", "9"],
    ["set_inode_field /etc/passwd mode 0100755", "inode", "mode", "100644", "100755"],
    ["set_inode_field /etc/passwd uid 70000", "inode", "uid", "0", "70000"],
    ["set_inode_field /etc/passwd mtime 20200102030405", "inode", "mtime", "", "2020-01-02T03:04:05.000000000Z"],
    ["set_inode_field /etc/passwd size 3", "inode", "size", "4", "3"],
    ["set_inode_field /etc/passwd links_count 3", "inode", "links", "1", "3"],
  ];
  for (const [request, of, field, a, b] of CHANGES) {
    structures(`debugfs' ${request} is told field by field`, async () => {
      const changed = scratchFile("changed.ext4", MODERN);
      debugfs.change(changed, request);
      const { first, firstOfOthers } = await explainDifference(scratchFile("a.ext4", MODERN), changed);
      const fields = [first!, ...firstOfOthers].flatMap(({ fields }) => fields);
      const found = fields.find((each) => each.field === field);
      assert.ok(found, JSON.stringify(fields));
      assert.is(found.b, b);
      if (a !== "") assert.is(found.a, a);
      if (of === "inode") assert.is(Buffer.from(found.path!).toString(), "/etc/passwd");
      else assert.is(found.of, of);
    });
  }

  structures("debugfs' new name in a directory is told, and the one that is gone", async () => {
    const changed = scratchFile("changed.ext4", HCSSHIM);
    debugfs.change(changed, "ln /etc/passwd /etc/shadow");
    debugfs.change(changed, "unlink /etc/passwd");
    const { first, firstOfOthers } = await explainDifference(scratchFile("a.ext4", HCSSHIM), changed);
    const directory = [first!, ...firstOfOthers].find(({ a }) => a.structure === "directory")!;
    assert.is(Buffer.from(directory.a.path!).toString(), "/etc");
    const told = directory.fields.map(({ of, field, a, b }) => [of, field, a !== undefined, b !== undefined]);
    assert.equal(told, [
      ["entry", "passwd", true, false],
      ["entry", "shadow", false, true],
    ]);
  });

  structures("debugfs' freed block is told as a bit of its bitmap", async () => {
    const changed = scratchFile("changed.ext4", HCSSHIM);
    debugfs.change(changed, "freeb 20 1");
    const { firstOfOthers } = await explainDifference(scratchFile("a.ext4", HCSSHIM), changed);
    const bitmap = firstOfOthers.find(({ a }) => a.structure === "block-bitmap")!;
    assert.equal(bitmap.fields, [{ of: "block 20", field: "state", a: "in use", b: "free" }]);
  });
}

structures.run();
