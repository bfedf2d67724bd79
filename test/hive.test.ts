/** Registry hives as they are read: what is found in them, and what is refused. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ErrorCode, openHive } from "../src/index.ts";
import { probe } from "./core/probe.ts";
import { buildHive, key, putChecksum, readHive, type Value } from "./fixtures/hive.ts";
import { goldenHive } from "./fixtures/hives.ts";
import { noise } from "./fixtures/random.ts";
import { refuses } from "./fixtures/refuses.ts";
import { scratchFile, scratchPath } from "./fixtures/scratch.ts";

const reading = suite("hive: reading");

reading("finds keys by their paths, whatever the case, and says where there is none", () => {
  const hive = openHive(goldenHive("base"));
  assert.is(hive.find("SOFTWARE\\vendor")?.name, "Vendor");
  assert.is(hive.find("\\k\u0141UCZ\\")?.name, "K\u0142ucz");
  assert.is(hive.find("")?.name, "ROOT");
  assert.is(hive.find("Many\\K04999")?.name, "k04999");
  for (const path of ["Soft", "Software\\Vendor\\", "Software\\Vendors", "Software\\Vendor\\x"]) {
    assert.is(hive.find(path)?.name, path.endsWith("Vendor\\") ? "Vendor" : undefined);
  }
  refuses(() => hive.key("Nowhere"), ErrorCode.NotFound, /^hive: no key Nowhere$/);
});

reading("gives the values of the golden base, of all sizes", () => {
  const values = openHive(goldenHive("base")).key("Software\\Vendor").values();
  const sizes = values.map(({ name, type, data }) => `${name} ${type} ${data.length}`);
  assert.equal(sizes, [
    " 1 16",
    "d 4 4",
    "q 11 8",
    "e 3 0",
    "b1 3 1",
    "b5 3 5",
    "m 7 10",
    "big0 3 16344",
    "big1 3 16345",
    "big3 3 51200",
    "\u017c\u00f3\u0142w 1 4",
    "\u00e9 1 8",
  ]);
  const { data } = values.find(({ name }) => name === "big3")!;
  assert.ok(data.every((byte, index) => byte === index % 256));
});

reading("gives class, time, flags and descriptor of a key", () => {
  const { className, lastWritten, flags, security } = openHive(goldenHive("base")).key("Cls");
  assert.equal([className, lastWritten, flags, security.length], ["MyClass", 133_500_000_000_000_000n, 0x20, 124]);
});

reading("tells what a delta does to the hive below", () => {
  const hive = openHive(goldenHive("delta"));
  assert.equal(
    ["Cls", "Many\\k00001", "Many\\k00002"].map((path) => [hive.key(path).layer, hive.key(path).inheritsClass]),
    [
      ["merge", true],
      ["tombstone", false],
      ["supersede-local", false],
    ],
  );
  const [d] = hive.key("Software\\Vendor").values();
  assert.equal([d!.name, d!.isTombstone, d!.data.length], ["d", true, 0]);
});

reading("takes a path, bytes, and a file with more behind the bins", () => {
  const hive = buildHive(key("ROOT", { subkeys: [key("x")] }));
  assert.equal(readHive(scratchFile("some.hive", hive)), readHive(hive));
  assert.equal(readHive(Buffer.concat([hive, Buffer.alloc(5000, 0xff)])), readHive(hive));
  refuses(() => openHive(scratchPath("none.hive")), ErrorCode.NotFound, /no such file/);
});

reading.run();

const refusing = suite("hive: refuses");

const value = (name: string, size: number): Value => ({ name, type: 3, data: Uint8Array.from(noise(size)) });
const GOOD = buildHive(
  key("ROOT", {
    className: "Cl",
    values: [value("small", 2), value("mid", 100), value("large", 40_000)],
    subkeys: [key("a"), key("b"), key("c")],
  }),
  { leaf: 2 },
);

/** Where the nth structure of a kind begins in the file, behind the size of its cell. */
function find(signature: string, nth = 0): number {
  let at = 4096;
  for (let left = nth; left >= 0; left--) at = GOOD.indexOf(signature, at + 1, "latin1");
  return at;
}

const ROOT = GOOD.readUInt32LE(36) + 4100;
/** What leads somewhere stands 4 bytes before what it leads to, and counts from the first bin. */
const LIST = GOOD.readUInt32LE(ROOT + 28) + 4100;
const BIG_DATA = GOOD.readUInt32LE(find("vk", 2) + 8) + 4100;
const LAST = GOOD.length - 4096;

