/**
 * Each function that src/adapters/windows declares of a DLL that has a double is called, and understood: declaration and double
 * were written apart, from the same pages.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import koffi from "koffi";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import * as bindfltapi from "../../src/adapters/windows/bindfltapi-dll.ts";
import * as cimfs from "../../src/adapters/windows/cimfs-dll.ts";
import * as computestorage from "../../src/adapters/windows/computestorage-dll.ts";
import { guidBytes } from "../../src/adapters/windows/guid.ts";
import * as offreg from "../../src/adapters/windows/offreg-dll.ts";
import { CoTaskMemFree } from "../../src/adapters/windows/ole32-dll.ts";
import * as virtdisk from "../../src/adapters/windows/virtdisk-dll.ts";
import * as vmcompute from "../../src/adapters/windows/vmcompute-dll.ts";
import { broken, calls, openHandles, startDoubles } from "../fixtures/doubles.ts";
import { scratchFolder } from "../fixtures/scratch.ts";
import { areDoubles } from "../oracles/doubles.ts";

const declared = suite("declared calls");
const isCalled = areDoubles(declared);

/** Nothing may be wrong with any of its calls, nor open at its end. */
function understood(name: string, body: () => void): void {
  if (!isCalled) return;
  declared(name, () => {
    startDoubles();
    body();
    assert.equal(broken(), []);
    assert.equal(openHandles(), []);
  });
}

const done = (result: number) => assert.is(result, 0);

function given(call: (out: unknown[]) => number): unknown {
  const out = [null];
  done(call(out));
  return out[0];
}

/** What the last call of that name was passed. */
function argumentsOf(name: string): Record<string, unknown> {
  return calls(name).at(-1)!.arguments;
}

/** Names of those that are declared; `cimfsWriteCalls` holds more. Those that read CIMs have no doubles: nobody calls them. */
function functionsOf(dll: object): string[] {
  const all = Object.entries(dll).flatMap(([name, value]) =>
    name === "cimfsWriteCalls" ? Object.keys(value) : typeof value === "function" && "isThere" in value ? [name] : [],
  );
  return all.filter((name) => !/^Cim(Read|GetFileStat|ConvertBlock)/.test(name)).sort();
}

function assertAllCalled(dll: object): void {
  assert.equal([...new Set(calls().map((call) => call.function))].sort(), functionsOf(dll));
}

const VOLUME = guidBytes("738f7a76-5f2d-5fc5-aa43-120530a48964");
const DESCRIPTOR = Buffer.from(`01000480${"00".repeat(16)}`, "hex");

