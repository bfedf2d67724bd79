/** CIMs are read: the golden ones against what is known to be in them, built ones in every form that there is. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ErrorCode, type Image, openImage } from "../../src/index.ts";
import {
  type BuiltNode,
  buildCim,
  eaChain,
  guidOf,
  linkTo,
  MOUNT_POINT,
  NULL_DACL,
  partsOf,
  TIME,
} from "../fixtures/cim-builder.ts";
import { GOLDEN_GUID_TEXT, goldenFiles } from "../fixtures/golden-cim-files.ts";
import { refuses } from "../fixtures/refuses.ts";
import { rejects } from "../fixtures/rejects.ts";
import { scratchFolder } from "../fixtures/scratch.ts";

const contentOf = (image: Image, place: string): Buffer => Buffer.concat([...image.read(place)]);
const streamOf = (image: Image, place: string, name: string): string =>
  Buffer.concat([...image.readStream(place, name)]).toString();
const namesIn = (image: Image, place: string): string[] => [...image.list(place)].map(({ name }) => name);
const attributesOf = (image: Image, place: string): number => image.windows(place).attributes;

const golden = suite("cim reading: golden");

for (const version of [1, 2] as const) {
  golden(`version ${version}: names, types and file IDs`, async () => {
    const image = await openImage(goldenFiles(version));
    const entries = (place: string) => [...image.list(place)].map(({ name, type, inode }) => [name, type, inode]);
    assert.equal(entries("/"), [["Files", "directory", 2]]);
    assert.equal(entries("/Files"), [
      ["ads", "file", 3],
      ["Alias.TXT", "file", 4],
      ["big.bin", "file", 5],
      ["ea", "file", 6],
      ["empty", "file", 7],
      ["hello.txt", "file", 4],
      ["ln", "symlink", 8],
      ["sub", "directory", 9],
      ["été", "file", 10],
    ]);
    assert.equal(entries("/Files/sub"), []);
    image.close();
  });

  golden(`version ${version}: content, streams, attributes, what else files have`, async () => {
    const image = await openImage(goldenFiles(version));
    assert.is(contentOf(image, "/Files/hello.txt").toString(), "Hello, CIM!\n");
    assert.is(contentOf(image, "/Files/Alias.TXT").toString(), "Hello, CIM!\n");
    assert.equal(
      contentOf(image, "/Files/big.bin"),
      Buffer.from(Array.from({ length: 5000 }, (_, i) => (7 * i) % 256)),
    );
    assert.is(contentOf(image, "/Files/empty").length, 0);
    assert.is(contentOf(image, "/Files/ads").toString(), "main");
    assert.is(contentOf(image, "/Files/été").toString(), "acc");
    assert.equal(
      image.streams("/Files/ads").map(({ name, size }) => [name, size]),
      [
        ["Alpha", 10],
        ["zone", 2],
      ],
    );
    assert.is(streamOf(image, "/Files/ads", "Alpha"), "stream two");
    assert.is(streamOf(image, "/Files/ads", "ZONE"), "AB");
    assert.equal(
      [...image.xattrs("/Files/ea")].map(([name, value]) => [name, Buffer.from(value).toString()]),
      [
        ["FOO", "bar"],
        ["LONGER", "12345"],
      ],
    );
    assert.equal(
      ["/", "/Files/hello.txt", "/Files/big.bin", "/Files/ln", "/Files/été"].map((place) => attributesOf(image, place)),
      [0x10, 0x20, 0x1, 0x400, 0],
    );
    assert.is(Buffer.from(image.readlink("/Files/ln")).toString(), "hello.txt");
    image.close();
  });

  golden(`version ${version}: every file has the four times and the descriptor`, async () => {
    const image = await openImage(goldenFiles(version));
    for (let inode = 1; inode <= 10; inode++) {
      const windows = image.windows({ inode });
      const { creationTime, lastWriteTime, changeTime, lastAccessTime, securityDescriptor } = windows;
      assert.equal([creationTime, lastWriteTime, changeTime, lastAccessTime], [TIME, TIME, TIME, TIME]);
      assert.equal(Buffer.from(securityDescriptor), NULL_DACL);
      assert.is(windows.parent, version === 1 ? 0 : inode === 1 ? 0 : inode === 2 ? 1 : 2);
      assert.equal(image.stat({ inode }).mtime, { seconds: 1581633152, nanoseconds: 666828800 });
    }
    image.close();
  });

  golden(`version ${version}: what it says of itself`, async () => {
    const image = await openImage(goldenFiles(version));
    const { bytes, ...rest } = image.inspectCim();
    const metadata = version === 1 ? 132_456 : 132_536;
    assert.equal(rest, {
      version: `${version}.0`,
      size: 72 + metadata + 36_864,
      regionSet: { guid: GOLDEN_GUID_TEXT, regions: 2, size: metadata + 36_864 },
      parents: [],
      fileTables: 1,
      files: 7,
      directories: 3,
      reparsePoints: 1,
      alternateStreams: 2,
    });
    assert.equal([bytes.content, bytes.streams, bytes.securityDescriptors, bytes.upcase], [5020, 12, 22, 131_072]);
    image.close();
  });
}

golden.run();

const forms = suite("cim reading: forms");

/** Opens what is built of `names`. */
const open = (names: [string, BuiltNode][], options = {}): Promise<Image> =>
  openImage(partsOf(buildCim({ names }, options)));

