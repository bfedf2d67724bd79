/** How much of a disk a VHD or a VHDX has: what the rest of the file is, stands around it. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type Container, openImage } from "../../src/index.ts";
import { makeImage } from "../fixtures/image.ts";
import { entry, layerTar } from "../fixtures/layer.ts";
import { noise } from "../fixtures/random.ts";
import { scratchFile, scratchPath } from "../fixtures/scratch.ts";
import { present } from "../oracles/oracle.ts";
import { qemuImg } from "../oracles/qemu-img.ts";

const MIB = 1024 * 1024;
const BLOCK = 2 * MIB;

const stored = suite("image: what a container stores of its disk");

async function imageIn(container: Container): Promise<Buffer> {
  const tar = layerTar([entry("file", "content", { data: noise(5 * MIB) })]);
  return (await makeImage(tar, { container, profile: "modern", filesystem: { free: 40 * MIB } })).image;
}

async function sizesOf(
  image: Uint8Array | string,
): Promise<{ storedSize: number; diskSize: number; fileSize: number }> {
  const opened = await openImage(image);
  const { storedSize, diskSize, fileSize } = opened.inspect();
  opened.close();
  return { storedSize, diskSize, fileSize };
}

/** Bytes of the blocks of a disk that are not all zeros. */
function notZero(disk: Buffer): number {
  let size = 0;
  for (let at = 0; at < disk.length; at += BLOCK) {
    const block = disk.subarray(at, at + BLOCK);
    if (block.some((byte) => byte !== 0)) size += block.length;
  }
  return size;
}

for (const container of ["raw", "vhd"] as const) {
  stored(`all of it: ${container}`, async () => {
    const { storedSize, diskSize } = await sizesOf(await imageIn(container));
    assert.is(storedSize, diskSize);
  });
}

if (present(qemuImg, stored)) {
  stored("of a dynamic VHD what qemu finds a place for", async () => {
    const path = scratchFile("dynamic.vhd", await imageIn("vhd-dynamic"));
    const { storedSize, diskSize, fileSize } = await sizesOf(path);
    assert.is(storedSize, qemuImg.storedSize(path));
    assert.ok(storedSize < diskSize && storedSize < fileSize);
  });

  stored("of a VHDX of qemu's the blocks that are no zeros", async () => {
    const raw = await imageIn("raw");
    const path = scratchPath("disk.vhdx");
    qemuImg.wrap(scratchFile("disk.raw", raw), path, "vhdx", `subformat=dynamic,block_size=${BLOCK}`);
    assert.is((await sizesOf(path)).storedSize, notZero(raw));
  });
}

stored.run();