/** A field of the file: where it stands, its bytes, and what is put there. */
const DAMAGE: [why: string, at: number, width: 1 | 2 | 4, put: number, code: ErrorCode, says: RegExp][] = [
  ["another magic", 0, 1, 0x52, ErrorCode.Unsupported, /is no registry hive$/],
  ["a dirty hive", 4, 4, 9, ErrorCode.Unsupported, /is dirty \(sequence numbers 9 and 3\)/],
  ["a log", 28, 4, 6, ErrorCode.Unsupported, /a file of type 6, which is a log/],
  ["an older version", 24, 4, 2, ErrorCode.Unsupported, /version 1\.2; those read are 1\.3 to 1\.6/],
  ["a newer version", 20, 4, 2, ErrorCode.Unsupported, /version 2\.5/],
  ["another format", 32, 4, 2, ErrorCode.Unsupported, /format 2;/],
  ["more bins than the file has", 40, 4, LAST + 4096, ErrorCode.Corrupt, /bins of \d+ bytes behind a header/],
  ["bins that are no pages", 40, 4, 4097, ErrorCode.Corrupt, /bins of 4097 bytes/],
  ["no bins", 40, 4, 0, ErrorCode.Corrupt, /bins of 0 bytes/],
  ["a bin without its mark", 4096, 1, 0, ErrorCode.Corrupt, /bin at 0: it does not begin with hbin/],
  ["a bin that stands elsewhere", 4100, 4, 4096, ErrorCode.Corrupt, /bin at 0: it says that it stands at 4096/],
  ["a bin past the last", 4104, 4, LAST + 4096, ErrorCode.Corrupt, /bin at 0: it has \d+ bytes/],
  ["a bin of no size", 4104, 4, 0, ErrorCode.Corrupt, /bin at 0: it has 0 bytes/],
  ["a cell of no size", 4128, 4, 0, ErrorCode.Corrupt, /cell at 32: it has 0 bytes/],
  ["a cell of an odd size", 4128, 4, -12, ErrorCode.Corrupt, /cell at 32: it has 12 bytes/],
  ["a cell past its bin", 4128, 4, -8192, ErrorCode.Corrupt, /cell at 32: it has 8192 bytes/],
  [
    "a cell of the least size there is",
    4128,
    4,
    -0x8000_0000,
    ErrorCode.Corrupt,
    /cell at 32: it has 2147483648 bytes/,
  ],
  ["a root that is in no cell", 36, 4, 36, ErrorCode.Corrupt, /no cell in use begins at 36/],
  ["a root past the bins", 36, 4, -8, ErrorCode.Corrupt, /no cell in use begins at 4294967288/],
  ["a root that is no key", ROOT, 1, 0, ErrorCode.Corrupt, /does not begin with nk/],
  ["a root in a free cell", ROOT - 4, 4, -GOOD.readInt32LE(ROOT - 4), ErrorCode.Corrupt, /no cell in use/],
  ["a name past its cell", ROOT + 72, 2, 40, ErrorCode.Corrupt, /its name of 40 bytes does not fit/],
  ["a backslash in a name", find("nk") + 76, 1, 0x5c, ErrorCode.Corrupt, /its name has a backslash/],
  ["a key without a name", find("nk") + 72, 2, 0, ErrorCode.Corrupt, /a name of 0 bytes/],
  ["half a unit in a name", find("nk") + 2, 2, 0, ErrorCode.Corrupt, /a name of 1 bytes/],
  ["bits of layers that nobody knows", ROOT + 13, 1, 0x04, ErrorCode.Unsupported, /layer bits 4 are unknown/],
  ["a class past its cell", ROOT + 74, 2, 200, ErrorCode.Corrupt, /class of \d+: 200 bytes in the cell/],
  ["no descriptor", ROOT + 44, 4, -1, ErrorCode.Corrupt, /security of \d+: no cell/],
  ["a descriptor that is none", find("sk"), 1, 0, ErrorCode.Corrupt, /does not begin with sk/],
  ["a descriptor past its cell", find("sk") + 16, 4, 400, ErrorCode.Corrupt, /a descriptor of 400 bytes/],
  [
    "more values than the list has",
    ROOT + 36,
    4,
    0x4000_0001,
    ErrorCode.Corrupt,
    /value list of \d+: 4294967295 bytes/,
  ],
  ["a value that is none", find("vk"), 1, 0, ErrorCode.Corrupt, /does not begin with vk/],
  ["data past its cell", find("vk", 1) + 4, 4, 5000, ErrorCode.Corrupt, /data of \d+: 5000 bytes/],
  [
    "data past all limits",
    find("vk", 1) + 4,
    4,
    0x7fff_ffff,
    ErrorCode.Corrupt,
    /2147483647 bytes of data, past the limit/,
  ],
  [
    "five bytes in a field of four",
    find("vk") + 4,
    4,
    0x8000_0005,
    ErrorCode.Corrupt,
    /5 bytes of data in a field of 4/,
  ],
  ["segments of other data", find("vk", 2) + 4, 4, 20_000, ErrorCode.Corrupt, /nor in 2 segments/],
  [
    "a segment that is too short",
    find("vk", 2) + 4,
    4,
    49_000,
    ErrorCode.Corrupt,
    /segment of \d+: 16312 bytes in the cell/,
  ],
  ["big data that is none", BIG_DATA, 1, 0, ErrorCode.Corrupt, /40000 bytes stand neither in it nor in 3 segments/],
  ["a list that is none", LIST, 1, 0x78, ErrorCode.Corrupt, /begins with none of lf, lh, li/],
  ["a list of too many", find("lh") + 2, 2, 400, ErrorCode.Corrupt, /400 entries in \d+ bytes/],
  ["a list of too few", find("lh") + 2, 2, 1, ErrorCode.Corrupt, /3 subkeys, and its lists have 2/],
  ["a root of lists below another", find("lh"), 2, 0x6972, ErrorCode.Corrupt, /begins with none of lf, lh, li/],
  ["a key that is its own subkey", find("lh") + 4, 4, ROOT - 4100, ErrorCode.Corrupt, /is in use already/],
  [
    "a key that is there twice",
    find("lh") + 4,
    4,
    GOOD.readUInt32LE(find("lh") + 12),
    ErrorCode.Corrupt,
    /is in use already/,
  ],
  [
    "data that is a class too",
    ROOT + 48,
    4,
    GOOD.readUInt32LE(find("vk", 1) + 8),
    ErrorCode.Corrupt,
    /data of \d+: .* is in use already/,
  ],
];