forms("names are found by the upper case that the image has, and by no other", async () => {
  const file = { content: Buffer.from("here") };
  // Not that of any language: x and q are one letter, and a has no capital.
  const upcase = (unit: number) => (unit === 0x78 ? 0x71 : unit);
  const image = await open([["box", file]], { upcase });
  assert.is(image.stat("boq").inode, 2);
  for (const other of ["BOX", "Box", "bo"]) refuses(() => image.stat(other), ErrorCode.NotFound, /no such file/);
});

forms("paths go by / and \\, and by `..` up to the root", async () => {
  const image = await open([["Dir", { names: [["a.txt", { content: Buffer.from("a") }]] }]]);
  for (const path of ["/Dir/a.txt", "\\dir\\A.TXT", "dir\\../DIR/./a.TXT", "\\..\\..\\dir/a.txt", "//dir\\\\a.txt"])
    assert.is(contentOf(image, path).toString(), "a", path);
});

forms("3,000 names in a directory, in three file tables, are listed and found", async () => {
  const names = Array.from({ length: 3000 }, (_, i): [string, BuiltNode] => [
    `File-${(i * 7919) % 3000}`,
    { content: Buffer.from(String(i)) },
  ]);
  const image = await open([["big", { names }]]);
  const listed = namesIn(image, "/big");
  assert.is(listed.length, 3000);
  assert.equal([...listed].sort(), names.map(([name]) => name).sort());
  assert.is(image.inspectCim().fileTables, 3);
  for (const [name, { content }] of names)
    assert.is(contentOf(image, `big\\${name.toUpperCase()}`).toString(), String(content));
  refuses(() => image.stat("big\\file-3000"), ErrorCode.NotFound, /no such file/);
});

forms("names of 255 units that take three bytes each come in more than one list", async () => {
  const names = Array.from({ length: 800 }, (_, i): [string, BuiltNode] => [
    String(i).padStart(4, "0") + "\u4e2d".repeat(251),
    {},
  ]);
  const image = await open(names);
  assert.equal(
    namesIn(image, "/"),
    names.map(([name]) => name),
  );
});

const ODD_NAMES = ["\ud800", "\udfff\ud800", "\u{1f600}", "\ue000", "\uffff", "a\u{10ffff}", "a\ufb00", "plain"];

for (const [order, compare] of [
  ["units", undefined],
  ["characters", compareCharacters],
] as const) {
  forms(`surrogates, alone and in pairs, in the order of ${order}: each name is kept, and found`, async () => {
    const names = ODD_NAMES.map((name): [string, BuiltNode] => [name, { content: Buffer.from(name, "utf16le") }]);
    const image = await open(names, compare && { compare });
    const found = [...image.list("/")];
    assert.is(found.length, names.length);
    for (const { nameBytes } of found) {
      const content = Buffer.concat([...image.read(Buffer.from(nameBytes))]);
      assert.equal(Buffer.from(nameBytes), wtf8(content.toString("utf16le")));
      assert.equal(contentOf(image, content.toString("utf16le")), content);
    }
  });
}

