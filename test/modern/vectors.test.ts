/** The numbers of profile modern, part by part: checksums, hashes, ACLs, times, layouts. */
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ErrorCode, ImageError } from "../../src/index.ts";
import { probe } from "../core/probe.ts";
import { makeImage } from "../fixtures/image.ts";
import { entry, layerTar } from "../fixtures/layer.ts";
import { noise } from "../fixtures/random.ts";
import { inRepository } from "../fixtures/repository.ts";

const core = await probe(`
  import { crc32c, crc32cWord, crc32cZeros } from "./assembly/bytes/crc32c";
  import { Checksums } from "./assembly/ext4/modern/checksum";
  import { encodeAcl, aclMode, aclIsMode } from "./assembly/ext4/modern/acl";
  import { hashName, minorHash, setHashSeed } from "./assembly/ext4/modern/hash";
  import { Geometry } from "./assembly/ext4/modern/geometry";
  import { computeHeadSize, computeJournalBlocks, computeLayout, Demand, Layout } from "./assembly/ext4/modern/layout";
  import { packTime } from "./assembly/ext4/modern/time";
  import { hashEntry } from "./assembly/ext4/xattr";

  const room = memory.data(65536, 16);
  export function at(): usize { return room; }
  export { crc32c, crc32cWord, crc32cZeros, encodeAcl, hashName, setHashSeed, computeHeadSize, packTime, hashEntry };
  export function minor(): u32 { return minorHash; }
  export function mode(): u32 { return aclMode; }
  export function isMode(): bool { return aclIsMode; }
  export function seed(uuid: usize): u32 { return new Checksums(uuid).seed; }
  export function inodeSeed(uuid: usize, inode: u32): u32 { return new Checksums(uuid).ofInode(inode); }
  export function headSize(maxSize: u64, blockSize: u32): u64 { return computeHeadSize(maxSize, new Geometry(blockSize)); }
  export function journalBlocks(asked: u64, blocks: u64, blockSize: u32): u64 {
    return computeJournalBlocks(asked, blocks, new Geometry(blockSize));
  }

  let layout: Layout = new Layout();
  export function layOut(contentEnd: u64, inodes: u32, size: u64, free: u64, journal: u64, blockSize: u32): void {
    const demand = new Demand();
    demand.contentEnd = contentEnd;
    demand.lastInode = inodes;
    demand.size = size;
    demand.free = free;
    demand.journal = journal;
    layout = computeLayout(demand, new Geometry(blockSize));
  }
  export function groups(): u32 { return layout.groups; }
  export function blocksPerGroup(): u32 { return layout.blocksPerGroup; }
  export function inodesPerGroup(): u32 { return layout.inodesPerGroup; }
  export function tablesAt(): u64 { return layout.inodeTablesAt; }
  export function journalAt(): u64 { return layout.journalAt; }
  export function journalLength(): u64 { return layout.journalBlocks; }
  export function usedEnd(): u64 { return layout.usedEnd; }
  export function end(): u64 { return layout.end; }
`);

/** Puts bytes where the core finds them. @returns their address and length */
function put(bytes: Uint8Array | string, offset = 0): [from: number, length: number] {
  const from = Number(core.at!()) + offset;
  const written = Buffer.from(bytes as string, typeof bytes === "string" ? "utf8" : undefined);
  new Uint8Array(core.memory.buffer, from, written.length).set(written);
  return [from, written.length];
}

const unsigned = (value: number | bigint): number => Number(value) >>> 0;
const hex = (value: number | bigint): string => unsigned(value).toString(16).padStart(8, "0");
const ALL = 0xffffffff;
const UUID = Buffer.from("0123456789abcdef0123456789abcdef", "hex");

const checksums = suite("modern: checksums");

checksums("are CRC-32C", () => {
  assert.is(hex(~Number(core.crc32c!(ALL, ...put("123456789")))), "e3069283");
  assert.is(hex(~Number(core.crc32c!(ALL, ...put(new Uint8Array(32))))), "8a9136aa"); // RFC 3720, B.4
  assert.is(hex(~Number(core.crc32c!(ALL, ...put(new Uint8Array(32).fill(0xff))))), "62a8ab43");
});

checksums("do not depend on where the bytes are cut", () => {
  const [from, length] = put(noise(200));
  const whole = core.crc32c!(ALL, from, length);
  for (const cut of [0, 1, 7, 8, 15, 16, 17, 31, 100, 199, 200]) {
    assert.is(core.crc32c!(Number(core.crc32c!(ALL, from, cut)), from + cut, length - cut), whole);
  }
  assert.is(
    core.crc32cWord!(ALL, 0x8070605040302010n),
    core.crc32c!(ALL, ...put(Buffer.from("1020304050607080", "hex"))),
  );
});

