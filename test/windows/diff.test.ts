/** What changed from one tree of Windows to another becomes a layer: applied to the lower tree it gives the upper. */
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ErrorCode } from "../../src/index.ts";
import { randomWindowsTree, randomWindowsTrees } from "../fixtures/random-windows-tree.ts";
import { refuses } from "../fixtures/refuses.ts";
import { eaChain, junction, symlink } from "../fixtures/reparse.ts";
import { DIRECTORY, REPARSE_POINT, type TreeFile, windowsLayers } from "../fixtures/windows-tree.ts";
import { readPaxEntries } from "../oracles/pax-entries.ts";
import { WindowsModel } from "../oracles/windows-model.ts";

const layers = await windowsLayers();

/** What the layer says, and what it makes of the lower tree held against the upper. */
function diff(lower: TreeFile, upper: TreeFile): { changes: string[]; entries: string[] } {
  const changes: string[] = [];
  const entries = readPaxEntries(layers.diffTrees(lower, upper, changes));
  const made = new WindowsModel().apply(readPaxEntries(layers.exportTree(lower))).apply(entries);
  assert.equal(made.shown, new WindowsModel().apply(readPaxEntries(layers.exportTree(upper))).shown);
  return { changes, entries: entries.map(({ type, name, link }) => `${type} ${name}${link && ` -> ${link}`}`) };
}

const file = (text: string, more: TreeFile = {}): TreeFile => ({ data: Buffer.from(text), ...more });
const folder = (names: Record<string, TreeFile>, more: TreeFile = {}): TreeFile => ({
  names: Object.entries(names),
  ...more,
});

const differ = suite("windows diff");

differ("of equal trees is an empty layer", () => {
  const tree = (): TreeFile =>
    folder({ d: folder({ f: file("x") }), g: file("y", { streams: [["s", Buffer.from("z")]] }) });
  assert.equal(diff(tree(), tree()), { changes: [], entries: [] });
});

const NULL_DACL = Buffer.from("0100048000000000000000000000000000000000", "hex");

const CHANGES: [why: string, lower: TreeFile, upper: TreeFile, isChange?: false][] = [
  ["a byte", file("abc"), file("abd")],
  ["a length", file("abc"), file("abcd")],
  ["an attribute", file("", { attributes: 1 }), file("", { attributes: 2 })],
  ["an attribute that says there is none", file("", { attributes: 0 }), file("", { attributes: 128 }), false],
  ["a time of creation", file(""), file("", { creationTime: 1n })],
  ["a time of writing", file(""), file("", { lastWriteTime: 1n })],
  ["a time of change", file(""), file("", { changeTime: 1n })],
  ["a time of access", file(""), file("", { lastAccessTime: 1n })],
  ["a descriptor", file(""), file("", { securityDescriptor: Buffer.alloc(24) })],
  ["the descriptor that a file has anyway", file(""), file("", { securityDescriptor: NULL_DACL }), false],
  ["an extended attribute", file(""), file("", { eas: eaChain([["A", Buffer.from("1")]]) })],
  [
    "the value of an extended attribute",
    file("", { eas: eaChain([["A", Buffer.from("2")]]) }),
    file("", { eas: eaChain([["A", Buffer.from("1")]]) }),
  ],
  ["a link's target", { reparse: symlink("a", "a", 1) }, { reparse: symlink("b", "b", 1) }],
  ["a stream more", file(""), file("", { streams: [["s", Buffer.alloc(0)]] })],
  ["a stream less", file("", { streams: [["s", Buffer.alloc(0)]] }), file("")],
  ["a stream's name", file("", { streams: [["s", Buffer.alloc(1)]] }), file("", { streams: [["t", Buffer.alloc(1)]] })],
  [
    "a byte of the second stream",
    file("", {
      streams: [
        ["s", Buffer.alloc(1)],
        ["t", Buffer.from("a")],
      ],
    }),
    file("", {
      streams: [
        ["s", Buffer.alloc(1)],
        ["t", Buffer.from("b")],
      ],
    }),
  ],
  ["a stream of a directory", folder({}), folder({}, { streams: [["s", Buffer.alloc(1)]] })],
  ["a time of a directory", folder({ a: file("") }), folder({ a: file("") }, { changeTime: 1n })],
];
for (const [why, lower, upper, isChange = true] of CHANGES) {
  differ(`${isChange ? "sees" : "passes over"} ${why}`, () => {
    assert.equal(diff(folder({ f: lower }), folder({ f: upper })).changes, isChange ? ["C f"] : []);
  });
}

differ("compares large contents to their last byte", () => {
  const [lower, upper] = [Buffer.alloc(2 ** 20 + 1), Buffer.alloc(2 ** 20 + 1)];
  upper[2 ** 20] = 1;
  assert.equal(diff(folder({ f: { data: lower } }), folder({ f: { data: upper } })).changes, ["C f"]);
  assert.equal(diff(folder({ f: { data: lower } }), folder({ f: { data: lower.subarray() } })).changes, []);
});

