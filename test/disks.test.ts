/** Disks in VHD and VHDX: what we write, others read; what others write, we read; and nothing changes from run to run. */
import { closeSync, openSync, readFileSync, readSync, statSync } from "node:fs";
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { linux } from "../src/adapters/linux/platform.ts";
import { type Container, convertDisk, ErrorCode, isError } from "../src/index.ts";
import { type Probe, probe } from "./core/probe.ts";
import { edgeTar } from "./fixtures/edge.ts";
import { makeImage } from "./fixtures/image.ts";
import { needing } from "./fixtures/needing.ts";
import { noise } from "./fixtures/random.ts";
import { rejects } from "./fixtures/rejects.ts";
import { times } from "./fixtures/runs.ts";
import { scratchFile, scratchPath } from "./fixtures/scratch.ts";
import { sparseFile, sparseImages } from "./fixtures/sparse-image.ts";
import { e2fsck } from "./oracles/e2fsck.ts";
import { ask, present } from "./oracles/oracle.ts";
import { type QemuFormat, qemuImg } from "./oracles/qemu-img.ts";

const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;
const TIB = 1024 * GIB;

/** Each container with every size of blocks that it may have a reason for. */
const CONTAINERS: [container: Container, format: QemuFormat, blockSize: number | undefined][] = [
  ["vhd", "vpc", undefined],
  ["vhd-dynamic", "vpc", undefined],
  ["vhd-dynamic", "vpc", 512 * KIB],
  ["vhdx", "vhdx", undefined],
  ["vhdx", "vhdx", MIB],
  ["vhdx", "vhdx", 32 * MIB],
];

const nameOf = (container: Container, blockSize: number | undefined): string =>
  blockSize === undefined ? container : `${container} of ${blockSize / KIB} KiB a block`;

async function wrapped(raw: string, container: Container, containerBlockSize?: number): Promise<string> {
  const path = scratchPath(container);
  await convertDisk(raw, path, { container, ...(containerBlockSize && { containerBlockSize }) });
  return path;
}

async function unwrapped(path: string): Promise<string> {
  const raw = scratchPath("unwrapped.img");
  await convertDisk(path, raw);
  return raw;
}

function bytesAt(path: string, at: number, length: number): Buffer {
  const file = openSync(path, "r");
  const bytes = Buffer.alloc(length);
  readSync(file, bytes, 0, length, at);
  closeSync(file);
  return bytes;
}

const sameBytes = (one: string, other: string): boolean => readFileSync(one).equals(readFileSync(other));

const disks = suite("disks");

for (const [container, format, blockSize] of CONTAINERS) {
  disks(`in a ${nameOf(container, blockSize)} read back as they were, by us and by qemu`, async () => {
    const asked = qemuImg.missing === undefined;
    await fc.assert(
      fc.asyncProperty(sparseImages, async (image) => {
        const raw = sparseFile(image);
        const path = await wrapped(raw, container, blockSize);
        assert.ok(sameBytes(await unwrapped(path), raw), "by us");
        if (!asked) return;
        assert.is(qemuImg.virtualSize(path, format), image.size);
        assert.ok(qemuImg.sameDisk(path, raw, format), "by qemu");
        if (format === "vhdx") assert.is(qemuImg.complaints(path), "");
      }),
      times(8),
    );
  });

  disks(`in a ${nameOf(container, blockSize)} are the same bytes however they are fed`, async () => {
    await fc.assert(
      fc.asyncProperty(
        sparseImages,
        fc.array(fc.integer({ min: 1, max: 3 * MIB }), { minLength: 1 }),
        async (image, steps) => {
          const raw = sparseFile(image);
          const bytes = readFileSync(raw);
          const chunks: Uint8Array[] = [];
          for (let at = 0, turn = 0; at < bytes.length; turn++) {
            const step = steps[turn % steps.length]!;
            chunks.push(bytes.subarray(at, at + step));
            at += step;
          }
          const { image: fed } = await makeImage(chunks, {
            raw: true,
            container,
            ...(blockSize && { containerBlockSize: blockSize }),
          });
          assert.ok(readFileSync(await wrapped(raw, container, blockSize)).equals(fed));
        },
      ),
      times(4),
    );
  });
}

