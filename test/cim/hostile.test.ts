/** CIMs that an enemy made: each is refused, by place and number, and soon. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { directories } from "../../src/host/image/walk.ts";
import { checkImage, ErrorCode, type Image, openImage } from "../../src/index.ts";
import { type BuiltNode, buildCim, partsOf } from "../fixtures/cim-builder.ts";
import { Sample } from "../fixtures/cim-sample.ts";
import { refuses } from "../fixtures/refuses.ts";
import { rejects } from "../fixtures/rejects.ts";

const hostile = suite("cim: made by an enemy");

const MOST_MILLISECONDS = 10_000;
const NOWHERE = (9n << 48n) | 64n;
const ALL = 0xffff_ffff;

/** Everything, from the root down. */
function walk(image: Image): void {
  for (const { entries } of directories(image, "/", new Uint8Array())) {
    for (const entry of entries) {
      image.windows(entry);
      image.xattrs(entry);
      for (const { nameBytes } of image.streams(entry)) for (const _ of image.readStream(entry, nameBytes));
      if (entry.type === "file") for (const _ of image.read(entry, 0, 1e6));
      if (entry.type === "symlink") image.readlink(entry);
    }
  }
}

const NOT_OPENED: [what: string, damage: (sample: Sample) => void, message: RegExp][] = [
  ["65,535 parents", ({ cim }) => cim.header.writeUInt16LE(0xffff, 0x46), /65535 parents do not fit/],
  [
    "a filesystem at 0",
    ({ cim }) => cim.header.fill(0, 0x38, 0x40),
    /filesystem at region 0, byte 0, where there is no room/,
  ],
  [
    "a filesystem at the end",
    (sample) => sample.cim.header.writeBigUInt64LE(BigInt(sample.cim.metadata.length - 23), 0x38),
    /there is no room/,
  ],
  [
    "an offset that is all ones",
    (sample) => sample.u64(sample.cim.filesystem, ~0n & 0xffff_ffff_ffff_ffffn),
    /upcase table at region 65535, byte 281474976710655/,
  ],
  ["4,294,967,295 file tables", (sample) => sample.u32(sample.cim.filesystem + 16, ALL), /4294967295 file tables/],
  ["no file tables", (sample) => sample.u32(sample.cim.filesystem + 16, 0), /0 file tables/],
  ["records without bytes", (sample) => sample.u16(sample.cim.directory + 10, 0), /records of 0 bytes/],
  ["1,025 files in a table", (sample) => sample.u16(sample.cim.directory + 8, 1025), /1025 files, where 1024/],
  ["a table that is nowhere", (sample) => sample.u64(sample.cim.directory, NOWHERE), /region 9, byte 64/],
  ["a root that is not there", (sample) => sample.u32(sample.cim.filesystem + 20, 0), /file 0, its root, is not there/],
];

for (const [what, damage, message] of NOT_OPENED) {
  hostile(`${what}: not opened`, async () => {
    const sample = new Sample();
    damage(sample);
    assert.match((await rejects(openImage(partsOf(sample.cim)), ErrorCode.Corrupt)).message, message);
  });
}

const NOT_READ: [what: string, damage: (sample: Sample) => void, message: RegExp][] = [
  [
    "a directory in itself",
    (sample) => sample.u32(sample.at(sample.sub, "names", 12), sample.cim.ids.get(sample.dir)!),
    /has more than one place in the tree/,
  ],
  ["names without end", (sample) => sample.u32(sample.at(sample.dir, "names", 4), ALL), /4294967295 names in 44 bytes/],
  ["names of no length", (sample) => sample.u32(sample.at(sample.dir, "names"), 0), /3 names in 0 bytes/],
  [
    "names past the end",
    (sample) => sample.field(sample.dir, 0x30, (1n << 48n) | 0xffff_ffff_ffffn),
    /281474976710655 bytes at region 0/,
  ],
  [
    "a name at the end of its table",
    (sample) => sample.u32(sample.at(sample.dir, "names", 20), 43),
    /name 0 at byte 43 of 44/,
  ],
  [
    "a name of 65,535 units",
    (sample) => sample.u16(sample.at(sample.dir, "names", 32), 0xffff),
    /name 0 of 65535 units/,
  ],
  ["a name that leads up", (sample) => nameUpwards(sample), /is no name/],
  [
    "a file that is not there",
    (sample) => sample.u32(sample.at(sample.dir, "names", 8), ALL),
    /file 4294967295: there is no such file/,
  ],
  [
    "data past the end",
    (sample) => sample.field(sample.plain, 0x30, 0xffff_ffff_ffffn),
    /281474976710655 bytes at region 1/,
  ],
  [
    "a program that is nowhere",
    (sample) => sample.u64(sample.at(sample.program, "program"), NOWHERE),
    /of region 9, are not there/,
  ],
  [
    "a program whose part is past the end",
    (sample) => sample.u32(sample.at(sample.program, "program", 28), ALL),
    /are not there/,
  ],
  [
    "a descriptor past the end",
    (sample) => sample.u16(sample.at(sample.plain, "sd"), 0xffff),
    /security descriptor: 65535 bytes/,
  ],
  [
    "attributes in a circle",
    (sample) => sample.u32(sample.at(sample.other, "ea"), 0xffff_fff0),
    /extended attributes: their chain is broken/,
  ],
  [
    "attributes that go on behind their end",
    (sample) => sample.u16(sample.at(sample.other, "record", 2), 16),
    /extended attributes: their chain is broken/,
  ],
  [
    "a link that names nothing",
    (sample) => sample.u16(sample.at(sample.link, "reparse", 2 + 10), 0xfffe),
    /that name no target/,
  ],
  ["streams without end", (sample) => sample.u32(sample.at(sample.streams, "streams", 4), ALL), /4294967295 names/],
];

