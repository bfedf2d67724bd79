/** The double of vmcompute.dll: right calls pass, and each wrong one is caught. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import koffi from "koffi";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { broken, calls, failAt, openHandles, startDoubles } from "../../fixtures/doubles.ts";
import { scratchFolder } from "../../fixtures/scratch.ts";
import { assertBroken, E_INVALIDARG, given, utf16, win32 } from "./calling.ts";

const vmcompute = koffi.load("vmcompute.dll");
koffi.struct("DoubleInfo", { Flavour: "int", HomeDir: "const char16_t *" });
koffi.struct("DoubleLayer", { LayerId: koffi.array("uint8_t", 16), Flags: "uint32_t", Path: "const char16_t *" });
const LAYER = "DoubleInfo *info, const char16_t *id";
const PARENTS = "DoubleLayer *descriptors, uint32_t count";
const declared = (words: string) => vmcompute.func(`int ${words}`);
const ActivateLayer = declared(`ActivateLayer(${LAYER})`);
const DeactivateLayer = declared(`DeactivateLayer(${LAYER})`);
const PrepareLayer = declared(`PrepareLayer(${LAYER}, ${PARENTS})`);
const UnprepareLayer = declared(`UnprepareLayer(${LAYER})`);
const DestroyLayer = declared(`DestroyLayer(${LAYER})`);
const CreateSandboxLayer = declared(`CreateSandboxLayer(${LAYER}, size_t parent, ${PARENTS})`);
const ExpandSandboxSize = declared(`ExpandSandboxSize(${LAYER}, uint64_t size)`);
const ImportLayer = declared(`ImportLayer(${LAYER}, const char16_t *folder, ${PARENTS})`);
const LayerExists = declared(`LayerExists(${LAYER}, _Out_ uint32_t *exists)`);
const GetLayerMountPath = declared(`GetLayerMountPath(${LAYER}, _Inout_ size_t *length, void *buffer)`);
const NameToGuid = declared("NameToGuid(const char16_t *name, _Out_ uint8_t *guid)");
const GetBaseImages = declared("GetBaseImages(_Out_ void **images)");
const CoTaskMemFree = koffi.load("ole32.dll").func("void CoTaskMemFree(void *memory)");

const INFO = { Flavour: 1, HomeDir: "" };
const NOT_READY = win32(21);
const IN_USE = win32(32);

const layers = suite("doubles: vmcompute.dll");
layers.before.each(startDoubles);

function guidOf(name: string): Buffer {
  const guid = Buffer.alloc(16);
  assert.is(NameToGuid(name, guid), 0);
  return guid;
}

interface Layers {
  scratch: string;
  parents: [object[], number];
}

function someLayers(): Layers {
  const root = scratchFolder();
  const [base, scratch] = [join(root, "base"), join(root, "scratch")];
  mkdirSync(base);
  mkdirSync(scratch);
  writeFileSync(join(scratch, "sandbox.vhdx"), "");
  return { scratch, parents: [[{ LayerId: [...guidOf("base")], Flags: 0, Path: base }], 1] };
}

layers("a layer is activated, prepared, used, and let go of", () => {
  const { scratch, parents } = someLayers();
  assert.is(ActivateLayer(INFO, scratch), 0);
  assert.is(PrepareLayer(INFO, scratch, ...parents), 0);
  const length = [0];
  assert.is(GetLayerMountPath(INFO, scratch, length, null), 0);
  const buffer = Buffer.alloc(2 * length[0]!);
  assert.is(GetLayerMountPath(INFO, scratch, length, buffer), 0);
  const path = buffer.toString("utf16le").slice(0, -1);
  assert.match(path, /^\\\\\?\\Volume\{[0-9a-f-]{36}\}\\$/);
  writeFileSync(`${path}file`, "data");
  assert.equal(readdirSync(path), ["file"]);
  assert.equal(openHandles(), [`active layer ${scratch}`, `prepared layer ${scratch}`]);

  assert.is(UnprepareLayer(INFO, scratch), 0);
  assert.is(DeactivateLayer(INFO, scratch), 0);
  assert.not(existsSync(path));
  assert.is(DestroyLayer(INFO, scratch), 0);
  assert.not(existsSync(scratch));
  assert.equal(openHandles(), []);
  assert.equal(broken(), []);
});

layers("the record has each argument", () => {
  const { scratch, parents } = someLayers();
  ActivateLayer(INFO, scratch);
  assert.is(PrepareLayer({ Flavour: 1, HomeDir: `${scratch}\\..` }, "scratch", ...parents), NOT_READY);
  const [call] = calls("PrepareLayer");
  const [descriptor] = call!.arguments.descriptors;
  assert.equal(call!.arguments.info, { Flavour: 1, HomeDir: `${scratch}\\..` });
  assert.is(call!.arguments.id, "scratch");
  assert.is(call!.arguments.count, 1);
  assert.is(descriptor.Flags, 0);
  assert.match(descriptor.Path, /\\base$/);
  assert.match(descriptor.LayerId, /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.is(call!.result, NOT_READY >>> 0);
  assert.is(call!.process, process.pid);
});

layers("letters beyond ASCII come through", () => {
  const folder = join(scratchFolder(), "ünïcødé 漢字 😀");
  mkdirSync(folder);
  assert.is(ActivateLayer(INFO, folder), 0);
  assert.is(calls("ActivateLayer")[0]!.arguments.id, folder);
});

layers("a sandbox is made, and expanded", () => {
  const { scratch, parents } = someLayers();
  const another = `${scratch}-2`;
  assert.is(CreateSandboxLayer(INFO, another, 0, ...parents), 0);
  assert.is(ExpandSandboxSize(INFO, another, 2n ** 40n), 0);
  assert.match(readFileSync(join(another, "sandbox.vhdx"), "utf8"), /"expandedTo":"1099511627776"/);
  assert.is(CreateSandboxLayer(INFO, another, 0, ...parents), win32(80));
  const exists = [7];
  assert.is(LayerExists(INFO, another, exists), 0);
  assert.equal(exists, [1]);
  assert.equal(broken(), []);
});

layers("a layer that cannot be written to needs nothing, and lies where it lies", () => {
  const folder = scratchFolder();
  assert.is(ActivateLayer(INFO, folder), 0);
  assert.is(PrepareLayer(INFO, folder, null, 0), 0);
  assert.equal(openHandles(), []);
  const length = [1000];
  const buffer = Buffer.alloc(2000);
  assert.is(GetLayerMountPath(INFO, folder, length, buffer), 0);
  assert.is(buffer.toString("utf16le", 0, 2 * length[0]!), `${folder}\0`);
});

layers("names are without regard to case the same, and else not", () => {
  assert.equal(guidOf("Layer"), guidOf("LAYER"));
  assert.not.equal(guidOf("layer"), guidOf("layes"));
});

layers("a string that is not freed is a leak", () => {
  const images = given((out) => GetBaseImages(out));
  assert.is(openHandles().length, 1);
  CoTaskMemFree(images);
  assert.equal(openHandles(), []);
});

layers("fails on demand, and does nothing then", () => {
  const { scratch } = someLayers();
  failAt("ActivateLayer", 0x80070020, 2);
  assert.is(ActivateLayer(INFO, scratch), 0);
  assert.is(ActivateLayer(INFO, scratch), IN_USE);
  assert.is(ActivateLayer(INFO, scratch), 0);
  const answers = calls("ActivateLayer").map(({ demanded = false, result }) => [demanded, result]);
  assert.equal(answers, [
    [false, 0],
    [true, 0x80070020],
    [false, 0],
  ]);
  failAt("DestroyLayer", 0x80070005, 0);
  for (let i = 0; i < 3; i++) assert.is(DestroyLayer(INFO, scratch), win32(5));
  assert.ok(existsSync(scratch));
});

layers("what is out of order is refused", () => {
  const { scratch, parents } = someLayers();
  assert.is(PrepareLayer(INFO, scratch, ...parents), NOT_READY);
  assertBroken(/is not active$/);
  ActivateLayer(INFO, scratch);
  PrepareLayer(INFO, scratch, ...parents);
  assert.is(DeactivateLayer(INFO, scratch), IN_USE);
  assert.is(DestroyLayer(INFO, scratch), IN_USE);
  assert.is(PrepareLayer(INFO, scratch, ...parents), win32(183));
  assertBroken(/is not active$/, /is still prepared$/, /is still active$/, /is prepared already$/);
});

layers("what may be said of a layer that is not active is an error, and no mistake", () => {
  const { scratch } = someLayers();
  assert.is(UnprepareLayer(INFO, scratch), NOT_READY);
  assert.is(DeactivateLayer(INFO, scratch), NOT_READY);
  assert.is(DestroyLayer(INFO, `${scratch}-2`), win32(3));
  assert.equal(broken(), []);
});

layers("layers are not prepared two at a time", async () => {
  const { scratch, parents } = someLayers();
  const prepared = () => new Promise((resolve) => PrepareLayer.async(INFO, scratch, ...parents, resolve));
  ActivateLayer(INFO, scratch);
  await Promise.all([prepared(), prepared()]);
  assert.ok(broken().includes("PrepareLayer: called while another call of it runs"));
  const [first, second] = calls("PrepareLayer");
  assert.not.equal(first!.thread, second!.thread);
});

layers("import takes privileges", () => {
  const { scratch, parents } = someLayers();
  assert.is(ImportLayer(INFO, `${scratch}-2`, scratch, ...parents), win32(1314));
  assertBroken(/SeBackupPrivilege is not held/, /SeRestorePrivilege/, /SeSecurityPrivilege/);
});

const narrow = vmcompute.func("int ActivateLayer(DoubleInfo *info, const char *id)");
const withoutInfo = vmcompute.func("int ActivateLayer(const char16_t *id)");
const withPointer = vmcompute.func("int ActivateLayer(void *info, void *id)");
const shortParents = vmcompute.func(`int PrepareLayer(${LAYER}, void *descriptors, uint32_t count)`);
const descriptors = Buffer.alloc(64);

const WRONG: [why: string, call: (path: string) => number, told: RegExp][] = [
  ["bytes where UTF-16 is wanted", (path) => narrow(INFO, path), /not UTF-16|does not end|not aligned|not an absolute/],
  ["no DriverInfo", (path) => withoutInfo(path), /info: /],
  ["a flavour that is none", (path) => ActivateLayer({ Flavour: 0, HomeDir: "" }, path), /flavour 0/],
  ["no home directory", (path) => ActivateLayer({ Flavour: 1, HomeDir: null }, path), /HomeDir: NULL/],
  ["a relative path", () => ActivateLayer(INFO, "scratch"), /not an absolute path/],
  ["no path", () => ActivateLayer(INFO, null), /id: NULL/],
  ["memory that is not there", () => withPointer(16n, null), /cannot be read/],
  ["a structure at an odd address", () => withPointer(Buffer.alloc(64).subarray(1), null), /not aligned/],
  ["no parents of a scratch", (path) => PrepareLayer(INFO, path, null, 0), /no layer to prepare/],
  ["parents that are NULL", (path) => PrepareLayer(INFO, path, null, 1), /descriptors: NULL/],
  ["a parent all of zeros", (path) => shortParents(INFO, path, descriptors, 1), /Path: NULL/],
  ["a count that cannot be", (path) => shortParents(INFO, path, descriptors, 2 ** 31), /count: 2147483648/],
  ["a size of nothing", (path) => ExpandSandboxSize(INFO, path, 0), /size: 0/],
  ["a room that cannot be", (path) => GetLayerMountPath(INFO, path, [2 ** 40], utf16("")), /length: /],
];

for (const [why, call, told] of WRONG) {
  layers(`catches ${why}`, () => {
    const { scratch } = someLayers();
    assert.is(call(scratch), E_INVALIDARG);
    assert.match(broken().join("; "), told);
  });
}

layers("catches an identifier that is not the name's", () => {
  const { scratch, parents } = someLayers();
  const swapped = [...guidOf("base").swap32()];
  ActivateLayer(INFO, scratch);
  assert.is(PrepareLayer(INFO, scratch, [{ ...parents[0][0], LayerId: swapped }], 1), E_INVALIDARG);
  assertBroken(/LayerId: not what NameToGuid has for base/);
});

layers.run();
