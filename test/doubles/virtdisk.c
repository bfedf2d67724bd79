/*
 * virtdisk.dll, held against mingw-w64's virtdisk.h: disks are little files that say how they were made. Handles are closed by
 * CloseHandle; the last one of a disk detaches it, unless it is attached for good.
 */
#include "kit/double.h"
#undef _WIN32_WINNT
#define _WIN32_WINNT 0x0a00
#include <virtdisk.h>
#pragma GCC diagnostic ignored "-Wattributes" /* it says that these functions are another's */

_Static_assert(sizeof(VIRTUAL_STORAGE_TYPE) == 20, "VIRTUAL_STORAGE_TYPE");
_Static_assert(sizeof(OPEN_VIRTUAL_DISK_PARAMETERS) == 28, "OPEN_VIRTUAL_DISK_PARAMETERS");
_Static_assert(offsetof(OPEN_VIRTUAL_DISK_PARAMETERS, Version2.ResiliencyGuid) == 12, "ResiliencyGuid");

/* As Microsoft Learn has it: mingw-w64 lacks the size of physical sectors. */
struct CreateParameters {
  ULONG Version;
  struct {
    GUID UniqueId;
    ULONGLONG MaximumSize;
    ULONG BlockSizeInBytes;
    ULONG SectorSizeInBytes;
    ULONG PhysicalSectorSizeInBytes;
    PCWSTR ParentPath;
    PCWSTR SourcePath;
    ULONG OpenFlags;
    VIRTUAL_STORAGE_TYPE ParentVirtualStorageType;
    VIRTUAL_STORAGE_TYPE SourceVirtualStorageType;
    GUID ResiliencyGuid;
  } Version2;
};
_Static_assert(sizeof(struct CreateParameters) == 128, "CREATE_VIRTUAL_DISK_PARAMETERS");
_Static_assert(offsetof(struct CreateParameters, Version2.UniqueId) == 8, "UniqueId");
_Static_assert(offsetof(struct CreateParameters, Version2.MaximumSize) == 24, "MaximumSize");
_Static_assert(offsetof(struct CreateParameters, Version2.PhysicalSectorSizeInBytes) == 40, "PhysicalSectorSizeInBytes");
_Static_assert(offsetof(struct CreateParameters, Version2.ParentPath) == 48, "ParentPath");
_Static_assert(offsetof(struct CreateParameters, Version2.OpenFlags) == 64, "OpenFlags");
_Static_assert(offsetof(struct CreateParameters, Version2.ParentVirtualStorageType) == 68, "ParentVirtualStorageType");
_Static_assert(offsetof(struct CreateParameters, Version2.ResiliencyGuid) == 108, "ResiliencyGuid");

/* mingw-w64 knows version 1 alone. */
struct AttachParameters {
  ULONG Version;
  union {
    ULONG Reserved;
    struct {
      ULONGLONG RestrictedOffset;
      ULONGLONG RestrictedLength;
    } Version2;
  };
};
_Static_assert(sizeof(struct AttachParameters) == 24, "ATTACH_VIRTUAL_DISK_PARAMETERS");
_Static_assert(offsetof(struct AttachParameters, Version2.RestrictedOffset) == 8, "RestrictedOffset");

#define DISK "disk handle"
#define ATTACHED "attached disk"
#define FOR_GOOD ".disk attached for good"
#define DRIVE ".drive of disk"
#define DRIVE_TAKEN ".drive is taken"

#define CREATE_FLAGS 0x7
#define OPEN_FLAGS 0xff
#define ATTACH_FLAGS 0xf
#define MOST_DRIVES 64
#define MIB 0x100000
#define SECTOR_SIZE 512

/* ---- Arguments ---- */