disks("of a layer are the same bytes however it is fed, and hold the image with its tree", async () => {
  const tar = edgeTar("xattr-many");
  for (const container of ["vhd-dynamic", "vhdx"] as const) {
    const { image } = await makeImage(tar, { container, verity: true });
    const bytes = [...tar].map((byte) => Uint8Array.of(byte));
    assert.ok(image.equals((await makeImage(bytes, { container, verity: true })).image));
    const { image: plain } = await makeImage(tar, { verity: true });
    assert.ok(readFileSync(await unwrapped(scratchFile("disk", image))).equals(plain));
  }
});

disks("that differ in a byte, or in where it stands, have different ids", async () => {
  const idsOf = async (image: Uint8Array): Promise<string> => {
    const { image: file } = await makeImage(image, { raw: true, container: "vhdx" });
    return file.toString("hex", 64 * KIB + 16, 64 * KIB + 48);
  };
  const image = new Uint8Array(4 * MIB);
  const seen = new Set([await idsOf(image)]);
  for (const at of [0, 4096, 3 * MIB]) {
    const other = image.slice();
    other[at] = 1;
    seen.add(await idsOf(other));
  }
  assert.is(seen.size, 4);
  assert.is((await idsOf(image)).length, 64);
  assert.not.match(await idsOf(image), /^(.{32})\1$/);
});

disks("are refused where they are not whole sectors", async () => {
  for (const container of ["vhd", "vhd-dynamic", "vhdx"] as const) {
    const error = await rejects(makeImage(noise(1025), { raw: true, container }), ErrorCode.InvalidArgument);
    assert.match(error.message, "1025");
  }
});

disks("are refused with blocks that their container does not have", async () => {
  const wrong: [Container, number][] = [
    ["vhdx", 512 * KIB],
    ["vhdx", 3 * MIB],
    ["vhdx", 512 * MIB],
    ["vhd-dynamic", MIB],
    ["vhd-dynamic", 4 * MIB],
  ];
  for (const [container, containerBlockSize] of wrong) {
    await rejects(makeImage(noise(4096), { raw: true, container, containerBlockSize }), ErrorCode.InvalidArgument);
  }
});

disks("lie in one container: `vhd` and another are refused, `vhd` alone is the fixed one", async () => {
  await rejects(makeImage(noise(4096), { raw: true, vhd: true, container: "vhdx" }), ErrorCode.InvalidArgument);
  await rejects(makeImage(noise(4096), { container: "qcow2" as "raw" }), ErrorCode.InvalidArgument);
  const { image } = await makeImage(noise(4096), { raw: true, vhd: true });
  assert.ok(image.equals((await makeImage(noise(4096), { raw: true, container: "vhd" })).image));
});

disks("keep the target as it was when the source is refused", async () => {
  const target = scratchFile("target", Buffer.from("before"));
  await rejects(convertDisk(scratchFile("odd", noise(1025)), target, { container: "vhdx" }), ErrorCode.InvalidArgument);
  assert.is(readFileSync(target, "utf8"), "before");
  await rejects(convertDisk(scratchPath("nothing"), target), ErrorCode.NotFound);
});

const EMPTY: [container: Container, size: number][] = [
  ["vhdx", 3 * MIB + MIB], // identifier, headers, log, metadata, table
  ["vhd-dynamic", 4 * KIB + 40 * KIB + 512],
];

for (const [container, size] of EMPTY) {
  needing("holes that are told of", disks)(`of zeros, 20 GiB, are ${size} bytes in a ${container}`, async () => {
    const raw = sparseFile({ size: 20 * GIB, pieces: [] });
    const path = scratchPath("empty");
    const { diskSize } = await convertDisk(raw, path, { container, platform: linux });
    assert.is(diskSize, 20 * GIB);
    assert.is(statSync(path).size, size);
  });
}

