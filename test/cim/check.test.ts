/** `check` of CIMs: nothing is found in sound ones, and each damage is found by its name, where it is. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { CimProblem } from "../../assembly/abi.ts";
import { type CheckResult, checkImage, ErrorCode } from "../../src/index.ts";
import { type BuildOptions, type BuiltNode, buildCim, guidOf, partsOf } from "../fixtures/cim-builder.ts";
import { Sample } from "../fixtures/cim-sample.ts";
import { goldenFiles } from "../fixtures/golden-cim-files.ts";
import { rejects } from "../fixtures/rejects.ts";

/** `error NameOrder: file 2 (/dir): region 0, byte 7: what is wrong` */
function linesOf({ findings }: CheckResult): string[] {
  return findings.map(({ severity, problem, inode, path, region, byte, message }) => {
    const file = inode === undefined ? [] : [`file ${inode}${path === undefined ? "" : ` (${Buffer.from(path)})`}`];
    const place = region === undefined ? [] : [`region ${region}, byte ${byte}`];
    return [`${severity} ${problem}`, ...file, ...place, message].join(": ");
  });
}

const sound = suite("cim check: sound images");

for (const version of [1, 2] as const) {
  sound(`golden version ${version} has no findings`, async () => {
    assert.equal(linesOf(await checkImage(goldenFiles(version))), []);
  });
  sound(`one of every kind of file, version ${version}, has no findings`, async () => {
    assert.equal(linesOf(await checkImage(partsOf(new Sample({ version }).cim))), []);
  });
}

sound("a fork has no findings, and what it does not use of its parent may be anything", async () => {
  const base = new Sample({ guid: guidOf("base") });
  base.u16(base.at(base.plain, "sd"), 0xffff);
  const fork = new Sample({ guid: guidOf("fork"), parents: [base.cim] });
  assert.equal(linesOf(await checkImage(partsOf(fork.cim))), []);
});

sound("5,000 files in a directory, links to one file from many, have no findings", async () => {
  const file: BuiltNode = {};
  const names = Array.from({ length: 5000 }, (_, i): [string, BuiltNode] => [`n${i}`, i % 10 === 0 ? file : {}]);
  assert.equal(linesOf(await checkImage(partsOf(buildCim({ names })))), []);
});

sound("object-ID files may be missing", async () => {
  const { cim, files, beside } = goldenFiles(2);
  for (const name of files.keys()) if (name.startsWith("objectid")) files.delete(name);
  assert.equal(linesOf(await checkImage({ cim, beside })), []);
});

sound.run();

const MIB = 1 << 20;
const NOWHERE = (9n << 48n) | 64n;

