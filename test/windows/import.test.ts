/** Layers of Windows, and the tree that they describe. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Sparse } from "../fixtures/tar-builder.ts";
import { type Imported, type ImportedFile, type ImportOptions, importLayers } from "../fixtures/windows-import.ts";
import { eaChain, filetime, junctionBuffer, NULL_DACL, symlinkBuffer } from "../fixtures/windows-metadata.ts";
import {
  DIRECTORY,
  HIDDEN,
  READONLY,
  REPARSE_POINT,
  SYSTEM,
  streamMember,
  type WindowsEntry,
  windowsEntry,
  windowsTar,
} from "../fixtures/windows-tar.ts";

type Item = WindowsEntry | Uint8Array;

/** What becomes of the last of the layers, over those before it. */
const imported = (layers: Item[][], options?: ImportOptions): Promise<Imported> =>
  importLayers(layers.map(windowsTar), options);

const one = async (entry: Item, ...more: Item[]): Promise<ImportedFile> => {
  const { files } = await imported([[entry, ...more]]);
  return files.get("f")!;
};

const file = (path: string, text = path, more: Partial<WindowsEntry> = {}): WindowsEntry =>
  windowsEntry("file", path, { data: Buffer.from(text), ...more });
const dir = (path: string, more?: Partial<WindowsEntry>): WindowsEntry => windowsEntry("dir", path, more);
const link = (path: string, target: string): WindowsEntry => windowsEntry("hardlink", path, { target });
const whiteout = (path: string): WindowsEntry => windowsEntry("file", path);

/** Paths of all but the root, and what stands there: text of a file, "/" for a directory. */
function shape({ files }: Imported): Record<string, string> {
  const paths = [...files].filter(([path]) => path !== "");
  return Object.fromEntries(
    paths.map(([path, { attributes, data }]) => [path, attributes & DIRECTORY ? "/" : data.toString()]),
  );
}

const metadata = suite("windows layer: metadata");

const NS = 1_700_000_000_123_456_789n;

metadata("times are FILETIMEs, to 100 ns, and what is shorter is cut off", async () => {
  const { creationTime, lastWriteTime, changeTime, lastAccessTime } = await one(
    file("f", "", { mtime: NS, atime: NS + 10n ** 9n, ctime: NS + 2n * 10n ** 9n, creationTime: -(10n ** 18n) - 1n }),
  );
  assert.is(lastWriteTime, filetime(NS));
  assert.is(lastWriteTime, 133_444_736_001_234_567n);
  assert.is(lastAccessTime, filetime(NS) + 10_000_000n);
  assert.is(changeTime, filetime(NS) + 20_000_000n);
  assert.is(creationTime, filetime(-(10n ** 18n) - 1n));
});

metadata("times that an entry does not say are that of the last change", async () => {
  const { creationTime, lastWriteTime, changeTime, lastAccessTime } = await one(file("f", "", { mtime: NS }));
  assert.equal([creationTime, changeTime, lastAccessTime], [lastWriteTime, lastWriteTime, lastWriteTime]);
});

metadata("the first and the last moment of Windows are moments", async () => {
  const first = -11_644_473_600n * 10n ** 9n;
  assert.is((await one(file("f", "", { mtime: first }))).lastWriteTime, 0n);
  const last = (2n ** 63n - 1n - 116_444_736_000_000_000n) / 10_000_000n - 1n;
  assert.is((await one(file("f", "", { mtime: last * 10n ** 9n }))).lastWriteTime, filetime(last * 10n ** 9n));
});

