/** virtdisk.dll, as virtdisk.h declares it: VHD and VHDX files. Functions return a Win32 code. */
import koffi from "koffi";
import { Dll } from "./dll.ts";
import { GUID } from "./guid.ts";
import { structure } from "./structure.ts";

export const VIRTUAL_STORAGE_TYPE = structure("VIRTUAL_STORAGE_TYPE", {
  DeviceId: "uint32_t", // 0x00  a VIRTUAL_STORAGE_TYPE_DEVICE
  VendorId: GUID, //       0x04
}); //                     0x14

export const VIRTUAL_STORAGE_TYPE_DEVICE = { UNKNOWN: 0, ISO: 1, VHD: 2, VHDX: 3 } as const;
/** Zeros are VIRTUAL_STORAGE_TYPE_VENDOR_UNKNOWN: any. */
export const VIRTUAL_STORAGE_TYPE_VENDOR_MICROSOFT = "ec984aec-a0f9-47e9-901f-71415a66345b";

// In the header each of the three has a union of its versions. Here it has the second.

export const CREATE_VIRTUAL_DISK_PARAMETERS = structure("CREATE_VIRTUAL_DISK_PARAMETERS", {
  Version: "uint32_t",
  Version2: koffi.struct({
    UniqueId: GUID, //                                 0x08  zeros: a new one
    MaximumSize: "uint64_t", //                        0x18  bytes
    BlockSizeInBytes: "uint32_t", //                   0x20  0: the format's own
    SectorSizeInBytes: "uint32_t", //                  0x24
    PhysicalSectorSizeInBytes: "uint32_t", //          0x28
    ParentPath: "str16", //                            0x30  of a differencing disk
    SourcePath: "str16", //                            0x38
    OpenFlags: "uint32_t", //                          0x40
    ParentVirtualStorageType: VIRTUAL_STORAGE_TYPE, // 0x44
    SourceVirtualStorageType: VIRTUAL_STORAGE_TYPE, // 0x58
    ResiliencyGuid: GUID, //                           0x6c
  }),
}); //                                                 0x80

export const OPEN_VIRTUAL_DISK_PARAMETERS = structure("OPEN_VIRTUAL_DISK_PARAMETERS", {
  Version: "uint32_t",
  Version2: koffi.struct({
    GetInfoOnly: "int32_t", // 0x04
    ReadOnly: "int32_t", //    0x08
    ResiliencyGuid: GUID, //   0x0c
  }),
}); //                         0x1c

export const ATTACH_VIRTUAL_DISK_PARAMETERS = structure("ATTACH_VIRTUAL_DISK_PARAMETERS", {
  Version: "uint32_t",
  Version2: koffi.struct({
    RestrictedOffset: "uint64_t", // 0x08
    RestrictedLength: "uint64_t", // 0x10
  }),
}); //                               0x18

/** With parameters of version 2: NONE. */
export const VIRTUAL_DISK_ACCESS = { NONE: 0, ATTACH_RO: 0x10000, ATTACH_RW: 0x20000, DETACH: 0x40000 } as const;
export const CREATE_VIRTUAL_DISK_FLAG = { NONE: 0 } as const;
export const OPEN_VIRTUAL_DISK_FLAG = {
  NONE: 0,
  NO_PARENTS: 0x1,
  CACHED_IO: 0x8,
  IGNORE_RELATIVE_PARENT_LOCATOR: 0x80,
} as const;
export const ATTACH_VIRTUAL_DISK_FLAG = {
  NONE: 0,
  READ_ONLY: 0x1,
  NO_DRIVE_LETTER: 0x2,
  PERMANENT_LIFETIME: 0x4,
  NO_LOCAL_HOST: 0x8,
} as const;
export const DETACH_VIRTUAL_DISK_FLAG = { NONE: 0 } as const;

export const virtdisk = new Dll("virtdisk.dll");

export const CreateVirtualDisk = virtdisk.declare(
  "uint32_t CreateVirtualDisk(const VIRTUAL_STORAGE_TYPE *VirtualStorageType, str16 Path, uint32_t VirtualDiskAccessMask, const void *SecurityDescriptor, uint32_t Flags, uint32_t ProviderSpecificFlags, const CREATE_VIRTUAL_DISK_PARAMETERS *Parameters, void *Overlapped, _Out_ void **Handle)",
);
export const OpenVirtualDisk = virtdisk.declare(
  "uint32_t OpenVirtualDisk(const VIRTUAL_STORAGE_TYPE *VirtualStorageType, str16 Path, uint32_t VirtualDiskAccessMask, uint32_t Flags, const OPEN_VIRTUAL_DISK_PARAMETERS *Parameters, _Out_ void **Handle)",
);
export const AttachVirtualDisk = virtdisk.declare(
  "uint32_t AttachVirtualDisk(void *VirtualDiskHandle, const void *SecurityDescriptor, uint32_t Flags, uint32_t ProviderSpecificFlags, const ATTACH_VIRTUAL_DISK_PARAMETERS *Parameters, void *Overlapped)",
);
export const DetachVirtualDisk = virtdisk.declare(
  "uint32_t DetachVirtualDisk(void *VirtualDiskHandle, uint32_t Flags, uint32_t ProviderSpecificFlags)",
);
/** The size is of bytes, before and after: of `DiskPath`, which gets UTF-16 with a zero at its end. */
export const GetVirtualDiskPhysicalPath = virtdisk.declare(
  "uint32_t GetVirtualDiskPhysicalPath(void *VirtualDiskHandle, _Inout_ uint32_t *DiskPathSizeInBytes, _Out_ void *DiskPath)",
);
