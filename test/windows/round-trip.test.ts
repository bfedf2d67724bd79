/** Layers become CIMs, and CIMs become layers: both ways all comes back, byte for byte. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { checkImage, type Progress } from "../../src/index.ts";
import { diffTar, exportTar } from "../fixtures/archive.ts";
import { type CimDirectory, cimOf, makeCim } from "../fixtures/cim-layer.ts";
import { GOLDEN_GUID } from "../fixtures/golden-cim.ts";
import { goldenFiles } from "../fixtures/golden-cim-files.ts";
import { goldenHive } from "../fixtures/hives.ts";
import { noise } from "../fixtures/random.ts";
import { DESCRIPTORS, randomWindowsTree, randomWindowsTrees } from "../fixtures/random-windows-tree.ts";
import { eaChain, junction, symlink } from "../fixtures/reparse.ts";
import { scratchFolder } from "../fixtures/scratch.ts";
import { DIRECTORY, REPARSE_POINT, type TreeFile, windowsLayers } from "../fixtures/windows-tree.ts";

const LOWER = "lower.cim";
const UPPER = "upper.cim";
const FORK = "fork.cim";

const layers = await windowsLayers();

/** A directory with the CIM of a layer. */
function directoryOf(layer: Uint8Array): CimDirectory {
  const directory: CimDirectory = new Map();
  makeCim(directory, LOWER, layer);
  return directory;
}

/** The same as files of this machine. @returns the folder */
function saved(directory: CimDirectory): string {
  const folder = scratchFolder();
  for (const [name, bytes] of directory) writeFileSync(join(folder, name), bytes);
  return folder;
}

function assertSameFiles(one: CimDirectory, other: CimDirectory): void {
  assert.equal([...one.keys()], [...other.keys()]);
  for (const [name, bytes] of one) assert.ok(bytes.equals(other.get(name)!), name);
}

/** Converts a tree's layer to a CIM, and back, and there once more. */
async function goRound(tree: TreeFile): Promise<void> {
  const layer = layers.exportTree(tree);
  const directory = directoryOf(layer);
  const { tar } = await exportTar(cimOf(directory, LOWER));
  assert.ok(tar.equals(layer), "the layer comes back");
  assertSameFiles(directoryOf(tar), directory);
}

const back = suite("windows: there and back");

back("a tree with all that there is", async () => {
  const hello: TreeFile = { attributes: 0x20, data: Buffer.from("Hello, CIM!\n"), lastWriteTime: 1n };
  await goRound({
    lastWriteTime: 5n,
    names: [
      ["empty", {}],
      ["hello.txt", hello],
      ["Alias.TXT", hello],
      ["large", { data: Buffer.alloc(1_000_003, "large"), attributes: 0x21 }],
      ["sparse", { data: Buffer.alloc(2 ** 21), attributes: 0x200 }],
      [
        "ea",
        {
          eas: eaChain([
            ["A", Buffer.alloc(0)],
            ["B", Buffer.from("b")],
            ["C", Buffer.alloc(60_000, 3)],
          ]),
        },
      ],
      ["owned", { securityDescriptor: DESCRIPTORS[1]! }],
      ["guarded", { securityDescriptor: DESCRIPTORS[2]!, names: [], streams: [["s", Buffer.from("of a directory")]] }],
      [
        "streams",
        {
          streams: [
            ["Zone.Identifier", Buffer.from("3")],
            ["\u{1f600}", Buffer.alloc(70_000, 1)],
            ["empty", Buffer.alloc(0)],
          ],
        },
      ],
      ["link", { attributes: REPARSE_POINT, reparse: symlink("..\\a\\b", "..\\a\\b", 1) }],
      ["junction", { attributes: REPARSE_POINT | DIRECTORY, reparse: junction("\\??\\C:\\", "C:\\") }],
      ["\u{10ffff}\ue000", {}],
      ["n".repeat(255), { names: [["é".repeat(255), {}]] }],
    ],
  });
});

back("the golden CIM", async () => {
  const { cim, files } = goldenFiles(2);
  const { tar } = await exportTar(goldenFiles(2));
  const directory: CimDirectory = new Map();
  makeCim(directory, "test.cim", tar, { guid: GOLDEN_GUID });
  for (const [name, bytes] of [["test.cim", cim] as const, ...files]) {
    assert.ok(directory.get(name)?.equals(bytes), name);
  }
});

back("a directory of 3,000 names", async () => {
  const names = Array.from({ length: 3000 }, (_, index): [string, TreeFile] => [
    `${index % 2 ? "File" : "fILE"}-${(index * 7919) % 3000}`,
    { data: Buffer.from(String(index % 100)) },
  ]);
  await goRound({ names: [["Files", { names }]] });
});

back("any tree", async () => {
  await fc.assert(
    fc.asyncProperty(randomWindowsTree(), (tree) => goRound(tree)),
    { seed: 20_260_101, numRuns: 100, includeErrorInReport: true },
  );
});

