/** Trees of Windows become layers: what stands in the tar, judged by a reader of the tests' own and by Python's. */
import { createHash } from "node:crypto";
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ErrorCode, isError } from "../../src/index.ts";
import { randomWindowsTree } from "../fixtures/random-windows-tree.ts";
import { refuses } from "../fixtures/refuses.ts";
import { eaChain, junction, linkBuffer, reparseBuffer, symlink } from "../fixtures/reparse.ts";
import { scratchFile } from "../fixtures/scratch.ts";
import { DIRECTORY, REPARSE_POINT, type TreeFile, windowsLayers } from "../fixtures/windows-tree.ts";
import { PYTHON } from "../oracles/loop-mount.ts";
import { ask, missing, type Oracle, present } from "../oracles/oracle.ts";
import { type PaxEntry, readPaxEntries } from "../oracles/pax-entries.ts";

const layers = await windowsLayers();
const entriesOf = (root: TreeFile): PaxEntry[] => readPaxEntries(layers.exportTree(root));
const only = (file: TreeFile, name = "f"): PaxEntry => entriesOf({ names: [[name, file]] })[0]!;
const names = (root: TreeFile): string[] => entriesOf(root).map(({ name }) => name);

const SECOND = 10_000_000n;
const EPOCH = 11_644_473_600n;
const NULL_DACL = Buffer.from("0100048000000000000000000000000000000000", "hex");
const DESCRIPTOR = Buffer.from("01000480140000002000000000000000000000000102000000000005200000002002000001", "hex");

const exporter = suite("windows export");

exporter("has directories before what is in them, names in the order of their upper case", () => {
  const tree = {
    names: [
      ["b", {}],
      [
        "Ab",
        {
          names: [
            ["z", {}],
            ["Y", {}],
          ],
        },
      ],
      ["AB-", {}],
      ["a", { names: [] }],
    ],
  } satisfies TreeFile;
  assert.equal(names(tree), ["a", "Ab", "Ab/Y", "Ab/z", "AB-", "b"]);
  assert.equal(
    entriesOf(tree).map(({ type, mode }) => [type, mode]),
    [
      ["5", 0o755],
      ["5", 0o755],
      ["0", 0o644],
      ["0", 0o644],
      ["0", 0o644],
      ["0", 0o644],
    ],
  );
});

exporter("says attributes, times to 100 ns, and no descriptor where it is the one that a file has anyway", () => {
  const { records, mtime } = only({
    attributes: 0x21,
    creationTime: EPOCH * SECOND + 1n,
    lastWriteTime: (EPOCH + 5n) * SECOND,
    changeTime: (EPOCH - 1n) * SECOND - 5n,
    lastAccessTime: 0n,
    securityDescriptor: NULL_DACL,
  });
  assert.is(mtime, 5);
  assert.equal(records, {
    atime: "-11644473600",
    ctime: "-1.0000005",
    "LIBARCHIVE.creationtime": "0.0000001",
    "MSWINDOWS.fileattr": "33",
  });
});

exporter("says of a moment that is not set that it is where Windows begins to count", () => {
  const { records, mtime } = only({ attributes: 0x20 });
  assert.is(mtime, 0);
  assert.is(records.mtime, "-11644473600");
  assert.is(records["LIBARCHIVE.creationtime"], "-11644473600");
});

exporter("writes the last moment there is", () => {
  const { records } = only({ lastWriteTime: 2n ** 64n - 1n });
  assert.is(records.mtime, "1833029933770.9551615");
});

exporter("says that a file has no attributes as Windows says it", () => {
  assert.is(only({}).records["MSWINDOWS.fileattr"], "128");
  assert.is(only({ names: [] }).records["MSWINDOWS.fileattr"], "16");
});

exporter("has descriptors in base64, with padding", () => {
  for (const length of [20, 21, 22]) {
    const securityDescriptor = DESCRIPTOR.subarray(0, length);
    assert.is(only({ securityDescriptor }).records["MSWINDOWS.rawsd"], securityDescriptor.toString("base64"));
  }
});

exporter("has extended attributes by name, each a record of its own", () => {
  const eas = eaChain([
    ["ZED", Buffer.from("z")],
    ["$KERNEL.PURGE.APPXFICACHE", Buffer.from([0, 255, 10, 61])],
    ["A", Buffer.alloc(0)],
  ]);
  const { records } = only({ eas });
  assert.equal(
    Object.entries(records).filter(([key]) => key.startsWith("MSWINDOWS.xattr")),
    [
      ["MSWINDOWS.xattr.$KERNEL.PURGE.APPXFICACHE", "AP8KPQ=="],
      ["MSWINDOWS.xattr.A", ""],
      ["MSWINDOWS.xattr.ZED", "eg=="],
    ],
  );
});

