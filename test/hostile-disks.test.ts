/** Containers that lie, by chance or on purpose: refused with a reason, or read, and soon; never a trap, never too much memory. */
import { closeSync, ftruncateSync, openSync, writeFileSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type Container, convertDisk, ErrorCode, ImageError } from "../src/index.ts";
import { probe } from "./core/probe.ts";
import { MemoryTarget, makeImage } from "./fixtures/image.ts";
import { noise, random } from "./fixtures/random.ts";
import { rejects } from "./fixtures/rejects.ts";
import { MORE } from "./fixtures/runs.ts";
import { scratchFile, scratchPath } from "./fixtures/scratch.ts";

const KIB = 1024;
const MIB = 1024 * KIB;
const MIBn = BigInt(MIB);

/** Nine megabytes: blocks 0, 1 and 3 of five have something in them. */
const RAW = Buffer.alloc(9 * MIB);
RAW.set(noise(3 * MIB), 0);
RAW.set(noise(MIB), 7 * MIB);

async function containing(container: Container): Promise<Buffer> {
  return (await makeImage(RAW, { raw: true, container })).image;
}

const vhdx = await containing("vhdx");
const dynamic = await containing("vhd-dynamic");
const fixed = await containing("vhd");

const BAT = Number(vhdx.readBigUInt64LE(192 * KIB + 16 + 16));
const METADATA = 2 * MIB;
const ITEMS = METADATA + 64 * KIB;
const FOOTER = dynamic.length - 512;
const TABLE = Number(dynamic.readBigUInt64BE(512 + 16));

/** The library's own CRC-32C, which another test holds against RFC 3720. */
const core = await probe(`
  import { crc32c } from "./assembly/bytes/crc32c";
  const room = memory.data(65536, 16);
  export function at(): usize { return room; }
  export function crc(size: u32): u32 { return ~crc32c(u32.MAX_VALUE, room, size); }`);

function crc32c(bytes: Uint8Array): number {
  new Uint8Array(core.memory.buffer).set(bytes, Number(core.at!()));
  return Number(core.crc!(bytes.length)) >>> 0;
}

/** Makes good what a change leaves wrong in a VHDX: the checksums of headers and region tables. */
function sealVhdx(file: Buffer): Buffer {
  for (const [at, size] of [
    [64 * KIB, 4 * KIB],
    [128 * KIB, 4 * KIB],
    [192 * KIB, 64 * KIB],
    [256 * KIB, 64 * KIB],
  ] as const) {
    if (file.length < at + size) continue;
    file.writeUInt32LE(0, at + 4);
    file.writeUInt32LE(crc32c(file.subarray(at, at + size)), at + 4);
  }
  return file;
}

/** The same of a VHD: footer, its copy, the header. */
function sealVhd(file: Buffer): Buffer {
  const seal = (at: number, size: number, field: number): void => {
    file.writeUInt32BE(0, at + field);
    const sum = file.subarray(at, at + size).reduce((total, byte) => total + byte, 0);
    file.writeUInt32BE(~sum >>> 0, at + field);
  };
  seal(file.length - 512, 512, 0x40);
  if (file.readUInt32BE(file.length - 512 + 0x3c) === 3) seal(512, 1024, 0x24);
  return file;
}

/** Changes a file in place, or gives a part of it. */
type Change = (file: Buffer) => unknown;

/** In both copies of the region table. */
const inRegions =
  (change: (file: Buffer, at: number) => void): Change =>
  (file) => {
    for (const at of [192 * KIB, 256 * KIB]) change(file, at);
  };

const inHeaders =
  (change: (file: Buffer, at: number) => void): Change =>
  (file) => {
    for (const at of [64 * KIB, 128 * KIB]) change(file, at);
  };

const { Corrupt, Unsupported, FailedPrecondition } = ErrorCode;