understood("cimfs.dll", () => {
  const calls = cimfs.cimfsWriteCalls;
  const folder = scratchFolder();
  const image = given((out) => calls.CimCreateImage(folder, null, "a.cim", out));
  const metadata = {
    Attributes: 0x20,
    FileSize: 3n,
    CreationTime: 1n,
    LastWriteTime: 2n,
    ChangeTime: 3n,
    LastAccessTime: 133_000_000_000_000_001n,
    SecurityDescriptorBuffer: DESCRIPTOR,
    SecurityDescriptorSize: DESCRIPTOR.length,
    ReparseDataBuffer: null,
    ReparseDataSize: 0,
    EaBuffer: null,
    EaBufferSize: 0,
  };
  const stream = given((out) => calls.CimCreateFile(image, "a", metadata, out));
  done(calls.CimWriteStream(stream, Buffer.from("abc"), 3));
  calls.CimCloseStream(stream);
  const told = argumentsOf("CimCreateFile").metadata as Record<string, unknown>;
  assert.equal(told, {
    ...metadata,
    FileSize: "3",
    CreationTime: "1",
    LastWriteTime: "2",
    ChangeTime: "3",
    LastAccessTime: "133000000000000001",
    SecurityDescriptorBuffer: DESCRIPTOR.toString("hex"),
  });
  const alternate = given((out) => calls.CimCreateAlternateStream(image, "a:b", 2n ** 40n, out));
  assert.is(argumentsOf("CimCreateAlternateStream").size, "1099511627776");
  calls.CimCloseStream(alternate);
  done(calls.CimCreateHardLink(image, "b", "a"));
  assert.equal([argumentsOf("CimCreateHardLink").newPath, argumentsOf("CimCreateHardLink").existingPath], ["b", "a"]);
  done(calls.CimDeletePath(image, "b"));
  done(calls.CimCommitImage(image));
  calls.CimCloseImage(image);
  done(cimfs.CimMountImage(folder, "a.cim", cimfs.CIM_MOUNT_IMAGE_FLAGS.CACHE_FILES, VOLUME));
  done(cimfs.CimDismountImage(VOLUME));

  const { SINGLE_FILE_CIM, CONSISTENT_CIM } = cimfs.CIM_CREATE_IMAGE_FLAGS;
  const paths = ["merged", "top", "base"].map((name) => join(folder, name));
  for (const path of paths.toReversed()) {
    const block = given((out) => calls.CimCreateImage2(path, SINGLE_FILE_CIM | CONSISTENT_CIM, null, "l.cim", out));
    if (path === paths[1]) {
      done(calls.CimTombstoneFile(block, "gone"));
      done(calls.CimCreateMergeLink(block, "new", "old"));
    }
    if (path === paths[0]) {
      done(calls.CimAddFsToMergedImage2(block, `${paths[1]}\\l.cim`, cimfs.CIM_MERGE_FLAGS.SINGLE_FILE_CIM));
      done(calls.CimAddFsToMergedImage(block, `${paths[2]}\\l.cim`));
    }
    done(calls.CimCommitImage(block));
    calls.CimCloseImage(block);
  }

  const [sealed, size, signature, header, hash] = [[0], [32n], [0n], [0n], Buffer.alloc(cimfs.CIM_HASH_SIZE)];
  done(calls.CimSealImage(paths[0], size, header, hash));
  done(calls.CimGetVerificationInformation(paths[0], sealed, size, signature, header, hash, null));
  assert.equal([sealed[0], Number(size[0]), hash[31]], [1, 32, 31]);
  const images = paths.map((path) => ({ ImageDir: path, ImageName: "l.cim" }));
  const flags = cimfs.CIM_MOUNT_IMAGE_FLAGS.SINGLE_FILE_CIM;
  for (const mount of [
    () => cimfs.CimMergeMountImage(3, images, flags, VOLUME),
    () => cimfs.CimMountVerifiedImage(paths[0], "l.cim", flags, VOLUME, hash.length, hash),
    () => cimfs.CimMergeMountVerifiedImage(3, images, flags, VOLUME, hash.length, hash),
  ]) {
    done(mount());
    done(cimfs.CimDismountImage(VOLUME));
  }
  assertAllCalled(cimfs);
});

const INFO = { Flavour: vmcompute.DriverFlavour.FILTER, HomeDir: "" };

understood("vmcompute.dll", () => {
  const root = scratchFolder();
  const [base, scratch] = [join(root, "base"), join(root, "scratch")];
  const id = Buffer.alloc(16);
  done(vmcompute.NameToGuid("base", id));
  const parents = [{ LayerId: id, Flags: 0, Path: base }];
  done(vmcompute.CreateLayer(INFO, base, ""));
  done(vmcompute.CreateSandboxLayer(INFO, scratch, 0, parents, 1));
  done(vmcompute.ExpandSandboxSize(INFO, scratch, 2n ** 35n));
  assert.is(argumentsOf("ExpandSandboxSize").size, "34359738368");
  done(vmcompute.ActivateLayer(INFO, scratch));
  done(vmcompute.PrepareLayer(INFO, scratch, parents, 1));
  const [length, exists] = [[0n], [0]];
  done(vmcompute.GetLayerMountPath(INFO, scratch, length, null));
  done(vmcompute.GetLayerMountPath(INFO, scratch, length, Buffer.alloc(2 * Number(length[0]))));
  done(vmcompute.LayerExists(INFO, scratch, exists));
  assert.equal(exists, [1]);
  done(vmcompute.UnprepareLayer(INFO, scratch));
  done(vmcompute.DeactivateLayer(INFO, scratch));

  switchPrivileges(1);
  done(vmcompute.ExportLayer(INFO, scratch, join(root, "exported"), parents, 1));
  done(vmcompute.ImportLayer(INFO, join(root, "imported"), join(root, "exported"), parents, 1));
  switchPrivileges(0);
  done(vmcompute.CopyLayer(INFO, scratch, join(root, "copy"), parents, 1));
  done(vmcompute.DestroyLayer(INFO, scratch));
  done(vmcompute.ProcessBaseImage(base));
  done(vmcompute.ProcessUtilityImage(base));
  done(vmcompute.GrantVmAccess("virtual machine", join(base, "blank.vhdx")));
  CoTaskMemFree(given((out) => vmcompute.GetBaseImages(out)));
  assertAllCalled(vmcompute);
});