for (const [why, at, width, put, code, says] of DAMAGE) {
  refusing(why, () => {
    const hive = Buffer.from(GOOD);
    if (width === 4) hive.writeInt32LE(put | 0, at);
    else if (width === 2) hive.writeUInt16LE(put, at);
    else hive[at] = put;
    putChecksum(hive);
    refuses(() => openHive(hive), code, /^regf: hive: /);
    refuses(() => openHive(hive), code, says);
  });
}

refusing("a wrong checksum", () => {
  const hive = Buffer.from(GOOD);
  hive[50]! ^= 1;
  refuses(() => openHive(hive), ErrorCode.Corrupt, /^regf: hive: header: checksum \d+, computed \d+$/);
});

for (const [sum, stored] of [
  [0, 1],
  [-1, -2],
] as const) {
  refusing(`a checksum of ${sum}, which is written as ${stored}`, () => {
    const hive = Buffer.from(GOOD);
    let rest = sum;
    for (let at = 0; at < 508; at += 4) if (at !== 200) rest ^= hive.readInt32LE(at);
    hive.writeInt32LE(rest, 200); // where nothing stands
    hive.writeInt32LE(stored, 508);
    assert.equal(readHive(hive), readHive(GOOD));
    hive.writeInt32LE(sum, 508);
    refuses(() => openHive(hive), ErrorCode.Corrupt, /header: checksum/);
  });
}

refusing("a file that ends anywhere", () => {
  for (const size of [0, 1, 3, 4, 511, 512, 4095, 4096, 8191, GOOD.length - 1]) {
    const code = size < 4 ? ErrorCode.Unsupported : ErrorCode.Corrupt;
    refuses(() => openHive(Buffer.from(GOOD.subarray(0, size))), code, /^regf: hive: /);
  }
});

refusing.run();

const core = suite("core: hives");

/** What other parts of the core ask of hives. */
const { memory, ...lines } = await probe(
  `
  import { ByteBuffer } from "./assembly/bytes/memory";
  import { findString, findValue } from "./assembly/regf/hive";
  import { Source } from "./assembly/source";
  class Bytes extends Source {
    constructor(private at: usize, private length: u32) { super(); }
    get size(): u64 { return this.length; }
    read(at: u64, to: usize, length: u32): void { memory.copy(to, this.at + <usize>at, length); }
  }
  const to = new ByteBuffer();
  const hive = new ByteBuffer();
  export function room(length: u32): usize { hive.reserve(length); hive.length = length; return hive.at; }
  export function result(): usize { return to.at; }
  export function build(): i32 {
    return findString(new Bytes(hive.at, hive.length), "Microsoft\\\\Windows NT\\\\CurrentVersion", "CurrentBuild", to) ? to.length : -1;
  }
  export function none(): i32 {
    return findString(new Bytes(hive.at, hive.length), "Microsoft\\\\Windows", "CurrentBuild", to) ? to.length : -1;
  }
  export function whole(): i32 { return findValue(new Bytes(hive.at, hive.length), "", "", to) ? to.length : -1; }
`,
);

const text = (data: string) => ({ type: 1, data: Buffer.from(data, "utf16le") });

core("the build number is found in SOFTWARE, without what follows its zero", () => {
  const version = key("CurrentVersion", { values: [{ name: "currentbuild", ...text("20348\0rest\0") }] });
  const hive = buildHive(
    key("ROOT", {
      values: [{ name: "", ...text("abc\0") }],
      subkeys: [key("Microsoft", { subkeys: [key("Windows NT", { subkeys: [version] }), key("Windows")] })],
    }),
  );
  Buffer.from(memory.buffer, Number(lines.room!(hive.length)), hive.length).set(hive);
  assert.is(lines.build!(), 10);
  assert.is(Buffer.from(memory.buffer, Number(lines.result!()), 10).toString("utf16le"), "20348");
  assert.is(lines.none!(), -1);
  assert.is(lines.whole!(), 8);
});

core.run();