/** What is done to the sample, and all lines of findings that must come of it. */
const DAMAGES: [what: string, damage: (sample: Sample) => void, findings: RegExp[], options?: BuildOptions][] = [
  ["version 3", () => {}, [/^warning Version: it is of version 3/], { version: 3 }],
  [
    "a header's length",
    ({ cim }) => cim.header.writeUInt32LE(40, 8),
    [/^warning HeaderField: length of the header 40, where 72/],
  ],
  ["a reserved byte", ({ cim }) => cim.header.writeUInt8(1, 0x1f), [/^warning HeaderField: reserved bytes/]],
  [
    "a reserved byte of the region set",
    ({ cim }) => cim.header.writeUInt8(1, 0x33),
    [/^warning HeaderField: reserved bytes of the header, from 50 on/],
  ],
  [
    "a reserved byte of a region",
    ({ cim }) => cim.data.writeUInt8(1, 0x27),
    [/^warning HeaderField: region 1, byte 35: reserved bytes of the header, from 35 on/],
  ],
  ["a minor version", ({ cim }) => cim.header.writeUInt8(7, 0x14), [/^warning HeaderField: minor version 7/]],
  [
    "a region's length of header",
    ({ cim }) => cim.data.writeUInt8(72, 8),
    [/^warning HeaderField: region 1, byte 8: length of the header 72, where 40/],
  ],
  [
    "a region of another version",
    ({ cim }) => cim.data.writeUInt8(1, 16),
    [/^warning RegionVersion: region 1, byte 16: version 1 in an image of version 2$/],
  ],
  [
    "a region's number",
    ({ cim }) => cim.data.writeUInt8(5, 32),
    [/^warning RegionLabel: region 1, byte 32: .* number 5, and is 1/],
  ],
  ["a region's type", ({ cim }) => cim.metadata.writeUInt8(9, 34), [/^warning RegionLabel: region 0, byte 34: type 9/]],
  [
    "a filesystem that is nowhere",
    ({ cim }) => void cim.header.writeBigUInt64LE(NOWHERE, 0x38),
    [/^error Filesystem: region 9, byte 64: filesystem of 24 bytes, of 0/],
  ],
  [
    "a root that is not there",
    (sample) => sample.u32(sample.cim.filesystem + 20, 77),
    [/^error Filesystem: .*file 77, the root, is not there/],
  ],
  [
    "a root that is a file",
    (sample) => sample.u32(sample.cim.filesystem + 20, sample.cim.ids.get(sample.plain)!),
    [/^error Filesystem: file \d+: .* is no directory$/],
  ],
  [
    "an upcase table that is nowhere",
    (sample) => sample.u64(sample.cim.filesystem, NOWHERE),
    [/^error UpcaseTable: region 9, byte 64: upcase table of 131072 bytes, of 0/],
  ],
  [
    "a surrogate with an upper case",
    (sample) => sample.u16(sample.cim.upcase + 2 * 0xd900, 0x41),
    [/^error UpcaseTable: region 0, byte \d+: upper case of surrogate 0xd900 is 0x41/],
  ],
  [
    "an upper case with an upper case",
    (sample) => sample.u16(sample.cim.upcase + 2 * 0x7b, 0x61),
    [/^warning UpcaseTwice: .* upper case of 0x7b is 0x61, which has another/],
  ],
  [
    "file tables without end",
    (sample) => sample.u32(sample.cim.filesystem + 16, 0x7fffffff),
    [/^error FileTable: .* 2147483647 file tables/],
  ],
  [
    "a table of too many files",
    (sample) => sample.u16(sample.cim.directory + 8, 1025),
    [/^error FileTable: .* of 1025 files, where 1024/, /^error Filesystem: .* is not there/],
  ],
  [
    "records that are too long",
    (sample) => sample.u16(sample.cim.directory + 10, 0x70),
    [/^error FileTable: .* records of 112 bytes/, /^error Filesystem/],
  ],
  [
    "a table that is nowhere",
    (sample) => sample.u64(sample.cim.directory, NOWHERE),
    [/^error FileTable: .* a file table of \d+ bytes, of 0/, /^error Filesystem/],
  ],
  [
    "a reserved field of a file table",
    (sample) => sample.u32(sample.cim.directory + 12, 7),
    [/^warning FileTableField: region 0, byte \d+: reserved field 7 of a file table$/],
  ],
  [
    "records of a size of their own",
    () => {},
    [/^warning FileTableEntrySize: .* records of 104 bytes, where 96 are known/],
    { entrySize: 0x68 },
  ],
  [
    "a name that leads nowhere",
    (sample) => sample.u32(sample.at(sample.dir, "names", 8), 900),
    [/^error FileMissing: file 2 \(\/dir\): region 0, byte \d+: name "a" leads to file 900/],
  ],
  [
    "a record that is empty",
    (sample) =>
      void sample.cim.metadata.fill(0, sample.at(sample.hole, "record"), sample.at(sample.hole, "record", 96)),
    [/^error FileUnused: file \d+ \(\/hole\)/, /^warning ParentFile: .* directory 0, and/],
  ],
  [
    "flags that nobody knows",
    (sample) => sample.u16(sample.at(sample.plain, "record"), 0x28),
    [/^warning FileFlags: file 3 \(\/dir\/a\): .* flags 0x28/],
  ],
  [
    "a reserved field of a record",
    (sample) => sample.u16(sample.at(sample.plain, "record", 0x5e), 1),
    [/^warning FileFlags: file 3 \(\/dir\/a\): .* reserved field 1/],
  ],
  [
    "another parent",
    (sample) => sample.u32(sample.at(sample.plain, "record", 0x58), 1),
    [/^warning ParentFile: file 3 \(\/dir\/a\): .* says to be in directory 1, and is not/],
  ],
  [
    "a root in a directory",
    (sample) => sample.u32(sample.at(sample.root, "record", 0x58), 2),
    [/^warning ParentFile: file 1 \(\/\): .* directory 2/],
  ],
  [
    "a base region",
    (sample) => sample.u16(sample.at(sample.plain, "record", 0x5c), 3),
    [/^warning BaseRegion: file 3 \(\/dir\/a\)/],
  ],
  [
    "names without end",
    (sample) => sample.u32(sample.at(sample.dir, "names", 4), 0x4000_0000),
    [
      /^error LinkTable: file 2 \(\/dir\): region 0, byte \d+: a table of 1073741824 names/,
      /^warning ParentFile: file 6 \(\/linked\)/,
    ],
  ],
  [
    "names that are nowhere",
    (sample) => sample.field(sample.dir, 0x28, NOWHERE),
    [
      /^error LinkTable: file 2 \(\/dir\): region 9, byte 64: a table of \d+ bytes, of 0/,
      /^warning ParentFile: file 6 \(\/linked\)/,
    ],
  ],
  [
    "names that are sparse",
    (sample) => sample.field(sample.dir, 0x30, (0x101n << 48n) | 100n),
    [/^error LinkTable: file 2 \(\/dir\): .* is sparse/, /^warning ParentFile: file 6 \(\/linked\)/],
  ],
  ["names at an odd place", moveNames, [/^error LinkTable: file 2 \(\/dir\): .* not at a multiple of 8/]],
  [
    "another size of names",
    (sample) =>
      sample.u32(
        sample.at(sample.dir, "record", 0x30),
        sample.cim.metadata.readUInt32LE(sample.at(sample.dir, "record", 0x30)) + 8,
      ),
    [/^warning LinkTableSize: file 2 \(\/dir\): .* has \d+ bytes, which has \d+/],
  ],
  [
    "no names at all",
    (sample) => sample.field(sample.sub, 0x30, 1n << 48n),
    [/^warning LinkTableSize: file 5 \(\/dir\/c\): has no table/, /^warning ParentFile: file 6 \(\/linked\)/],
  ],
  [
    "a name out of its table",
    (sample) => sample.u32(sample.at(sample.dir, "names", 8 + 12), 5000),
    [/^error NamePlace: file 2 \(\/dir\): .* at byte 5000 of a table/],
  ],
  [
    "a name that is longer than names are",
    (sample) => sample.u16(nameAt(sample, 0), 256),
    [/^error NamePlace: .* a name of 256 units/],
  ],
  [
    "a slash in a name",
    (sample) => sample.u16(nameAt(sample, 0) + 2, 0x2f),
    [/^error NameForbidden: file 2 \(\/dir\): .* "\/" is no name/],
  ],
  [
    "a name that is a dot",
    (sample) => sample.u16(nameAt(sample, 0) + 2, 0x2e),
    [/^error NameForbidden: .* "\." is no name/],
  ],
  ["an empty name", (sample) => sample.u16(nameAt(sample, 0), 0), [/^error NameForbidden: .* "" is no name/]],
  [
    "names out of order",
    (sample) => sample.u16(nameAt(sample, 0) + 2, 0x7a),
    [/^error NameOrder: file 2 \(\/dir\): .* name "b", number 1, comes behind/],
  ],
  [
    "a name twice",
    (sample) => sample.u16(nameAt(sample, 1) + 2, 0x41),
    [/^error NameOrder: file 2 \(\/dir\): .* name "A" is there twice/],
  ],
  [
    "a directory in itself",
    (sample) => sample.u32(sample.at(sample.sub, "names", 8 + 4), sample.cim.ids.get(sample.sub)!),
    [/^error DirectoryLinkedTwice: file 5 \(\/dir\/c\): .* is named "x" in directory 5 too/],
  ],
  [
    "a type that nobody knows",
    (sample) => sample.field(sample.plain, 0x30, (3n << 48n) | 5n),
    [/^error StreamType: file 3 \(\/dir\/a\): type 0x3 of the content/],
  ],
  [
    "upper bits of a type",
    (sample) => sample.field(sample.plain, 0x30, (1n << 60n) | 5n),
    [/^error StreamType: .* type 0x1000/],
  ],
  [
    "an alternate stream that is no data",
    (sample) => sample.u16(sample.at(sample.streams, "streams", 8 + 14), 2),
    [/^error StreamType: file \d+ \(\/streams\): .* type 0x2 of an alternate stream/],
  ],
  [
    "data past its region",
    (sample) => sample.u32(sample.at(sample.plain, "record", 0x30), MIB),
    [/^error StreamRange: file 3 \(\/dir\/a\): region 1, byte \d+: 1048576 bytes of data, of \d+/],
  ],
  [
    "data in a region that is not there",
    (sample) => sample.field(sample.plain, 0x28, NOWHERE),
    [/^error StreamRange: .* of 0 there/],
  ],
  [
    "data that begins in a page",
    (sample) => sample.field(sample.plain, 0x28, (1n << 48n) | BigInt(sample.cim.data.length - 64)),
    [/^warning StreamPlace: file 3 \(\/dir\/a\): region 1, byte \d+: .* not at the beginning of a page/],
  ],
  [
    "data at an odd place",
    (sample) => sample.field(sample.plain, 0x28, (1n << 48n) | BigInt(sample.cim.data.length - 63)),
    [/^warning StreamPlace: .* multiple of 8/],
  ],
  [
    "data among metadata",
    (sample) => {
      sample.field(sample.plain, 0x28, BigInt(sample.cim.metadata.length - 8));
    },
    [/^warning StreamPlace: .* in a region of metadata/, /^error Overlap/],
  ],
  [
    "nothing at nowhere",
    (sample) => {
      sample.field(sample.plain, 0x28, 0n);
      sample.field(sample.plain, 0x30, 0n);
    },
    [/^warning EmptyStream: file 3 \(\/dir\/a\)/],
  ],
  [
    "nothing in a header",
    (sample) => {
      sample.field(sample.plain, 0x28, (1n << 48n) | 8n);
      sample.field(sample.plain, 0x30, 0n);
    },
    [/^error StreamRange: file 3 \(\/dir\/a\): region 1, byte 8/],
  ],
  [
    "zeros with a place",
    (sample) => sample.field(sample.hole, 0x28, (1n << 48n) | 4096n),
    [/^warning SparsePlace: file \d+ \(\/hole\)/],
  ],
  [
    "a program of another length",
    (sample) => sample.u32(sample.at(sample.program, "program", 8), 7999),
    [/^error PeImage: file \d+ \(\/program\): .* of 7999 bytes in a stream of 8000/],
  ],
  [
    "a program of too many parts",
    (sample) => sample.u16(sample.at(sample.program, "program", 20), 65535),
    [/^error PeImage: .* layout of a program of 524304 bytes/],
  ],
  [
    "parts of a program out of order",
    (sample) => sample.u32(sample.at(sample.program, "program", 32), 1000),
    [/^error PeImage: .* a part of a program at byte 1000, behind one at 1000/],
  ],
  [
    "a part that is not there",
    (sample) => sample.u32(sample.at(sample.program, "program", 28), MIB),
    [/^error PeImage: .* laid out in \d+ bytes/],
  ],
  [
    "streams without end",
    (sample) => sample.u32(sample.at(sample.streams, "streams", 4), 1e9),
    [/^error StreamTable: file \d+ \(\/streams\): .* a table of 1000000000 names/],
  ],
  [
    "a stream with a colon",
    (sample) => sample.u16(sample.at(sample.streams, "streams", 8 + 32 + 8 + 2), 0x3a),
    [/^error NameForbidden: file \d+ \(\/streams\): .* ":" is no name/],
  ],
  [
    "streams out of order",
    (sample) => sample.u16(sample.at(sample.streams, "streams", 8 + 32 + 8 + 2), 0x7a),
    [/^error NameOrder: file \d+ \(\/streams\)/],
  ],
  [
    "a length before streams",
    () => {},
    [/^error StreamTable: file \d+ \(\/streams\): .* a length of four bytes/],
    { behindLength: true },
  ],
  [
    "no descriptor",
    (sample) => sample.field(sample.plain, 0x38, 0n),
    [/^warning DescriptorMissing: file 3 \(\/dir\/a\)/],
  ],
  [
    "a descriptor past its region",
    (sample) => sample.u16(sample.at(sample.root, "sd"), 0xffff),
    [/^error Descriptor: file 1 \(\/\): .* of 65537 bytes, of \d+ there are/],
  ],
  [
    "a descriptor of another revision",
    (sample) => sample.cim.metadata.writeUInt8(2, sample.at(sample.plain, "sd", 2)),
    [/^error Descriptor: file 3 \(\/dir\/a\): .* 20 bytes that cannot be any/],
  ],
  [
    "a descriptor whose owner is nowhere",
    (sample) => sample.u32(sample.at(sample.plain, "sd", 2 + 4), 500),
    [/^error Descriptor: file 3/],
  ],
  [
    "attributes that lead out of their chain",
    (sample) => sample.u32(sample.at(sample.other, "ea"), 400),
    [/^error ExtendedAttributes: file 4 \(\/dir\/b\): .* that cannot be any/],
  ],
  [
    "attributes that are nowhere",
    (sample) => sample.field(sample.other, 0x40, NOWHERE),
    [/^error ExtendedAttributes: file 4 \(\/dir\/b\): region 9, byte 64/],
  ],
  [
    "a tag of its own",
    (sample) => sample.u32(sample.at(sample.link, "record", 4), 0xa0000003),
    [/^error Reparse: file \d+ \(\/link\): .* tag 0xa0000003, and 0xa000000c in the data/],
  ],
  [
    "a tag without data",
    (sample) => sample.u32(sample.at(sample.plain, "record", 4), 0xa0000003),
    [/^error Reparse: file 3 \(\/dir\/a\): reparse tag/],
  ],
  [
    "reparse data of another length",
    (sample) => sample.u16(sample.at(sample.link, "reparse", 2 + 4), 5),
    [/^error Reparse: file \d+ \(\/link\): .* that cannot be any/],
  ],
  [
    "a target that is nowhere",
    (sample) => sample.u16(sample.at(sample.link, "reparse", 2 + 8), 5000),
    [/^error Reparse: .* that cannot be any/],
  ],
  [
    "attributes at an odd place",
    moveAttributes,
    [/^warning Alignment: file 4 \(\/dir\/b\): .* extended attributes at a byte/],
  ],
  [
    "data in the middle of other data",
    (sample) => sample.field(sample.plain, 0x28, (1n << 48n) | BigInt(sample.at(sample.other, "content", 4096))),
    [/^error Overlap: file 3 \(\/dir\/a\): region 1, byte \d+: 5 bytes, some of which are among 9000 of file 4/],
  ],
  [
    "data at the same place, of another length",
    (sample) => sample.field(sample.plain, 0x28, (1n << 48n) | BigInt(sample.at(sample.other, "content"))),
    [/^error Overlap: file 4 \(\/dir\/b\): .* 9000 bytes, some of which are among 5 of file 3/],
  ],
  [
    "an object-ID file that is too short",
    ({ cim }) => void cim.files.set(`objectid_${cim.guid}_1`, Buffer.alloc(20)),
    [/^error ObjectIds: region 1, byte 0: .* a file of 20 bytes/],
  ],
  [
    "an object-ID file that is none",
    ({ cim }) => void cim.files.get(`objectid_${cim.guid}_0`)!.fill(0, 0, 1),
    [/^error ObjectIds: region 0, byte 0: .* does not begin/],
  ],
  [
    "an object-ID file of another type",
    ({ cim }) => cim.files.get(`objectid_${cim.guid}_0`)!.writeUInt8(1, 12),
    [/^error ObjectIds: .* file type 1, where 2/],
  ],
  [
    "an object-ID file of another version",
    ({ cim }) => cim.files.get(`objectid_${cim.guid}_0`)!.writeUInt8(9, 16),
    [/^error ObjectIds: .* version 9/],
  ],
  [
    "object IDs without end",
    ({ cim }) => void cim.files.get(`objectid_${cim.guid}_0`)!.writeUInt32LE(1e9, 44),
    [/^error ObjectIds: .* 1000000000 of them in a file of 48 bytes/],
  ],
  ["an object ID that is nowhere", addObjectId, [/^error ObjectIds: .* one at byte 1099511627776/]],
];