/** Those for backup, restoring and security, on or off: winnt.h has their numbers. */
function switchPrivileges(on: 0 | 1): void {
  const RtlAdjustPrivilege = koffi
    .load("ntdll.dll")
    .func("int32_t RtlAdjustPrivilege(uint32_t privilege, uint8_t enable, uint8_t ofThread, _Out_ uint8_t *was)");
  for (const privilege of [17, 18, 8]) done(RtlAdjustPrivilege(privilege, on, 0, [0]));
}

const NO_GUID = Buffer.alloc(16);
const VHDX = { DeviceId: virtdisk.VIRTUAL_STORAGE_TYPE_DEVICE.VHDX, VendorId: NO_GUID };

/** A disk, attached; who calls this closes it. */
function attachedDisk(path: string): unknown {
  const creation = {
    Version: 2,
    Version2: {
      UniqueId: VOLUME,
      MaximumSize: 2n ** 34n,
      BlockSizeInBytes: 1 << 20,
      SectorSizeInBytes: 512,
      PhysicalSectorSizeInBytes: 4096,
      ParentPath: null,
      SourcePath: null,
      OpenFlags: virtdisk.OPEN_VIRTUAL_DISK_FLAG.CACHED_IO,
      ParentVirtualStorageType: { DeviceId: 2, VendorId: NO_GUID },
      SourceVirtualStorageType: { DeviceId: 1, VendorId: NO_GUID },
      ResiliencyGuid: VOLUME,
    },
  };
  const disk = given((out) => virtdisk.CreateVirtualDisk(VHDX, path, 0, null, 0, 0, creation, null, out));
  const attaching = { Version: 2, Version2: { RestrictedOffset: 2n ** 33n, RestrictedLength: 3n } };
  done(virtdisk.AttachVirtualDisk(disk, null, virtdisk.ATTACH_VIRTUAL_DISK_FLAG.NO_DRIVE_LETTER, 0, attaching, null));
  return disk;
}

const kernel32 = koffi.load("kernel32.dll");
const CloseHandle = kernel32.func("int CloseHandle(void *handle)");
const LocalFree = kernel32.func("void *LocalFree(void *memory)");

understood("virtdisk.dll", () => {
  const path = join(scratchFolder(), "a.vhdx");
  const disk = attachedDisk(path);
  assert.equal(argumentsOf("CreateVirtualDisk").Parameters, {
    Version: 2,
    UniqueId: "738f7a76-5f2d-5fc5-aa43-120530a48964",
    MaximumSize: "17179869184",
    BlockSizeInBytes: 1 << 20,
    SectorSizeInBytes: 512,
    PhysicalSectorSizeInBytes: 4096,
    ParentPath: null,
    SourcePath: null,
    OpenFlags: 8,
    ParentDeviceId: 2,
    SourceDeviceId: 1,
    ResiliencyGuid: "738f7a76-5f2d-5fc5-aa43-120530a48964",
  });
  assert.equal(argumentsOf("AttachVirtualDisk").Parameters, {
    Version: 2,
    RestrictedOffset: "8589934592",
    RestrictedLength: "3",
  });
  done(virtdisk.GetVirtualDiskPhysicalPath(disk, [100], Buffer.alloc(100)));
  done(virtdisk.DetachVirtualDisk(disk, virtdisk.DETACH_VIRTUAL_DISK_FLAG.NONE, 0));
  const opening = { Version: 2, Version2: { GetInfoOnly: 0, ReadOnly: 1, ResiliencyGuid: VOLUME } };
  const again = given((out) => virtdisk.OpenVirtualDisk(VHDX, path, 0, 0x80, opening, out));
  assert.equal(argumentsOf("OpenVirtualDisk").Parameters, {
    Version: 2,
    GetInfoOnly: 0,
    ReadOnly: 1,
    ResiliencyGuid: "738f7a76-5f2d-5fc5-aa43-120530a48964",
  });
  for (const handle of [disk, again]) CloseHandle(handle);
  assertAllCalled(virtdisk);
});