const VHDX: [what: string, change: Change, code: ErrorCode, says: RegExp][] = [
  ["both headers' signatures wrong", inHeaders((file, at) => file.fill(0, at, at + 4)), Corrupt, /header at 65536/],
  ["a version to come", inHeaders((file, at) => file.writeUInt16LE(2, at + 66)), Unsupported, /version 2/],
  [
    "a log to replay",
    inHeaders((file, at) => file.fill(7, at + 48, at + 64)),
    FailedPrecondition,
    /qemu-img check -r all/,
  ],
  ["a log at an odd place", inHeaders((file, at) => file.writeBigUInt64LE(MIBn + 512n, at + 72)), Corrupt, /log/],
  [
    "headers of one number that differ",
    (file) => {
      file.writeBigUInt64LE(2n, 64 * KIB + 8);
      file[64 * KIB + 16]! ^= 1;
    },
    Corrupt,
    /sequence number 2/,
  ],
  ["region tables that differ", (file) => void file.writeUInt8(9, 256 * KIB + 40), Corrupt, /region tables .* differ/],
  ["no region table", inRegions((file, at) => file.fill(0, at, at + 4)), Corrupt, /no sound region table/],
  ["too many regions", inRegions((file, at) => file.writeUInt32LE(2048, at + 8)), Corrupt, /no sound region table/],
  [
    "no block allocation table",
    inRegions((file, at) => file.writeUInt32LE(0, at + 16 + 28) && file.fill(9, at + 16, at + 32)),
    Corrupt,
    /names no block allocation table/,
  ],
  [
    "a required region that is not known",
    inRegions((file, at) => file.fill(9, at + 16, at + 32)),
    Unsupported,
    /entry 0 is required/,
  ],
  ["the table named twice", inRegions((file, at) => file.copy(file, at + 48, at + 16, at + 48)), Corrupt, /once more/],
  [
    "the table past the end",
    inRegions((file, at) => file.writeBigUInt64LE(2n ** 62n, at + 32)),
    Corrupt,
    /table: .* in a file of/,
  ],
  [
    "the table in the first megabyte",
    inRegions((file, at) => file.writeBigUInt64LE(0n, at + 32)),
    Corrupt,
    /table: 1048576 bytes at 0/,
  ],
  [
    "the table at an odd place",
    inRegions((file, at) => file.writeBigUInt64LE(MIBn + 1n, at + 32)),
    Corrupt,
    /not whole megabytes/,
  ],
  [
    "the table where metadata are",
    inRegions((file, at) => file.writeBigUInt64LE(2n * MIBn, at + 32)),
    Corrupt,
    /overlap/,
  ],
  ["no metadata signature", (file) => void file.fill(0, METADATA, METADATA + 8), Corrupt, /metadata at 2097152/],
  ["absurdly many items", (file) => void file.writeUInt16LE(65_535, METADATA + 10), Corrupt, /65535 items/],
  [
    "an item that is not known",
    (file) => void file.fill(9, METADATA + 32, METADATA + 48),
    Unsupported,
    /item 0 is required/,
  ],
  ["an item outside its region", (file) => void file.writeUInt32LE(0xffff_fff0, METADATA + 32 + 16), Corrupt, /item 0/],
  ["an item in the table", (file) => void file.writeUInt32LE(0, METADATA + 32 + 16), Corrupt, /item 0/],
  ["an item too short", (file) => void file.writeUInt32LE(3, METADATA + 32 + 20), Corrupt, /item 0/],
  ["a parent", (file) => void file.writeUInt32LE(2, ITEMS + 4), Unsupported, /differencing/],
  ["blocks of no size", (file) => void file.writeUInt32LE(0, ITEMS), Corrupt, /blocks of 0 bytes/],
  ["blocks of 3 MiB", (file) => void file.writeUInt32LE(3 * MIB, ITEMS), Corrupt, /blocks of 3145728 bytes/],
  ["blocks of 512 MiB", (file) => void file.writeUInt32LE(512 * MIB, ITEMS), Corrupt, /blocks of 536870912 bytes/],
  ["a disk of half a sector", (file) => void file.writeBigUInt64LE(777n, ITEMS + 8), Corrupt, /777 bytes/],
  ["a disk of 2^63 bytes", (file) => void file.writeBigUInt64LE(2n ** 63n, ITEMS + 8), Corrupt, /9223372036854775808/],
  ["a disk past its table", (file) => void file.writeBigUInt64LE(2n ** 45n, ITEMS + 8), Corrupt, /needs 16785407/],
  ["sectors of 1000 bytes", (file) => void file.writeUInt32LE(1000, ITEMS + 32), Corrupt, /sectors of 1000/],
  ["a block of state 7", (file) => void file.writeUInt8(7, BAT), Corrupt, /block 0 is in state 7/],
  ["a block of state 4", (file) => void file.writeUInt8(4, BAT + 8), Corrupt, /block 1 is in state 4/],
  [
    "a block past the end",
    (file) => void file.writeBigUInt64LE((1n << 60n) + 6n, BAT),
    Corrupt,
    /block 0 at .* not in the file/,
  ],
  ["a block in the header", (file) => void file.writeBigUInt64LE(6n, BAT), Corrupt, /block 0 at 0/],
  ["a block in the log", (file) => void file.writeBigUInt64LE(MIBn + 6n, BAT), Corrupt, /stands where something else/],
  [
    "a block in the table",
    (file) => void file.writeBigUInt64LE(BigInt(BAT - MIB) + 6n, BAT),
    Corrupt,
    /stands where something else/,
  ],
  ["two blocks in one place", (file) => void file.copy(file, BAT + 8, BAT, BAT + 8), Corrupt, /block 1 at/],
  [
    "blocks that overlap by half",
    (file) => void file.writeBigUInt64LE(4n * MIBn + 6n, BAT + 8),
    Corrupt,
    /block 1 at 4194304/,
  ],
  ["nothing behind its first sector", (file) => file.subarray(0, 512), Corrupt, /ends before its regions/],
  ["nothing behind its metadata", (file) => file.subarray(0, 3 * MIB), Corrupt, /in a file of/],
];