exporter("writes a second name as a hard link to the first", () => {
  const file = { data: Buffer.from("content"), streams: [["s", Buffer.from("stream")]] } satisfies TreeFile;
  const tree = {
    names: [
      ["dir", { names: [["inner", file]] }],
      ["Also", file],
      ["zero", file],
    ],
  } satisfies TreeFile;
  const [also, stream, , inner, zero] = entriesOf(tree);
  assert.equal([also!.name, also!.data.toString(), stream!.name], ["Also", "content", "Also:s"]);
  assert.equal([inner!.type, inner!.name, inner!.link], ["1", "dir/inner", "Also"]);
  assert.equal([zero!.type, zero!.name, zero!.link, zero!.data.length], ["1", "zero", "Also", 0]);
  assert.is(inner!.records["MSWINDOWS.fileattr"], undefined);
});

exporter("has streams right behind their file, of directories too, and of the root", () => {
  const streams: TreeFile["streams"] = [
    ["empty", Buffer.alloc(0)],
    ["Zone.Identifier", Buffer.from("[ZoneTransfer]")],
  ];
  const tree = {
    lastWriteTime: 1n,
    names: [
      ["d", { names: [["f", { data: Buffer.from("abc"), streams }]], streams }],
      ["g", {}],
    ],
    streams,
  } satisfies TreeFile;
  assert.equal(names(tree), [
    "./",
    "./:empty",
    "./:Zone.Identifier",
    "d",
    "d:empty",
    "d:Zone.Identifier",
    "d/f",
    "d/f:empty",
    "d/f:Zone.Identifier",
    "g",
  ]);
  const stream = entriesOf(tree)[8]!;
  assert.is(stream.type, "0");
  assert.is(stream.data.toString(), "[ZoneTransfer]");
  assert.is(stream.records["MSWINDOWS.fileattr"], undefined);
});

const LINKS: [why: string, reparse: Buffer, link: string, mountPoint?: "1"][] = [
  ["relative", symlink("..\\other file", "..\\other file", 1), "../other file"],
  ["rooted, which Windows calls relative", symlink("\\Windows", "\\Windows", 1), "/Windows"],
  ["on a drive", symlink("\\??\\C:\\Windows", "C:\\Windows", 0), "C:/Windows"],
  ["on a share", symlink("\\??\\UNC\\server\\share", "\\\\server\\share", 0), "//server/share"],
  ["a long path", symlink("\\??\\C:\\Windows", "\\\\?\\C:\\Windows", 0), "//?/C:/Windows"],
  ["a print name that is another place's", symlink("\\??\\C:\\Windows", "D:\\Windows", 0), "C:/Windows"],
  ["a share without a print name", symlink("\\??\\UNC\\server\\share", "", 0), "//server/share"],
  ["a junction", junction("\\??\\C:\\Windows", "C:\\Windows"), "C:/Windows", "1"],
  ["a junction without a print name", junction("\\??\\C:\\Windows", ""), "C:/Windows", "1"],
  ["a volume", junction("\\??\\Volume{0a}\\", ""), "//?/Volume{0a}/", "1"],
  ["letters of all planes", symlink("é\u{1f600}中", "é\u{1f600}中", 1), "é\u{1f600}中"],
];
for (const [why, reparse, link, mountPoint] of LINKS) {
  exporter(`knows where a link leads: ${why}`, () => {
    const attributes = REPARSE_POINT | (mountPoint ? DIRECTORY : 0);
    const entry = only({ attributes, reparse });
    assert.equal([entry.type, entry.link, entry.records["MSWINDOWS.mountpoint"]], ["2", link, mountPoint]);
    assert.is(entry.records["MSWINDOWS.fileattr"], String(attributes));
  });
}

exporter("has names of every length and letter", () => {
  const letters = ["n".repeat(255), "é".repeat(255), "\u{1f600}".repeat(127), "中 文.txt", "a\u{10ffff}\ue000", "ÿ"];
  const found = names({ names: letters.map((name): [string, TreeFile] => [name, {}]) });
  assert.equal(found.sort(), letters.sort());
});