const ATTRIBUTES: [why: string, entry: WindowsEntry, attributes: number, dropped: number][] = [
  ["no record", file("f", "", { attributes: undefined }), 0, 0],
  ["no record of a directory", dir("f", { attributes: undefined }), DIRECTORY, 0],
  ["a directory whose record does not say so", dir("f", { attributes: HIDDEN }), DIRECTORY | HIDDEN, 0],
  ["a directory by its record alone", windowsEntry("file", "f", { attributes: DIRECTORY }), DIRECTORY, 0],
  ["all that an image can hold", file("f", "", { attributes: 0x227 }), 0x227, 0],
  ["NORMAL, which is the name of none", file("f", "", { attributes: 0x80 }), 0, 0],
  ["what an image cannot hold", file("f", "", { attributes: 0x2000 | SYSTEM }), SYSTEM, 1],
  ["reparse data that no tar can bring", file("f", "", { attributes: REPARSE_POINT | READONLY }), READONLY, 1],
  ["a link", windowsEntry("symlink", "f", { target: "x" }), REPARSE_POINT, 0],
  ["a link whose record is silent", windowsEntry("symlink", "f", { target: "x", attributes: 0 }), REPARSE_POINT, 0],
  ["a junction", windowsEntry("junction", "f", { target: "C:/x" }), DIRECTORY | REPARSE_POINT, 0],
];

for (const [why, entry, attributes, dropped] of ATTRIBUTES) {
  metadata(`attributes: ${why}`, async () => {
    const { files, droppedAttributes } = await imported([[entry]]);
    assert.is(files.get("f")!.attributes, attributes);
    assert.is(droppedAttributes, dropped);
  });
}

metadata("a security descriptor is kept byte for byte, and before one in words", async () => {
  // S-1-5-18 owns it, and its group is S-1-5-32.
  const hex = "0100008014000000200000000000000000000000010100000000000512000000010100000000000520000000";
  const securityDescriptor = Buffer.from(hex, "hex");
  const found = await one(file("f", "", { securityDescriptor, sddl: "O:BA" }));
  assert.equal(found.securityDescriptor, securityDescriptor);
});

metadata("without one, everyone may do everything: the root and implied directories too", async () => {
  const { files } = await imported([[file("a/b/f")]]);
  for (const [path, { securityDescriptor }] of files) assert.equal(securityDescriptor, NULL_DACL, path);
  const { creationTime, lastWriteTime, changeTime, lastAccessTime, attributes } = files.get("a/b")!;
  assert.equal([creationTime, lastWriteTime, changeTime, lastAccessTime, attributes], [0n, 0n, 0n, 0n, DIRECTORY]);
});

metadata("extended attributes are a chain, sorted by name; the last of a name counts", async () => {
  const eas: [string, Uint8Array][] = [
    ["LONGER", Buffer.from("12345")],
    ["$K", Buffer.alloc(0)],
    ["FOO", Buffer.from("bar")],
  ];
  const sorted = [eas[1]!, eas[2]!, eas[0]!];
  const records: [string, string][] = [["MSWINDOWS.xattr.FOO", "YmFy"]];
  const wrong: [string, Uint8Array] = ["FOO", Buffer.from("no")];
  assert.equal((await one(file("f", "", { eas: [wrong, ...eas], records }))).eas, eaChain(sorted));
  assert.equal((await one(file("f", "", { eas: [...sorted].reverse() }))).eas, eaChain(sorted));
});

/** What hcsshim's rules make of these in an image: its extended attributes, and its reparse data behind their length. */
const GOLDEN_EAS = "1000000000030300464f4f006261720000000000000605004c4f4e474552003132333435";
const GOLDEN_REPARSE =
  "0c0000a034000000000012001400120001000000680065006c006c006f002e007400780074000000680065006c006c006f002e007400780074000000";

metadata("extended attributes and links are those of the golden image", async () => {
  const eas: [string, Uint8Array][] = [
    ["FOO", Buffer.from("bar")],
    ["LONGER", Buffer.from("12345")],
  ];
  assert.is((await one(file("f", "x", { eas }))).eas.toString("hex"), GOLDEN_EAS);
  const found = await one(windowsEntry("symlink", "f", { target: "hello.txt" }));
  assert.is(found.reparse.toString("hex"), GOLDEN_REPARSE);
});