/** As hcsshim's reader has it. */
function compareCharacters(a: string, b: string): number {
  const one = [...a].map((character) => character.codePointAt(0)!);
  const other = [...b].map((character) => character.codePointAt(0)!);
  const at = one.findIndex((point, index) => point !== other[index]);
  return at < 0 || at >= other.length ? one.length - other.length : one[at]! - other[at]!;
}

function wtf8(name: string): Buffer {
  const points = [...name].map((character) => character.codePointAt(0)!);
  const lone = (point: number) => Buffer.from([0xe0 | (point >> 12), 0x80 | ((point >> 6) & 63), 0x80 | (point & 63)]);
  return Buffer.concat(
    points.map((point) => (point >= 0xd800 && point < 0xe000 ? lone(point) : Buffer.from(String.fromCodePoint(point)))),
  );
}

forms("zeros that are not stored are read", async () => {
  const image = await open([["hole", { content: { sparse: 3_000_000 }, flags: 16 }]]);
  const content = contentOf(image, "hole");
  assert.is(content.length, 3_000_000);
  assert.ok(content.every((byte) => byte === 0));
  assert.is(attributesOf(image, "hole"), 0x200);
});

forms("a program that is laid out in memory is read as the file that it was", async () => {
  const program = Buffer.from(Array.from({ length: 20_000 }, (_, i) => (i * 31) % 251));
  const parts: [number, number][] = [
    [1024, 3072],
    [5000, 10_000],
    [19_000, 12_345],
  ];
  const image = await open([["a.dll", { content: { program, parts } }]]);
  assert.equal(contentOf(image, "A.DLL"), program);
  const piece = new Uint8Array(100);
  assert.is(image.readInto("a.dll", 4950, piece), 100);
  assert.equal(Buffer.from(piece), program.subarray(4950, 5050));
  assert.is(image.inspectCim().bytes.peImages, 24 + 3 * 8);
});

forms("records that are shorter or longer than ours are read", async () => {
  for (const entrySize of [0x38, 0x48, 0x58, 0x60, 0x68]) {
    const image = await open([["f", { content: Buffer.from("content") }]], { entrySize });
    assert.is(contentOf(image, "f").toString(), "content");
    assert.is(image.windows("f").securityDescriptor.length, entrySize > 0x38 ? NULL_DACL.length : 0);
    assert.is(image.windows("f").parent, entrySize >= 0x60 ? 1 : 0);
  }
  await rejects(open([], { entrySize: 0x30 }), ErrorCode.Corrupt);
});

forms("an image of version 3 is read while it keeps the rules; what does not is Unsupported, not Corrupt", async () => {
  const image = await open([["f", { content: Buffer.from("content") }]], { version: 3, entrySize: 0x68 });
  assert.is(contentOf(image, "f").toString(), "content");
  assert.is(image.inspectCim().version, "3.0");
  await rejects(open([], { version: 3, entrySize: 0x30 }), ErrorCode.Unsupported);
  await rejects(open([], { version: 4 }), ErrorCode.Unsupported);
  await rejects(open([], { version: 0 }), ErrorCode.Unsupported);
});

forms("a fork is read through its parents, two levels of them", async () => {
  const shared: BuiltNode = { content: Buffer.from("of the base") };
  const base = buildCim({ names: [["kept", shared]] }, { guid: guidOf("base") });
  const middle = buildCim(
    { names: [["new", { content: Buffer.from("of the middle") }]] },
    { guid: guidOf("middle"), parents: [base] },
  );
  const top: BuiltNode = { content: Buffer.from("to be replaced") };
  const fork = buildCim(
    {
      names: [
        ["kept", top],
        ["own", { content: Buffer.from("of the top") }],
      ],
    },
    { guid: guidOf("top"), parents: [base, middle] },
  );
  // The record's content now stands in the base: region 1 of all.
  const record = fork.places.get(top)!.record!;
  fork.metadata.writeBigUInt64LE((1n << 48n) | BigInt(base.places.get(shared)!.content!), record + 0x28);
  fork.metadata.writeBigUInt64LE(BigInt("of the base".length), record + 0x30);
  const image = await openImage(partsOf(fork));
  assert.is(contentOf(image, "kept").toString(), "of the base");
  assert.is(contentOf(image, "own").toString(), "of the top");
  const { regionSet, parents } = image.inspectCim();
  assert.equal(
    [...parents, regionSet].map(({ guid }) => guid),
    [guidOf("base"), guidOf("middle"), guidOf("top")],
  );
  const { cim, beside } = partsOf(fork);
  const missing = `region_${guidOf("middle")}_1`;
  const error = await rejects(
    openImage({ cim, beside: (name) => (name === missing ? undefined : beside(name)) }),
    ErrorCode.NotFound,
  );
  assert.match(error.message, missing);
});