static BOOL argType(const VIRTUAL_STORAGE_TYPE *type, DWORD least) {
  if (!isReadable("VirtualStorageType", type, sizeof *type, 4)) return FALSE;
  static const GUID none;
  static const GUID microsoft = {0xec984aec, 0xa0f9, 0x47e9, {0x90, 0x1f, 0x71, 0x41, 0x5a, 0x66, 0x34, 0x5b}};
  beginStructure("VirtualStorageType");
  argNumber("DeviceId", type->DeviceId);
  argGuid("VendorId", &type->VendorId);
  endStructure();
  BOOL isDevice = type->DeviceId >= least && type->DeviceId <= VIRTUAL_STORAGE_TYPE_DEVICE_VHDX;
  BOOL isVendor = IsEqualGUID(&type->VendorId, &none) || IsEqualGUID(&type->VendorId, &microsoft);
  if (!isDevice) broken("DeviceId: %lu", type->DeviceId);
  if (!isVendor) broken("VendorId: nobody");
  return isDevice && isVendor;
}

/* Version 2 of parameters says in them what the mask says for version 1. */
static BOOL argMask(DWORD mask, DWORD version) {
  argNumber("VirtualDiskAccessMask", mask);
  BOOL isSound = version < 2 ? mask && !(mask & ~VIRTUAL_DISK_ACCESS_ALL) : !mask;
  if (!isSound) broken("VirtualDiskAccessMask: 0x%lx, with parameters of version %lu", mask, version);
  return isSound;
}

static BOOL argDescriptor(PSECURITY_DESCRIPTOR descriptor) {
  if (!descriptor) argNull("SecurityDescriptor");
  if (!descriptor) return TRUE;
  if (!isReadable("SecurityDescriptor", descriptor, 20, 4) || !IsValidSecurityDescriptor(descriptor)) {
    broken("SecurityDescriptor: not valid");
    return FALSE;
  }
  return argBytes("SecurityDescriptor", descriptor, GetSecurityDescriptorLength(descriptor));
}

static BOOL argProviderFlags(ULONG flags) {
  return argFlags("ProviderSpecificFlags", flags, 0);
}

static BOOL argOverlapped(LPOVERLAPPED overlapped) {
  if (overlapped) broken("Overlapped: only calls that wait are known here");
  argNull("Overlapped");
  return !overlapped;
}

static BOOL endsWith(PCWSTR path, PCWSTR end) {
  int length = lstrlenW(path), ending = lstrlenW(end);
  return length > ending && !lstrcmpiW(path + length - ending, end);
}

/* ---- Create ---- */

static BOOL argCreateParameters(const struct CreateParameters *parameters) {
  if (!isReadable("Parameters", parameters, sizeof *parameters, 8)) return FALSE;
  beginStructure("Parameters");
  argNumber("Version", parameters->Version);
  argGuid("UniqueId", &parameters->Version2.UniqueId);
  argLong("MaximumSize", parameters->Version2.MaximumSize);
  argNumber("BlockSizeInBytes", parameters->Version2.BlockSizeInBytes);
  argNumber("SectorSizeInBytes", parameters->Version2.SectorSizeInBytes);
  argNumber("PhysicalSectorSizeInBytes", parameters->Version2.PhysicalSectorSizeInBytes);
  BOOL isSound = argOptionalText("ParentPath", parameters->Version2.ParentPath);
  isSound &= argOptionalText("SourcePath", parameters->Version2.SourcePath);
  isSound &= argFlags("OpenFlags", parameters->Version2.OpenFlags, OPEN_FLAGS);
  argNumber("ParentDeviceId", parameters->Version2.ParentVirtualStorageType.DeviceId);
  argNumber("SourceDeviceId", parameters->Version2.SourceVirtualStorageType.DeviceId);
  argGuid("ResiliencyGuid", &parameters->Version2.ResiliencyGuid);
  endStructure();
  if (parameters->Version != 2) broken("Parameters: version %lu is not known here", parameters->Version);
  return isSound && parameters->Version == 2;
}

/* 0 is the default. VHDX takes 1 to 256 MiB, in powers of two; VHD 512 KiB or 2 MiB. */
static BOOL isBlockSize(DWORD size, DWORD device) {
  if (!size) return TRUE;
  if (device == VIRTUAL_STORAGE_TYPE_DEVICE_VHD) return size == MIB / 2 || size == 2 * MIB;
  return size >= MIB && size <= 256 * MIB && !(size & (size - 1));
}

