/*
 * vmcompute.dll: the calls for layers that hcsshim declares (internal/wclayer), with what its documentation says of each.
 *
 * A layer is known by the path of its directory. One with a sandbox.vhdx can be written to: activating it brings its volume,
 * preparing it puts the filter for the layers below on that volume. For any other, neither does anything.
 */
#include "vmcompute-calls.h"
#include <objbase.h>

/* ---- Activate, prepare, and back ---- */

static HRESULT activate(PCWSTR layer) {
  GUID volume;
  WCHAR path[VOLUME_ROOM];
  if (!isDirectory(layer)) return code(ERROR_PATH_NOT_FOUND);
  if (!isWritable(layer) || kernelHas(ACTIVE, layer)) return S_OK;
  guidOfName(layer, &volume);
  DWORD error = makeVolume(&volume);
  if (error) return code(error);
  volumePath(&volume, path);
  kernelPut(ACTIVE, layer, path);
  return S_OK;
}

EXPORT HRESULT WINAPI ActivateLayer(Info info, PCWSTR id) {
  static WCHAR layer[PATH_ROOM];
  beginCall(__func__);
  BOOL isSound = argLayer(info, "id", id, layer);
  return endCall(ANSWER(isSound ? activate(layer) : E_INVALIDARG));
}

static HRESULT deactivate(PCWSTR layer) {
  GUID volume;
  if (!isDirectory(layer)) return code(ERROR_PATH_NOT_FOUND);
  if (!isWritable(layer)) return S_OK;
  if (!kernelHas(ACTIVE, layer)) return code(ERROR_NOT_READY);
  if (kernelHas(PREPARED, layer)) {
    broken("%ls is still prepared", layer);
    return code(ERROR_SHARING_VIOLATION);
  }
  kernelDelete(ACTIVE, layer);
  guidOfName(layer, &volume);
  return code(removeVolume(&volume));
}

EXPORT HRESULT WINAPI DeactivateLayer(Info info, PCWSTR id) {
  static WCHAR layer[PATH_ROOM];
  beginCall(__func__);
  BOOL isSound = argLayer(info, "id", id, layer);
  return endCall(ANSWER(isSound ? deactivate(layer) : E_INVALIDARG));
}

static HRESULT prepare(PCWSTR layer, Descriptors parents, DWORD count) {
  HRESULT answer = parentsThere(parents, count);
  if (FAILED(answer)) return answer;
  if (!isDirectory(layer)) return code(ERROR_PATH_NOT_FOUND);
  if (!isWritable(layer)) return S_OK;
  if (!count) broken("no layer to prepare it over");
  if (!count) return E_INVALIDARG;
  if (!kernelHas(ACTIVE, layer)) {
    broken("%ls is not active", layer);
    return code(ERROR_NOT_READY);
  }
  if (kernelHas(PREPARED, layer)) {
    broken("%ls is prepared already", layer);
    return code(ERROR_ALREADY_EXISTS);
  }
  kernelPut(PREPARED, layer, L"");
  return S_OK;
}

/* Long enough for a second call to come in, if the caller does not wait for the first. Milliseconds. */
#define PREPARING 10

EXPORT HRESULT WINAPI PrepareLayer(Info info, PCWSTR id, Descriptors descriptors, DWORD count) {
  static WCHAR layer[PATH_ROOM];
  static LONG preparing;
  LONG others = InterlockedIncrement(&preparing) - 1;
  Sleep(PREPARING);
  beginCall(__func__);
  if (others) broken("called while another call of it runs");
  BOOL isSound = argLayer(info, "id", id, layer);
  isSound &= argDescriptors(descriptors, count);
  HRESULT answer = endCall(ANSWER(isSound ? prepare(layer, descriptors, count) : E_INVALIDARG));
  InterlockedDecrement(&preparing);
  return answer;
}

static HRESULT unprepare(PCWSTR layer) {
  if (!isDirectory(layer)) return code(ERROR_PATH_NOT_FOUND);
  if (!isWritable(layer)) return S_OK;
  if (!kernelHas(PREPARED, layer)) return code(ERROR_NOT_READY);
  kernelDelete(PREPARED, layer);
  return S_OK;
}