/** A byte of the metadata: the units of a name of /dir, before the name. */
function nameAt(sample: Sample, index: number): number {
  return sample.at(
    sample.dir,
    "names",
    sample.cim.metadata.readUInt32LE(sample.at(sample.dir, "names", 8 + 12 + 4 * index)),
  );
}

/** To four bytes further on, over what stands there. */
function moveNames(sample: Sample): void {
  const at = sample.at(sample.dir, "names");
  const size = sample.cim.metadata.readUInt32LE(at);
  sample.cim.metadata.copyWithin(at + 4, at, at + size);
  sample.field(sample.dir, 0x28, BigInt(at + 4));
}

function moveAttributes(sample: Sample): void {
  const at = sample.at(sample.other, "ea");
  sample.cim.metadata.copyWithin(at + 4, at, at + sample.other.ea!.length);
  sample.field(sample.other, 0x40, BigInt(at + 4));
}

function addObjectId({ cim }: Sample): void {
  const name = `objectid_${cim.guid}_0`;
  const entry = Buffer.alloc(40);
  entry.writeBigUInt64LE(1n, 0);
  entry.writeBigUInt64LE(1n << 40n, 32);
  const file = Buffer.concat([cim.files.get(name)!, entry]);
  file.writeUInt32LE(1, 44);
  cim.files.set(name, file);
}