/** Of the first name in the root. */
function nameUpwards(sample: Sample): void {
  const at = sample.at(sample.root, "names", 8 + 8 * sample.root.names!.length);
  sample.u16(at, 2);
  sample.cim.metadata.write("..", at + 2, "utf16le");
}

for (const [what, damage, message] of NOT_READ) {
  hostile(`${what}: not read`, async () => {
    const sample = new Sample();
    damage(sample);
    const image = await openImage(partsOf(sample.cim));
    const start = performance.now();
    refuses(() => walk(image), ErrorCode.Corrupt, message);
    assert.ok(performance.now() - start < MOST_MILLISECONDS);
    assert.not((await checkImage(partsOf(sample.cim))).sound);
  });
}

hostile("file tables that are all one: no files without end", async () => {
  const names = Array.from({ length: 3000 }, (_, i): [string, BuiltNode] => [`f${i}`, {}]);
  const cim = buildCim({ names });
  // As many entries as there is room for, all of the first table.
  const count = Math.floor((0x20000 - 8) / 16);
  const entry = Buffer.from(cim.metadata.subarray(cim.directory, cim.directory + 16));
  for (let i = 0; i < count; i++) entry.copy(cim.metadata, cim.upcase + 16 * i);
  cim.metadata.writeBigUInt64LE(BigInt(cim.upcase), cim.filesystem + 8);
  cim.metadata.writeUInt32LE(count, cim.filesystem + 16);
  assert.match(
    (await rejects(openImage(partsOf(cim)), ErrorCode.Corrupt)).message,
    /file tables of \d+ bytes in regions of/,
  );
  assert.not((await checkImage(partsOf(cim))).sound);
});

hostile("a table of names that 2,000 directories share is gone over a few times", async () => {
  const shared: BuiltNode = { names: Array.from({ length: 2000 }, (_, i): [string, BuiltNode] => [`f${i}`, {}]) };
  const sharing = Array.from({ length: 2000 }, (_, i): [string, BuiltNode] => [`d${i}`, { names: [] }]);
  const cim = buildCim({ names: [["shared", shared], ...sharing] });
  const at = cim.places.get(shared)!.record! + 0x28;
  for (const [, node] of sharing) cim.metadata.copy(cim.metadata, cim.places.get(node)!.record! + 0x28, at, at + 16);
  const image = await openImage(partsOf(cim));
  const start = performance.now();
  refuses(() => walk(image), ErrorCode.Corrupt, /directories have more bytes than/);
  assert.ok(performance.now() - start < MOST_MILLISECONDS);
});

hostile("a name of 256 units that is all there: not read", async () => {
  const cim = buildCim({ names: [["n".repeat(256), {}]] });
  const image = await openImage(partsOf(cim));
  refuses(() => walk(image), ErrorCode.Corrupt, /name 0 of 256 units/);
  assert.not((await checkImage(partsOf(cim))).sound);
});

hostile("a file of 2^48 zeros is read from anywhere", async () => {
  const image = await openImage(partsOf(buildCim({ names: [["f", { content: { sparse: 2 ** 48 - 1 } }]] })));
  const piece = new Uint8Array(100).fill(1);
  assert.is(image.readInto("f", 2 ** 48 - 51, piece), 50);
  assert.ok(piece.subarray(0, 50).every((byte) => byte === 0));
});

hostile("one failure does not spoil the rest", async () => {
  const sample = new Sample();
  sample.u16(sample.at(sample.plain, "sd"), 0xffff);
  sample.field(sample.other, 0x28, NOWHERE);
  sample.field(sample.hole, 0x38, 0n);
  const image = await openImage(partsOf(sample.cim));
  assert.is(image.windows("linked").securityDescriptor.length, 20);
  refuses(() => image.windows("dir/a"), ErrorCode.Corrupt, /file 3: security descriptor/);
  assert.is(image.windows("hole").securityDescriptor.length, 0);
  refuses(() => [...image.read("dir/b")], ErrorCode.Corrupt, /file 4: stream/);
  assert.is(Buffer.concat([...image.read("dir/a")]).toString(), "plain");
  assert.is(Buffer.concat([...image.read("linked")]).toString(), "linked");
  assert.is(image.windows("linked").securityDescriptor.length, 20);
});

hostile.run();