const VHD: [what: string, change: Change, code: ErrorCode, says: RegExp][] = [
  ["a differencing disk", (file) => void file.writeUInt32BE(4, FOOTER + 0x3c), Unsupported, /differencing/],
  ["a type that is none", (file) => void file.writeUInt32BE(9, FOOTER + 0x3c), Corrupt, /disk type 9/],
  ["a version to come", (file) => void file.writeUInt32BE(0x20000, FOOTER + 0x0c), Unsupported, /version 2\.0/],
  ["a disk of half a sector", (file) => void file.writeBigUInt64BE(777n, FOOTER + 0x30), Corrupt, /777 bytes/],
  [
    "a disk of 2^63 bytes",
    (file) => void file.writeBigUInt64BE(2n ** 63n, FOOTER + 0x30),
    Corrupt,
    /9223372036854775808/,
  ],
  [
    "a disk past its table",
    (file) => void file.writeBigUInt64BE(2n ** 40n, FOOTER + 0x30),
    Corrupt,
    /5 entries for 524288/,
  ],
  ["a header past the end", (file) => void file.writeBigUInt64BE(2n ** 64n - 1n, FOOTER + 0x10), Corrupt, /header at/],
  ["no header", (file) => void file.fill(0, 512, 520), Corrupt, /no header/],
  [
    "a table past the end",
    (file) => void file.writeBigUInt64BE(2n ** 64n - 8n, 512 + 0x10),
    Corrupt,
    /table of 20 bytes/,
  ],
  ["blocks of no size", (file) => void file.writeUInt32BE(0, 512 + 0x20), Unsupported, /blocks of 0 bytes/],
  ["blocks of 512 bytes", (file) => void file.writeUInt32BE(512, 512 + 0x20), Unsupported, /blocks of 512 bytes/],
  [
    "a block past the end",
    (file) => void file.writeUInt32BE(0xffff_fff0, TABLE),
    Corrupt,
    /block 0 at .* not in the file/,
  ],
  ["a block in the header", (file) => void file.writeUInt32BE(1, TABLE), Corrupt, /block 0 at 512/],
  ["two blocks in one place", (file) => void file.copy(file, TABLE + 4, TABLE, TABLE + 4), Corrupt, /block 1 at/],
  ["blocks that overlap by half", (file) => void file.writeUInt32BE(2048, TABLE + 4), Corrupt, /block 1 at/],
  ["no footer at its end", (file) => file.subarray(0, FOOTER), Corrupt, /cut short/],
];

async function convertBytes(bytes: Uint8Array): Promise<Buffer> {
  const target = new MemoryTarget();
  await convertDisk(scratchFile("hostile", bytes), target);
  return target.image;
}

const hostile = suite("hostile disks");

for (const [kind, file, seal, changes] of [
  ["VHDX", vhdx, sealVhdx, VHDX],
  ["dynamic VHD", dynamic, sealVhd, VHD],
] as const) {
  hostile(`a ${kind} that is sealed again is as good as before`, async () => {
    assert.ok((await convertBytes(seal(Buffer.from(file)))).equals(RAW));
  });

  for (const [what, change, code, says] of changes) {
    hostile(`a ${kind} with ${what} is refused`, async () => {
      const copy = Buffer.from(file);
      const given = change(copy);
      const changed = given instanceof Buffer ? given : copy;
      const error = await rejects(convertBytes(changed.length === copy.length ? seal(changed) : changed), code);
      assert.match(error.message, says);
    });
  }
}

hostile("a VHD is refused where a checksum is wrong, and where a fixed one is larger than its file", async () => {
  for (const at of [FOOTER + 0x18, 512 + 0x50]) {
    const copy = Buffer.from(dynamic);
    copy[at]! ^= 1;
    assert.match((await rejects(convertBytes(copy), Corrupt)).message, /checksum/);
  }
  const copy = Buffer.from(fixed);
  copy.writeBigUInt64BE(BigInt(RAW.length + 512), RAW.length + 0x30);
  assert.match((await rejects(convertBytes(sealVhd(copy)), Corrupt)).message, /9437696 bytes in a file of 9437696/);
});

