/** Images that an enemy made: each is Corrupt, by place and number, and soon. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { directories } from "../src/host/image/walk.ts";
import { ErrorCode, type Image, openImage } from "../src/index.ts";
import { makeImage } from "./fixtures/image.ts";
import { textOf } from "./fixtures/image-tree.ts";
import { BLOCK_SIZE, type IMAGES, inodesOf, smallImage } from "./fixtures/images.ts";
import { entry, layerTar } from "./fixtures/layer.ts";
import { refuses } from "./fixtures/refuses.ts";
import { rejects } from "./fixtures/rejects.ts";

const hostile = suite("image: made by an enemy");

/** The bytes from where the entry of a name stands in the block of its directory. */
function entryOf(image: Image, bytes: Buffer, directory: string, name: string): Buffer {
  for (const { physical, count } of image.extents(directory)) {
    const at = bytes.subarray(0, (physical + count) * BLOCK_SIZE).indexOf(name, physical * BLOCK_SIZE);
    if (at >= 0) return bytes.subarray(at - 8);
  }
  throw new Error(`no ${name} in ${directory}`);
}

interface Given {
  bytes: Buffer;
  /** Before it was changed. */
  image: Image;
  inodes: Record<string, Buffer>;
}

/** Everything, from the root down. */
function walk(image: Image): void {
  for (const { entries } of directories(image, "/", new Uint8Array())) {
    for (const entry of entries) {
      image.xattrs(entry);
      image.extents(entry);
      if (entry.type === "file") for (const _ of image.read(entry, 0, 1e6));
      if (entry.type === "symlink") image.readlink(entry);
    }
  }
}

const CONTENT = 0x28; // of the inode: where its map begins

const ATTACKS: [
  what: string,
  image: (typeof IMAGES)[number],
  change: (given: Given) => void,
  message: RegExp,
  ask?: (image: Image) => unknown,
][] = [
  [
    "a directory within itself",
    "blocks",
    ({ image, bytes }) => entryOf(image, bytes, "a", "b").writeUInt32LE(image.stat("a").inode),
    /inode \d+: directory: has more than one place/,
  ],
  [
    "a directory of two names",
    "blocks",
    ({ image, bytes }) => entryOf(image, bytes, "/", "many").writeUInt32LE(image.stat("a").inode),
    /has more than one place/,
  ],
  [
    "a name with a slash",
    "blocks",
    ({ image, bytes }) => entryOf(image, bytes, "/", "hello").write("he/lo", 8),
    /the name he\/lo/,
  ],
  [
    "a name with a zero",
    "blocks",
    ({ image, bytes }) => entryOf(image, bytes, "/", "hello").write("he\0lo", 8),
    /the name he\\x00lo/,
  ],
  [
    "a .. among the names",
    "blocks",
    ({ image, bytes }) => {
      const entry = entryOf(image, bytes, "/", "hello");
      entry.writeUInt8(2, 6);
      entry.write("..", 8);
    },
    /\.\. among the names/,
  ],
  [
    "an empty name",
    "blocks",
    ({ image, bytes }) => entryOf(image, bytes, "/", "hello").writeUInt8(0, 6),
    /an empty name/,
  ],
  [
    "an entry of no length",
    "blocks",
    ({ image, bytes }) => entryOf(image, bytes, "/", "hello").writeUInt16LE(0, 4),
    /length 0, with a name of 5/,
  ],
  [
    "an entry past its block",
    "blocks",
    ({ image, bytes }) => entryOf(image, bytes, "/", "hello").writeUInt16LE(1024, 4),
    /length 1024/,
  ],
  [
    "an entry of an inode that there is not",
    "blocks",
    ({ image, bytes }) => entryOf(image, bytes, "/", "hello").writeUInt32LE(5000),
    /inode 5000 of 128/,
  ],
  [
    "an entry of an inode that is not in use",
    "blocks",
    ({ image, bytes }) => entryOf(image, bytes, "/", "hello").writeUInt32LE(120),
    /inode 120: is referred to, and not in use/,
  ],
  [
    "a directory of absurd size",
    "blocks",
    ({ inodes }) => inodes.a!.writeUInt32LE(0xffff_fc00, 4),
    /4194303 blocks in a filesystem of 600/,
    (image) => [...image.list("a")],
  ],
  ["a directory with a hole", "blocks", ({ inodes }) => inodes.a!.writeUInt32LE(4096, 4), /block 1 is a hole/],
  [
    "a file of absurd size",
    "blocks",
    ({ inodes }) => inodes.hello!.writeUInt32LE(0x7fff_ffff, 0x6c),
    /bytes, in blocks of 1024/,
  ],
  ["a mode of no type", "blocks", ({ inodes }) => inodes.hello!.writeUInt16LE(0xf000, 0), /mode 0170000 is of no type/],
  [
    "a block past the end",
    "blocks",
    ({ inodes }) => inodes.hello!.writeUInt32LE(70_000, CONTENT),
    /block 0 of the file at 70000 of 600/,
  ],
  [
    "block numbers that are their own blocks",
    "blocks",
    ({ inodes, bytes }) => {
      const far = inodes.far!;
      const triple = far.readUInt32LE(CONTENT + 14 * 4);
      for (let at = 0; at < BLOCK_SIZE; at += 4) bytes.writeUInt32LE(triple, triple * BLOCK_SIZE + at);
    },
    /inode \d+: has more blocks than the 600 that there are/,
    (image) => image.extents("far"),
  ],
  [
    "extents that overlap",
    "extents",
    ({ image, bytes }) => leafOf(image, bytes, "holes").writeUInt32LE(0, 12 + 12),
    /extent of blocks 0 to 0, where 1 to \d+ were expected/,
  ],
  [
    "an extent past the end",
    "extents",
    ({ image, bytes }) => leafOf(image, bytes, "holes").writeUInt32LE(700, 12 + 8),
    /block 0 of the file at 700 of 700, in a run of 1/,
  ],
  [
    "an extent of no blocks",
    "extents",
    ({ image, bytes }) => leafOf(image, bytes, "holes").writeUInt16LE(0, 12 + 4),
    /extent of no blocks/,
  ],
  [
    "an extent tree that is its own child",
    "extents",
    ({ image, bytes }) => leafOf(image, bytes, "holes").writeUInt16LE(1, 6),
    /depth 1, where 0 was expected/,
  ],
  [
    "an extent tree of absurd depth",
    "extents",
    ({ inodes }) => inodes.holes!.writeUInt16LE(60_000, CONTENT + 6),
    /depth 60000, where 5 is the most/,
  ],
  [
    "more extents than there is room for",
    "extents",
    ({ inodes }) => inodes.holes!.writeUInt16LE(500, CONTENT + 2),
    /500 entries of 4 in 60 bytes/,
  ],
  [
    "attributes past the end",
    "extents",
    ({ inodes }) => inodes.x!.writeUInt32LE(70_000, 0x68),
    /attributes at block 70000 of 700/,
  ],
  [
    "an attribute past its list",
    "extents",
    ({ inodes, bytes }) => bytes.writeUInt32LE(5000, inodes.x!.readUInt32LE(0x68) * BLOCK_SIZE + 32 + 8),
    /an attribute of 5000 bytes at \d+, in a list of 1024/,
  ],
  [
    "an inline directory without the rest of it",
    "inline",
    ({ inodes }) => inodes.a!.writeUInt32LE(0, 160),
    /inline data without its attribute/,
  ],
  [
    "a table past the end",
    "extents",
    ({ bytes }) => bytes.writeUInt32LE(699, 2 * BLOCK_SIZE + 8),
    /descriptor of group 0: inode table at block 699 of 700/,
  ],
  [
    "a link of absurd length",
    "blocks",
    ({ inodes }) => inodes.slow!.writeUInt32LE(70_000, 4),
    /a symbolic link of 70000 bytes/,
  ],
];