understood("computestorage.dll", () => {
  const root = scratchFolder();
  const [layer, other, exported] = ["layer", "other", "exported"].map((name) => join(root, name));
  for (const folder of [layer!, other!]) mkdirSync(folder);
  const SchemaVersion = { Major: 2, Minor: 1 };
  const Layers = [{ Id: "738f7a76-5f2d-5fc5-aa43-120530a48964", Path: other }];
  const data = JSON.stringify({ SchemaVersion, Layers, FilterType: "WCIFS" });
  const overlay = JSON.stringify({ SchemaVersion, Layers, FilterType: "UnionFS" });
  const container = JSON.stringify({ Type: "Container" });

  const disk = attachedDisk(join(root, "a.vhdx"));
  done(computestorage.HcsFormatWritableLayerVhd(disk));
  LocalFree(given((out) => computestorage.HcsGetLayerVhdMountPath(disk, out)));
  done(computestorage.HcsSetupBaseOSLayer(layer, disk, JSON.stringify({ Type: "Vm" })));
  CloseHandle(disk);
  done(computestorage.HcsSetupBaseOSLayer(other, null, container));
  done(computestorage.HcsInitializeWritableLayer(layer, data, null));
  done(computestorage.HcsInitializeLegacyWritableLayer(layer, layer, data, null));
  done(computestorage.HcsAttachLayerStorageFilter(layer, data));
  done(computestorage.HcsDetachLayerStorageFilter(layer));
  done(computestorage.HcsAttachOverlayFilter(layer, overlay));
  done(computestorage.HcsDetachOverlayFilter(layer, overlay));
  done(computestorage.HcsExportLayer(layer, exported, data, JSON.stringify({ IsWritableLayer: true })));
  done(computestorage.HcsImportLayer(join(root, "imported"), exported, data));
  done(computestorage.HcsExportLegacyWritableLayer(layer, other, join(root, "legacy"), data));
  done(computestorage.HcsDestroyLayer(exported));
  mkdirSync(exported!);
  done(computestorage.HcsSetupBaseOSVolume(exported, layer, container));
  const called = new Set(calls().map((call) => call.function));
  assert.equal(
    functionsOf(computestorage).filter((name) => !called.has(name)),
    [],
  );
});

understood("offreg.dll", () => {
  const root = scratchFolder();
  const hive = given((out) => offreg.ORCreateHive(out));
  const disposition = [0];
  const key = given((out) => offreg.ORCreateKey(hive, "Key", null, 0, DESCRIPTOR, out, disposition));
  assert.equal(disposition, [1]);
  done(offreg.ORSetValue(key, "Value", 4, Buffer.from([1, 2, 3, 4]), 4));
  done(offreg.ORCloseKey(key));
  const again = given((out) => offreg.OROpenKey(hive, "Key", out));
  const [type, data, length] = [[0], Buffer.alloc(8), [8]];
  done(offreg.ORGetValue(again, null, "Value", type, data, length));
  assert.equal([type[0], length[0], data.toString("hex")], [4, 4, "01020304cccccccc"]);
  done(offreg.ORCloseKey(again));
  done(offreg.ORDeleteKey(hive, "Key"));
  done(offreg.ORSaveHive(hive, join(root, "a"), 10, 0));
  const other = given((out) => offreg.OROpenHive(join(root, "a"), out));
  const merged = given((out) => offreg.ORMergeHives([hive, other], 2, out));
  for (const each of [hive, other, merged]) done(offreg.ORCloseHive(each));
  assertAllCalled(offreg);
});

understood("bindfltapi.dll", () => {
  const [root, target] = [scratchFolder(), scratchFolder()];
  writeFileSync(join(target, "file"), "");
  const exceptions = ["one", "zwei 漢"];
  const { READ_ONLY_MAPPING } = bindfltapi.BINDFLT_FLAG;
  done(bindfltapi.BfSetupFilter(null, READ_ONLY_MAPPING, root, target, exceptions, exceptions.length));
  assert.equal(argumentsOf("BfSetupFilter").bindingExceptions, exceptions);
  done(bindfltapi.BfRemoveMapping(null, root));
  assertAllCalled(bindfltapi);
});

declared.run();
