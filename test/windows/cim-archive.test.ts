/** CIMs become layers, by the API and by the commands. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type CimParts, ErrorCode, exportImage, ImageError } from "../../src/index.ts";
import { diffTar, exportTar } from "../fixtures/archive.ts";
import { type BuiltNode, buildCim, guidOf, partsOf } from "../fixtures/cim-builder.ts";
import { Sample } from "../fixtures/cim-sample.ts";
import { GOLDEN_GUID_TEXT, goldenFiles } from "../fixtures/golden-cim-files.ts";
import { MemoryTarget, makeImage } from "../fixtures/image.ts";
import { layerTar } from "../fixtures/layer.ts";
import { rejects } from "../fixtures/rejects.ts";
import { inRepository } from "../fixtures/repository.ts";
import { scratchFile, scratchFolder, scratchPath } from "../fixtures/scratch.ts";
import { cimTrialOf } from "../fuzz/cim-trial.ts";
import type { Answer } from "../oracles/oracle.ts";
import { readPaxEntries } from "../oracles/pax-entries.ts";

/** The golden CIM in a folder. @param change  of the files beside it, by their names */
function goldenPath(version: 1 | 2, change: (files: Map<string, Buffer>) => void = () => {}): string {
  const folder = scratchFolder();
  const { cim, files } = goldenFiles(version);
  change(files);
  for (const [name, bytes] of files) writeFileSync(join(folder, name), bytes);
  writeFileSync(join(folder, "test.cim"), cim);
  return join(folder, "test.cim");
}

const DATA = `region_${GOLDEN_GUID_TEXT}_1`;

/** Turns a bit of what stands in the data region. */
const changed = (text: string) => (files: Map<string, Buffer>) => {
  const region = files.get(DATA)!;
  region[region.indexOf(text)]! ^= 1;
};

const V2 = goldenPath(2);
const ENTRIES = [
  "5 ./",
  "5 Files",
  "0 Files/ads main",
  "0 Files/ads:Alpha stream two",
  "0 Files/ads:zone AB",
  "0 Files/Alias.TXT Hello, CIM!\n",
  "0 Files/big.bin",
  "0 Files/ea x",
  "0 Files/empty",
  "1 Files/hello.txt Files/Alias.TXT",
  "2 Files/ln hello.txt",
  "5 Files/sub",
  "0 Files/été acc",
];

const api = suite("layers of CIMs");

api("have all that the golden CIM has, in either version", async () => {
  const { tar, result } = await exportTar(V2);
  const entries = readPaxEntries(tar);
  const shown = entries.map(({ type, name, link, data }) =>
    `${type} ${name} ${link}${data.length > 100 ? "" : data}`.trimEnd(),
  );
  assert.equal(
    shown,
    ENTRIES.map((entry) => entry.trimEnd()),
  );
  assert.ok(entries[6]!.data.equals(Buffer.from(Uint8Array.from({ length: 5000 }, (_, i) => 7 * i))));
  const time = "1581633152.6668288";
  assert.equal(entries[7]!.records, {
    mtime: time,
    atime: time,
    ctime: time,
    "LIBARCHIVE.creationtime": time,
    "MSWINDOWS.fileattr": "128",
    "MSWINDOWS.xattr.FOO": Buffer.from("bar").toString("base64"),
    "MSWINDOWS.xattr.LONGER": Buffer.from("12345").toString("base64"),
  });
  assert.equal([result.entries, result.size, result.sockets, result.whiteouts], [13, tar.length, 0, 0]);
  for (const source of [goldenFiles(1), goldenFiles(2), goldenPath(1)])
    assert.ok((await exportTar(source)).tar.equals(tar));
});

api("have what others store in other ways: zeros, programs, forks, versions to come", async () => {
  const base = new Sample({ guid: guidOf("base") });
  const { tar } = await exportTar(partsOf(base.cim));
  const data = new Map(readPaxEntries(tar).map((entry) => [entry.name, entry.data]));
  assert.ok(data.get("hole")!.equals(Buffer.alloc(1000)));
  assert.ok(data.get("program")!.equals(Buffer.alloc(8000, 3)));
  assert.is(data.get("streams:b")!.toString(), "two");
  const fork = new Sample({ guid: guidOf("fork"), parents: [base.cim] });
  for (const { cim } of [fork, new Sample({ version: 3, entrySize: 0x68 }), new Sample({ version: 1 })]) {
    assert.ok((await exportTar(partsOf(cim))).tar.equals(tar));
  }
});

api("begin at a directory, in whatever case it is named", async () => {
  const { tar } = await exportTar(V2, { path: "Files" });
  assert.is(readPaxEntries(tar)[1]!.name, "ads");
  for (const path of ["files", "/FILES/", "\\Files", "files/SUB/.."]) {
    assert.ok((await exportTar(V2, { path })).tar.equals(tar), path);
  }
});

api("are not made of what is not there", async () => {
  await rejects(exportTar(V2, { path: "Files/none" }), ErrorCode.NotFound);
  await rejects(exportTar(V2, { path: "Files/empty" }), ErrorCode.InvalidArgument);
  const { message } = await rejects(exportTar(V2, { whiteouts: "oci" }), ErrorCode.InvalidArgument);
  assert.is(message, "export: whiteouts: a CIM has none of overlayfs' that could be converted");
});

