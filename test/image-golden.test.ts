/** The golden image, of which every byte is known: decoded field by field. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ErrorCode, type Image, openImage } from "../src/index.ts";
import { textOf } from "./fixtures/image-tree.ts";
import { smallImage } from "./fixtures/images.ts";
import { refuses } from "./fixtures/refuses.ts";
import { rejects } from "./fixtures/rejects.ts";

const tiny = suite("image: the golden one");

tiny("says of itself what was written", async () => {
  const image = await openImage(smallImage("tiny"));
  const { containers, fileSize, diskSize, filesystem, verity } = image.inspect();
  assert.equal(
    { containers, fileSize, diskSize, verity },
    { containers: [], fileSize: 36_864, diskSize: 36_864, verity: undefined },
  );
  assert.equal(filesystem, {
    type: "ext4",
    uuid: "01234567-89ab-cdef-0123-456789abcdef",
    label: "",
    lastMounted: "",
    features: [
      ...[
        "ext_attr",
        "dir_index",
        "sparse_super2",
        "filetype",
        "extent",
        "64bit",
        "flex_bg",
        "large_file",
        "huge_file",
      ],
      ...["dir_nlink", "extra_isize", "metadata_csum", "read-only"],
    ],
    size: 36_864,
    blockSize: 4096,
    blocks: 9,
    freeBlocks: 0,
    reservedBlocks: 0,
    groups: 1,
    blocksPerGroup: 32_768,
    inodes: 16,
    freeInodes: 2,
    inodesPerGroup: 16,
    inodeSize: 256,
    clean: true,
    needsRecovery: false,
    mountCount: 0,
    madeTime: 0,
    writeTime: 0,
    mountTime: 0,
    checkTime: 0,
  });
});

tiny("has each block where it was put", async () => {
  const image = await openImage(smallImage("tiny"));
  assert.equal(
    image.blocks().map(({ use, block, count }) => `${block}+${count} ${use}`),
    [
      "0+1 superblock",
      "1+1 descriptors",
      "2+1 block-bitmap",
      "3+1 inode-bitmap",
      "4+1 inode-table",
      "5+3 directory",
      "8+1 file-data",
    ],
  );
});

tiny("has the names, numbers and fields that were put there", async () => {
  const image = await openImage(smallImage("tiny"));
  assert.equal(
    [...image.list("/")].map(({ name, inode, type }) => `${inode} ${name} ${type}`),
    ["11 lost+found directory", "12 dir directory", "13 f file", "14 s symlink"],
  );
  const moment = { seconds: 1_700_000_000, nanoseconds: 0 };
  assert.equal(image.stat("f"), {
    inode: 13,
    type: "file",
    mode: 0o644,
    uid: 0,
    gid: 0,
    links: 1,
    size: 5,
    sectors: 8,
    atime: moment,
    mtime: moment,
    ctime: moment,
    birthTime: moment,
    flags: 0x80000,
    generation: 0,
    project: 0,
  });
  assert.equal(image.extents("f"), [{ logical: 0, physical: 8, count: 1, written: true }]);
  assert.is(textOf(image, "f"), "hello");
  assert.is(Buffer.from(image.readlink("s")).toString(), "target");
  assert.is(image.stat("/").links, 4);
  assert.is(image.parentOf("dir"), 2);
});

/** Every checksum that there is, by the byte where what it covers begins; and what is asked so that it is looked at. */
const CHECKED: [what: string, at: number, ask: (image: Image) => unknown, message: RegExp][] = [
  ["a descriptor", 4096 + 0x0c, (image) => image.stat("/"), /descriptor of group 0: checksum 0x8bb9, computed 0x/],
  ["the block bitmap", 2 * 4096, (image) => image.blocks(), /block bitmap of group 0: checksum 0xd8931e35/],
  ["the inode bitmap", 3 * 4096, (image) => image.blocks(), /inode bitmap of group 0: checksum 0xec1c5c1d/],
  ["an inode", 4 * 4096 + 12 * 256 + 4, (image) => image.stat("f"), /inode 13: checksum 0x948581d1/],
  ["a directory", 5 * 4096 + 8, (image) => image.stat("f"), /inode 2: directory block 5: checksum 0x9f194700/],
];

for (const [what, at, ask, message] of CHECKED) {
  tiny(`has a checksum of ${what}, which is looked at unless asked not to`, async () => {
    const bytes = smallImage("tiny");
    bytes[at]! ^= 0x40;
    const image = await openImage(bytes);
    refuses(() => ask(image), ErrorCode.Corrupt, message);
    const trusting = await openImage(bytes, { verify: false });
    try {
      ask(trusting);
    } catch (error) {
      assert.not.match((error as Error).message, "checksum");
    }
  });
}

tiny("has a checksum of its superblock", async () => {
  const bytes = smallImage("tiny");
  bytes[1024 + 0x30]! ^= 1;
  assert.match((await rejects(openImage(bytes), ErrorCode.Corrupt)).message, "superblock: checksum 0x9ba37947");
  (await openImage(bytes, { verify: false })).close();
});

tiny.run();