/** Of a file whose extent tree has two levels: its first leaf. */
function leafOf(image: Image, bytes: Buffer, name: string): Buffer {
  const root = inodesOf(image, bytes)[name]!.subarray(CONTENT);
  assert.is(root.readUInt16LE(6), 1, "depth");
  return bytes.subarray(root.readUInt32LE(12 + 4) * BLOCK_SIZE);
}

for (const [what, name, change, message, ask = walk] of ATTACKS) {
  hostile(`${what} is Corrupt, by place and number`, async () => {
    const bytes = smallImage(name);
    const image = await openImage(smallImage(name));
    change({ bytes, image, inodes: inodesOf(image, bytes) });
    const changed = await openImage(bytes, { verify: false });
    const start = performance.now();
    refuses(() => ask(changed), ErrorCode.Corrupt, message);
    assert.ok(performance.now() - start < 1000);
  });
}

/** Of the superblock, which is looked at when the image is opened. */
const FALSE_NUMBERS: [what: string, at: number, value: number, message: string][] = [
  ["inodes", 0x00, 0xffff_ffff, "4294967295 inodes in 1 groups of 128"],
  ["blocks", 0x04, 601, "601 blocks of 1024 bytes in an image of 614400"],
  ["no blocks", 0x04, 0, "0 blocks"],
  ["first data block", 0x14, 7, "first data block 7"],
  ["block size", 0x18, 40, "blocks of 2^50 bytes"],
  ["blocks in a group", 0x20, 0, "0 blocks in a group"],
  ["inodes in a group", 0x28, 3, "3 inodes in a group"],
];

for (const [what, at, value, message] of FALSE_NUMBERS) {
  hostile(`a superblock with false ${what} is Corrupt`, async () => {
    const bytes = smallImage("blocks");
    bytes.writeUInt32LE(value, 1024 + at);
    assert.match((await rejects(openImage(bytes), ErrorCode.Corrupt)).message, message);
  });
}

hostile("an image cut short is Corrupt, wherever it is cut", async () => {
  const whole = smallImage("blocks");
  for (let size = 2048; size < whole.length; size += 7919) {
    assert.match(
      (await rejects(openImage(whole.subarray(0, size)), ErrorCode.Corrupt)).message,
      "blocks of 1024 bytes",
    );
  }
});

hostile("a damaged VHD footer is Corrupt", async () => {
  const { image } = await makeImage(layerTar([entry("file", "x")]), { vhd: true });
  image[image.length - 512 + 0x18]! ^= 1;
  assert.match((await rejects(openImage(image), ErrorCode.Corrupt)).message, /^vhd: footer at \d+: checksum/);
});

hostile("a source that fails is an ImageError, and not the end of the image", async () => {
  const bytes = smallImage("extents");
  let fails = false;
  const image = await openImage({
    size: bytes.length,
    read(at, into) {
      if (fails) throw new Error("disk: gone");
      into.set(bytes.subarray(at, at + into.length));
    },
  });
  fails = true;
  refuses(() => textOf(image, "holes"), ErrorCode.FailedPrecondition, /disk: gone/);
  fails = false;
  assert.is(textOf(image, "holes"), textOf(await openImage(bytes), "holes"));
});

hostile.run();