if (present(e2fsck, disks) && present(qemuImg, disks)) {
  /** The bounds hold the block group metadata that e2fsprogs spreads over the disk: 3 blocks of 2 MiB at best. */
  for (const [container, format, most] of [
    ["vhdx", "vhdx", 40 * MIB],
    ["vhd-dynamic", "vpc", 36 * MIB],
  ] as const) {
    disks(`hold an empty ext4 of 20 GiB in a ${container} of a few MiB, which qemu may write to`, async () => {
      const raw = sparseFile({ size: 20 * GIB, pieces: [] });
      const extended = "packed_meta_blocks=1,assume_storage_prezeroed=1";
      ask("mke2fs", ["-q", "-F", "-t", "ext4", "-E", extended, "-U", "clear", raw]);
      const path = scratchPath("scratch");
      await convertDisk(raw, path, { container, platform: linux });
      assert.ok(statSync(path).size < most, `${statSync(path).size} bytes`);
      assert.is(qemuImg.virtualSize(path, format), 20 * GIB);

      qemuImg.write(path, format, 10 * GIB + 4096, 65_536, 0x5a);
      qemuImg.write(path, format, 20 * GIB - 512, 512, 0xa5);
      if (format === "vhdx") assert.is(qemuImg.complaints(path), "");
      const back = scratchPath("back.img");
      await convertDisk(path, back, { platform: linux });
      assert.is(statSync(back).size, 20 * GIB);
      for (const [at, length, byte] of [
        [10 * GIB, 4096, 0],
        [10 * GIB + 4096, 65_536, 0x5a],
        [10 * GIB + 4096 + 65_536, 4096, 0],
        [20 * GIB - 512, 512, 0xa5],
      ] as const) {
        assert.ok(bytesAt(back, at, length).equals(Buffer.alloc(length, byte)), `${length} bytes at ${at}`);
      }
      assert.equal(e2fsck.complaints(back), []);
    });
  }

  /** What qemu makes. */
  const THEIRS: [format: QemuFormat, options: string][] = [
    ["vhdx", "subformat=dynamic"],
    ["vhdx", "subformat=dynamic,block_size=1M,log_size=1M"],
    ["vhdx", "subformat=dynamic,block_size=8M,log_size=4M,block_state_zero=off"],
    ["vhdx", "subformat=fixed,block_size=2M"],
    ["vpc", "subformat=dynamic"],
    ["vpc", "subformat=dynamic,force_size=on"],
    ["vpc", "subformat=fixed"],
    ["vpc", "subformat=fixed,force_size=on"],
  ];
  for (const [format, options] of THEIRS) {
    disks(`are read from what qemu makes as ${format} ${options}`, async () => {
      await fc.assert(
        fc.asyncProperty(sparseImages, async (image) => {
          const raw = sparseFile(image);
          const path = scratchPath("theirs");
          qemuImg.wrap(raw, path, format, options);
          const ours = readFileSync(await unwrapped(path));
          const disk = readFileSync(raw);
          // qemu rounds a VHD up to whole cylinders unless it is told not to.
          assert.ok(ours.subarray(0, disk.length).equals(disk));
          assert.ok(ours.subarray(disk.length).every((byte) => byte === 0));
          assert.is(ours.length, qemuImg.virtualSize(path, format));
        }),
        times(3),
      );
    });
  }
}

disks.run();

const layout = suite("disks: layout");

let core: Probe;
let written: number[] = [];

layout.before(async () => {
  core = await probe(
    `import { HostSink } from "./assembly/sink";
     import { computeBatSize, computeChunkRatio, countBlocks, countEntries, entryOf } from "./assembly/vhdx/layout";
     import { computeBitmapSize, computeDataAt, countBlocks as countVhdBlocks } from "./assembly/vhd/layout";
     import { VhdxWriter } from "./assembly/vhdx/writer";
     import { DynamicVhd } from "./assembly/vhd/writer";
     const block = memory.data(4096, 16);
     export function ratio(blockSize: u32, sector: u32): u32 { return computeChunkRatio(blockSize, sector); }
     export function entry(block: u64, ratio: u32): u64 { return entryOf(block, ratio); }
     export function entries(size: u64, blockSize: u32): u64 {
       return countEntries(countBlocks(size, blockSize), computeChunkRatio(blockSize, 512));
     }
     export function batSize(entries: u64): u64 { return computeBatSize(entries); }
     export function dataAt(blockSize: u32, place: u32): u64 { return computeDataAt(blockSize, place); }
     export function bitmapSize(blockSize: u32): u32 { return computeBitmapSize(blockSize); }
     export function vhdBlocks(size: u64, blockSize: u32): u32 { return countVhdBlocks(size, blockSize); }
     export function closeVhdx(size: u64): void { new VhdxWriter(new HostSink(), 2 << 20).close(size); }
     export function closeVhd(size: u64): void { new DynamicVhd(new HostSink(), 2 << 20).close(size); }
     export function writeVhdx(at: u64): void {
       store<u8>(block, 1);
       new VhdxWriter(new HostSink(), 2 << 20).write(at, block, 4096);
     }
     export function writeVhd(at: u64): void {
       store<u8>(block, 1);
       new DynamicVhd(new HostSink(), 2 << 20).write(at, block, 4096);
     }
     import { crc32c } from "./assembly/bytes/crc32c";
     export function crc(size: u32): u32 { memory.fill(block, 0, size); return ~crc32c(u32.MAX_VALUE, block, size); }`,
    (at) => {
      written.push(at);
    },
  );
});