differ("lists with each path the directories that it is in, the root aside", () => {
  const lower = folder({ a: folder({ b: folder({ c: file("1"), d: file("1") }) }), e: folder({ f: file("1") }) });
  const stream: TreeFile["streams"] = [["s", Buffer.from("text")]];
  const upper = folder({
    a: folder({ b: folder({ c: file("2") }, { streams: stream }) }),
    e: folder({ f: file("1") }),
  });
  assert.equal(diff(lower, upper), {
    changes: ["C a/b", "C a/b/c", "D a/b/d"],
    entries: ["5 a", "5 a/b", "0 a/b:s", "0 a/b/c", "0 a/b/.wh.d"],
  });
});

differ("says that what becomes a directory, or was one, is gone first", () => {
  const lower = folder({ a: folder({ b: file("1") }), c: file("1"), d: folder({ e: file("") }) });
  const link: TreeFile = { attributes: DIRECTORY | REPARSE_POINT, reparse: junction("\\??\\C:\\", "C:\\") };
  const upper = folder({ a: file("2"), c: folder({ b: file("2") }), d: link });
  assert.equal(diff(lower, upper).entries, ["0 .wh.a", "0 a", "0 .wh.c", "5 c", "0 c/b", "0 .wh.d", "2 d -> C:/"]);
});

differ("takes a name in another case for another name", () => {
  for (const [from, to] of [
    ["Foo", "foo"],
    ["foo", "Foo"],
  ] as const) {
    const lower = folder({ [from]: folder({ x: file("1"), y: file("1") }), foo2: file("") });
    const upper = folder({ [to]: folder({ x: file("1") }), foo2: file("") });
    assert.equal(diff(lower, upper), {
      changes: [`D ${from}`, `A ${to}`, `A ${to}/x`],
      entries: [`0 .wh.${from}`, `5 ${to}`, `0 ${to}/x`],
    });
  }
});

differ("has a file with all of its names, or with none", () => {
  const one = file("1");
  const lower = folder({ a: one, b: one, c: file("1") });
  const other = file("2");
  assert.equal(diff(lower, folder({ a: other, b: other, c: file("1") })).entries, ["0 a", "1 b -> a"]);
  const three = file("1");
  assert.equal(diff(lower, folder({ a: three, b: three, c: three })).entries, ["0 a", "1 b -> a", "1 c -> a"]);
  assert.equal(diff(lower, folder({ a: file("1"), b: file("1"), c: file("1") })).entries, ["0 b"]);
  const same = file("1");
  assert.equal(diff(lower, folder({ a: same, b: same, c: file("1") })).entries, []);
});

differ("has what changed of a hive, and what came of it", () => {
  const lower = folder({ Hives: folder({ SYSTEM_BASE: file("1"), SAM_BASE: file("1") }) });
  const hives = folder({ SYSTEM_BASE: file("12"), SYSTEM_DELTA: file("2"), SAM_BASE: file("3") });
  const entries = readPaxEntries(layers.diffTrees(lower, folder({ Hives: hives })));
  assert.equal(
    entries.map(({ name }) => name),
    ["Hives", "Hives/SAM_BASE", "Hives/SYSTEM_BASE", "Hives/SYSTEM_DELTA"],
  );
});

differ("writes the root where it changed, and only then", () => {
  assert.equal(diff(folder({}), folder({}, { lastWriteTime: 1n })), { changes: ["C "], entries: ["5 ./"] });
  assert.equal(diff(folder({}), folder({ a: file("") })).entries, ["0 a"]);
});

differ("refuses a change of a name that would be a whiteout", () => {
  const tree = folder({ ".wh.a": file("") });
  const message = /\.wh\.a: a layer cannot hold a name that begins with \.wh\./;
  refuses(() => layers.diffTrees(folder({}), tree), ErrorCode.Unsupported, message);
  refuses(() => layers.diffTrees(tree, folder({})), ErrorCode.Unsupported, message);
  assert.is(readPaxEntries(layers.diffTrees(tree, tree)).length, 0);
});

differ("makes the upper tree of the lower, whatever they are", () => {
  fc.assert(
    fc.property(randomWindowsTrees(), ([lower, upper]) => {
      diff(lower, upper);
    }),
    { seed: 20_260_101, numRuns: 300, includeErrorInReport: true },
  );
});

differ("makes any tree of an empty one, and of itself nothing", () => {
  fc.assert(
    fc.property(randomWindowsTree(), (tree) => {
      diff(folder({}), tree);
      assert.equal(diff(tree, tree).entries, []);
    }),
    { seed: 20_260_102, numRuns: 200, includeErrorInReport: true },
  );
});

differ.run();