EXPORT HRESULT WINAPI UnprepareLayer(Info info, PCWSTR id) {
  static WCHAR layer[PATH_ROOM];
  beginCall(__func__);
  BOOL isSound = argLayer(info, "id", id, layer);
  return endCall(ANSWER(isSound ? unprepare(layer) : E_INVALIDARG));
}

/* @param length  in UTF-16 units, with the NUL: room in, need out */
static HRESULT mountPath(PCWSTR layer, SIZE_T *length, PWSTR buffer) {
  static WCHAR path[PATH_ROOM];
  if (!isDirectory(layer)) return code(ERROR_PATH_NOT_FOUND);
  if (!isWritable(layer)) lstrcpyW(path, layer);
  else if (!kernelGet(ACTIVE, layer, path, PATH_ROOM)) return code(ERROR_NOT_READY);
  SIZE_T room = *length;
  *length = lstrlenW(path) + 1;
  if (!buffer) return S_OK;
  if (room < *length) return code(ERROR_INSUFFICIENT_BUFFER);
  lstrcpyW(buffer, path);
  return S_OK;
}

EXPORT HRESULT WINAPI GetLayerMountPath(Info info, PCWSTR id, SIZE_T *length, PWSTR buffer) {
  static WCHAR layer[PATH_ROOM];
  beginCall(__func__);
  BOOL isSound = argLayer(info, "id", id, layer) && isReadable("length", length, sizeof *length, 8);
  SIZE_T room = isSound ? *length : 0;
  argLong("length", room);
  if (!buffer) argNull("buffer");
  else if (room > PATH_ROOM) broken("length: %zu units", (size_t)room);
  isSound = isSound && room <= PATH_ROOM && (!buffer || argOut("buffer", buffer, room * sizeof *buffer));
  HRESULT answer = ANSWER(isSound ? mountPath(layer, length, buffer) : E_INVALIDARG);
  if (SUCCEEDED(answer) && buffer) argText("mountPath", buffer);
  return endCall(answer);
}

/* ---- Without a layer ---- */

EXPORT HRESULT WINAPI NameToGuid(PCWSTR name, GUID *guid) {
  beginCall(__func__);
  BOOL isSound = argText("name", name);
  isSound &= argOut("guid", guid, sizeof *guid);
  HRESULT answer = ANSWER(isSound ? S_OK : E_INVALIDARG);
  if (SUCCEEDED(answer)) {
    guidOfName(name, guid);
    argGuid("guid", guid);
  }
  return endCall(answer);
}

static const WCHAR BASE_IMAGES[] = L"{\"Images\":[]}";

EXPORT HRESULT WINAPI GetBaseImages(PWSTR *images) {
  beginCall(__func__);
  BOOL isSound = argOut("images", images, sizeof *images);
  HRESULT answer = ANSWER(isSound ? S_OK : E_INVALIDARG);
  if (SUCCEEDED(answer)) *images = giveString("string for CoTaskMemFree", CoTaskMemAlloc, BASE_IMAGES);
  return endCall(answer);
}

static HRESULT makeDisks(PCWSTR directory, PCWSTR base, PCWSTR over) {
  if (!isDirectory(directory)) return code(ERROR_PATH_NOT_FOUND);
  HRESULT answer = makeDisk(directory, base);
  return FAILED(answer) ? answer : makeDisk(directory, over);
}

EXPORT HRESULT WINAPI ProcessBaseImage(PCWSTR path) {
  beginCall(__func__);
  BOOL isSound = argAbsolutePath("path", path);
  return endCall(ANSWER(isSound ? makeDisks(path, L"blank-base.vhdx", L"blank.vhdx") : E_INVALIDARG));
}

EXPORT HRESULT WINAPI ProcessUtilityImage(PCWSTR path) {
  beginCall(__func__);
  BOOL isSound = argAbsolutePath("path", path);
  return endCall(ANSWER(isSound ? makeDisks(path, L"SystemTemplateBase.vhdx", L"SystemTemplate.vhdx") : E_INVALIDARG));
}

EXPORT HRESULT WINAPI GrantVmAccess(PCWSTR machine, PCWSTR path) {
  beginCall(__func__);
  BOOL isSound = argText("vmId", machine);
  isSound &= argAbsolutePath("filePath", path);
  return endCall(ANSWER(!isSound ? E_INVALIDARG : isFile(path) ? S_OK : code(ERROR_FILE_NOT_FOUND)));
}