forms("links are followed within the image, whatever kind they are", async () => {
  const file: BuiltNode = { content: Buffer.from("found") };
  const image = await open([
    ["Windows", { names: [["System32", { names: [["a.txt", file]] }]] }],
    ["relative", { reparse: linkTo("Windows\\System32\\A.TXT") }],
    ["rooted", { reparse: linkTo("\\windows") }],
    ["up", { names: [["link", { reparse: linkTo("..\\relative") }]] }],
    ["drive", { reparse: linkTo("\\??\\C:\\Windows") }],
    ["junction", { names: [], reparse: linkTo("\\??\\C:\\Users", MOUNT_POINT) }],
    ["volume", { names: [], reparse: linkTo("\\??\\Volume{1}\\", MOUNT_POINT) }],
    ["circle", { reparse: linkTo("circle") }],
  ]);
  for (const path of ["relative", "rooted\\System32\\a.txt", "up\\link"])
    assert.is(contentOf(image, path).toString(), "found", path);
  assert.is(Buffer.from(image.readlink("drive")).toString(), "C:\\Windows");
  assert.is(Buffer.from(image.readlink("junction")).toString(), "C:\\Users");
  assert.is(image.stat("junction").type, "symlink");
  assert.is(attributesOf(image, "junction"), 0x410);
  for (const path of ["drive", "junction\\x", "volume\\x"]) {
    refuses(() => image.stat(path, { follow: true }), ErrorCode.NotFound, /out of the image/);
  }
  refuses(() => image.stat("circle", { follow: true }), ErrorCode.InvalidArgument, /more than 40/);
});

forms("streams and attributes are of files and of directories", async () => {
  const ea = eaChain(["$KERNEL.PURGE.ESBCACHE", "xyz"], ["B", ""]);
  const streams = { "Zone.Identifier": Buffer.from("[ZoneTransfer]"), empty: Buffer.alloc(0) };
  const image = await open([["dir", { names: [], streams, ea, sd: null, flags: 6 }]]);
  assert.equal(
    image.streams("dir").map(({ name, size }) => [name, size]),
    [
      ["empty", 0],
      ["Zone.Identifier", 14],
    ],
  );
  assert.is(streamOf(image, "dir", "zone.identifier"), "[ZoneTransfer]");
  refuses(() => [...image.readStream("dir", "none")], ErrorCode.NotFound, /no stream none/);
  assert.equal([...image.xattrs("dir").keys()], ["$KERNEL.PURGE.ESBCACHE", "B"]);
  assert.equal(Buffer.from(image.windows("dir").extendedAttributes), ea);
  assert.is(attributesOf(image, "dir"), 0x16);
});

forms("a table of streams behind a length is refused, and by that name", async () => {
  const image = await open([["f", { streams: { s: Buffer.from("x") } }]], { behindLength: true });
  refuses(() => image.streams("f"), ErrorCode.Corrupt, /a length of four bytes stands before their table/);
});

forms("what only ext4 has is Unsupported", async () => {
  const image = await open([["f", {}]]);
  for (const ask of [() => image.inspect(), () => image.blocks(), () => image.extents("f")])
    refuses(ask, ErrorCode.Unsupported, /is a CIM/);
});

forms("one file of several is not enough, and the sentence says so", async () => {
  const error = await rejects(openImage(goldenFiles(2).cim), ErrorCode.InvalidArgument);
  assert.match(error.message, /several files/);
});

forms("a path is enough: the regions stand beside it", async () => {
  const { writeFileSync } = await import("node:fs");
  const folder = scratchFolder();
  const { cim, files } = goldenFiles(2);
  writeFileSync(`${folder}/any name.x`, cim);
  await rejects(openImage(`${folder}/any name.x`), ErrorCode.NotFound);
  for (const [name, bytes] of files) writeFileSync(`${folder}/${name}`, bytes);
  const image = await openImage(`${folder}/any name.x`);
  assert.is(contentOf(image, "files/hello.txt").toString(), "Hello, CIM!\n");
  image.close();
});

forms.run();
