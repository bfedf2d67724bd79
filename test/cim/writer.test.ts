/** What the writer of CIMs makes of trees. */
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { CimFile } from "../../assembly/abi.ts";
import { ErrorCode, type ImageError, openImage } from "../../src/index.ts";
import { type CimContents, type CimNode, digestOf, readCimTree } from "../fixtures/cim-tree.ts";
import {
  type Choice,
  type Piece,
  partsOf,
  type WindowsNode,
  type WriterOptions,
  type WrittenCim,
  writeCim,
} from "../fixtures/cim-writer.ts";
import { GOLDEN, GOLDEN_GUID } from "../fixtures/golden-cim.ts";
import { goldenFiles } from "../fixtures/golden-cim-files.ts";
import { random } from "../fixtures/random.ts";
import { times } from "../fixtures/runs.ts";
import { windowsTree } from "../fixtures/windows-nodes.ts";

const golden = suite("cim writer: golden images");

for (const version of [1, 2] as const) {
  golden(`of version ${version}.0 are made byte for byte`, async () => {
    const found = bytesOf(await writeCim(GOLDEN, { version, guid: GOLDEN_GUID }));
    const { cim, files } = goldenFiles(version);
    for (const [index, [name, expected]] of [["test.cim", cim] as const, ...files].entries()) {
      assert.is(found[index]!.length, expected.length, name);
      assert.is(
        found[index]!.findIndex((byte, at) => byte !== expected[at]),
        -1,
        name,
      );
    }
  });
}

golden.run();

const bytesOf = (written: WrittenCim): Buffer[] => partsOf(written).bytes;

const NULL_DACL = "0100048000000000000000000000000000000000";

/** What the reader should tell of a tree. */
function expected(root: WindowsNode): CimContents {
  const found: Record<string, CimNode> = {};
  const seen = new Map<WindowsNode, string>();
  const visit = (node: WindowsNode, path: string): void => {
    const isDirectory = node.names !== undefined;
    const first = seen.get(node);
    seen.set(node, first ?? path);
    found[path === "" ? "/" : path] = {
      attributes: (node.attributes ?? 0) | (isDirectory ? 0x10 : 0),
      times: node.times ?? [0n, 0n, 0n, 0n],
      descriptor: node.descriptor === undefined ? NULL_DACL : Buffer.from(node.descriptor).toString("hex"),
      eas: Buffer.from(node.eas ?? []).toString("hex"),
      reparse: "",
      ...(!isDirectory && { content: digestOf(joined(node.content ?? [])) }),
      streams: Object.fromEntries((node.streams ?? []).map(([name, pieces]) => [name, digestOf(joined(pieces))])),
      ...(first !== undefined && { sameAs: first }),
    };
    for (const [name, child] of [...(node.names ?? [])].sort(byUpperCase)) visit(child, `${path}/${name}`);
  };
  visit(root, "");
  return found;
}

const joined = (pieces: readonly Piece[]): Buffer =>
  Buffer.concat(pieces.map((piece) => (typeof piece === "number" ? Buffer.alloc(piece) : piece)));

