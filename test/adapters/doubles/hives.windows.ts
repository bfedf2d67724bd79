/** The doubles of offreg.dll and bindfltapi.dll. */
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import koffi from "koffi";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { broken, calls, failAt, openHandles, startDoubles } from "../../fixtures/doubles.ts";
import { scratchFolder } from "../../fixtures/scratch.ts";
import { assertBroken, E_INVALIDARG, given, win32 } from "./calling.ts";

const offreg = koffi.load("offreg.dll");
const declared = (words: string) => offreg.func(`uint32_t ${words}`);
const ORCreateHive = declared("ORCreateHive(_Out_ void **result)");
const OROpenHive = declared("OROpenHive(const char16_t *path, _Out_ void **result)");
const ORMergeHives = declared("ORMergeHives(void *handles, uint32_t count, _Out_ void **result)");
const ORSaveHive = declared("ORSaveHive(void *handle, const char16_t *path, uint32_t major, uint32_t minor)");
const ORCloseHive = declared("ORCloseHive(void *handle)");
const OROpenKey = declared("OROpenKey(void *handle, const char16_t *subkey, _Out_ void **result)");
const ORCreateKey = declared(
  "ORCreateKey(void *handle, const char16_t *subkey, const char16_t *class, uint32_t options, void *descriptor, _Out_ void **result, _Out_ uint32_t *disposition)",
);
const ORCloseKey = declared("ORCloseKey(void *handle)");
const ORDeleteKey = declared("ORDeleteKey(void *handle, const char16_t *subkey)");
const ORGetValue = declared(
  "ORGetValue(void *handle, const char16_t *subkey, const char16_t *name, _Out_ uint32_t *type, void *data, _Inout_ uint32_t *length)",
);
const ORSetValue = declared(
  "ORSetValue(void *handle, const char16_t *name, uint32_t type, const void *data, uint32_t length)",
);

const INVALID_HANDLE = 6;
const INVALID_PARAMETER = 87;
const REG_SZ = 1;
const REG_DWORD = 4;

const hives = suite("doubles: offreg.dll");
hives.before.each(startDoubles);

const someHive = () => given((out) => ORCreateHive(out));
const keyIn = (hive: unknown, path: string) => given((out) => ORCreateKey(hive, path, null, 0, null, out, null));

/** A hive in a file, with one value for each key. */
function savedHive(values: Record<string, number>): string {
  const path = join(scratchFolder(), "hive");
  const hive = someHive();
  for (const [name, number] of Object.entries(values)) {
    const key = keyIn(hive, name);
    assert.is(ORSetValue(key, "number", REG_DWORD, Buffer.from([number, 0, 0, 0]), 4), 0);
    ORCloseKey(key);
  }
  assert.is(ORSaveHive(hive, path, 10, 0), 0);
  assert.is(ORCloseHive(hive), 0);
  return path;
}

function numberIn(hive: unknown, subkey: string): number {
  const [type, length, data] = [[0], [4], Buffer.alloc(4)];
  assert.is(ORGetValue(hive, subkey, "NUMBER", type, data, length), 0);
  assert.equal([type[0], length[0]], [REG_DWORD, 4]);
  return data.readUInt32LE();
}

hives("hives are merged, the last one last, and saved", () => {
  const [base, delta] = [savedHive({ "A\\B": 1, C: 2 }), savedHive({ "a\\b": 3, Ü漢: 4 })];
  const opened = [base, delta].map((path) => given((out) => OROpenHive(path, out)));
  const handles = Buffer.from(BigUint64Array.from(opened.map((handle) => koffi.address(handle))).buffer);
  const merged = given((out) => ORMergeHives(handles, 2, out));
  const path = join(scratchFolder(), "merged");
  assert.is(ORSaveHive(merged, path, 10, 0), 0);
  assert.is(ORSaveHive(merged, path, 10, 0), 80);
  for (const hive of [...opened, merged]) assert.is(ORCloseHive(hive), 0);

  const again = given((out) => OROpenHive(path, out));
  assert.equal(
    ["A\\B", "C", "Ü漢"].map((key) => numberIn(again, key)),
    [3, 2, 4],
  );
  ORCloseHive(again);
  assert.equal(openHandles(), []);
  assert.equal(broken(), []);
});

hives("keys are made, opened and deleted", () => {
  const hive = someHive();
  const disposition = [0];
  const key = given((out) => ORCreateKey(hive, "A", null, 0, null, out, disposition));
  assert.equal(disposition, [1]);
  ORCloseKey(key);
  ORCloseKey(given((out) => ORCreateKey(hive, "a", "", 0, null, out, disposition)));
  assert.equal(disposition, [2]);
  ORCloseKey(keyIn(hive, "A\\B"));
  assert.is(ORDeleteKey(hive, "A"), 5);
  assert.is(ORDeleteKey(hive, "A\\B"), 0);
  assert.is(OROpenKey(hive, "A\\B", [null]), 2);
  const open = given((out) => OROpenKey(hive, "A", out));
  assert.is(ORDeleteKey(open, null), 0);
  ORCloseKey(open);
  assert.is(ORCloseHive(hive), 0);
  assert.equal(broken(), []);
  assert.equal(openHandles(), []);
});

hives("values say how long they are", () => {
  const hive = someHive();
  const text = Buffer.from("text\0", "utf16le");
  assert.is(ORSetValue(hive, null, REG_SZ, text, text.length), 0);
  const length = [0];
  assert.is(ORGetValue(hive, null, null, [0], null, length), 0);
  assert.equal(length, [10]);
  assert.is(ORGetValue(hive, null, null, [0], Buffer.alloc(8), [8]), 234);
  assert.is(ORGetValue(hive, null, "none", [0], null, [0]), 2);
  ORCloseHive(hive);
  assert.equal(broken(), []);
});

