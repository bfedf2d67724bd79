/** The doubles of virtdisk.dll and computestorage.dll, which know of each other's disks. */
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import koffi from "koffi";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { broken, calls, failAt, openHandles, startDoubles } from "../../fixtures/doubles.ts";
import { scratchFolder } from "../../fixtures/scratch.ts";
import { assertBroken, E_INVALIDARG, given, win32 } from "./calling.ts";

const virtdisk = koffi.load("virtdisk.dll");
koffi.struct("DoubleStorageType", { DeviceId: "uint32_t", VendorId: koffi.array("uint8_t", 16) });
koffi.struct("DoubleCreation", {
  Version: "uint32_t",
  UniqueId: koffi.array("uint64_t", 2), // as the union around it, at eight bytes
  MaximumSize: "uint64_t",
  BlockSizeInBytes: "uint32_t",
  SectorSizeInBytes: "uint32_t",
  PhysicalSectorSizeInBytes: "uint32_t",
  ParentPath: "const char16_t *",
  SourcePath: "const char16_t *",
  OpenFlags: "uint32_t",
  ParentVirtualStorageType: "DoubleStorageType",
  SourceVirtualStorageType: "DoubleStorageType",
  ResiliencyGuid: koffi.array("uint8_t", 16),
});
const CreateVirtualDisk = virtdisk.func(
  "uint32_t CreateVirtualDisk(DoubleStorageType *type, const char16_t *path, uint32_t access, void *descriptor, uint32_t flags, uint32_t providerFlags, DoubleCreation *parameters, void *overlapped, _Out_ void **handle)",
);
const OpenVirtualDisk = virtdisk.func(
  "uint32_t OpenVirtualDisk(DoubleStorageType *type, const char16_t *path, uint32_t access, uint32_t flags, void *parameters, _Out_ void **handle)",
);
const AttachVirtualDisk = virtdisk.func(
  "uint32_t AttachVirtualDisk(void *handle, void *descriptor, uint32_t flags, uint32_t providerFlags, void *parameters, void *overlapped)",
);
const DetachVirtualDisk = virtdisk.func(
  "uint32_t DetachVirtualDisk(void *handle, uint32_t flags, uint32_t providerFlags)",
);
const GetVirtualDiskPhysicalPath = virtdisk.func(
  "uint32_t GetVirtualDiskPhysicalPath(void *handle, _Inout_ uint32_t *size, void *path)",
);
const kernel32 = koffi.load("kernel32.dll");
const CloseHandle = kernel32.func("int CloseHandle(void *handle)");
const LocalFree = kernel32.func("void *LocalFree(void *memory)");

const computestorage = koffi.load("computestorage.dll");
const HcsFormatWritableLayerVhd = computestorage.func("int HcsFormatWritableLayerVhd(void *handle)");
const HcsGetLayerVhdMountPath = computestorage.func("int HcsGetLayerVhdMountPath(void *handle, _Out_ void **path)");
const HcsAttachOverlayFilter = computestorage.func(
  "int HcsAttachOverlayFilter(const char16_t *volume, const char16_t *layerData)",
);
const HcsDetachOverlayFilter = computestorage.func(
  "int HcsDetachOverlayFilter(const char16_t *volume, const char16_t *layerData)",
);
const HcsInitializeWritableLayer = computestorage.func(
  "int HcsInitializeWritableLayer(const char16_t *layer, const char16_t *layerData, const char16_t *options)",
);
const HcsSetupBaseOSLayer = computestorage.func(
  "int HcsSetupBaseOSLayer(const char16_t *layer, void *disk, const char16_t *options)",
);
const HcsDestroyLayer = computestorage.func("int HcsDestroyLayer(const char16_t *layer)");

const disks = suite("doubles: virtdisk.dll, computestorage.dll");
disks.before.each(startDoubles);

const PERMANENT = 4;
const INVALID_HANDLE = 6;
const INVALID_PARAMETER = 87;
const NONE = new Array(16).fill(0);
const ANY = { DeviceId: 0, VendorId: NONE };
const VHDX = { DeviceId: 3, VendorId: NONE };
const CREATION = {
  Version: 2,
  UniqueId: [0, 0],
  MaximumSize: 2n ** 34n,
  BlockSizeInBytes: 0,
  SectorSizeInBytes: 0,
  PhysicalSectorSizeInBytes: 0,
  ParentPath: null as string | null,
  SourcePath: null as string | null,
  OpenFlags: 0,
  ParentVirtualStorageType: ANY,
  SourceVirtualStorageType: ANY,
  ResiliencyGuid: NONE,
};
/** OPEN_VIRTUAL_DISK_PARAMETERS, version 2. */
const OPENING = Buffer.alloc(28);
OPENING.writeUInt32LE(2);

const createAt =
  (path: string, creation: object = CREATION, { type = VHDX, access = 0 } = {}) =>
  (out: unknown[]) =>
    CreateVirtualDisk(type, path, access, null, 0, 0, creation, null, out);
const open = (path: string) => given((out) => OpenVirtualDisk(ANY, path, 0, 8, OPENING, out));