static BOOL isDiskToBe(DWORD device, PCWSTR path, const struct CreateParameters *parameters) {
  BOOL isNamed = endsWith(path, device == VIRTUAL_STORAGE_TYPE_DEVICE_VHDX ? L".vhdx" : L".vhd");
  BOOL isBlock = isBlockSize(parameters->Version2.BlockSizeInBytes, device);
  ULONGLONG size = parameters->Version2.MaximumSize;
  BOOL isDerived = parameters->Version2.ParentPath || parameters->Version2.SourcePath;
  BOOL isSize = isDerived ? !size : size >= 3 * MIB && !(size % SECTOR_SIZE);
  DWORD sector = parameters->Version2.SectorSizeInBytes;
  BOOL isSector = !sector || sector == SECTOR_SIZE || (sector == 4096 && device == VIRTUAL_STORAGE_TYPE_DEVICE_VHDX);
  if (!isNamed) broken("Path: does not end as its device %lu does", device);
  if (!isBlock) broken("BlockSizeInBytes: %lu", parameters->Version2.BlockSizeInBytes);
  if (!isSize) broken("MaximumSize: %llu", size);
  if (!isSector) broken("SectorSizeInBytes: %lu", sector);
  return isNamed && isBlock && isSize && isSector;
}

static DWORD writeDisk(DWORD device, PCWSTR path, const struct CreateParameters *parameters) {
  char text[256];
  static const char form[] = "{\"double\":\"virtdisk.dll\",\"device\":%lu,\"size\":\"%llu\",\"isDifferencing\":%s}\n";
  const char *isDifferencing = parameters->Version2.ParentPath ? "true" : "false";
  int length = snprintf(text, sizeof text, form, device, parameters->Version2.MaximumSize, isDifferencing);
  return writeNewFile(path, text, length);
}

/* ---- Attached disks ---- */

static void detach(PCWSTR path) {
  WCHAR drive[64];
  GUID volume;
  if (kernelGet(DRIVE, path, drive, 64)) {
    removeDevice(drive);
    kernelDelete(DRIVE_TAKEN, drive);
  }
  guidOfName(path, &volume);
  removeVolume(&volume); /* computestorage.dll may have made one */
  kernelDelete(DRIVE, path);
  kernelDelete(FOR_GOOD, path);
  kernelDelete(ATTACHED, path);
}

static void whenLastIsClosed(PCWSTR path) {
  if (kernelHas(ATTACHED, path) && !kernelHas(FOR_GOOD, path)) detach(path);
}

static DWORD giveHandle(PCWSTR path, HANDLE *handle) {
  *handle = newSystemHandle(DISK, path, whenLastIsClosed);
  return ERROR_SUCCESS;
}

static DWORD create(DWORD device, PCWSTR path, const struct CreateParameters *parameters, HANDLE *handle) {
  if (!isDiskToBe(device, path, parameters)) return ERROR_INVALID_PARAMETER;
  PCWSTR parent = parameters->Version2.ParentPath, source = parameters->Version2.SourcePath;
  if ((parent && !isFile(parent)) || (source && !isFile(source))) return ERROR_FILE_NOT_FOUND;
  DWORD error = writeDisk(device, path, parameters);
  return error ? error : giveHandle(path, handle);
}

EXPORT DWORD WINAPI CreateVirtualDisk(PVIRTUAL_STORAGE_TYPE type, PCWSTR path, VIRTUAL_DISK_ACCESS_MASK mask,
  PSECURITY_DESCRIPTOR descriptor, CREATE_VIRTUAL_DISK_FLAG flags, ULONG providerFlags,
  PCREATE_VIRTUAL_DISK_PARAMETERS given, LPOVERLAPPED overlapped, PHANDLE handle) {
  const struct CreateParameters *parameters = (const struct CreateParameters *)given;
  beginCall(__func__);
  BOOL isSound = argType(type, VIRTUAL_STORAGE_TYPE_DEVICE_VHD);
  isSound &= argAbsolutePath("Path", path);
  isSound &= argDescriptor(descriptor);
  isSound &= argFlags("Flags", flags, CREATE_FLAGS);
  isSound &= argProviderFlags(providerFlags);
  isSound &= argCreateParameters(parameters) && argMask(mask, parameters->Version);
  isSound &= argOverlapped(overlapped);
  isSound &= argOut("Handle", handle, sizeof *handle);
  return endCall(ANSWER(isSound ? create(type->DeviceId, path, parameters, handle) : ERROR_INVALID_PARAMETER));
}

