/** What cannot become a CIM: one sentence each, and nothing left of it. */
import { mkdirSync, readdirSync, truncateSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type ConvertCimOptions, convertCim, ErrorCode, type Source } from "../../src/index.ts";
import { BAD_WINDOWS_LAYERS } from "../fixtures/bad-windows-layers.ts";
import { filesIn, readCim } from "../fixtures/cim.ts";
import { goldenHive } from "../fixtures/hives.ts";
import { noise } from "../fixtures/random.ts";
import { rejects } from "../fixtures/rejects.ts";
import { scratchFile, scratchFolder } from "../fixtures/scratch.ts";
import { baseTar, CONFIG, childEntries, childTar, file, HIVES } from "../fixtures/windows-base.ts";
import { type WindowsEntry, windowsTar } from "../fixtures/windows-tar.ts";
import { ask, type Oracle, present, run } from "../oracles/oracle.ts";

type Entries = (WindowsEntry | Uint8Array)[];

const damaged = Buffer.from(goldenHive("delta"));
damaged[0x1fc]! ^= 1; // the checksum

const refused = suite("convertCim: refused");

async function refuse(
  layer: Source,
  code: ErrorCode,
  words: RegExp,
  more: Partial<ConvertCimOptions> = {},
): Promise<void> {
  const folder = scratchFolder();
  const beside = scratchFolder();
  const error = await rejects(
    convertCim(layer, join(folder, "cims"), { name: "bad", layerDirectory: beside, ...more }),
    code,
  );
  assert.match(error.message, words);
  assert.not.match(error.message, "\n");
  assert.equal([filesIn(folder), filesIn(beside)], [[], []]);
}

for (const [what, code, words, entries] of BAD_WINDOWS_LAYERS) {
  refused(what, () => refuse(windowsTar(entries), code, words));
}

const cims = scratchFolder();
const base = await convertCim(baseTar, cims, { name: "base" });

const BAD_CHANGES: [what: string, code: ErrorCode, entries: Entries][] = [
  ["a hive of a wrong checksum", ErrorCode.Corrupt, [file("Hives/SYSTEM_DELTA", damaged)]],
  ["a hive that breaks off", ErrorCode.Corrupt, [file("Hives/SYSTEM_DELTA", goldenHive("delta").subarray(0, 5000))]],
  ["what is no hive", ErrorCode.Unsupported, [file("Hives/SAM_DELTA", "what is this?")]],
];

for (const [what, code, entries] of BAD_CHANGES) {
  refused(`${what}, over a base`, () => refuse(windowsTar(entries), code, /regf|DELTA/, { parents: [base.cim] }));
}

refused("a delta without a hive below", async () => {
  const plain = await convertCim(windowsTar([file("Files/a", "")]), scratchFolder(), { name: "plain" });
  const entries = [file("Hives/SYSTEM_DELTA", goldenHive("delta"))];
  await refuse(windowsTar(entries), ErrorCode.FailedPrecondition, /SYSTEM_BASE/, { parents: [plain.cim] });
});

refused("a parent that is none, or damaged, by its own name", async () => {
  const layer = windowsTar([file("Files/a", "")]);
  const none = scratchFile("none.cim", layer);
  await refuse(layer, ErrorCode.Corrupt, /none\.cim: .*"cimfile0"/, { parents: [none] });
  const { cim, files } = await convertCim(layer, scratchFolder(), { name: "damaged" });
  truncateSync(join(dirname(cim), files[1]!.name), 1000);
  await refuse(layer, ErrorCode.Corrupt, /damaged\.cim: cim: /, { parents: [cim] });
});

refused("a layer cut short, wherever", async () => {
  const layer = windowsTar(childEntries);
  for (const length of [100, 512, 2048, layer.length - 5000, layer.length - 2048]) {
    await refuse(layer.subarray(0, length), ErrorCode.Corrupt, /./, { parents: [base.cim] });
  }
  const gzip = gzipSync(layer);
  for (const length of [20, 500, gzip.length - 1]) {
    await refuse(gzip.subarray(0, length), ErrorCode.Corrupt, /./, { parents: [base.cim] });
  }
});

const OPTIONS: [what: string, options: Partial<ConvertCimOptions>][] = [
  ["no name", { name: "" }],
  ["a name that is a path", { name: "a/b" }],
  ["a name of Windows' devices", { name: "con.cim" }],
  ["a hidden name", { name: ".cim" }],
  ["a name of 300 bytes", { name: "n".repeat(300) }],
  ["a GUID that is none", { guid: "0123" }],
  ["the GUID of nothing", { guid: "00000000-0000-0000-0000-000000000000" }],
  ["a GUID that is no text", { guid: 5 as unknown as string }],
  ["parents that are one path", { parents: "base.cim" as unknown as string[] }],
  ["an unknown version", { version: "3.0" as "2.0" }],
  ["a limit below nothing", { limits: { entries: -1 } }],
];

for (const [what, options] of OPTIONS) {
  refused(`options: ${what}`, () =>
    refuse(baseTar, ErrorCode.InvalidArgument, /name|guid|parents|version|limits/, options),
  );
}