exporter("has a directory of 3,000 names, each once", () => {
  const many = Array.from({ length: 3000 }, (_, index): [string, TreeFile] => [`File${(index * 7919) % 3000}`, {}]);
  const found = names({ names: many });
  assert.equal(found, [...new Set(found)]);
  assert.is(found.length, 3000);
  assert.equal(found, [...found].sort());
});

exporter("takes a directory of the tree for the root", () => {
  const shared: TreeFile = { data: Buffer.from("x") };
  const directory = {
    lastWriteTime: 5n,
    names: [
      ["b", shared],
      ["a", { names: [["c", shared]] }],
    ],
  } satisfies TreeFile;
  const tar = layers.exportTree(
    {
      names: [
        ["dir", directory],
        ["0", shared],
      ],
    },
    directory,
  );
  assert.equal(
    readPaxEntries(tar).map(({ type, name, link }) => [type, name, link]),
    [
      ["5", "./", ""],
      ["5", "a", ""],
      ["0", "a/c", ""],
      ["1", "b", "a/c"],
    ],
  );
});

exporter("gives equal trees equal bytes", () => {
  const tree = (): TreeFile => ({
    names: [
      ["a", { data: Buffer.from("1") }],
      ["b", { names: [] }],
    ],
  });
  assert.ok(layers.exportTree(tree()).equals(layers.exportTree(tree())));
});

const CONFIG = ["SYSTEM", "SOFTWARE", "SAM", "SECURITY", "DEFAULT"];

/** A base layer as it is in an image. */
function baseLayer(): { root: TreeFile; hives: TreeFile; layout: TreeFile; config: TreeFile } {
  const files = CONFIG.map((name): [string, TreeFile] => [name, { data: Buffer.from(name) }]);
  const hives: TreeFile = {
    names: files.map(([name, file]) => [`${name === "DEFAULT" ? "DEFAULTUSER" : name}_BASE`, file]),
  };
  const config: TreeFile = { names: [...files] };
  const layout: TreeFile = { data: Buffer.from("vhd-with-hives\n") };
  const windows: TreeFile = { names: [["System32", { names: [["CONFIG", config]] }]] };
  const root: TreeFile = {
    names: [
      ["Files", { names: [["Windows", windows]] }],
      ["Hives", hives],
      ["layout", layout],
    ],
  };
  return { root, hives, layout, config };
}

exporter("leaves out what an image of a base layer has anyway", () => {
  const { root } = baseLayer();
  assert.equal(names(root).slice(0, 5), [
    "Files",
    "Files/Windows",
    "Files/Windows/System32",
    "Files/Windows/System32/CONFIG",
    "Files/Windows/System32/CONFIG/DEFAULT",
  ]);
  assert.is(names(root).length, 9);
  assert.ok(entriesOf(root).every(({ type }) => type !== "1"));
});

const OTHERWISE: [why: string, change: (layer: ReturnType<typeof baseLayer>) => void][] = [
  ["a time of the directory", ({ hives }) => (hives.changeTime = 1n)],
  ["a stream of the directory", ({ hives }) => (hives.streams = [["s", Buffer.alloc(1)]])],
  ["a hive that is missing", ({ hives }) => hives.names!.pop()],
  ["a hive more", ({ hives }) => hives.names!.push(["SYSTEM_DELTA", {}])],
  ["a hive that is another file", ({ hives }) => (hives.names![0]![1] = { data: Buffer.from("SYSTEM") })],
  ["another name", ({ hives }) => (hives.names![0]![0] = "System_Base")],
  ["other content", ({ layout }) => (layout.data = Buffer.from("vhd-with-hives "))],
  ["an attribute", ({ layout }) => (layout.attributes = 1)],
  ["a descriptor", ({ layout }) => (layout.securityDescriptor = DESCRIPTOR)],
  ["no configuration", ({ config }) => config.names!.pop()],
];
for (const [why, change] of OTHERWISE) {
  exporter(`leaves out nothing of what is otherwise: ${why}`, () => {
    const layer = baseLayer();
    change(layer);
    assert.ok(names(layer.root).includes("Hives"));
    assert.ok(names(layer.root).includes("layout"));
  });
}

exporter.run();

const refused = suite("windows export: what it refuses");