checksums("pass over zeros as if they had been read", () => {
  for (const length of [0, 1, 15, 16, 17, 48, 96, 127, 128, 1023, 1024, 1025, 4096, 9999]) {
    assert.is(core.crc32cZeros!(0x12345678, length), core.crc32c!(0x12345678, ...put(new Uint8Array(length))));
  }
});

checksums("of an inode begin with the filesystem's id and its number", () => {
  const [uuid] = put(UUID);
  assert.is(hex(core.seed!(uuid)), "688cb585");
  assert.is(hex(core.inodeSeed!(uuid, 2)), "70b04140");
  assert.is(hex(core.inodeSeed!(uuid, 13)), "c8d2409e");
});

checksums.run();

const names = suite("modern: hashes of names");

/** Unsigned ones of the last name by e2fsck and the kernel, the others by debugfs dx_hash. */
const HASHES: [name: string, hash: string, minor: string][] = [
  ["hello", "c013668e", "6eb6f5ce"],
  ["a".repeat(33), "bf235038", "50ea9192"],
  ["lost+found", "8d1d7f3e", "439cc255"],
  ["żółw", "5a880e2e", "eb415a44"],
];

for (const [name, hash, minor] of HASHES) {
  names(`${name} has hash ${hash}`, () => {
    const [seed] = put(Buffer.from("fedcba9876543210fedcba9876543210", "hex"), 1024);
    core.setHashSeed!(seed);
    assert.is(hex(core.hashName!(...put(name))), hash);
    assert.is(hex(core.minor!()), minor);
  });
}

names.run();

const attributes = suite("modern: extended attributes");

const ENTRY_HASHES: [name: string, value: Buffer, hash: string][] = [
  ["overlay.opaque", Buffer.from("y"), "a8df0a0d"],
  ["foo", Buffer.alloc(0), "0001958f"],
  ["a", Buffer.from("12345"), "32313467"],
  ["capability", Buffer.from("0100000200200000000000000000000000000000", "hex"), "8a6182aa"],
  ["zhé", Buffer.from("V"), "b8c9006a"],
];

for (const [name, value, hash] of ENTRY_HASHES) {
  attributes(`${name} of ${value.length} bytes has hash ${hash}`, () => {
    assert.is(hex(core.hashEntry!(...put(name), ...put(value, 1024))), hash);
  });
}

const OWNER = "01000600ffffffff";
const USER = "02000700e8030000";
const OWNER_GROUP = "04000400ffffffff";
const GROUP = "08000500d0070000";
const MASK = "10000700ffffffff";
const OTHER = "20000400ffffffff";

attributes("an ACL is stored in ext4's own form", () => {
  const acl = Buffer.from(`02000000${OWNER}${USER}${OWNER_GROUP}${GROUP}${MASK}${OTHER}`, "hex");
  const [to] = put("", 1024);
  assert.is(core.encodeAcl!(...put(acl), to), 36);
  assert.is(
    Buffer.from(core.memory.buffer, to, 36).toString("hex"),
    "0100000001000600" + "02000700e8030000" + "04000400" + "08000500d0070000" + "10000700" + "20000400",
  );
  assert.is(Number(core.mode!()), 0o674);
  assert.is(Boolean(core.isMode!()), false);
});

const ACLS: [why: string, acl: string, length: number][] = [
  ["no more than a mode", `02000000${OWNER}${OWNER_GROUP}${OTHER}`, 16],
  ["without entries", "02000000", 0],
  ["of another version", `01000000${OWNER}${OWNER_GROUP}${OTHER}`, -1],
  ["cut off", `02000000${OWNER}0400`, -1],
  ["without the owner", `02000000${OWNER_GROUP}${OTHER}`, -1],
  ["without the others", `02000000${OWNER}${OWNER_GROUP}`, -1],
  ["with a user and no mask", `02000000${OWNER}${USER}${OWNER_GROUP}${OTHER}`, -1],
  ["out of order", `02000000${OWNER_GROUP}${OWNER}${OTHER}`, -1],
  ["with two owners", `02000000${OWNER}${OWNER}${OWNER_GROUP}${OTHER}`, -1],
  ["with permissions that are none", `02000000${OWNER.replace("0600", "0800")}${OWNER_GROUP}${OTHER}`, -1],
  ["with a tag that is none", `0200000003000600ffffffff`, -1],
];

for (const [why, acl, length] of ACLS) {
  attributes(`an ACL ${why} ${length < 0 ? "is refused" : `makes ${length} bytes`}`, () => {
    assert.is(core.encodeAcl!(...put(Buffer.from(acl, "hex")), put("", 1024)[0]), length);
  });
}

