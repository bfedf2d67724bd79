/** Files that are no image that is read here, and what is said of them. */
import { gzipSync } from "node:zlib";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ErrorCode, openImage } from "../src/index.ts";
import { textOf } from "./fixtures/image-tree.ts";
import { inodesOf, smallImage } from "./fixtures/images.ts";
import { entry, layerTar } from "./fixtures/layer.ts";
import { refuses } from "./fixtures/refuses.ts";
import { rejects } from "./fixtures/rejects.ts";

const others = suite("image: what is none");

const padded = (text: string, at: number, size = 2048): Buffer => {
  const bytes = Buffer.alloc(size);
  bytes.write(text, at, "latin1");
  return bytes;
};

const OTHERS: [what: string, bytes: Uint8Array, message: RegExp][] = [
  ["nothing", new Uint8Array(), /is empty/],
  ["zeros", new Uint8Array(10_000), /begins with 00 00/],
  ["a few bytes", Buffer.from("hi"), /begins with 68 69;/],
  ["gzip", gzipSync(smallImage("tiny")), /gzip; decompress/],
  ["tar", layerTar([entry("file", "x")]), /tar archive; layerkiln ext4/],
  ["qcow2", padded("QFI\xfb", 0), /qcow2; qemu-img/],
  ["squashfs", padded("hsqs", 0), /squashfs/],
  ["a partitioned disk", padded("\x55\xaa", 510), /partitions/],
];

for (const [what, bytes, message] of OTHERS) {
  others(`${what} is named, and what is read instead`, async () => {
    const error = await rejects(openImage(bytes), ErrorCode.Unsupported);
    assert.match(error.message, message);
    assert.match(error.message, "ext2, ext3 or ext4");
  });
}

others("a path to nothing, and a directory, are what they are", async () => {
  await rejects(openImage("/no/such/image"), ErrorCode.NotFound);
  assert.match((await rejects(openImage("/"), ErrorCode.InvalidArgument)).message, "is a directory");
  await rejects(openImage(5 as never), ErrorCode.InvalidArgument);
});

others("features that are not read are named", async () => {
  const bytes = smallImage("blocks");
  bytes.writeUInt32LE(bytes.readUInt32LE(1024 + 0x60) | 0x1 | 0x100000, 1024 + 0x60);
  bytes.writeUInt32LE(bytes.readUInt32LE(1024 + 0x64) | 0x200, 1024 + 0x64);
  const error = await rejects(openImage(bytes), ErrorCode.Unsupported);
  assert.match(error.message, "compression incompatible_20 bigalloc");
});

others("a journal that was not replayed is said, and read over", async () => {
  const bytes = smallImage("blocks");
  bytes.writeUInt32LE(bytes.readUInt32LE(1024 + 0x60) | 0x4, 1024 + 0x60);
  const image = await openImage(bytes);
  assert.ok(image.inspect().filesystem.needsRecovery);
  assert.is(textOf(image, "hello"), "hello\n");
});

others("an encrypted file is refused, and its neighbours are not", async () => {
  const bytes = smallImage("blocks");
  const { hello } = inodesOf(await openImage(bytes), bytes);
  hello!.writeUInt32LE(hello!.readUInt32LE(0x20) | 0x800, 0x20);
  const image = await openImage(bytes);
  assert.is(image.stat("hello").size, 6);
  refuses(() => textOf(image, "hello"), ErrorCode.Unsupported, /is encrypted/);
  assert.is(textOf(image, "a/b/c/deep"), "deep");
});

others.run();