/* ---- Open ---- */

static BOOL argOpenParameters(const OPEN_VIRTUAL_DISK_PARAMETERS *parameters) {
  if (!parameters) argNull("Parameters");
  if (!parameters) return TRUE;
  if (!isReadable("Parameters", parameters, 8, 4)) return FALSE;
  if (parameters->Version != 1 && parameters->Version != 2) {
    broken("Parameters: version %u", parameters->Version);
    return FALSE;
  }
  if (parameters->Version == 2 && !isReadable("Parameters", parameters, sizeof *parameters, 4)) return FALSE;
  beginStructure("Parameters");
  argNumber("Version", parameters->Version);
  if (parameters->Version == 1) argNumber("RWDepth", parameters->Version1.RWDepth);
  else {
    argNumber("GetInfoOnly", parameters->Version2.GetInfoOnly);
    argNumber("ReadOnly", parameters->Version2.ReadOnly);
    argGuid("ResiliencyGuid", &parameters->Version2.ResiliencyGuid);
  }
  endStructure();
  return TRUE;
}

EXPORT DWORD WINAPI OpenVirtualDisk(PVIRTUAL_STORAGE_TYPE type, PCWSTR path, VIRTUAL_DISK_ACCESS_MASK mask,
  OPEN_VIRTUAL_DISK_FLAG flags, POPEN_VIRTUAL_DISK_PARAMETERS parameters, PHANDLE handle) {
  beginCall(__func__);
  BOOL isSound = argType(type, VIRTUAL_STORAGE_TYPE_DEVICE_UNKNOWN);
  isSound &= argAbsolutePath("Path", path);
  isSound &= argFlags("Flags", flags, OPEN_FLAGS);
  isSound &= argOpenParameters(parameters) && argMask(mask, parameters ? parameters->Version : 1);
  isSound &= argOut("Handle", handle, sizeof *handle);
  if (!isSound) return endCall(ANSWER(ERROR_INVALID_PARAMETER));
  return endCall(ANSWER(isFile(path) ? giveHandle(path, handle) : ERROR_FILE_NOT_FOUND));
}

/* ---- Attach ---- */

static BOOL argAttachParameters(const struct AttachParameters *parameters) {
  if (!parameters) argNull("Parameters");
  if (!parameters) return TRUE;
  if (!isReadable("Parameters", parameters, 8, 8)) return FALSE;
  BOOL isRestricted = parameters->Version == 2;
  if (parameters->Version != 1 && !isRestricted) broken("Parameters: version %lu", parameters->Version);
  if (parameters->Version != 1 && !isRestricted) return FALSE;
  if (isRestricted && !isReadable("Parameters", parameters, sizeof *parameters, 8)) return FALSE;
  beginStructure("Parameters");
  argNumber("Version", parameters->Version);
  if (isRestricted) {
    argLong("RestrictedOffset", parameters->Version2.RestrictedOffset);
    argLong("RestrictedLength", parameters->Version2.RestrictedLength);
  } else argNumber("Reserved", parameters->Reserved);
  endStructure();
  return TRUE;
}

/* The first number that no disk has. */
static BOOL findDrive(WCHAR name[64]) {
  for (int number = 1; number < MOST_DRIVES; number++) {
    _snwprintf(name, 64, L"physicaldrive%d", number);
    if (!kernelHas(DRIVE_TAKEN, name)) return TRUE;
  }
  return FALSE;
}