/** The order of link tables, told by JavaScript: of the units that these tests use. */
function byUpperCase([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  const [left, right] = [a, b].map(unitsOf) as [number[], number[]];
  for (let i = 0; i < Math.min(left.length, right.length); i++) if (left[i] !== right[i]) return left[i]! - right[i]!;
  return left.length - right.length;
}

function unitsOf(name: string): number[] {
  return Array.from({ length: name.length }, (_, i) => {
    const unit = name[i]!;
    const upper = "ßıµ".includes(unit) ? unit : unit.toUpperCase();
    return (upper.length === 1 ? upper : unit).charCodeAt(0);
  });
}

const profile = suite("cim writer: choices");

const HEADER = CimFile.Header;
const METADATA = CimFile.MetadataRegion;
const DATA = CimFile.DataRegion;
const IDS = [CimFile.MetadataObjectIds, CimFile.DataObjectIds];
/** Bytes of the golden image that are others for another choice; where objects move, how many more there are. */
const CHOICES: [choice: Choice, value: number, changed: [file: CimFile, at: number][], moved?: number][] = [
  ["imageHeaderLength", 96, [[HEADER, 8]]],
  [
    "regionHeaderLength",
    32,
    [
      [METADATA, 8],
      [DATA, 8],
    ],
  ],
  ["objectIdHeaderLength", 32, IDS.map((file) => [file, 8])],
  [
    "metadataRegionType",
    3,
    [
      [METADATA, 34],
      [IDS[0]!, 34],
    ],
  ],
  [
    "dataRegionType",
    2,
    [
      [DATA, 34],
      [IDS[1]!, 34],
    ],
  ],
  ["minorVersion", 1, [HEADER, METADATA, DATA, ...IDS].map((file) => [file, 20])],
  ["rootParentFileId", 1, [[METADATA, 0x201d0 + 0x58]]],
  ["baseRegionIndex", 7, Array.from({ length: 10 }, (_, file) => [METADATA, 0x201d0 + file * 0x60 + 0x5c])],
  ["emptyStreamAt", 0x2000, [6, 7].map((file) => [METADATA, 0x201d0 + file * 0x60 + 0x29])],
  ["emptyDirectoryHasTable", 0, [], -8],
  ["streamTableHasPrefix", 1, [], 8],
];
for (const [choice, value, changed, moved = 0] of CHOICES) {
  profile(`${choice} can be another by one line, and no more changes`, async () => {
    const usual = bytesOf(await writeCim(GOLDEN, { guid: GOLDEN_GUID }));
    const found = bytesOf(await writeCim(GOLDEN, { guid: GOLDEN_GUID, choices: [[choice, value]] }));
    assert.is(found[METADATA]!.length, usual[METADATA]!.length + moved);
    if (moved !== 0) return;
    const differences = found.flatMap((bytes, file) =>
      [...bytes.keys()].filter((at) => bytes[at] !== usual[file]![at]).map((at) => [file, at]),
    );
    assert.equal(differences, changed);
  });
}

profile("names can be in the order of code points, by one line", async () => {
  const names = ["\ue000", "😀", "z", "\uffee"].map((name) => [name, { content: [] }] as const);
  const namesBy = async (value: number): Promise<string[]> => {
    const image = await openImage(partsOf(await writeCim({ names }, { choices: [["ordersByCodePoint", value]] })));
    return [...image.list("/")].map(({ name }) => name);
  };
  assert.equal(await namesBy(0), ["z", "😀", "\ue000", "\uffee"]);
  assert.equal(await namesBy(1), ["z", "\ue000", "\uffee", "😀"]);
});

profile.run();

const writer = suite("cim writer");

const file = (text: string): WindowsNode => ({ content: [Buffer.from(text)] });

async function agrees(tree: WindowsNode, options: WriterOptions = {}): Promise<WrittenCim> {
  const written = await writeCim(tree, options);
  const wanted = expected(tree);
  const found = await readCimTree(partsOf(written));
  assert.equal(Object.keys(found), Object.keys(wanted));
  assert.equal(found, wanted);
  return written;
}

writer("makes what its reader reads, of an empty tree", async () => {
  const { fileCount, sizes } = await agrees({ names: [] });
  assert.is(fileCount, 1);
  assert.is(sizes[CimFile.DataRegion], 8192, "there is a page for what has no bytes to point to");
});

writer("holds 3,000 names in a directory, in whatever order they come", async () => {
  const next = random(1);
  const names = Array.from({ length: 3000 }, (_, i) => `${i % 2 ? "n" : "N"}${(i * 7919) % 3000}`);
  const shuffled = names.map((name) => ({ name, key: next() })).sort((a, b) => a.key - b.key);
  const tree = { names: shuffled.map(({ name }) => [name, file(name)] as const) };
  const { fileCount } = await agrees(tree);
  assert.is(fileCount, 3001);
});

writer("holds names of 255 units, above the BMP and alone among surrogates", async () => {
  const names = ["n".repeat(255), "😀".repeat(127), "\ud83d", "\ude00", "\ue000", "\uffff"].map(
    (name) => [name, file("x")] as const,
  );
  await agrees({ names });
});

writer("holds a tree of 16,000 levels", async () => {
  let tree: WindowsNode = { names: [] };
  for (let depth = 0; depth < 15_999; depth++) tree = { names: [["d", tree]] };
  const maker = await writeCim(tree);
  assert.is(maker.fileCount, 16_000);
  const [, metadata] = bytesOf(maker);
  // A table of one name of one unit: 20 bytes, in 24.
  assert.is(metadata!.length, 40 + 131_072 + 15_999 * 24 + 8 + 24 + 16_000 * 0x60 + 16 * 16 + 24);
});

writer("numbers files by their first names, and tells the directory of these", async () => {
  const twice = file("twice");
  const written = await agrees({
    names: [
      ["b", { names: [["x", twice]] }],
      [
        "a",
        {
          names: [
            ["z", twice],
            ["y", file("")],
          ],
        },
      ],
    ],
  });
  const image = await openImage(partsOf(written));
  const numbers = ["/", "/a", "/a/y", "/a/z", "/b", "/b/x"].map((path) => image.stat(path).inode);
  assert.equal(numbers, [1, 2, 3, 4, 5, 4]);
  assert.equal(
    ["/", "/a", "/a/y", "/b/x"].map((path) => image.windows(path).parent),
    [0, 1, 2, 2],
  );
  image.close();
});

writer("gives an image a GUID by its content and its name", async () => {
  const guidOf = async (text: string, name: string): Promise<string> =>
    (await writeCim({ names: [["f", file(text)]] }, { name })).guid.toString("hex");
  const guid = await guidOf("one", "a.cim");
  assert.is(await guidOf("one", "a.cim"), guid);
  assert.is.not(await guidOf("two", "a.cim"), guid);
  assert.is.not(await guidOf("one", "b.cim"), guid);
  assert.match(guid, /^.{14}8.[89ab].{15}$/, "a UUID of version 8");
});

const TOO_LARGE: [what: string, node: WindowsNode, message: RegExp][] = [
  ["extended attributes", { eas: new Uint8Array(65_536) }, /extended attributes of 65536 bytes/],
  ["reparse data", { reparse: new Uint8Array(65_536) }, /reparse data of 65536 bytes/],
  ["a descriptor", { descriptor: new Uint8Array(70_000) }, /security descriptor of 70000 bytes/],
];
for (const [what, node, message] of TOO_LARGE) {
  writer(`refuses ${what} that no field can tell the length of`, async () => {
    const error = await writeCim({ names: [["f", node]] }).then(
      () => undefined,
      (reason: unknown) => reason as ImageError,
    );
    assert.is(error?.code, ErrorCode.OutOfRange);
    assert.match(error?.message ?? "", message);
  });
}

writer("property: random trees are read back as they were, and the same bytes come of other pieces", async () => {
  await fc.assert(
    fc.asyncProperty(windowsTree, fc.nat(), fc.constantFrom<1 | 2>(1, 2), async (tree, seed, version) => {
      const next = random(seed);
      const written = await agrees(tree, { version });
      const again = await writeCim(tree, { version, chunk: () => 1 + Math.floor(next() ** 4 * 100_000) });
      assert.equal(again.guid, written.guid);
      assert.ok(bytesOf(again).every((bytes, index) => bytes.equals(bytesOf(written)[index]!)));
    }),
    times(60),
  );
});

writer.run();