hostile("a VHDX with one sound header and one sound region table is read, and the later header counts", async () => {
  for (const at of [64 * KIB + 20, 128 * KIB + 20, 192 * KIB + 20, 256 * KIB + 20]) {
    const copy = Buffer.from(vhdx);
    copy[at]! ^= 1;
    assert.ok((await convertBytes(copy)).equals(RAW), `${at}`);
  }
  const older = Buffer.from(vhdx);
  older.fill(7, 64 * KIB + 48, 64 * KIB + 64); // a log that the second header says is done
  assert.ok((await convertBytes(sealVhdx(older))).equals(RAW));
});

hostile("blocks that are undefined, zero or unmapped are zeros", async () => {
  for (const state of [0, 1, 2, 3, 5]) {
    const copy = Buffer.from(vhdx);
    copy[BAT] = (copy[BAT]! & ~7) | state;
    const expected = Buffer.from(RAW).fill(0, 0, 2 * MIB);
    assert.ok((await convertBytes(copy)).equals(expected), `state ${state}`);
  }
});

hostile("a file of 4 TiB, nearly all of it a hole, is read as soon as it would be without", async () => {
  const path = scratchFile("huge", vhdx);
  const file = openSync(path, "r+");
  ftruncateSync(file, 4 * 2 ** 40);
  closeSync(file);
  const start = performance.now();
  const target = new MemoryTarget();
  await convertDisk(path, target);
  assert.ok(target.image.equals(RAW));
  assert.ok(performance.now() - start < 5000);
});

/** Bytes of the structures, where damage matters; blocks are only data. */
const PLACES: Record<string, [at: number, length: number][]> = {
  VHDX: [
    [0, 16],
    [64 * KIB, 80],
    [128 * KIB, 80],
    [192 * KIB, 80],
    [256 * KIB, 80],
    [METADATA, 200],
    [ITEMS, 40],
    [BAT, 48],
  ],
  "dynamic VHD": [
    [0, 96],
    [512, 64],
    [TABLE, 24],
    [FOOTER, 96],
  ],
};

/** A number as a field may hold it, at one of its ends or beyond. */
function damage(file: Buffer, places: [number, number][], next: () => number): void {
  const below = (limit: number): number => Math.floor(next() * limit);
  for (let times = 1 + below(3); times > 0; times--) {
    const [from, length] = places[below(places.length)]!;
    const at = from + below(length);
    const kind = below(4);
    if (kind < 2) file[at]! ^= 1 << below(8);
    else if (kind === 2) file[at] = [0, 1, 0x7f, 0x80, 0xff][below(5)]!;
    else file.fill([0, 0xff][below(2)]!, at, Math.min(at + [2, 4, 8][below(3)]!, file.length));
  }
}

const TRIALS = 200 * MORE;

for (const [kind, file, seal] of [
  ["VHDX", vhdx, sealVhdx],
  ["dynamic VHD", dynamic, sealVhd],
] as const) {
  hostile(
    `${TRIALS} times damaged, a ${kind} ends in a disk or in an ImageError that is not Internal, soon`,
    async () => {
      const ends = new Map<string, number>();
      const path = scratchPath("damaged"); // one for all: each has 10 MB
      for (let number = 0; number < TRIALS; number++) {
        const next = random(number);
        const copy = Buffer.from(file);
        damage(copy, PLACES[kind]!, next);
        const bytes = next() < 0.9 ? seal(copy) : copy.subarray(0, Math.floor(next() * copy.length));
        const start = performance.now();
        const target = { write: () => {}, commit: () => {} };
        writeFileSync(path, bytes);
        const error = await convertDisk(path, target).then(
          () => undefined,
          (reason: unknown) => reason,
        );
        assert.ok(performance.now() - start < 5000, `trial ${number} took too long`);
        const end = error instanceof ImageError ? ErrorCode[error.code] : String(error ?? "a disk");
        ends.set(end, (ends.get(end) ?? 0) + 1);
      }
      const known = ["a disk", "Corrupt", "Unsupported", "FailedPrecondition"];
      assert.equal(
        [...ends.keys()].filter((end) => !known.includes(end)),
        [],
      );
      // Damage that never matters, or always, would test nothing.
      assert.ok(ends.get("a disk")! > TRIALS / 50 && ends.get("Corrupt")! > TRIALS / 4, JSON.stringify([...ends]));
    },
  );
}

hostile.run();