attributes.run();

const times = suite("modern: times");

const TIMES: [why: string, seconds: bigint, field: number, epoch: number][] = [
  ["the first that can be said", -(2n ** 31n), 0x80000000, 0],
  ["a second before 1970", -1n, 0xffffffff, 0],
  ["1970", 0n, 0, 0],
  ["the last of 2038", 2n ** 31n - 1n, 0x7fffffff, 0],
  ["the next", 2n ** 31n, 0x80000000, 1],
  ["all of 32 bits", 2n ** 32n - 1n, 0xffffffff, 1],
  ["33 bits", 2n ** 33n, 0, 2],
  ["the last that can be said", 2n ** 34n - 2n ** 31n - 1n, 0x7fffffff, 3],
  ["one too early", -(2n ** 31n) - 1n, 0x80000000, 0],
  ["one too late", 2n ** 34n - 2n ** 31n, 0x7fffffff, 3],
];

for (const [why, seconds, field, epoch] of TIMES) {
  times(`${why} is field ${field}, epoch ${epoch}`, () => {
    const packed = BigInt.asUintN(64, BigInt(core.packTime!(seconds, 0)));
    assert.is(Number(packed & 0xffffffffn), field);
    assert.is(Number((packed >> 32n) & 3n), epoch);
  });
}

times("nanoseconds stand above the epoch", () => {
  assert.is(BigInt.asUintN(64, BigInt(core.packTime!(0n, 999_999_999))) >> 34n, 999_999_999n);
});

times.run();

const layouts = suite("modern: layout");

const GIB = 2 ** 30;

interface Expected {
  groups: number;
  blocksPerGroup: number;
  inodesPerGroup: number;
  usedEnd: number;
  end: number;
}

/** contentEnd and end in blocks, size, free and journal in bytes. */
const LAYOUTS: [
  why: string,
  demand: [contentEnd: number, inodes: number, size: number, free: number, journal: number, blockSize: number],
  expected: Expected,
][] = [
  [
    "an empty layer: a bitmap of each kind, one block of inodes",
    [19, 11, 0, 0, 0, 4096],
    { groups: 1, blocksPerGroup: 32_768, inodesPerGroup: 16, usedEnd: 22, end: 22 },
  ],
  [
    "a 17th inode wants another block of them",
    [19, 17, 0, 0, 0, 4096],
    { groups: 1, blocksPerGroup: 32_768, inodesPerGroup: 32, usedEnd: 23, end: 23 },
  ],
  [
    "as many inodes as a bitmap has bits",
    [19, 32_768, 0, 0, 0, 4096],
    { groups: 1, blocksPerGroup: 32_768, inodesPerGroup: 32_768, usedEnd: 2069, end: 2069 },
  ],
  [
    "one more: two groups, each of half the blocks, and nothing is padded",
    [19, 32_769, 0, 0, 0, 4096],
    { groups: 3, blocksPerGroup: 1032, inodesPerGroup: 10_928, usedEnd: 2074, end: 2074 },
  ],
  [
    "blocks that fill a group but for its tables",
    [32_768, 11, 0, 0, 0, 4096],
    { groups: 2, blocksPerGroup: 32_768, inodesPerGroup: 16, usedEnd: 32_774, end: 32_774 },
  ],
  [
    "blocks of 1 KiB: the first block is before all groups, and the end is that of 4 KiB",
    [64, 11, 0, 0, 0, 1024],
    { groups: 1, blocksPerGroup: 8192, inodesPerGroup: 16, usedEnd: 70, end: 72 },
  ],
  [
    "an empty disk of 20 GiB, as mke2fs would share it out",
    [6, 11, 20 * GIB, 0, 0, 4096],
    { groups: 160, blocksPerGroup: 32_768, inodesPerGroup: 8192, usedEnd: 82_246, end: 5_242_880 },
  ],
  [
    "the same with a journal",
    [6, 11, 20 * GIB, 0, 1, 4096],
    { groups: 160, blocksPerGroup: 32_768, inodesPerGroup: 8192, usedEnd: 115_014, end: 5_242_880 },
  ],
];

for (const [why, [contentEnd, inodes, size, free, journal, blockSize], expected] of LAYOUTS) {
  layouts(why, () => {
    core.layOut!(BigInt(contentEnd), inodes, BigInt(size), BigInt(free), BigInt(journal), blockSize);
    assert.equal(
      {
        groups: Number(core.groups!()),
        blocksPerGroup: Number(core.blocksPerGroup!()),
        inodesPerGroup: Number(core.inodesPerGroup!()),
        usedEnd: Number(core.usedEnd!()),
        end: Number(core.end!()),
      },
      expected,
    );
  });
}

