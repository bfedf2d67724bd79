/** The fixed VHD around an image: a footer that its readers agree on, and nothing that changes from run to run. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ErrorCode, isError } from "../src/index.ts";
import { probe } from "./core/probe.ts";
import { edgeTar } from "./fixtures/edge.ts";
import { makeImage } from "./fixtures/image.ts";
import { entry, layerTar } from "./fixtures/layer.ts";
import { rejects } from "./fixtures/rejects.ts";
import { scratchFile } from "./fixtures/scratch.ts";
import { present } from "./oracles/oracle.ts";
import { qemuImg } from "./oracles/qemu-img.ts";

const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;
const FOOTER_SIZE = 512;

/** The footer of the VHD around the edge layer `v7`, and that image without it. */
async function vhdOf(): Promise<{ image: Buffer; plain: Buffer; footer: DataView; bytes: Buffer }> {
  const { image } = await makeImage(edgeTar("v7"), { vhd: true });
  const { image: plain } = await makeImage(edgeTar("v7"));
  const bytes = image.subarray(image.length - FOOTER_SIZE);
  return { image, plain, footer: new DataView(bytes.buffer, bytes.byteOffset, FOOTER_SIZE), bytes };
}

const vhd = suite("vhd: fixed footer");

vhd("stands after the image and leaves it untouched", async () => {
  const { image, plain } = await vhdOf();
  assert.is(image.length, plain.length + FOOTER_SIZE);
  assert.ok(image.subarray(0, plain.length).equals(plain));
});

vhd("says what the specification and qemu want to read", async () => {
  const { footer, bytes, plain } = await vhdOf();
  assert.is(bytes.toString("latin1", 0, 8), "conectix");
  assert.is(footer.getUint32(0x08), 2, "features: the reserved bit");
  assert.is(footer.getUint32(0x0c), 0x00010000, "version");
  assert.is(footer.getBigUint64(0x10), 0xffffffffffffffffn, "data offset of a fixed disk");
  assert.is(footer.getUint32(0x18), 0, "no time");
  assert.is(bytes.toString("latin1", 0x1c, 0x20), "win ", "a creator whose sizes qemu believes");
  assert.is(footer.getUint32(0x20), 0x000a0000, "creator version");
  assert.is(bytes.toString("latin1", 0x24, 0x28), "Wi2k", "creator host");
  assert.is(Number(footer.getBigUint64(0x28)), plain.length, "original size");
  assert.is(Number(footer.getBigUint64(0x30)), plain.length, "current size");
  assert.is(footer.getUint32(0x3c), 2, "fixed");
  assert.ok(
    bytes.subarray(0x54).every((byte) => byte === 0),
    "saved state and reserved",
  );
});

vhd("bytes sum to the complement of the checksum", async () => {
  const { footer, bytes } = await vhdOf();
  const stored = footer.getUint32(0x40);
  footer.setUint32(0x40, 0);
  assert.is(~bytes.reduce((sum, byte) => sum + byte, 0) >>> 0, stored);
});

vhd("has a unique id with the version and variant bits of a UUID, told by its content", async () => {
  const id = async (name: string): Promise<Buffer> => {
    const { image } = await makeImage(edgeTar(name), { vhd: true });
    return image.subarray(image.length - FOOTER_SIZE).subarray(0x44, 0x54);
  };
  const first = await id("v7");
  assert.ok(first.equals(await id("v7")));
  assert.not.ok(first.equals(await id("dup-empty")));
  assert.ok(first[6]! >> 4 >= 1 && first[6]! >> 4 <= 8, "version");
  assert.is(first[8]! >> 6, 2, "variant");
});

vhd("counts the dm-verity tree as part of the disk", async () => {
  const { image, result } = await makeImage(edgeTar("v7"), { vhd: true, verity: true });
  assert.is(image.readBigUInt64BE(image.length - FOOTER_SIZE + 0x30), BigInt(image.length - FOOTER_SIZE));
  assert.is(image.toString("latin1", result.hashOffset!, result.hashOffset! + 6), "verity");
});

vhd("around bytes that are an image already leaves them alone", async () => {
  const raw = Buffer.alloc(3 * FOOTER_SIZE, "raw");
  const { image, result } = await makeImage(raw, { raw: true, vhd: true });
  assert.is(result.size, 4 * FOOTER_SIZE);
  assert.ok(image.subarray(0, raw.length).equals(raw));
  assert.is(image.toString("latin1", raw.length, raw.length + 8), "conectix");
});

vhd("rejects bytes that are not whole sectors", async () => {
  const error = await rejects(makeImage(Buffer.alloc(1025), { raw: true, vhd: true }), ErrorCode.InvalidArgument);
  assert.match(error.message, "1025");
});

/** The specification's rule, worked out by another implementation. */
const GEOMETRIES: [size: number, cylinders: number, heads: number, sectors: number][] = [
  [4 * MIB, 120, 4, 17],
  [10 * MIB, 301, 4, 17],
  [64 * MIB, 963, 8, 17],
  [100 * MIB + 4 * KIB, 1003, 12, 17],
  [GIB, 2080, 16, 63],
  [16 * GIB, 33288, 16, 63],
  [127 * GIB, 65278, 16, 255],
  [1024 * GIB, 65535, 16, 255],
];

/** The footer alone, for disks too large to make. */
let footerOf: (size: number) => DataView;

vhd.before(async () => {
  let footer = new Uint8Array();
  const core = await probe(
    `import { HostSink } from "./assembly/sink";
     import { FixedVhd } from "./assembly/vhd/writer";
     export function close(size: u64): void { new FixedVhd(new HostSink()).close(size); }`,
    (_, bytes) => {
      footer = bytes.slice();
    },
  );
  footerOf = (size) => {
    core.close!(BigInt(size));
    return new DataView(footer.buffer);
  };
});

for (const [size, cylinders, heads, sectors] of GEOMETRIES) {
  vhd(`of ${size} bytes has ${cylinders} cylinders, ${heads} heads and ${sectors} sectors a track`, () => {
    const footer = footerOf(size);
    assert.is(Number(footer.getBigUint64(0x30)), size);
    assert.equal([footer.getUint16(0x38), footer.getUint8(0x3a), footer.getUint8(0x3b)], [cylinders, heads, sectors]);
  });
}

vhd("may have the 2040 GiB that its readers take, and no sector more", () => {
  assert.is(Number(footerOf(2040 * GIB).getBigUint64(0x30)), 2040 * GIB);
  assert.throws(
    () => footerOf(2040 * GIB + 512),
    (error: unknown) => isError(error, ErrorCode.OutOfRange),
  );
});

if (present(qemuImg, vhd)) {
  vhd("qemu sees a disk of the image's size and bytes", async () => {
    const { image, plain } = await vhdOf();
    const path = scratchFile("fixed.vhd", image);
    assert.is(qemuImg.virtualSize(path), plain.length);
    assert.ok(qemuImg.sameDisk(path, scratchFile("plain.img", plain)));
  });

  vhd("qemu sees the size in full where the geometry rounds down", async () => {
    const data = new Uint8Array(100 * MIB); // and 100 MiB of data are more than whole cylinders
    const { image, result } = await makeImage(layerTar([entry("file", "zeros", { data })]), { vhd: true });
    assert.is(qemuImg.virtualSize(scratchFile("large.vhd", image)), result.size - FOOTER_SIZE);
  });
}

vhd.run();