disks("a disk is made, attached and formatted, and its volume found", () => {
  const path = join(scratchFolder(), "base.vhdx");
  const disk = given(createAt(path));
  assert.match(readFileSync(path, "utf8"), /"size":"17179869184"/);
  assert.is(AttachVirtualDisk(disk, null, 2, 0, null, null), 0);
  const size = [0];
  assert.is(GetVirtualDiskPhysicalPath(disk, size, null), 122);
  const buffer = Buffer.alloc(size[0]!);
  assert.is(GetVirtualDiskPhysicalPath(disk, size, buffer), 0);
  const drive = buffer.toString("utf16le").slice(0, -1);
  assert.match(drive, /^\\\\\.\\PhysicalDrive\d+$/);
  closeSync(openSync(drive, "r"));

  assert.is(HcsFormatWritableLayerVhd(disk), 0);
  const string = given((out) => HcsGetLayerVhdMountPath(disk, out));
  const volume = koffi.decode(string, "char16_t", -1) as string;
  assert.ok(existsSync(volume), volume);
  assert.equal(openHandles().length, 3);
  LocalFree(string);
  assert.is(DetachVirtualDisk(disk, 0, 0), 0);
  assert.not(existsSync(volume));
  CloseHandle(disk);
  assert.equal(openHandles(), []);
  assert.equal(broken(), []);
});

disks("the last handle of a disk detaches it when it is closed", () => {
  const path = join(scratchFolder(), "a.vhdx");
  const disks = [given(createAt(path)), open(path)];
  assert.is(AttachVirtualDisk(disks[0], null, 0, 0, null, null), 0);
  CloseHandle(disks[0]);
  assert.ok(openHandles().includes(`attached disk ${path}`));
  CloseHandle(disks[1]);
  assert.equal(openHandles(), []);
});

disks("unless it is attached for good", () => {
  const path = join(scratchFolder(), "a.vhdx");
  const disk = given(createAt(path));
  AttachVirtualDisk(disk, null, PERMANENT, 0, null, null);
  CloseHandle(disk);
  assert.equal(openHandles(), [`attached disk ${path}`]);
  const again = open(path);
  assert.is(AttachVirtualDisk(again, null, 0, 0, null, null), 32);
  assert.is(DetachVirtualDisk(again, 0, 0), 0);
  assert.is(DetachVirtualDisk(again, 0, 0), 21);
  CloseHandle(again);
  assert.equal(openHandles(), []);
  assert.equal(broken(), []);
});

disks("a differencing disk stands on its parent", () => {
  const folder = scratchFolder();
  const [base, over] = [join(folder, "base.vhdx"), join(folder, "over.vhdx")];
  const creation = { ...CREATION, MaximumSize: 0, BlockSizeInBytes: 1 << 20, ParentPath: base };
  assert.is(createAt(over, creation)([null]), 2);
  CloseHandle(given(createAt(base)));
  CloseHandle(given(createAt(over, creation)));
  const { Parameters } = calls("CreateVirtualDisk")[2]!.arguments;
  assert.equal([Parameters.ParentPath, Parameters.BlockSizeInBytes], [base, 1 << 20]);
  assert.is(createAt(over, creation)([null]), 80);
  assert.equal(broken(), []);
});

disks("a handle that was closed is none, even if its number is used again", () => {
  const path = join(scratchFolder(), "a.vhdx");
  const disk = given(createAt(path));
  CloseHandle(disk);
  const file = openSync(path, "r");
  assert.is(AttachVirtualDisk(disk, null, 0, 0, null, null), INVALID_HANDLE);
  assertBroken(/is no disk handle, or is closed/);
  closeSync(file);
});

const WRONG_CREATIONS: [why: string, creation: object, options: object, told: RegExp][] = [
  ["parameters of version 1", { ...CREATION, Version: 1 }, {}, /version 1/],
  ["access, where parameters have it", CREATION, { access: 0x3f0000 }, /AccessMask: 0x3f0000/],
  ["a device that is none", CREATION, { type: { DeviceId: 4, VendorId: NONE } }, /DeviceId: 4/],
  ["no device", CREATION, { type: ANY }, /DeviceId: 0/],
  ["another device than the name says", CREATION, { type: { DeviceId: 2, VendorId: NONE } }, /does not end as/],
  ["a vendor that is nobody", CREATION, { type: { DeviceId: 3, VendorId: new Array(16).fill(1) } }, /VendorId/],
  ["no size", { ...CREATION, MaximumSize: 0 }, {}, /MaximumSize: 0/],
  ["half a sector", { ...CREATION, MaximumSize: 2n ** 34n + 256n }, {}, /MaximumSize: 17179869440/],
  ["blocks of an odd size", { ...CREATION, BlockSizeInBytes: 3 << 20 }, {}, /BlockSizeInBytes/],
  ["flags that nobody knows", { ...CREATION, OpenFlags: 0x10000 }, {}, /OpenFlags: 0x10000/],
];

