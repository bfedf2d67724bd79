/** What must be true of CIMs that the system's writer makes, whoever stands in for it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  type ConvertCimOptions,
  type ConvertCimResult,
  convertCim,
  ErrorCode,
  type Platform,
} from "../../src/index.ts";
import { filesIn } from "../fixtures/cim.ts";
import { noise } from "../fixtures/random.ts";
import { randomWindowsTree, randomWindowsTrees } from "../fixtures/random-windows-tree.ts";
import { rejects } from "../fixtures/rejects.ts";
import { scratchFolder, scratchPath } from "../fixtures/scratch.ts";
import { readNodes, type ToldTree, toldTree } from "../fixtures/told-tree.ts";
import { baseTar, childTar, directory, file } from "../fixtures/windows-base.ts";
import { windowsEntry, windowsTar } from "../fixtures/windows-tar.ts";
import { windowsLayers } from "../fixtures/windows-tree.ts";

/** A writer, and what is known of it. */
export interface WatchedWriter {
  readonly platform: Platform;

  /** Calls of it that may fail, such as "addFile Files\\a". */
  calls(): readonly string[];

  /** Has a call fail, in words that have "as asked" in them, or a code. @param run  calls of one before; @param index  of these */
  fail(run: readonly string[], index: number): void;

  /** Asserts that it was called as it wants to be, and that all is closed that was opened. */
  assertWell(): void;

  /** What it was told of a CIM, and in a fork what that began with. @param parent  path of a CIM of ours */
  treeOf(made: ConvertCimResult, parent?: string): Promise<ToldTree>;
}

const RUNS = 30;
const FAILED = /as asked|ERROR_NOT_READY/;

const everything = windowsTar([
  directory("Files"),
  file("Files/empty", ""),
  file("Files/large", noise(1_500_000)),
  file("Files/kept", "kept", { eas: [["A", Buffer.from("1")]] }),
  windowsEntry("hardlink", "Files/other name", { target: "Files/kept" }),
  file("Files/streams", "main", {
    streams: [
      ["zone", noise(700_000)],
      ["empty", Buffer.alloc(0)],
      ["\u{1f600}", Buffer.from("x")],
    ],
  }),
  windowsEntry("symlink", "Files/link", { target: "kept" }),
  windowsEntry("junction", "Files/junction", { target: "C:/Files" }),
]);
const changing = windowsTar([
  directory("Files"),
  file("Files/.wh.streams", ""),
  file("Files/large", "small"),
  file("Files/new", noise(600_000), { streams: [["s", Buffer.from("s")]] }),
  windowsEntry("hardlink", "Files/again", { target: "Files/kept" }),
]);