layout.before.each(() => {
  written = [];
});

layout("of a VHDX has after each chunk an entry for its bitmap, as [MS-VHDX] §2.5 counts", () => {
  const ratios: [blockSize: number, sector: number, ratio: number][] = [
    [MIB, 512, 4096],
    [2 * MIB, 512, 2048],
    [32 * MIB, 512, 128],
    [256 * MIB, 512, 16],
    [MIB, 4096, 32_768],
    [256 * MIB, 4096, 128],
  ];
  for (const [blockSize, sector, ratio] of ratios) assert.is(core.ratio!(blockSize, sector), ratio);
  assert.is(Number(core.entry!(0n, 128)), 0);
  assert.is(Number(core.entry!(127n, 128)), 127);
  assert.is(Number(core.entry!(128n, 128)), 129);
  assert.is(Number(core.entry!(256n, 128)), 258);
});

layout("of a VHDX has a table of as many entries as blocks and chunks before the last, in whole megabytes", () => {
  const tables: [size: number, blockSize: number, entries: number, bytes: number][] = [
    [512, MIB, 1, MIB],
    [4 * GIB, MIB, 4096, MIB],
    [4 * GIB + 512, MIB, 4098, MIB],
    [20 * GIB, 2 * MIB, 10_240 + 4, MIB],
    [256 * GIB, 2 * MIB, 131_072 + 63, 2 * MIB],
    [64 * TIB, 2 * MIB, 33_554_432 + 16_383, 257 * MIB],
    [64 * TIB, 256 * MIB, 262_144 + 16_383, 3 * MIB],
  ];
  for (const [size, blockSize, entries, bytes] of tables) {
    assert.is(Number(core.entries!(BigInt(size), blockSize)), entries, `${size}`);
    assert.is(Number(core.batSize!(BigInt(entries))), bytes, `${size}`);
  }
});

layout("of a VHD has its data at whole pages, each block's bitmap right before it", () => {
  const blocks: [blockSize: number, bitmap: number, first: number, second: number][] = [
    [2 * MIB, 512, 4 * KIB, 2 * MIB + 8 * KIB],
    [512 * KIB, 512, 4 * KIB, 512 * KIB + 8 * KIB],
  ];
  for (const [blockSize, bitmap, first, second] of blocks) {
    assert.is(core.bitmapSize!(blockSize), bitmap);
    assert.is(Number(core.dataAt!(blockSize, 0)), first);
    assert.is(Number(core.dataAt!(blockSize, 1)), second);
  }
  assert.is(core.vhdBlocks!(BigInt(2040 * GIB), 2 * MIB), 1_044_480);
  assert.is(core.vhdBlocks!(BigInt(2 * MIB + 512), 2 * MIB), 2);
});

layout("writes each structure once, at its place", () => {
  core.closeVhdx!(BigInt(20 * GIB));
  assert.equal(
    written.sort((a, b) => a - b),
    [0, 64 * KIB, 128 * KIB, 192 * KIB, 256 * KIB, 2 * MIB, 2 * MIB + 64 * KIB],
  );
});

const pastLimit = (error: unknown): boolean => isError(error, ErrorCode.OutOfRange);

layout("allows 64 TiB in a VHDX and 2040 GiB in a VHD, and no sector more", () => {
  core.closeVhdx!(BigInt(64 * TIB));
  assert.throws(() => core.closeVhdx!(BigInt(64 * TIB + 512)), pastLimit);
  assert.throws(() => core.writeVhdx!(BigInt(64 * TIB)), pastLimit);
  core.closeVhd!(BigInt(2040 * GIB));
  assert.throws(() => core.closeVhd!(BigInt(2040 * GIB + 512)), pastLimit);
  assert.throws(() => core.writeVhd!(BigInt(2040 * GIB)), pastLimit);
});

layout("is guarded by CRC-32C as RFC 3720 has it", () => {
  assert.is(Number(core.crc!(32)) >>> 0, 0x8a9136aa); // appendix B.4: 32 bytes of zeros
});

layout.run();
