/** The registry of Windows layers: what a base layer is completed by, and what deltas are merged into. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ErrorCode } from "../../src/index.ts";
import { buildHive, key, SECURITY } from "../fixtures/hive.ts";
import { goldenHive } from "../fixtures/hives.ts";
import { mergeBytes } from "../fixtures/merge-hives.ts";
import { rejects } from "../fixtures/rejects.ts";
import { type Imported, type ImportOptions, importLayers } from "../fixtures/windows-import.ts";
import { NULL_DACL } from "../fixtures/windows-metadata.ts";
import { DIRECTORY, type WindowsEntry, windowsEntry, windowsTar } from "../fixtures/windows-tar.ts";

const CONFIG = "Files/Windows/System32/config";
const NAMES = ["SYSTEM", "SOFTWARE", "SAM", "SECURITY", "DEFAULT"];
const hivesName = (name: string): string => (name === "DEFAULT" ? "DEFAULTUSER" : name);

const file = (path: string, data: string | Uint8Array = path): WindowsEntry =>
  windowsEntry("file", path, { data: Buffer.from(data) });
const dir = (path: string): WindowsEntry => windowsEntry("dir", path);
const imported = (layers: WindowsEntry[][], options?: ImportOptions): Promise<Imported> =>
  importLayers(layers.map(windowsTar), options);

/** A base layer whose hives are files of their names, but for those given. */
const base = (hives: Record<string, Uint8Array> = {}, ...more: WindowsEntry[]): WindowsEntry[] => [
  dir("Files"),
  ...NAMES.map((name) => file(`${CONFIG}/${name}`, hives[name] ?? name)),
  ...more,
];

/** "path = content", or "path -> path". */
const hostFiles = (result: Imported): string[] =>
  result.hostFiles.map(({ path, link, data }) => (link === "" ? `${path} = ${data}` : `${path} -> ${link}`));

const test = suite("windows layer: hives");

test("a base layer gets its Hives: hard links to its configuration, at no time", async () => {
  const result = await imported([base()], { requireHives: true });
  const { files } = result;
  for (const name of NAMES) {
    const link = files.get(`Hives/${hivesName(name)}_BASE`)!;
    assert.is(link.file, files.get(`${CONFIG}/${name}`)!.file);
    assert.is(link.links, 2);
  }
  const { attributes, creationTime, lastWriteTime, changeTime, lastAccessTime } = files.get("Hives")!;
  assert.equal([attributes, creationTime, lastWriteTime, changeTime, lastAccessTime], [DIRECTORY, 0n, 0n, 0n, 0n]);
  const layout = files.get("layout")!;
  assert.is(layout.data.toString(), "vhd-with-hives\n");
  assert.equal([layout.attributes, layout.lastWriteTime], [0, 0n]);
  for (const path of ["Hives", "layout"]) assert.equal(files.get(path)!.securityDescriptor, NULL_DACL);
  assert.ok(result.isComplete);
  assert.is(files.size, 1 + 4 + 5 + 1 + 5 + 1);
});

test("the host gets its hives, linked as in the image, and the layout", async () => {
  assert.equal(
    hostFiles(await imported([base()])).sort(),
    [
      ...NAMES.map((name) => `${CONFIG}/${name} = ${name}`),
      ...NAMES.map((name) => `Hives/${hivesName(name)}_BASE -> ${CONFIG}/${name}`),
      "layout = vhd-with-hives\n",
    ].sort(),
  );
});

test("its hives are found whatever their case, and named for the host as Windows names them", async () => {
  const lower = NAMES.map((name) => file(`files/WINDOWS/system32/Config/${name.toLowerCase()}`, name));
  const result = await imported([lower]);
  assert.ok(result.isComplete);
  assert.ok(hostFiles(result).includes(`${CONFIG}/SAM = SAM`));
});

test("what a base layer has under these names itself is kept", async () => {
  const own = [dir("HIVES"), file("hives/System_Base", "own"), file("Layout", "own")];
  const result = await imported([base({}, ...own)]);
  assert.is(result.files.get("HIVES/System_Base")!.data.toString(), "own");
  assert.is(result.files.get("Layout")!.data.toString(), "own");
  assert.is(result.files.get("HIVES/SAM_BASE")!.links, 2);
  assert.ok(result.files.get("HIVES")!.lastWriteTime > 0n);
  const host = hostFiles(result);
  for (const line of ["Hives/SYSTEM_BASE = own", "layout = own"]) assert.ok(host.includes(line), line);
});