/** @param open  makes one that nobody has called; afresh for each test */
export async function cimWriterSuite(name: string, open: () => WatchedWriter): Promise<void> {
  const layers = await windowsLayers();
  const test = suite<{ writer: WatchedWriter }>(`writer of CIMs: ${name}`);
  test.before.each((context) => {
    context.writer = open();
  });

  /** @returns what it was told, and what a CIM of ours has */
  async function writtenByBoth(
    writer: WatchedWriter,
    layer: Uint8Array,
    folder = scratchFolder(),
    options: Partial<ConvertCimOptions> = {},
  ): Promise<[told: ToldTree, ours: ToldTree]> {
    const { platform } = writer;
    const told = await convertCim(layer, folder, { ...options, name: "told", writer: "cimfs", platform });
    const ours = await convertCim(layer, folder, { ...options, name: "ours" });
    writer.assertWell();
    return [
      await writer.treeOf(told, options.fork ? String(options.parents![0]) : undefined),
      toldTree(await readNodes(ours.cim)),
    ];
  }

  test("is told all that there is: streams, links, attributes, reparse points", async ({ writer }) => {
    const [told, ours] = await writtenByBoth(writer, everything);
    assert.equal(told, ours);
    assert.equal(told["Files\\kept"]!.names, ["Files\\kept", "Files\\other name"]);
    assert.equal(Object.keys(told["Files\\streams"]!.streams).sort(), ["empty", "zone", "\u{1f600}"]);
    assert.is(told["Files\\junction"]!.attributes, 0x410);
  });

  test("is told of any tree what our own CIM has", async ({ writer }) => {
    await fc.assert(
      fc.asyncProperty(randomWindowsTree(), async (tree) => {
        const [told, ours] = await writtenByBoth(writer, layers.exportTree(tree));
        assert.equal(told, ours);
      }),
      { seed: 20_261_122, numRuns: RUNS, includeErrorInReport: true },
    );
  });

  test("is told of any fork what makes it of its parent", async ({ writer }) => {
    await fc.assert(
      fc.asyncProperty(randomWindowsTrees(), async ([lower, upper]) => {
        const folder = scratchFolder();
        const { cim } = await convertCim(layers.exportTree(lower), folder, { name: "parent" });
        const layer = layers.diffTrees(lower, upper);
        const [told, ours] = await writtenByBoth(writer, layer, folder, { parents: [cim], fork: true });
        assert.equal(told, ours);
      }),
      { seed: 20_261_123, numRuns: RUNS, includeErrorInReport: true },
    );
  });

  test("has hives and layouts as rules want them, and no more of a fork than what is new", async ({ writer }) => {
    const folder = scratchFolder();
    const { cim } = await convertCim(baseTar, folder, { name: "base" });
    const [flat, oursFlat] = await writtenByBoth(writer, childTar, folder, { parents: [cim] });
    assert.equal(flat, oursFlat);
    const before = writer.calls().length;
    const again = { name: "fork", parents: [cim], fork: true, writer: "cimfs", platform: writer.platform } as const;
    const fork = await convertCim(childTar, folder, again);
    assert.equal(await writer.treeOf(fork, cim), oursFlat);
    assert.equal(fork.hives, { complete: true, merged: 1 });
    const calls = writer.calls().slice(before).join("\n");
    assert.match(calls, "Files\\changed");
    assert.not.match(calls, "Files\\folder\\inside");
  });

  test("is given all parents of a fork that is one of a fork", async ({ writer }) => {
    const folder = scratchFolder();
    const base = await convertCim(everything, folder, { name: "base" });
    const middle = await convertCim(changing, folder, { name: "middle", parents: [base.cim], fork: true });
    const top = windowsTar([directory("Files"), file("Files/top", "top"), file("Files/.wh.large", "")]);
    const [told, ours] = await writtenByBoth(writer, top, folder, { parents: [middle.cim, base.cim], fork: true });
    assert.equal(told, ours);
    assert.ok("Files\\kept" in told && "Files\\top" in told && !("Files\\large" in told));
  });

  test("may be at work twice in one directory", async ({ writer }) => {
    const folder = scratchFolder();
    const { platform } = writer;
    await Promise.all(["a", "b"].map((name) => convertCim(everything, folder, { name, writer: "cimfs", platform })));
    writer.assertWell();
    assert.is(filesIn(folder).filter((each) => each.endsWith(".cim")).length, 2);
  });

  test("gives its files their names when all is written, and says which", async ({ writer }) => {
    const cims = scratchPath("new");
    const made = await convertCim(everything, cims, { name: "a", writer: "cimfs", platform: writer.platform });
    assert.is(made.writer, "cimfs");
    assert.is(made.cim, join(cims, "a.cim"));
    assert.equal(filesIn(cims), made.files.map(({ name }) => name).sort());
    assert.is(made.files[0]!.name, "a.cim");
    for (const { name, size } of made.files) assert.is(readFileSync(join(cims, name)).length, size);
    const ours = await convertCim(everything, scratchFolder(), { name: "a" });
    assert.is(ours.writer, "layerkiln");
    assert.equal([made.diffId, made.input, made.entries], [ours.diffId, ours.input, ours.entries]);
    const again = convertCim(everything, cims, { name: "a", writer: "cimfs", platform: writer.platform });
    await rejects(again, ErrorCode.AlreadyExists);
    assert.equal(filesIn(cims), made.files.map(({ name }) => name).sort());
  });

  for (const [what, layer, fork] of [
    ["a layer", everything, false],
    ["a fork", changing, true],
  ] as const) {
    test(`leaves nothing of ${what}, whichever call fails`, async ({ writer }) => {
      const folder = scratchFolder();
      const parent = await convertCim(everything, folder, { name: "parent" });
      const layerDirectory = scratchFolder();
      const options = { ...(fork && { parents: [parent.cim], fork }), layerDirectory, platform: writer.platform };
      const convert = (name: string) => convertCim(layer, folder, { ...options, name, writer: "cimfs" });
      await convert("whole");
      const run = writer.calls();
      const before = filesIn(folder);
      const beside = filesIn(layerDirectory);
      for (const [index, call] of run.entries()) {
        writer.fail(run, index);
        const error = await rejects(convert("a"), ErrorCode.FailedPrecondition);
        assert.match(error.message, FAILED, call);
        writer.assertWell();
        assert.equal([filesIn(folder), filesIn(layerDirectory)], [before, beside], call);
      }
      assert.ok(run.length > 10, `${run.length} calls failed in their turn`);
      await readNodes(parent.cim);
    });
  }

  test.run();
}
