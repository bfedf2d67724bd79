#include "vmcompute-calls.h"

#define FILTER_DRIVER 1
#define DIRTY 0x80000000
#define MOST_LAYERS 1024

HRESULT code(DWORD error) {
  return HRESULT_FROM_WIN32(error);
}

BOOL argLayer(Info info, const char *name, PCWSTR id, WCHAR path[PATH_ROOM]) {
  if (!isReadable("info", info, sizeof *info, 8)) return FALSE;
  beginStructure("info");
  argNumber("Flavour", info->Flavour);
  BOOL isHome = argText("HomeDir", info->HomeDir);
  endStructure();
  if (info->Flavour != FILTER_DRIVER) broken("info: flavour %d is not that of the filter driver", info->Flavour);
  if (info->Flavour != FILTER_DRIVER || !isHome) return FALSE;
  if (info->HomeDir[0]) return argText(name, id) && joinPath(path, info->HomeDir, id);
  return argAbsolutePath(name, id) && lstrcpynW(path, id, PATH_ROOM);
}

static PCWSTR baseName(PCWSTR path) {
  PCWSTR name = wcsrchr(path, '\\');
  return name ? name + 1 : path;
}

static BOOL argDescriptor(Descriptors one) {
  GUID expected;
  beginStructure(NULL);
  argGuid("LayerId", &one->LayerId);
  BOOL isKnown = argFlags("Flags", one->Flags, DIRTY);
  BOOL isPath = argAbsolutePath("Path", one->Path);
  endStructure();
  if (!isPath) return FALSE;
  guidOfName(baseName(one->Path), &expected);
  BOOL isNamed = IsEqualGUID(&expected, &one->LayerId);
  if (!isNamed) broken("LayerId: not what NameToGuid has for %ls", baseName(one->Path));
  return isKnown && isNamed;
}

BOOL argDescriptors(Descriptors descriptors, DWORD count) {
  BOOL areSound = TRUE;
  argNumber("count", count);
  if (count > MOST_LAYERS) broken("count: %lu layers", count);
  if (count > MOST_LAYERS || (count && !isReadable("descriptors", descriptors, count * sizeof *descriptors, 8))) return FALSE;
  beginArray("descriptors");
  for (DWORD i = 0; i < count; i++) areSound &= argDescriptor(&descriptors[i]);
  endArray();
  return areSound;
}

HRESULT parentsThere(Descriptors descriptors, DWORD count) {
  for (DWORD i = 0; i < count; i++) {
    if (!isDirectory(descriptors[i].Path)) return code(ERROR_PATH_NOT_FOUND);
  }
  return S_OK;
}

BOOL isWritable(PCWSTR layer) {
  static WCHAR sandbox[PATH_ROOM];
  return joinPath(sandbox, layer, L"sandbox.vhdx") && isFile(sandbox);
}

HRESULT makeDisk(PCWSTR directory, PCWSTR name) {
  static const char text[] = "{\"double\":\"vmcompute.dll\"}\n";
  static WCHAR path[PATH_ROOM];
  return joinPath(path, directory, name) ? code(writeNewFile(path, text, sizeof text - 1)) : E_INVALIDARG;
}