test("a hive may be a hard link to another", async () => {
  const links = NAMES.slice(1).map((name) =>
    windowsEntry("hardlink", `${CONFIG}/${name}`, { target: `${CONFIG}/SYSTEM` }),
  );
  const result = await imported([[...links, file(`${CONFIG}/SYSTEM`)]]);
  assert.is(result.files.get("Hives/DEFAULTUSER_BASE")!.links, 10);
});

test("a hive that is deleted is none, and may then come again", async () => {
  const gone = windowsEntry("file", `${CONFIG}/.wh.SAM`);
  const { message } = await rejects(imported([base({}, gone)]), ErrorCode.FailedPrecondition);
  assert.match(message, /4 of its 5 hives: "Files\\Windows\\System32\\config\\SAM" missing$/);
  const again = await imported([base({}, gone, file(`${CONFIG}/SAM`, "again"))]);
  assert.is(again.files.get("Hives/SAM_BASE")!.data.toString(), "again");
});

test("a Hives that is a file is refused", async () => {
  const { message } = await rejects(imported([base({}, file("Hives"))]), ErrorCode.FailedPrecondition);
  assert.is(message, 'layer: "Hives" is no directory, and hives belong there');
});

test("a layer without hives is a plain tree", async () => {
  const result = await imported([[file("Files/a")]]);
  assert.equal([...result.files.keys()], ["", "Files", "Files/a"]);
  assert.equal(result.hostFiles, []);
  assert.not(result.isComplete);
});

const [baseHive, deltaHive] = [goldenHive("base"), goldenHive("delta")];

test("deltas are merged into the hives of the layer below, which stay what they were", async () => {
  const below = base({ SYSTEM: baseHive });
  const layer = [dir("Hives"), file("Hives/SYSTEM_DELTA", deltaHive)];
  const result = await imported([below, layer], { piece: 3000 });
  const merged = await mergeBytes(baseHive, deltaHive);
  const { files } = result;
  const found = files.get("Hives/SYSTEM_BASE")!;
  assert.ok(found.data.equals(merged));
  assert.not.ok(merged.equals(baseHive));
  assert.equal([found.links, found.attributes, found.lastWriteTime], [1, 0, 0n]);
  assert.equal(found.securityDescriptor, NULL_DACL);
  assert.ok(files.get(`${CONFIG}/SYSTEM`)!.data.equals(baseHive));
  assert.ok(files.get("Hives/SYSTEM_DELTA")!.data.equals(deltaHive));
  assert.is(files.get("Hives/SAM_BASE")!.links, 2);
  assert.equal([result.mergedHives, result.isComplete], [1, true]);
});

test("the host gets the delta, and each hive that a layer above may change", async () => {
  const layer = [file("Hives/SYSTEM_DELTA", deltaHive), file(`${CONFIG}/SAM`, "new")];
  const { hostFiles } = await imported([base({ SYSTEM: baseHive }), layer]);
  assert.equal(hostFiles.map(({ path }) => path).sort(), [
    `${CONFIG}/SAM`,
    ...NAMES.map((name) => `Hives/${hivesName(name)}_BASE`).sort(),
    "Hives/SYSTEM_DELTA",
  ]);
  assert.ok(hostFiles.every(({ link }) => link === ""));
  const found = (path: string): string => hostFiles.find((each) => each.path === path)!.data.toString();
  assert.is(found("Hives/SAM_BASE"), "SAM");
});

test("a delta of a layer below is not merged once more", async () => {
  const layers = [base({ SYSTEM: baseHive }), [file("Hives/SYSTEM_DELTA", deltaHive)], [file("Files/a")]];
  const result = await imported(layers);
  assert.is(result.mergedHives, 0);
  assert.ok(result.files.get("Hives/SYSTEM_BASE")!.data.equals(await mergeBytes(baseHive, deltaHive)));
});

test("a delta comes over what a delta was merged into", async () => {
  const layer = [file("Hives/SYSTEM_DELTA", deltaHive)];
  const { files } = await imported([base({ SYSTEM: baseHive }), layer, layer]);
  const merged = await mergeBytes(baseHive, deltaHive);
  assert.ok(files.get("Hives/SYSTEM_BASE")!.data.equals(await mergeBytes(merged, deltaHive)));
});