hives("hives of others' making are merged too: what is in them is not known", () => {
  const path = join(scratchFolder(), "hive");
  writeFileSync(path, "regf");
  const hive = given((out) => OROpenHive(path, out));
  assert.is(OROpenHive(`${path}-2`, [null]), 2);
  assert.is(ORCloseHive(hive), 0);
});

hives("what is not closed is a leak", () => {
  const hive = someHive();
  const key = keyIn(hive, "A");
  assert.equal(
    openHandles().map((label) => label.split(" ")[0]),
    ["hive", "key"],
  );
  ORCloseKey(key);
  ORCloseHive(hive);
});

hives("fails on demand", () => {
  failAt("ORMergeHives", 1450);
  assert.is(ORMergeHives(Buffer.alloc(8), 1, [null]), 1450);
  assert.ok(calls("ORMergeHives")[0]!.demanded);
});

const WRONG: [why: string, call: (hive: unknown) => number, answer: number, told: RegExp][] = [
  ["a handle that is none", () => ORCloseHive(0x5eed00000008n), INVALID_HANDLE, /no handle/],
  ["a handle that was cut to 32 bits", () => ORCloseHive(16n), INVALID_HANDLE, /no handle/],
  ["a hive closed as a key", (hive) => ORCloseKey(hive), INVALID_HANDLE, /is no key/],
  ["no hives to merge", () => ORMergeHives(null, 0, [null]), INVALID_PARAMETER, /0 hives/],
  ["handles that are none", () => ORMergeHives(Buffer.alloc(8), 1, [null]), INVALID_PARAMETER, /no handle/],
  [
    "a version that never was",
    (hive) => ORSaveHive(hive, "C:\\none", 10, 20348),
    INVALID_PARAMETER,
    /Windows 10\.20348/,
  ],
  ["a relative path", (hive) => ORSaveHive(hive, "none", 10, 0), INVALID_PARAMETER, /not an absolute path/],
  ["a backslash before a key", (hive) => OROpenKey(hive, "\\A", [null]), INVALID_PARAMETER, /empty part/],
  [
    "half a letter",
    (hive) => ORSetValue(hive, "a", REG_SZ, Buffer.alloc(3), 3),
    INVALID_PARAMETER,
    /3 bytes, of type 1/,
  ],
  [
    "a number of another length",
    (hive) => ORSetValue(hive, "a", REG_DWORD, Buffer.alloc(8), 8),
    INVALID_PARAMETER,
    /8 bytes/,
  ],
];

for (const [why, call, answer, told] of WRONG) {
  hives(`catches ${why}`, () => {
    const hive = someHive();
    assert.is(call(hive), answer);
    assert.match(broken().join("; "), told);
    ORCloseHive(hive);
  });
}

hives("catches a hive that is closed before its keys, and twice", () => {
  const hive = someHive();
  const key = keyIn(hive, "A");
  assert.is(ORCloseHive(hive), 170);
  ORCloseKey(key);
  assert.is(ORCloseKey(key), INVALID_HANDLE);
  assert.is(ORCloseHive(hive), 0);
  assert.is(ORCloseHive(hive), INVALID_HANDLE);
  assertBroken(/1 of its keys are open/, /key \d+ of process \d+ is closed/, /hive \d+ of process \d+ is closed/);
});

hives.run();

const bindfltapi = koffi.load("bindfltapi.dll");
const BfSetupFilter = bindfltapi.func(
  "int BfSetupFilter(void *job, uint32_t flags, const char16_t *root, const char16_t *target, void *exceptions, uint32_t count)",
);
const BfRemoveMapping = bindfltapi.func("int BfRemoveMapping(void *job, const char16_t *root)");

const bindings = suite("doubles: bindfltapi.dll");
bindings.before.each(startDoubles);

bindings("a root is bound to a target, until it is not", () => {
  const [root, target] = [scratchFolder(), scratchFolder()];
  assert.is(BfSetupFilter(null, 1, root, target, null, 0), 0);
  assert.equal(openHandles(), [`binding ${root}`]);
  assert.is(BfSetupFilter(null, 1, `${root}\\`, target, null, 0), win32(183));
  assert.is(BfSetupFilter(null, 0x41, root, target, null, 0), E_INVALIDARG);
  assert.is(BfRemoveMapping(null, `${root}\\`), 0);
  assert.is(BfRemoveMapping(null, root), win32(87));
  assert.is(BfSetupFilter(null, 0, root, join(target, "none"), null, 0), win32(2));
  assert.not(existsSync(join(target, "none")));
  assert.equal(openHandles(), []);
  assert.equal(broken(), []);
});

bindings("catches flags, paths and lists that cannot be", () => {
  const folder = scratchFolder();
  assert.is(BfSetupFilter(null, 0x1000, folder, folder, null, 0), E_INVALIDARG);
  assert.is(BfSetupFilter(null, 0, "root", folder, null, 0), E_INVALIDARG);
  assert.is(BfSetupFilter(null, 0, folder, null, null, 0), E_INVALIDARG);
  assert.is(BfSetupFilter(null, 0, folder, folder, null, 1), E_INVALIDARG);
  assertBroken(/flags: 0x1000/, /root is not an absolute path/, /TargetPath: NULL/, /bindingExceptions: NULL/);
});

bindings.run();