layouts("free space is as much as was asked for", () => {
  core.layOut!(19n, 11, 0n, BigInt(GIB), 0n, 4096);
  assert.is(Number(core.end!()) - Number(core.usedEnd!()), GIB / 4096);
});

layouts("room is left for as many groups as the largest image has", () => {
  assert.is(Number(core.headSize!(BigInt(128 * GIB), 4096)), 4096 + 1024 * 64);
  assert.is(Number(core.headSize!(4096n, 4096)), 8192);
  assert.is(Number(core.headSize!(BigInt(128 * GIB), 1024)), 2 ** 20 + 4096);
});

layouts("a journal is as large as mke2fs makes it, or as it is asked for", () => {
  for (const [blocks, journal] of [
    [32_767, 1024],
    [32_768, 4096],
    [262_144, 8192],
    [524_288, 16_384],
    [4_194_304, 32_768],
    [8_388_608, 65_536],
    [16_777_216, 131_072],
    [33_554_432, 262_144],
  ]) {
    assert.is(Number(core.journalBlocks!(1n, BigInt(blocks!), 4096)), journal);
  }
  assert.is(Number(core.journalBlocks!(BigInt(8 * 2 ** 20), 100_000n, 4096)), 2048);
});

layouts("what does not fit is refused", () => {
  const refuses = (code: ErrorCode, work: () => unknown): void => {
    assert.throws(work, (error: unknown) => error instanceof ImageError && error.code === code);
  };
  refuses(ErrorCode.OutOfRange, () => core.layOut!(300n, 11, BigInt(2 ** 20), 0n, 0n, 4096));
  refuses(ErrorCode.InvalidArgument, () => core.journalBlocks!(BigInt(1023 * 4096), 100_000n, 4096));
  refuses(ErrorCode.InvalidArgument, () => core.journalBlocks!(BigInt(2 ** 40), 100_000n, 4096));
});

layouts.run();

const tiny = suite("modern: an image of another writer, of which every byte is known");

const BLOCK = 4096;
const TABLE = 4; // where the other writer has its inodes
const golden = gunzipSync(readFileSync(inRepository("test/fixtures/tiny.ext4.gz")));

tiny("the same names, times and ids have the same bytes and checksums", async () => {
  const mtime = 1_700_000_000_000_000_000n;
  const layer = layerTar([
    entry("dir", "./", { mtime }),
    entry("dir", "lost+found/", { mode: 0o700, mtime }),
    entry("dir", "dir/", { mtime }),
    entry("file", "f", { data: Buffer.from("hello"), mtime }),
    entry("symlink", "s", { target: "target", mtime }),
  ]);
  const uuid = "01234567-89ab-cdef-0123-456789abcdef";
  const { image } = await makeImage(layer, { filesystem: { uuid } });

  const tableAt = image.readUInt32LE(BLOCK + 8) * BLOCK; // by the first descriptor
  const inode = (bytes: Buffer, table: number, number: number): Buffer =>
    bytes.subarray(table + 256 * (number - 1), table + 256 * number);
  // A symbolic link is nowhere but in its inode.
  assert.equal(inode(image, tableAt, 14), inode(golden, TABLE * BLOCK, 14));
  // Of the others, all is equal but where their blocks are, and so the checksum.
  for (const number of [2, 11, 12, 13]) {
    const [ours, theirs] = [inode(image, tableAt, number), inode(golden, TABLE * BLOCK, number)].map((bytes) => {
      const copy = Buffer.from(bytes);
      copy.writeUInt32LE(0, 0x28 + 12 + 8);
      copy.writeUInt16LE(0, 0x7c);
      copy.writeUInt16LE(0, 0x82);
      return copy;
    });
    assert.equal(ours, theirs, `inode ${number}`);
  }
  // Directories without names of their own look the same wherever they are.
  const content = (bytes: Buffer, table: number, number: number): Buffer => {
    const at = inode(bytes, table, number).readUInt32LE(0x28 + 12 + 8) * BLOCK;
    return bytes.subarray(at, at + BLOCK);
  };
  for (const number of [11, 12]) {
    assert.equal(content(image, tableAt, number), content(golden, TABLE * BLOCK, number), `directory ${number}`);
  }
  assert.is(
    content(image, tableAt, 11)
      .readUInt32LE(BLOCK - 4)
      .toString(16),
    "4e30fcb9",
  );
  assert.is(
    content(image, tableAt, 12)
      .readUInt32LE(BLOCK - 4)
      .toString(16),
    "f8dee06e",
  );
});

tiny.run();