const damages = suite("cim check: damages");
const seen = new Set<string>();

for (const [what, damage, findings, options] of DAMAGES) {
  damages(what, async () => {
    const sample = new Sample(options);
    damage(sample);
    const result = await checkImage(partsOf(sample.cim));
    const lines = linesOf(result);
    assert.is(lines.length, findings.length, lines.join("\n"));
    for (const finding of findings)
      assert.ok(
        lines.some((line) => finding.test(line)),
        `${finding}: ${lines.join("\n")}`,
      );
    assert.is(
      result.sound,
      lines.every((line) => line.startsWith("warning")),
    );
    for (const { problem } of result.findings) seen.add(problem);
  });
}

damages("names in the order of characters are warned of", async () => {
  const names: [string, BuiltNode][] = [
    ["a\ufb00", {}],
    ["a\u{10ffff}", {}],
  ];
  const compare = (a: string, b: string) => (a < b ? 1 : -1); // as it comes: U+FB00 before what begins with a surrogate
  const result = await checkImage(partsOf(buildCim({ names }, { compare })));
  assert.match(
    linesOf(result).join("\n"),
    /^warning NameOrderOfCodePoints: file 1 \(\/\): .* in its place by characters/,
  );
  assert.ok(result.sound);
  for (const { problem } of result.findings) seen.add(problem);
});