const { Corrupt, Unsupported } = ErrorCode;
const twins: TreeFile = { names: [] };
const CASES: [why: string, file: TreeFile, code: ErrorCode, message: RegExp, name?: string][] = [
  ["half a surrogate pair", {}, Unsupported, /a\\xed\\xa0\\x80b: half a surrogate pair/, "a\ud800b"],
  ["a whiteout's name", {}, Unsupported, /\.wh\.x: a layer cannot hold a name that begins with \.wh\./, ".wh.x"],
  ...["", ".", "..", "a/b", "a\\b", "C:", "a\0b", "n".repeat(256)].map(
    (name): [string, TreeFile, ErrorCode, RegExp, string] => [
      `the name ${JSON.stringify(name.slice(0, 9))}`,
      {},
      Corrupt,
      /a name that no file may have/,
      name,
    ],
  ),
  [
    "the same name in another case",
    {
      names: [
        ["É", {}],
        ["é", {}],
      ],
    },
    Corrupt,
    /f\/é: the directory has that name twice/,
  ],
  [
    "a directory of two names",
    {
      names: [
        ["a", { names: [["b", twins]] }],
        ["c", twins],
      ],
    },
    Corrupt,
    /has another name/,
  ],
  ["a stream without a name", { streams: [["", Buffer.alloc(1)]] }, Corrupt, /f:: a name that no stream may have/],
  ["a stream with a colon", { streams: [["a:b", Buffer.alloc(1)]] }, Corrupt, /f:a:b: a name that no stream may have/],
  ["a stream with half a pair", { streams: [["\udc00", Buffer.alloc(1)]] }, Unsupported, /half a surrogate pair/],
  ["a stream called $Data", { streams: [["$Data", Buffer.alloc(1)]] }, Unsupported, /f:\$Data: a stream whose name/],
  [
    "another reparse point",
    { attributes: REPARSE_POINT, reparse: reparseBuffer(0x80000017, Buffer.alloc(16)) },
    Unsupported,
    /f: a reparse point of tag 0x80000017; a layer has links and junctions alone/,
  ],
  [
    "a reparse buffer of 7 bytes",
    { reparse: Buffer.alloc(7) },
    Corrupt,
    /reparse data of 7 bytes, which end too early/,
  ],
  [
    "a reparse buffer that says it is longer",
    { reparse: symlink("a", "a", 1).subarray(0, -1) },
    Corrupt,
    /reparse data of 27 bytes, which end too early/,
  ],
  ["names past the buffer", { reparse: badNames(26) }, Corrupt, /reparse data of 28 bytes/],
  ["half a unit of a name", { reparse: badNames(1) }, Corrupt, /reparse data of 28 bytes/],
  [
    "a target with a slash",
    { reparse: symlink("a/b", "a/b", 1) },
    Unsupported,
    /a link whose target a layer cannot say/,
  ],
  ["a target with a NUL", { reparse: symlink("a\0b", "a\0b", 1) }, Unsupported, /whose target a layer cannot say/],
  ["a target that is none", { reparse: symlink("", "", 1) }, Unsupported, /whose target a layer cannot say/],
  [
    "a relative link that says it is none",
    { reparse: symlink("a", "a", 0) },
    Unsupported,
    /whose target a layer cannot/,
  ],
  ["half a pair in a target", { reparse: symlink("\ud800", "\ud800", 1) }, Unsupported, /half a surrogate pair in its/],
  ["a link with content", { reparse: symlink("a", "a", 1), data: Buffer.alloc(1) }, Unsupported, /content of its own/],
  [
    "a link with names in it",
    { attributes: DIRECTORY, reparse: junction("\\??\\C:\\", "C:\\"), names: [["a", {}]] },
    Unsupported,
    /f: has a reparse point, and names in it/,
  ],
  ["an attribute of flags", { eas: eaChain([["NEED", Buffer.alloc(1), 0x80]]) }, Unsupported, /"NEED" has flags 128/],
  [
    "an attribute with an equals sign",
    { eas: eaChain([["A=B", Buffer.alloc(1)]]) },
    Unsupported,
    /"A=B" has a name that/,
  ],
  [
    "an attribute twice",
    {
      eas: eaChain([
        ["A", Buffer.alloc(1)],
        ["B", Buffer.alloc(1)],
        ["A", Buffer.alloc(2)],
      ]),
    },
    Corrupt,
    /"A" stands there twice/,
  ],
  [
    "a chain that ends early",
    { eas: eaChain([["NAME", Buffer.alloc(9)]]).subarray(0, 20) },
    Corrupt,
    /of 20 bytes are no chain/,
  ],
  ["a chain that goes back", { eas: brokenChain(4) }, Corrupt, /are no chain/],
  ["a chain that goes on past its end", { eas: brokenChain(400) }, Corrupt, /are no chain/],
  ["a chain out of step", { eas: brokenChain(18) }, Corrupt, /are no chain/],
];