for (const [why, creation, options, told] of WRONG_CREATIONS) {
  disks(`catches ${why}`, () => {
    const path = join(scratchFolder(), "a.vhdx");
    assert.is(createAt(path, creation, options)([null]), INVALID_PARAMETER);
    assert.match(broken().join("; "), told);
    assert.not(existsSync(path));
  });
}

disks("catches a disk that is asked for before it is attached", () => {
  const disk = given(createAt(join(scratchFolder(), "a.vhdx")));
  assert.is(GetVirtualDiskPhysicalPath(disk, [100], Buffer.alloc(100)), 21);
  assert.is(HcsGetLayerVhdMountPath(disk, [null]), E_INVALIDARG);
  CloseHandle(disk);
  assertBroken(/is not attached/, /is not attached/);
});

disks("fails on demand, and gives no handle then", () => {
  failAt("CreateVirtualDisk", 112);
  const path = join(scratchFolder(), "a.vhdx");
  assert.is(createAt(path)([null]), 112);
  assert.not(existsSync(path));
  assert.equal(openHandles(), []);
});

/** Layers as they are told of in JSON, immediate parent first. */
function layerData(layers: object[], more: object = { FilterType: "UnionFS" }): string {
  return JSON.stringify({ SchemaVersion: { Major: 2, Minor: 1 }, Layers: layers, ...more });
}
const ID = "738f7a76-5f2d-5fc5-aa43-120530a48964";

disks("an overlay filter is put on a volume, and taken off", () => {
  const folder = scratchFolder();
  const data = layerData([{ Id: ID, Path: folder }]);
  assert.is(HcsAttachOverlayFilter(folder, data), 0);
  assert.equal(openHandles(), [`overlay filter ${folder}`]);
  assert.is(calls("HcsAttachOverlayFilter")[0]!.arguments.layerData, data);
  assert.is(HcsDetachOverlayFilter(folder, layerData([])), 0);
  assert.is(HcsDetachOverlayFilter(folder, layerData([])), win32(1168));
  assert.equal(broken(), []);
  assert.equal(openHandles(), []);
});

disks("a layer is made ready for writing, and destroyed", () => {
  const folder = join(scratchFolder(), "layer");
  mkdirSync(folder);
  writeFileSync(join(folder, "file"), "");
  assert.is(HcsInitializeWritableLayer(folder, layerData([{ Id: ID, Path: folder }], {}), null), 0);
  assert.is(HcsDestroyLayer(folder), 0);
  assert.not(existsSync(folder));
  assert.equal(broken(), []);
});

disks("systems of containers are set up without a disk, those of machines on one that is attached", () => {
  const folder = scratchFolder();
  const [container, machine] = ["Container", "Vm"].map((Type) => JSON.stringify({ Type }));
  const disk = given(createAt(join(folder, "a.vhdx")));
  assert.is(HcsFormatWritableLayerVhd(disk), 0);
  assert.is(HcsSetupBaseOSLayer(folder, null, container), 0);
  assert.is(HcsSetupBaseOSLayer(folder, null, container), win32(80));
  assert.is(HcsSetupBaseOSLayer(scratchFolder(), disk, container), E_INVALIDARG);
  assert.is(HcsSetupBaseOSLayer(scratchFolder(), disk, machine), E_INVALIDARG);
  assertBroken(/Hives is there already/, /takes none/, /is not attached/);
  AttachVirtualDisk(disk, null, 0, 0, null, null);
  assert.is(HcsSetupBaseOSLayer(scratchFolder(), disk, machine), 0);
  CloseHandle(disk);
  assert.equal(openHandles(), []);
});

const WRONG_DATA: [why: string, data: (folder: string) => string | null, told: RegExp][] = [
  ["no JSON", () => "{Layers: []}", /no JSON/],
  ["JSON that is cut", (folder) => layerData([{ Id: ID, Path: folder }]).slice(0, -1), /no JSON/],
  ["no layer data", () => null, /layerData: NULL/],
  ["no layers", () => layerData([]), /no layers/],
  [
    "another version",
    (folder) => layerData([{ Id: ID, Path: folder }], { SchemaVersion: { Major: 1, Minor: 0 } }),
    /2\.1/,
  ],
  ["an identifier in braces", (folder) => layerData([{ Id: `{${ID}}`, Path: folder }]), /Layers\.0\.Id is no GUID/],
  ["a path that leads nowhere", (folder) => layerData([{ Id: ID, Path: `${folder}-2` }]), /Layers\.0\.Path/],
  ["a second layer without a path", (folder) => layerData([{ Id: ID, Path: folder }, { Id: ID }]), /Layers\.1\.Path/],
  ["another filter", (folder) => layerData([{ Id: ID, Path: folder }], { FilterType: "WCIFS" }), /not UnionFS/],
  ["a filter that is none", (folder) => layerData([{ Id: ID, Path: folder }], { FilterType: "unionfs" }), /neither/],
];

for (const [why, data, told] of WRONG_DATA) {
  disks(`catches ${why}`, () => {
    const folder = scratchFolder();
    assert.is(HcsAttachOverlayFilter(folder, data(folder)), E_INVALIDARG);
    assert.match(broken().join("; "), told);
    assert.equal(openHandles(), []);
  });
}

disks.run();