api("leave no file where a region is missing", async () => {
  const cim = goldenPath(2, (files) => files.delete(DATA));
  const target = scratchPath("layer.tar");
  await rejects(exportImage(cim, target), ErrorCode.NotFound);
  assert.not(existsSync(target));
});

api("of equal CIMs tell no change", async () => {
  const { tar, result } = await diffTar(goldenFiles(1), V2);
  assert.equal([result.added, result.changed, result.deleted, result.needsRecovery], [0, 0, 0, false]);
  assert.is(readPaxEntries(tar).length, 0);
});

api("of CIMs whose tables of upper case are not the same go by the upper one's", async () => {
  const node = (names: string[]): BuiltNode => ({ names: names.map((name) => [name, { content: Buffer.from(name) }]) });
  const plain = (unit: number) => unit;
  const lower = partsOf(buildCim(node(["B", "Foo", "a", "b2"]), { upcase: plain }));
  const upper = partsOf(buildCim(node(["a", "B", "c", "foo"])));
  const changes: string[] = [];
  const onChange = (change: { kind: string; path: string }) => changes.push(`${change.kind} ${change.path}`);
  const { tar } = await diffTar(lower, upper, { onChange });
  assert.equal(changes, ["deleted b2", "added c", "deleted Foo", "added foo"]);
  assert.equal(
    readPaxEntries(tar).map(({ name }) => name),
    [".wh.b2", "c", ".wh.Foo", "foo"],
  );
});

api("tell a byte that changed, and what it is in", async () => {
  const upper = goldenPath(2, changed("stream two"));
  const changes: string[] = [];
  const onChange = (change: { kind: string; path: string }) => changes.push(`${change.kind} ${change.path}`);
  const { tar } = await diffTar(V2, upper, { onChange });
  assert.equal(changes, ["changed Files/ads"]);
  assert.equal(
    readPaxEntries(tar).map(({ name }) => name),
    ["Files", "Files/ads", "Files/ads:Alpha", "Files/ads:zone"],
  );
});

api("are made of two images of one kind", async () => {
  const { image } = await makeImage(layerTar([]));
  for (const [lower, upper] of [
    [V2, image],
    [image, goldenFiles(1)],
  ] as const) {
    const { message } = await rejects(diffTar(lower, upper), ErrorCode.InvalidArgument);
    assert.match(message, "one is a CIM and the other is none");
  }
});

/** Stops what goes on and on. */
class SmallTarget extends MemoryTarget {
  override write(at: number, bytes: Uint8Array): void {
    if (at + bytes.length > 2 ** 24) throw new Error("is full");
    super.write(at, bytes);
  }
}

api("of damaged CIMs are layers, or are refused in words", async () => {
  const outcomes = new Map<string, number>();
  const seen = (outcome: string) => outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  for (let number = 0; number < 1500; number++) {
    const { header, files } = cimTrialOf(number);
    const damaged: CimParts = { cim: header, beside: (name) => files.get(name) };
    try {
      if (number % 2) await exportImage(damaged, new SmallTarget(), { digests: false });
      else await diffTar(V2, damaged, { digests: false });
      seen("sound");
    } catch (error) {
      assert.instance(error, ImageError);
      const { code, message } = error as ImageError;
      const isForeseen = [ErrorCode.Corrupt, ErrorCode.Unsupported, ErrorCode.NotFound].includes(code);
      assert.ok(isForeseen || /is full/.test(message), `${number}: ${message}`);
      seen(ErrorCode[code]!);
    }
  }
  assert.ok(outcomes.get("sound")! > 100 && outcomes.get("Corrupt")! > 100, JSON.stringify([...outcomes]));
});

api.run();

const commands = suite("layerkiln export and diff of CIMs");

const LAYERKILN = inRepository(JSON.parse(readFileSync(inRepository("package.json"), "utf8")).bin.layerkiln);

/** Output is one character a byte. */
function layerkiln(...words: string[]): Answer {
  return spawnSync(process.execPath, [LAYERKILN, ...words], { encoding: "latin1", maxBuffer: 1 << 28 });
}

commands("write a layer to a file, and to a pipe", async () => {
  const { tar } = await exportTar(V2);
  const path = scratchPath("layer.tar");
  const { status, stdout, stderr } = layerkiln("export", V2, "-o", path);
  assert.is(status, 0, stderr);
  assert.is(stdout, `${path}: ${tar.length} bytes (28.5 KiB), 13 entries\n`);
  assert.ok(readFileSync(path).equals(tar));
  assert.ok(Buffer.from(layerkiln("export", V2).stdout, "latin1").equals(tar));
});

commands("tell what changed", () => {
  const upper = goldenPath(2, changed("Hello"));
  assert.equal(layerkiln("diff", V2, upper, "--list").stdout, "C /Files/Alias.TXT\nC /Files/hello.txt\n");
  assert.is(layerkiln("diff", V2, upper, "--check").status, 3);
  assert.is(layerkiln("diff", V2, V2, "--check").status, 0);
});

commands("refuse what does not go together", () => {
  const other = scratchFile("other.ext4", Buffer.alloc(4096));
  const { status, stderr } = layerkiln("diff", V2, other, "--list");
  assert.is(status, 1);
  assert.is(stderr, "layerkiln: image: one is a CIM and the other is none: they have nothing in common\n");
  assert.is(
    layerkiln("export", V2, "--whiteouts", "oci").stderr,
    "layerkiln: export: whiteouts: a CIM has none of overlayfs' that could be converted\n",
  );
});

commands.run();
