/**
 * vmcompute.dll: layers of containers on NTFS. No header of an SDK has it; source: hcsshim's declarations. Functions return an
 * HRESULT. A layer's id is its directory's full path where the home directory is "".
 */
import { Dll } from "./dll.ts";
import { GUID } from "./guid.ts";
import { structure } from "./structure.ts";

export const DriverInfo = structure("DriverInfo", {
  Flavour: "uint32_t", // 0x00  a DriverFlavour
  HomeDir: "str16", //    0x08  "" rather than null
}); //                    0x10

export const DriverFlavour = { DIFF: 0, FILTER: 1 } as const;

/** A layer below another. In arrays the immediate parent comes first. */
export const WC_LAYER_DESCRIPTOR = structure("WC_LAYER_DESCRIPTOR", {
  LayerId: GUID, //     0x00  what NameToGuid makes of the name of the layer's directory
  Flags: "uint32_t", // 0x10
  Path: "str16", //     0x18
}); //                  0x20

export const vmcompute = new Dll("vmcompute.dll");

export const ActivateLayer = vmcompute.declare("int32_t ActivateLayer(const DriverInfo *info, str16 id)");
export const DeactivateLayer = vmcompute.declare("int32_t DeactivateLayer(const DriverInfo *info, str16 id)");
/** One at a time in a process: Windows runs into a timeout otherwise. */
export const PrepareLayer = vmcompute.declare(
  "int32_t PrepareLayer(const DriverInfo *info, str16 id, const WC_LAYER_DESCRIPTOR *descriptors, uint32_t descriptorCount)",
);
export const UnprepareLayer = vmcompute.declare("int32_t UnprepareLayer(const DriverInfo *info, str16 id)");
/** `length` is of UTF-16 units, the zero at the end among them; where `buffer` is null it is only told. */
export const GetLayerMountPath = vmcompute.declare(
  "int32_t GetLayerMountPath(const DriverInfo *info, str16 id, _Inout_ uint64_t *length, _Out_ void *buffer)",
);
export const LayerExists = vmcompute.declare(
  "int32_t LayerExists(const DriverInfo *info, str16 id, _Out_ uint32_t *exists)",
);
export const CreateLayer = vmcompute.declare("int32_t CreateLayer(const DriverInfo *info, str16 id, str16 parent)");
/** `parent` is 0. */
export const CreateSandboxLayer = vmcompute.declare(
  "int32_t CreateSandboxLayer(const DriverInfo *info, str16 id, uintptr_t parent, const WC_LAYER_DESCRIPTOR *descriptors, uint32_t descriptorCount)",
);
export const ExpandSandboxSize = vmcompute.declare(
  "int32_t ExpandSandboxSize(const DriverInfo *info, str16 id, uint64_t size)",
);
export const CopyLayer = vmcompute.declare(
  "int32_t CopyLayer(const DriverInfo *info, str16 sourceId, str16 destinationId, const WC_LAYER_DESCRIPTOR *descriptors, uint32_t descriptorCount)",
);
export const DestroyLayer = vmcompute.declare("int32_t DestroyLayer(const DriverInfo *info, str16 id)");
/** Needs the privileges to back up, to restore and, as it may write audit entries, the security one. */
export const ImportLayer = vmcompute.declare(
  "int32_t ImportLayer(const DriverInfo *info, str16 id, str16 path, const WC_LAYER_DESCRIPTOR *descriptors, uint32_t descriptorCount)",
);
/** Needs the privileges to back up and to restore. */
export const ExportLayer = vmcompute.declare(
  "int32_t ExportLayer(const DriverInfo *info, str16 id, str16 path, const WC_LAYER_DESCRIPTOR *descriptors, uint32_t descriptorCount)",
);

/** `guid` has room for 16 bytes. */
export const NameToGuid = vmcompute.declare("int32_t NameToGuid(str16 name, _Out_ void *guid)");
/** Makes of a directory of files a base layer. */
export const ProcessBaseImage = vmcompute.declare("int32_t ProcessBaseImage(str16 path)");
/** As ProcessBaseImage, of the files of a virtual machine. */
export const ProcessUtilityImage = vmcompute.declare("int32_t ProcessUtilityImage(str16 path)");
export const GrantVmAccess = vmcompute.declare("int32_t GrantVmAccess(str16 vmId, str16 filePath)");

/** JSON, for CoTaskMemFree. */
export const GetBaseImages = vmcompute.declare("int32_t GetBaseImages(_Out_ void **images)");