test("a layer that brings the merged hive too is taken at its word", async () => {
  const layer = [file("Hives/SYSTEM_DELTA", "no hive"), file("Hives/SYSTEM_BASE", "merged")];
  const result = await imported([base({ SYSTEM: baseHive }), layer]);
  assert.is(result.files.get("Hives/SYSTEM_BASE")!.data.toString(), "merged");
  assert.is(result.mergedHives, 0);
});

test("deltas that are no hives, or damaged, are refused", async () => {
  const broken = Buffer.from(deltaHive);
  broken[4]! ^= 1; // a sequence number
  for (const delta of [Buffer.from("no hive"), Buffer.alloc(0), broken, deltaHive.subarray(0, 5000)]) {
    const layers = [base({ SYSTEM: baseHive }), [file("Hives/SYSTEM_DELTA", delta)]];
    const error = await imported(layers).then(
      () => undefined,
      (reason: unknown) => reason as { code: ErrorCode; message: string },
    );
    assert.ok(error?.code === ErrorCode.Corrupt || error?.code === ErrorCode.Unsupported, String(error));
    assert.match(error.message, /^regf: Hives\\SYSTEM_DELTA: /);
  }
});

const UTILITY_VM = "UtilityVM/Files/Windows/System32/config";

/** A SOFTWARE hive that says which Windows it is of. */
function software(build: string | undefined): Uint8Array {
  const data = Buffer.from(`${build}\0`, "utf16le");
  const values = build === undefined ? [] : [{ name: "CurrentBuild", type: 1, data }];
  const version = key("CurrentVersion", { values });
  return buildHive(
    key("ROOT", {
      subkeys: [key("Microsoft", { subkeys: [key("Windows NT", { subkeys: [version] })] })],
      security: SECURITY,
    }),
  );
}

test("a utility VM's build is told, and written for the host", async () => {
  const result = await imported([
    [dir("UtilityVM"), file(`${UTILITY_VM}/SOFTWARE`, software("20348")), file(`${UTILITY_VM}/SYSTEM`, "s")],
  ]);
  assert.is(result.utilityVmBuild, 20348);
  const host = new Map(result.hostFiles.map(({ path, data }) => [path, data.toString()]));
  assert.is(host.get("uvmbuildversion"), "20348");
  assert.is(host.get(`${UTILITY_VM}/SYSTEM`), "s");
  assert.is(host.size, 3);
});

const BUILDS: [why: string, layer: WindowsEntry[], below: WindowsEntry[]][] = [
  ["no hive of its own", [dir("UtilityVM"), file(`${UTILITY_VM}/SYSTEM`)], []],
  ["what is no hive", [dir("UtilityVM"), file(`${UTILITY_VM}/SOFTWARE`, "not regf")], []],
  ["less than a signature", [dir("UtilityVM"), file(`${UTILITY_VM}/SOFTWARE`, "reg")], []],
  ["a hive that does not say", [dir("UtilityVM"), file(`${UTILITY_VM}/SOFTWARE`, software(undefined))], []],
  ["a layer below that has it", [file("a")], [dir("UtilityVM"), file(`${UTILITY_VM}/SOFTWARE`, software("1"))]],
  ["another spelling", [file(`${UTILITY_VM}/SOFTWARE`.replace("UtilityVM", "utilityvm"), software("1"))], []],
];

for (const [why, layer, below] of BUILDS) {
  test(`a utility VM's build is not told: ${why}`, async () => {
    const { utilityVmBuild, hostFiles } = await imported(below.length > 0 ? [below, layer] : [layer]);
    assert.is(utilityVmBuild, 0);
    assert.not(hostFiles.some(({ path }) => path === "uvmbuildversion"));
    assert.is(hostFiles.length, why === "another spelling" || below.length > 0 ? 0 : 1);
  });
}

test("a utility VM's build that is no number is refused", async () => {
  for (const build of ["", "20348x", "1234567890"]) {
    const layer = [dir("UtilityVM"), file(`${UTILITY_VM}/SOFTWARE`, software(build))];
    const { message } = await rejects(imported([layer]), ErrorCode.Corrupt);
    assert.is(message, 'layer: "UtilityVM\\Files\\Windows\\System32\\config\\SOFTWARE": CurrentBuild is no number');
  }
});

test.run();