damages("a path of more than 32,767 units is too long", async () => {
  let node: BuiltNode = { names: [] };
  for (let depth = 0; depth < 140; depth++) node = { names: [["d".repeat(250), node]] };
  const result = await checkImage(partsOf(buildCim(node)));
  assert.ok(linesOf(result).every((line) => /^error PathLength: file \d+: the path of "ddd/.test(line)));
  assert.is(result.errors, 140 - Math.floor(32_767 / 251));
  for (const { problem } of result.findings) seen.add(problem);
});

damages("tables of names that many directories share are not gone over without end", async () => {
  const shared: BuiltNode = { names: Array.from({ length: 2000 }, (_, i): [string, BuiltNode] => [`f${i}`, {}]) };
  const sharing = Array.from({ length: 2000 }, (_, i): [string, BuiltNode] => [`d${i}`, { names: [] }]);
  const cim = buildCim({ names: [["shared", shared], ...sharing] });
  const at = cim.places.get(shared)!.record! + 0x28;
  for (const [, node] of sharing) cim.metadata.copy(cim.metadata, cim.places.get(node)!.record! + 0x28, at, at + 16);
  const start = performance.now();
  const result = await checkImage(partsOf(cim));
  assert.ok(performance.now() - start < 10_000);
  assert.ok(!result.sound);
  assert.match(linesOf(result).join("\n"), /error LinkTablesShared/);
  for (const { problem } of result.findings) seen.add(problem);
});

damages("every problem has been seen", () => {
  const names = Object.keys(CimProblem).filter((name) => Number.isNaN(Number(name)));
  assert.equal(
    names.filter((name) => !seen.has(name)),
    [],
  );
});

damages.run();

const refused = suite("cim check: what cannot be looked at");

const UNREADABLE: [what: string, damage: (sample: Sample) => void, code: ErrorCode, message: RegExp][] = [
  ["a header that ends", ({ cim }) => cim.header.writeUInt8(1, 0x46), ErrorCode.Corrupt, /1 parents do not fit/],
  ["a header of another type", ({ cim }) => cim.header.writeUInt8(3, 12), ErrorCode.Corrupt, /image: file type 3/],
  ["a region", ({ cim }) => cim.header.writeUInt8(1, 12), ErrorCode.Unsupported, /image: it is a region of a CIM/],
  [
    "object ids",
    ({ cim }) => cim.header.writeUInt8(2, 12),
    ErrorCode.Unsupported,
    /image: it is the object ids of a CIM/,
  ],
  [
    "a header of another version",
    ({ cim }) => cim.header.writeUInt8(4, 16),
    ErrorCode.Unsupported,
    /version 4\.0 is not known/,
  ],
  ["no regions", ({ cim }) => cim.header.writeUInt8(0, 0x30), ErrorCode.Corrupt, /no regions of its own/],
  ["a region that is missing", ({ cim }) => cim.header.writeUInt8(3, 0x30), ErrorCode.NotFound, /region_.*_2/],
  ["a region that is none", ({ cim }) => cim.data.writeUInt8(0, 0), ErrorCode.Corrupt, /region 1: does not begin with/],
  ["a region of another type", ({ cim }) => cim.data.writeUInt8(2, 12), ErrorCode.Corrupt, /region 1: file type 2/],
  [
    "a region of 20 bytes",
    ({ cim }) => void cim.files.set(`region_${cim.guid}_1`, Buffer.alloc(20)),
    ErrorCode.Corrupt,
    /region 1: a file of 20 bytes/,
  ],
];

for (const [what, damage, code, message] of UNREADABLE) {
  refused(what, async () => {
    const sample = new Sample();
    damage(sample);
    assert.match((await rejects(checkImage(partsOf(sample.cim)), code)).message, message);
  });
}

refused.run();