const LINKS: [why: string, kind: "symlink" | "junction", target: string, buffer: Buffer][] = [
  ["relative", "symlink", "../a/b", symlinkBuffer("..\\a\\b", "..\\a\\b", true)],
  ["rooted", "symlink", "/Windows", symlinkBuffer("\\Windows", "\\Windows", true)],
  ["on a drive", "symlink", "C:/x", symlinkBuffer("\\??\\C:\\x", "C:\\x", false)],
  ["on a drive, lower case", "symlink", "d:", symlinkBuffer("\\??\\d:", "d:", false)],
  ["not on a drive", "symlink", "1:x", symlinkBuffer("1:x", "1:x", true)],
  ["on a server", "symlink", "//server/share", symlinkBuffer("\\??\\UNC\\server\\share", "\\\\server\\share", false)],
  ["verbatim", "symlink", "\\\\?\\C:\\x", symlinkBuffer("\\??\\C:\\x", "\\\\?\\C:\\x", false)],
  ["beyond the first plane", "symlink", "😀/é", symlinkBuffer("😀\\é", "😀\\é", true)],
  ["a junction", "junction", "C:/x", junctionBuffer("\\??\\C:\\x", "C:\\x")],
  ["a volume", "junction", "//?/Volume{1}/", junctionBuffer("\\??\\Volume{1}\\", "\\\\?\\Volume{1}\\")],
];

for (const [why, kind, target, buffer] of LINKS) {
  metadata(`target: ${why}`, async () => {
    assert.is((await one(windowsEntry(kind, "f", { target }))).reparse.toString("hex"), buffer.toString("hex"));
  });
}

metadata("records that the tar's own header has do for files without any of Windows'", async () => {
  const plain = streamMember("f", Buffer.from("x")); // a header and no records
  assert.is((await one(plain)).lastWriteTime, filetime(0n));
});

metadata.run();

const streams = suite("windows layer: streams");

streams("follow their file, in both forms, and arrive whole", async () => {
  const big = Buffer.alloc(200_000, "stream");
  const { files } = await imported([
    [
      file("f", "main", {
        streams: [
          ["zone", Buffer.from("AB")],
          ["Alpha:$DATA", big],
          ["lower:$data", Buffer.alloc(0)],
        ],
      }),
      file("g"),
    ],
  ]);
  const { data, streams } = files.get("f")!;
  assert.is(data.toString(), "main");
  assert.equal(
    new Map([...streams].sort()),
    new Map([
      ["Alpha", big],
      ["lower", Buffer.alloc(0)],
      ["zone", Buffer.from("AB")],
    ]),
  );
  assert.is(files.get("g")!.streams.size, 0);
});

streams("are also those of directories, of links, and of files in deep places", async () => {
  const stream: WindowsEntry["streams"] = [["s", Buffer.from("1")]];
  const { files } = await imported([
    [
      dir("d", { streams: stream }),
      windowsEntry("symlink", "l", { target: "x", streams: stream }),
      file("d/e/f", "", { streams: stream }),
    ],
  ]);
  for (const path of ["d", "l", "d/e/f"]) assert.equal([...files.get(path)!.streams.keys()], ["s"]);
});

streams("are also those of the root, which is no part of a path", async () => {
  const { files } = await imported([[dir("."), streamMember("./:s", Buffer.from("1"))]]);
  assert.equal([...files.get("")!.streams.keys()], ["s"]);
});

streams("have names that files may not have", async () => {
  const name = "\x05Summary*?<>|";
  assert.equal([...(await one(file("f", "", { streams: [[name, Buffer.from("1")]] }))).streams.keys()], [name]);
});

streams("replace one whose name differs in case at most", async () => {
  const { streams } = await one(
    file("f", "", {
      streams: [
        ["É", Buffer.from("1")],
        ["é", Buffer.from("2")],
      ],
    }),
  );
  assert.equal(streams, new Map([["é", Buffer.from("2")]]));
});