static DWORD attach(PCWSTR path, DWORD flags) {
  WCHAR drive[64];
  if (!isFile(path)) return ERROR_FILE_NOT_FOUND;
  if (kernelHas(ATTACHED, path)) return ERROR_SHARING_VIOLATION;
  if (!findDrive(drive)) return ERROR_NO_SYSTEM_RESOURCES;
  DWORD error = makeDevice(drive);
  if (error) return error;
  kernelPut(DRIVE, path, drive);
  kernelPut(DRIVE_TAKEN, drive, L"");
  if (flags & ATTACH_VIRTUAL_DISK_FLAG_PERMANENT_LIFETIME) kernelPut(FOR_GOOD, path, L"");
  kernelPut(ATTACHED, path, L"");
  return ERROR_SUCCESS;
}

EXPORT DWORD WINAPI AttachVirtualDisk(HANDLE handle, PSECURITY_DESCRIPTOR descriptor, ATTACH_VIRTUAL_DISK_FLAG flags,
  ULONG providerFlags, PATTACH_VIRTUAL_DISK_PARAMETERS parameters, LPOVERLAPPED overlapped) {
  beginCall(__func__);
  PCWSTR path = argSystemHandle("VirtualDiskHandle", DISK, handle);
  BOOL isSound = argDescriptor(descriptor);
  isSound &= argFlags("Flags", flags, ATTACH_FLAGS);
  isSound &= argProviderFlags(providerFlags);
  isSound &= argAttachParameters((const struct AttachParameters *)parameters);
  isSound &= argOverlapped(overlapped);
  return endCall(ANSWER(!path ? ERROR_INVALID_HANDLE : isSound ? attach(path, flags) : ERROR_INVALID_PARAMETER));
}

static DWORD detachOnce(PCWSTR path) {
  if (!kernelHas(ATTACHED, path)) return ERROR_NOT_READY;
  detach(path);
  return ERROR_SUCCESS;
}

EXPORT DWORD WINAPI DetachVirtualDisk(HANDLE handle, DETACH_VIRTUAL_DISK_FLAG flags, ULONG providerFlags) {
  beginCall(__func__);
  PCWSTR path = argSystemHandle("VirtualDiskHandle", DISK, handle);
  BOOL isSound = argFlags("Flags", flags, 0) & argProviderFlags(providerFlags);
  return endCall(ANSWER(!path ? ERROR_INVALID_HANDLE : isSound ? detachOnce(path) : ERROR_INVALID_PARAMETER));
}

/* @param size  in bytes, with the NUL: room in, need out */
static DWORD physicalPath(PCWSTR path, ULONG *size, PWSTR buffer) {
  WCHAR drive[64], name[64];
  if (!kernelGet(DRIVE, path, drive, 64)) {
    broken("%ls is not attached", path);
    return ERROR_NOT_READY;
  }
  _snwprintf(name, 64, L"\\\\.\\PhysicalDrive%ls", drive + wcslen(L"physicaldrive"));
  ULONG room = *size;
  *size = (lstrlenW(name) + 1) * sizeof *name;
  if (room < *size) return ERROR_INSUFFICIENT_BUFFER;
  lstrcpyW(buffer, name);
  return ERROR_SUCCESS;
}

EXPORT DWORD WINAPI GetVirtualDiskPhysicalPath(HANDLE handle, PULONG size, PWSTR buffer) {
  beginCall(__func__);
  PCWSTR path = argSystemHandle("VirtualDiskHandle", DISK, handle);
  BOOL isSound = isReadable("DiskPathSizeInBytes", size, sizeof *size, 4);
  if (isSound) argNumber("DiskPathSizeInBytes", *size);
  isSound = isSound && (!*size || argOut("DiskPath", buffer, *size));
  DWORD answer = ANSWER(!path ? ERROR_INVALID_HANDLE : isSound ? physicalPath(path, size, buffer) : ERROR_INVALID_PARAMETER);
  if (!answer) argText("DiskPath", buffer);
  return endCall(answer);
}