/** A link whose print name is of that length. */
function badNames(length: number): Buffer {
  const buffer = linkBuffer({ substitute: "a", print: "a", flags: 1 });
  buffer.writeUInt16LE(length, 14);
  return buffer;
}

function brokenChain(next: number): Buffer {
  const chain = eaChain([
    ["NAME", Buffer.alloc(3)],
    ["MORE", Buffer.alloc(3)],
  ]);
  chain.writeUInt32LE(next, 0);
  return chain;
}

for (const [why, file, code, message, name = "f"] of CASES) {
  refused(why, () => refuses(() => layers.exportTree({ names: [[name, file]] }), code, message));
}

refused("nothing in any other way, whatever stands in reparse data and attributes", () => {
  const bytes = (seed: Buffer) =>
    fc.array(fc.tuple(fc.nat(seed.length - 1), fc.nat(255)), { maxLength: 4 }).chain((changes) => {
      const changed = Buffer.from(seed);
      for (const [at, byte] of changes) changed[at] = byte;
      return fc.nat(changed.length).map((cut) => (cut % 4 === 0 ? changed.subarray(0, cut) : changed));
    });
  const chain = eaChain([
    ["A", Buffer.from("1")],
    ["BCD", Buffer.alloc(9)],
    ["E", Buffer.alloc(0)],
  ]);
  const buffers = [symlink("\\??\\C:\\a", "C:\\a", 0), junction("\\??\\UNC\\a\\b", ""), symlink("a", "a", 1)];
  const files = fc.record({ eas: bytes(chain), reparse: fc.constantFrom(...buffers).chain(bytes) });
  let sound = 0;
  fc.assert(
    fc.property(files, (file) => {
      try {
        only(file);
        sound++;
      } catch (error) {
        assert.ok(isError(error, Corrupt) || isError(error, Unsupported), String(error));
      }
    }),
    { seed: 20_260_104, numRuns: 3000, includeErrorInReport: true },
  );
  assert.ok(sound > 300 && sound < 2700, `${sound} were sound`);
});

refused("a path that Windows could not open", () => {
  let file: TreeFile = {};
  for (let depth = 0; depth < 140; depth++) file = { names: [["d".repeat(255), file]] };
  refuses(() => layers.exportTree(file), Corrupt, /a path of more than 32767 units/);
});

refused.run();

const judged = suite("windows export: judged by others");

const python: Oracle = { name: "Python's tarfile", missing: missing(PYTHON, "python3") };
const gnuTar: Oracle = { name: "GNU tar", missing: missing("tar", "tar") };

const SCRIPT = `
import hashlib, json, sys, tarfile
entries = []
with tarfile.open(sys.argv[1]) as tar:
    for member in tar:
        data = tar.extractfile(member).read() if member.isreg() else b""
        entries.append([member.type.decode(), member.name, member.linkname, member.mode, member.pax_headers,
                        hashlib.sha256(data).hexdigest()])
print(json.dumps(entries))
`;

/** What Python finds in a tar; of the root it says \`.\`. */
const byPython = (tar: Buffer): unknown =>
  JSON.parse(ask(PYTHON, ["-I", "-S", "-c", SCRIPT, scratchFile("layer.tar", tar)]));
const trees = (): TreeFile[] => fc.sample(randomWindowsTree(), { seed: 20_260_103, numRuns: 25 });
const digest = (data: Buffer): string => createHash("sha256").update(data).digest("hex");

if (present(python, judged)) {
  judged("Python's tarfile finds what we do", () => {
    for (const tree of trees()) {
      const tar = layers.exportTree(tree);
      const expected = readPaxEntries(tar).map(({ type, name, link, mode, records, data }) => {
        return [type, name === "./" ? "." : name, link, mode, records, digest(data)];
      });
      assert.equal(byPython(tar), expected);
    }
  });

  judged("Python's tarfile says no to a damaged header", () => {
    const tar = layers.exportTree({ names: [["f", {}]] });
    tar[150]! ^= 1;
    assert.throws(() => byPython(tar), /ReadError/);
  });
}

if (present(gnuTar, judged)) {
  judged("GNU tar lists what we do", () => {
    for (const tree of trees()) {
      const tar = layers.exportTree(tree);
      const listed = ask("tar", ["-t", "--quoting-style=literal", "-f", scratchFile("layer.tar", tar)]);
      const expected = readPaxEntries(tar).map(({ name }) => name);
      assert.equal(Buffer.from(listed, "latin1").toString().split("\n").slice(0, -1), expected);
    }
  });
}

judged.run();