streams("of a file that comes again are gone, unless they come again", async () => {
  const with1 = { streams: [["one", Buffer.from("1")]] as [string, Uint8Array][] };
  assert.is((await one(file("f", "", with1), file("f"))).streams.size, 0);
  const { files } = await imported([[dir("f", with1)], [dir("f")]]);
  assert.is(files.get("f")!.streams.size, 0);
});

streams.run();

const content = suite("windows layer: content");

content("is whole, holes and all, whatever the pieces it comes in", async () => {
  const sparse: Sparse = { size: 100_000, pieces: [[10_000, Buffer.from("data")]] };
  const expected = Buffer.alloc(100_000);
  expected.write("data", 10_000);
  for (const piece of [1, 512, 1000, 65_536]) {
    const { files } = await imported([[windowsEntry("file", "f", { data: sparse }), file("g")]], { piece });
    assert.ok(files.get("f")!.data.equals(expected));
    assert.is(files.get("g")!.data.toString(), "g");
  }
});

content("of devices and pipes is none: they become empty files", async () => {
  const entries = (["char", "block", "fifo"] as const).map((kind) => windowsEntry(kind, kind));
  const result = await imported([entries]);
  assert.equal(shape(result), { block: "", char: "", fifo: "" });
  assert.is(result.devices, 3);
});

content.run();

const names = suite("windows layer: names");

const NAMES: [why: string, name: string, path: string][] = [
  ["./ in front", "./a", "a"],
  ["a slash behind", "a/", "a"],
  ["spaces and dots at the end", "a. /b..", "a. /b.."],
  ["names of devices", "NUL", "NUL"],
  ["255 units", "x".repeat(255), "x".repeat(255)],
  ["255 units of 510 bytes", "é".repeat(255), "é".repeat(255)],
  ["beyond the first plane", "😀".repeat(127), "😀".repeat(127)],
  ["dots", "...", "..."],
];

for (const [why, name, path] of NAMES) {
  names(`may have ${why}`, async () => {
    const { files } = await imported([[windowsEntry("file", name)]]);
    assert.ok(files.has(path), [...files.keys()].join());
  });
}

names("the root is described by its own entry", async () => {
  for (const name of [".", "./"]) {
    const { files } = await imported([
      [windowsEntry("dir", name.replace("/", ""), { attributes: DIRECTORY | HIDDEN }), file("a")],
    ]);
    assert.is(files.get("")!.attributes, DIRECTORY | HIDDEN, name);
    assert.is(files.get("")!.lastWriteTime, filetime(1_700_000_000_123_456_700n));
  }
});

names("lead on whatever their case, and are spelled as their own entry has them", async () => {
  const result = await imported([[file("files/É/a"), dir("Files"), file("FILES/é/B")]]);
  assert.equal(shape(result), { Files: "/", "Files/É": "/", "Files/É/B": "FILES/é/B", "Files/É/a": "files/É/a" });
  const over = await imported([[file("Files/Readme", "1")], [file("files/README", "2")]]);
  assert.equal(shape(over), { Files: "/", "Files/README": "2" });
});

names("that come again: the later entry wins", async () => {
  assert.equal(shape(await imported([[file("a", "1"), file("a", "2")]])), { a: "2" });
  assert.equal(shape(await imported([[file("a", "1")], [file("a", "2")]])), { a: "2" });
});

names("a directory that comes again keeps what it holds, and is described anew", async () => {
  const result = await imported([[dir("d"), file("d/a")], [dir("d", { attributes: DIRECTORY | HIDDEN })]]);
  assert.equal(shape(result), { d: "/", "d/a": "d/a" });
  assert.is(result.files.get("d")!.attributes, DIRECTORY | HIDDEN);
});

names("a file takes the place of a directory and all in it, and the reverse", async () => {
  assert.equal(shape(await imported([[file("d/a/b")], [file("d", "now")]])), { d: "now" });
  assert.equal(shape(await imported([[file("d")], [dir("d"), file("d/a")]])), { d: "/", "d/a": "d/a" });
});

