/* Layers made, copied, removed, imported and exported. */
#include "vmcompute-calls.h"

static HRESULT createLayer(PCWSTR layer) {
  if (isDirectory(layer)) return code(ERROR_ALREADY_EXISTS);
  return code(makeTree(layer));
}

EXPORT HRESULT WINAPI CreateLayer(Info info, PCWSTR id, PCWSTR parent) {
  static WCHAR layer[PATH_ROOM];
  beginCall(__func__);
  BOOL isSound = argLayer(info, "id", id, layer);
  isSound &= argText("parent", parent);
  return endCall(ANSWER(isSound ? createLayer(layer) : E_INVALIDARG));
}

static HRESULT createSandbox(PCWSTR layer, Descriptors parents, DWORD count) {
  HRESULT answer = parentsThere(parents, count);
  if (FAILED(answer)) return answer;
  if (!count) broken("no layer to stand on");
  if (!count) return E_INVALIDARG;
  DWORD error = makeTree(layer);
  return error ? code(error) : makeDisk(layer, L"sandbox.vhdx");
}

EXPORT HRESULT WINAPI CreateSandboxLayer(Info info, PCWSTR id, UINT_PTR parent, Descriptors descriptors, DWORD count) {
  static WCHAR layer[PATH_ROOM];
  beginCall(__func__);
  BOOL isSound = argLayer(info, "id", id, layer);
  argLong("parent", parent);
  if (parent) broken("parent: nobody knows what it is but 0");
  isSound &= argDescriptors(descriptors, count);
  return endCall(ANSWER(isSound && !parent ? createSandbox(layer, descriptors, count) : E_INVALIDARG));
}

static HRESULT expand(PCWSTR layer, ULONGLONG size) {
  static WCHAR sandbox[PATH_ROOM];
  char line[64];
  if (!isWritable(layer) || !joinPath(sandbox, layer, L"sandbox.vhdx")) return code(ERROR_FILE_NOT_FOUND);
  if (!size) broken("size: 0 bytes");
  if (!size) return E_INVALIDARG;
  int length = snprintf(line, sizeof line, "{\"expandedTo\":\"%llu\"}\n", size);
  return code(appendToFile(sandbox, line, length));
}

EXPORT HRESULT WINAPI ExpandSandboxSize(Info info, PCWSTR id, ULONGLONG size) {
  static WCHAR layer[PATH_ROOM];
  beginCall(__func__);
  BOOL isSound = argLayer(info, "id", id, layer);
  argLong("size", size);
  return endCall(ANSWER(isSound ? expand(layer, size) : E_INVALIDARG));
}

static HRESULT copyLayer(PCWSTR from, PCWSTR to, Descriptors parents, DWORD count) {
  HRESULT answer = parentsThere(parents, count);
  if (FAILED(answer)) return answer;
  if (!isDirectory(from)) return code(ERROR_PATH_NOT_FOUND);
  return isDirectory(to) ? code(ERROR_ALREADY_EXISTS) : code(copyTree(from, to));
}

EXPORT HRESULT WINAPI CopyLayer(Info info, PCWSTR source, PCWSTR destination, Descriptors descriptors, DWORD count) {
  static WCHAR from[PATH_ROOM], to[PATH_ROOM];
  beginCall(__func__);
  BOOL isSound = argLayer(info, "source", source, from);
  isSound = isSound && (info->HomeDir[0] ? argText("destination", destination) && joinPath(to, info->HomeDir, destination)
                                         : argAbsolutePath("destination", destination) && lstrcpynW(to, destination, PATH_ROOM));
  isSound &= argDescriptors(descriptors, count);
  return endCall(ANSWER(isSound ? copyLayer(from, to, descriptors, count) : E_INVALIDARG));
}

static HRESULT destroy(PCWSTR layer) {
  if (!isDirectory(layer)) return code(ERROR_PATH_NOT_FOUND);
  if (kernelHas(ACTIVE, layer)) {
    broken("%ls is still active", layer);
    return code(ERROR_SHARING_VIOLATION);
  }
  return code(removeTree(layer));
}

EXPORT HRESULT WINAPI DestroyLayer(Info info, PCWSTR id) {
  static WCHAR layer[PATH_ROOM];
  beginCall(__func__);
  BOOL isSound = argLayer(info, "id", id, layer);
  return endCall(ANSWER(isSound ? destroy(layer) : E_INVALIDARG));
}

EXPORT HRESULT WINAPI LayerExists(Info info, PCWSTR id, UINT32 *exists) {
  static WCHAR layer[PATH_ROOM];
  beginCall(__func__);
  BOOL isSound = argLayer(info, "id", id, layer);
  isSound &= argOut("exists", exists, sizeof *exists);
  HRESULT answer = ANSWER(isSound ? S_OK : E_INVALIDARG);
  if (SUCCEEDED(answer)) *exists = isDirectory(layer);
  return endCall(answer);
}

/* ---- Import and export ---- */

static BOOL argExchange(Info info, PCWSTR id, WCHAR *layer, PCWSTR folder, Descriptors descriptors, DWORD count) {
  BOOL isSound = argLayer(info, "id", id, layer);
  isSound &= argAbsolutePath("folder", folder);
  return isSound & argDescriptors(descriptors, count);
}

static HRESULT exchange(PCWSTR from, PCWSTR to, Descriptors parents, DWORD count, BOOL isImport) {
  BOOL isAllowed = hasPrivilege(L"SeBackupPrivilege") & hasPrivilege(L"SeRestorePrivilege");
  if (isImport) isAllowed &= hasPrivilege(L"SeSecurityPrivilege");
  if (!isAllowed) return code(ERROR_PRIVILEGE_NOT_HELD);
  HRESULT answer = parentsThere(parents, count);
  if (FAILED(answer)) return answer;
  return isDirectory(from) ? code(copyTree(from, to)) : code(ERROR_PATH_NOT_FOUND);
}

EXPORT HRESULT WINAPI ImportLayer(Info info, PCWSTR id, PCWSTR folder, Descriptors descriptors, DWORD count) {
  static WCHAR layer[PATH_ROOM];
  beginCall(__func__);
  BOOL isSound = argExchange(info, id, layer, folder, descriptors, count);
  return endCall(ANSWER(isSound ? exchange(folder, layer, descriptors, count, TRUE) : E_INVALIDARG));
}

EXPORT HRESULT WINAPI ExportLayer(Info info, PCWSTR id, PCWSTR folder, Descriptors descriptors, DWORD count) {
  static WCHAR layer[PATH_ROOM];
  beginCall(__func__);
  BOOL isSound = argExchange(info, id, layer, folder, descriptors, count);
  return endCall(ANSWER(isSound ? exchange(layer, folder, descriptors, count, FALSE) : E_INVALIDARG));
}