refused("more than the limits allow", async () => {
  await refuse(baseTar, ErrorCode.OutOfRange, /10/, { limits: { entries: 10 } });
  await refuse(baseTar, ErrorCode.OutOfRange, /100000 bytes/, { limits: { bytes: 100_000 } });
  await refuse(gzipSync(Buffer.alloc(64 * 2 ** 20)), ErrorCode.OutOfRange, /2 to 1/, { limits: { ratio: 2 } });
  const long = windowsTar([file(`Files/${"d/".repeat(100)}f`, "")]);
  await refuse(long, ErrorCode.OutOfRange, /./, { limits: { pathLength: 100 } });
});

refused("a source that fails, or is not there", async () => {
  async function* failing(): AsyncGenerator<Uint8Array> {
    yield baseTar.subarray(0, 500_000);
    throw new Error("the line is dead");
  }
  await refuse(failing(), ErrorCode.FailedPrecondition, /the line is dead/);
  await refuse("/no/such/layer.tar", ErrorCode.NotFound, /layer.tar/);
});

const stopped = suite("convertCim: stopped");

stopped("by a signal, it leaves nothing, and what it rejects with is the signal's reason", async () => {
  const reason = new Error("enough");
  for (const after of [0, 1, 3]) {
    const folder = scratchFolder();
    const controller = new AbortController();
    let pieces = 0;
    async function* slowly(): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < baseTar.length; at += 300_000, pieces++) {
        if (pieces === after) controller.abort(reason);
        await new Promise((resolve) => setTimeout(resolve, 25));
        yield baseTar.subarray(at, at + 300_000);
      }
    }
    const error = await convertCim(slowly(), join(folder, "cims"), { name: "base", signal: controller.signal }).catch(
      (thrown) => thrown,
    );
    assert.is(error, reason);
    assert.equal(filesIn(folder), []);
  }
});

stopped("before it begins, it does nothing", async () => {
  const folder = scratchFolder();
  const signal = AbortSignal.abort("no");
  assert.is(await convertCim(baseTar, folder, { name: "base", signal }).catch((thrown) => thrown), "no");
  assert.equal(filesIn(folder), []);
});

const together = suite("convertCim: together");

together("many of other names, into one directory, do not disturb one another", async () => {
  const folder = scratchFolder();
  const names = ["a", "b", "c", "d", "e"];
  const made = await Promise.all(names.map((name) => convertCim(baseTar, folder, { name })));
  assert.equal(filesIn(folder), made.flatMap(({ files }) => files.map(({ name }) => name)).sort());
  for (const { cim } of made) await readCim(cim);
});

together("many of one name: one is made, and the others say so", async () => {
  const folder = scratchFolder();
  const layers = [baseTar, baseTar, windowsTar([file("Files/a", "b")]), baseTar];
  const outcomes = await Promise.allSettled(layers.map((layer) => convertCim(layer, folder, { name: "same" })));
  const made = outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
  assert.is(made.length, 1);
  for (const outcome of outcomes) {
    if (outcome.status === "rejected") assert.is(ErrorCode[outcome.reason.code], "AlreadyExists");
  }
  assert.equal(filesIn(folder), made[0]!.files.map(({ name }) => name).sort());
  await readCim(made[0]!.cim);
});

function whyNot(): string | undefined {
  const folder = scratchFolder();
  if (run("mount", ["-t", "tmpfs", "tmpfs", folder]).status !== 0) return "a disk that is full takes root and Linux";
  run("umount", [folder]);
  return undefined;
}

const tmpfs: Oracle = { name: "a small tmpfs", missing: whyNot() };
const full = suite("convertCim: a disk that is full");

if (present(tmpfs, full)) {
  full("is named, and has as much room as before", async () => {
    const folder = scratchFolder();
    ask("mount", ["-t", "tmpfs", "-o", "size=1M", "tmpfs", folder]);
    try {
      writeFileSync(join(folder, "other"), Buffer.alloc(100_000));
      const layer = windowsTar([file("Files/large", noise(2 ** 21))]);
      const error = await rejects(
        convertCim(layer, join(folder, "cims"), { name: "base" }),
        ErrorCode.FailedPrecondition,
      );
      assert.match(error.message, /cims\/base\.cim: no space left on the disk/);
      assert.equal(readdirSync(folder), ["other"]);

      mkdirSync(join(folder, "beside"));
      const small = scratchFile("base.tar", baseTar);
      const hives = { name: "base", layerDirectory: join(folder, "beside") };
      await rejects(convertCim(small, scratchFolder(), hives), ErrorCode.FailedPrecondition);
      assert.equal(filesIn(join(folder, "beside")), []);
      await readCim((await convertCim(windowsTar([file("a", "b")]), join(folder, "cims"), { name: "base" })).cim);
    } finally {
      ask("umount", ["-l", folder]);
    }
  });
}

refused("what is refused has a twin that is not", async () => {
  const over = { name: "child", parents: [base.cim] };
  await readCim((await convertCim(childTar, scratchFolder(), over)).cim);
  const all = windowsTar(HIVES.map((name) => file(`${CONFIG}/${name}`, goldenHive("base"))));
  await readCim((await convertCim(all, scratchFolder(), { name: "all" })).cim);
});

for (const each of [refused, stopped, together, full]) each.run();