names("a junction takes the place of a directory, whoever filled it", async () => {
  const junction = windowsEntry("junction", "d", { target: "C:/x" });
  assert.equal(shape(await imported([[dir("d"), file("d/a")], [junction]])), { d: "/" });
  assert.equal(shape(await imported([[junction], [dir("d"), file("d/a")]])), { d: "/", "d/a": "d/a" });
  assert.equal(shape(await imported([[file("d/a"), junction]])), { d: "/" }, "only implied until then");
});

names.run();

const links = suite("windows layer: hard links");

/** Paths of each file that has more than one. */
function linked({ files }: Imported): string[][] {
  const groups = new Map<number, string[]>();
  for (const [path, { file }] of files) groups.set(file, [...(groups.get(file) ?? []), path]);
  for (const [path, { file, links, attributes }] of files) {
    if (path !== "") assert.is(links, attributes & DIRECTORY ? 1 : groups.get(file)!.length, path);
  }
  return [...groups.values()].filter((paths) => paths.length > 1);
}

const LINKED: [why: string, layers: Item[][], groups: string[][]][] = [
  ["in the layer", [[file("a"), link("b", "a")]], [["a", "b"]]],
  ["whatever the case", [[file("Files/É"), link("b", "./files/é")]], [["Files/É", "b"]]],
  ["below", [[file("a")], [link("b", "a")]], [["a", "b"]]],
  ["still to come", [[link("b", "a"), file("a")]], [["a", "b"]]],
  ["to links that are still to come", [[link("c", "b"), link("b", "a"), file("a")]], [["a", "b", "c"]]],
  ["in chains of any order", [[link("d", "c"), link("b", "a"), link("c", "b"), file("a")]], [["a", "b", "c", "d"]]],
  ["to itself, which is there", [[file("a"), link("b", "a"), link("a", "a")]], [["a", "b"]]],
  [
    "to a symbolic link, which is a file",
    [[windowsEntry("symlink", "a", { target: "x" }), link("b", "a")]],
    [["a", "b"]],
  ],
  ["over a file", [[file("a"), file("b")], [link("b", "a")]], [["a", "b"]]],
  ["over the directory that it is in", [[file("b/a")], [link("b", "b/a")]], []],
  ["replaced before its target came", [[link("b", "a"), file("b"), file("a")]], []],
  ["deleted before its target came", [[link("d/b", "a"), whiteout(".wh.d"), file("a")]], []],
  [
    "to what is replaced: it stays what it was",
    [[file("a"), link("b", "a"), link("c", "a")], [file("a", "new")]],
    [["b", "c"]],
  ],
];

for (const [why, layers, groups] of LINKED) {
  links(`hard links: ${why}`, async () => assert.equal(linked(await imported(layers)), groups));
}

links("a link over a directory that held its target keeps the file", async () => {
  assert.equal(shape(await imported([[file("b/a", "text")], [link("b", "b/a")]])), { b: "text" });
});

links.run();

const whiteouts = suite("windows layer: whiteouts");

