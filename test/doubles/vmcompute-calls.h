/* What the files of the double of vmcompute.dll share: what its calls take. */
#pragma once
#include "kit/double.h"

struct DriverInfo {
  int Flavour;
  PCWSTR HomeDir;
};
_Static_assert(sizeof(struct DriverInfo) == 16, "DriverInfo");
_Static_assert(offsetof(struct DriverInfo, HomeDir) == 8, "DriverInfo.HomeDir");

struct WC_LAYER_DESCRIPTOR {
  GUID LayerId;
  ULONG Flags;
  PCWSTR Path;
};
_Static_assert(sizeof(struct WC_LAYER_DESCRIPTOR) == 32, "WC_LAYER_DESCRIPTOR");
_Static_assert(offsetof(struct WC_LAYER_DESCRIPTOR, Flags) == 16, "WC_LAYER_DESCRIPTOR.Flags");
_Static_assert(offsetof(struct WC_LAYER_DESCRIPTOR, Path) == 24, "WC_LAYER_DESCRIPTOR.Path");

typedef const struct DriverInfo *Info;
typedef const struct WC_LAYER_DESCRIPTOR *Descriptors;

/* What the kernel knows of layers, by their paths; of one that is active, its volume. */
#define ACTIVE "active layer"
#define PREPARED "prepared layer"

HRESULT code(DWORD error);
/* Which layer a call is about. @returns FALSE if it cannot be known */
BOOL argLayer(Info info, const char *name, PCWSTR id, WCHAR path[PATH_ROOM]);
/* Layers below, the nearest first. @returns FALSE if one of them is not told of as it must be */
BOOL argDescriptors(Descriptors descriptors, DWORD count);
/* @returns ERROR_PATH_NOT_FOUND, unless all are */
HRESULT parentsThere(Descriptors descriptors, DWORD count);
/* Whether it has a sandbox.vhdx. */
BOOL isWritable(PCWSTR layer);
/* Makes a disk, which is a line of text. @returns ERROR_FILE_EXISTS if there is one */
HRESULT makeDisk(PCWSTR directory, PCWSTR name);