/** The config hives, which every base layer of Windows has. They hold nothing. */
const CONFIG = ["DEFAULT", "SAM", "SECURITY", "SOFTWARE", "SYSTEM"];

/** A layer with the hives that every base layer of Windows has. */
function baseLayer(system: Buffer): TreeFile {
  const hives = CONFIG.map((name): [string, TreeFile] => [
    name,
    { data: name === "SYSTEM" ? system : Buffer.from(name) },
  ]);
  const directory: TreeFile = { names: [["config", { names: hives }]] };
  return { names: [["Files", { names: [["Windows", { names: [["System32", directory]] }]] }]] };
}

back("a base layer, whose CIM has more names than it", async () => {
  const base = baseLayer(goldenHive("base"));
  await goRound(base);
  const cim = cimOf(directoryOf(layers.exportTree(base)), LOWER);
  assert.is((await exportTar(cim, { path: "hives" })).result.entries, 5);
});

/** A layer that changes a hive. */
const changing = (hive: string): Buffer =>
  layers.exportTree({
    names: [
      ["Files", { names: [[`${hive}.txt`, { data: Buffer.from("new") }]] }],
      ["Hives", { names: [[`${hive}_DELTA`, { data: goldenHive("delta") }]] }],
    ],
  });

back("a layer with changes of a hive, as what changed from the layer below", async () => {
  const directory = directoryOf(layers.exportTree(baseLayer(goldenHive("base"))));
  makeCim(directory, UPPER, changing("SYSTEM"), { parent: LOWER });
  const upper = cimOf(directory, UPPER);
  const { tar, result } = await diffTar(cimOf(directory, LOWER), upper);
  assert.equal([result.added, result.changed, result.deleted], [2, 1, 0]); // the hive that both make has changed
  const whole = (await exportTar(upper)).tar;
  makeCim(directory, FORK, tar, { parent: LOWER });
  assert.ok((await exportTar(cimOf(directory, FORK))).tar.equals(whole), "over the layer below");
  assert.ok((await exportTar(cimOf(directoryOf(whole), LOWER))).tar.equals(whole), "the tree without its parent");
});

back("hives that several layers changed, as what changed from the first", async () => {
  const directory = directoryOf(layers.exportTree(baseLayer(goldenHive("base"))));
  makeCim(directory, "middle.cim", changing("SYSTEM"), { parent: LOWER });
  const again = layers.exportTree({ names: [["Hives", { names: [["SYSTEM_DELTA", { data: goldenHive("base") }]] }]] });
  makeCim(directory, UPPER, again, { parent: "middle.cim" });
  const upper = cimOf(directory, UPPER);
  const { tar } = await diffTar(cimOf(directory, LOWER), upper);
  makeCim(directory, FORK, tar, { parent: LOWER });
  assert.ok((await exportTar(cimOf(directory, FORK))).tar.equals((await exportTar(upper)).tar));
});

back("a diff makes the upper CIM of the lower, whole or as its fork", async () => {
  await fc.assert(
    fc.asyncProperty(randomWindowsTrees(), async (trees) => {
      const [lower, upper] = trees.map((tree) => layers.exportTree(tree));
      const directory = directoryOf(lower!);
      const { tar } = await diffTar(cimOf(directory, LOWER), cimOf(directoryOf(upper!), LOWER));
      assert.ok(tar.equals(layers.diffTrees(...trees)), "the diff of the trees");
      makeCim(directory, UPPER, tar, { parent: LOWER });
      makeCim(directory, FORK, tar, { parent: LOWER, fork: true });
      for (const name of [UPPER, FORK]) {
        const cim = cimOf(directory, name);
        assert.equal((await checkImage(cim)).findings, [], name);
        assert.ok((await exportTar(cim)).tar.equals(upper!), name);
      }
    }),
    { seed: 20_260_102, numRuns: 60, includeErrorInReport: true },
  );
});

back("what a fork shares with its parent is not read to be compared", async () => {
  const large = Buffer.from(noise(2 ** 22));
  const lower: TreeFile = { names: [["a", { data: large, streams: [["s", large.subarray(1)]] }]] };
  const directory = directoryOf(layers.exportTree(lower));
  const change = layers.exportTree({ names: [["b", { data: Buffer.from("b") }]] });
  makeCim(directory, FORK, change, { parent: LOWER, fork: true });
  const compare = async (one: string, other: string) => {
    let bytesRead = 0;
    const onProgress = (progress: Progress) => {
      bytesRead = progress.bytesRead;
    };
    const { tar } = await diffTar(join(one, LOWER), join(other, FORK), { onProgress });
    assert.ok(tar.equals(change));
    return bytesRead;
  };
  const folder = saved(directory);
  const together = await compare(folder, folder);
  assert.ok(together < 2 ** 20, `${together} bytes`);
  // Elsewhere, files of the same names may hold other bytes.
  const apart = await compare(folder, saved(directory));
  assert.ok(apart > 2 ** 24, `${apart} bytes`);
});

back.run();