const WHITEOUTS: [why: string, layers: Item[][], shape: Record<string, string>][] = [
  ["a file", [[file("d/a"), file("d/b")], [whiteout("d/.wh.a")]], { d: "/", "d/b": "d/b" }],
  ["whatever the case", [[file("D/É")], [whiteout("d/.wh.é")]], { D: "/" }],
  ["a directory and all in it", [[file("d/e/a"), file("d/b")], [whiteout("d/.wh.e")]], { d: "/", "d/b": "d/b" }],
  ["a name as long as names can be", [[file("n".repeat(255))], [whiteout(`.wh.${"n".repeat(255)}`)]], {}],
  ["nothing", [[file("a")], [whiteout(".wh.b"), whiteout("x/y/.wh.z")]], { a: "a" }],
  ["add, then delete", [[file("a"), whiteout(".wh.a")]], {}],
  ["delete, then add", [[file("a")], [whiteout(".wh.a"), file("a", "new")]], { a: "new" }],
  ["delete, then add in another case", [[file("b"), whiteout(".wh.b"), file("B")]], { B: "B" }],
  ["one of two names", [[file("a"), link("b", "a")], [whiteout(".wh.a")]], { b: "a" }],
  ["a directory anew", [[file("d/a")], [whiteout(".wh.d"), file("d/b")]], { d: "/", "d/b": "d/b" }],
  ["opaque, before", [[file("d/a")], [dir("d"), whiteout("d/.wh..wh..opq"), file("d/b")]], { d: "/", "d/b": "d/b" }],
  ["opaque, after", [[file("d/a")], [dir("d"), file("d/b"), whiteout("d/.wh..wh..opq")]], { d: "/", "d/b": "d/b" }],
  [
    "opaque, and what stands deep in it",
    [
      [file("d/e/f/a"), file("d/g/h")],
      [file("d/e/f/b"), whiteout("d/.wh..wh..opq")],
    ],
    { d: "/", "d/e": "/", "d/e/f": "/", "d/e/f/b": "d/e/f/b" },
  ],
  [
    "opaque twice",
    [[file("a")], [file("b"), whiteout(".wh..wh..opq"), file("c"), whiteout("./.wh..wh..opq")]],
    { b: "b", c: "c" },
  ],
  ["opaque where nothing is", [[file("a")], [whiteout("x/.wh..wh..opq"), whiteout("a/.wh..wh..opq")]], { a: "a" }],
  [
    "opaque keeps what links are to",
    [[file("d/a", "text")], [link("d/b", "d/a"), whiteout("d/.wh..wh..opq")]],
    { d: "/", "d/b": "text" },
  ],
  ["aufs' own", [[file("a")], [whiteout(".wh..wh.plnk")]], { a: "a" }],
];

for (const [why, layers, expected] of WHITEOUTS) {
  whiteouts(`whiteouts: ${why}`, async () => assert.equal(shape(await imported(layers)), expected));
}

whiteouts("a hidden directory in which a layer has something is as if nobody had described it", async () => {
  for (const entries of [
    [whiteout("d/.wh..wh..opq"), file("d/e/b")],
    [file("d/e/b"), whiteout("d/.wh..wh..opq")],
  ]) {
    const { files, whiteouts } = await imported([[dir("d"), dir("d/e", { attributes: DIRECTORY | HIDDEN })], entries]);
    const { attributes, lastWriteTime } = files.get("d/e")!;
    assert.equal([attributes, lastWriteTime], [DIRECTORY, 0n]);
    assert.is(files.get("d")!.lastWriteTime, filetime(1_700_000_000_123_456_700n), "the directory itself stays");
    assert.is(whiteouts, 1);
  }
});

whiteouts.run();

const limits = suite("windows layer: size");

limits("ten thousand files in a directory, and paths of 15,000 parts", async () => {
  const many = Array.from({ length: 10_000 }, (_, index) => streamMember(`d/File ${index}`, new Uint8Array()));
  assert.is((await imported([many])).files.size, 10_002);
  const deep = Array(15_000).fill("d").join("/");
  const { files } = await importLayers([windowsTar([file(`${deep}/f`), whiteout(".wh.d"), file(deep)])]);
  assert.is(files.get(deep)!.data.toString(), deep);
});

limits("ten thousand streams whose long names differ at their end alone", async () => {
  const long = Array.from({ length: 9_999 }, (_, index) => `${"s".repeat(250)}${String(index).padStart(5, "0")}`);
  const members = long.map((name) => streamMember(`f:${name}`, new Uint8Array()));
  const start = process.cpuUsage();
  assert.is(
    (await one(file("f"), ...members, streamMember(`f:${long[0]!.toUpperCase()}`, new Uint8Array()))).streams.size,
    9_999,
  );
  const { user } = process.cpuUsage(start);
  assert.ok(user < 5_000_000, `${user} µs; name against name, unit by unit, takes more than 10 s`);
});

limits.run();
