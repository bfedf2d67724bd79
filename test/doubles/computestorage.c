/* computestorage.dll, held against mingw-w64's computestorage.h, and the calls of hcsshim (computestorage) that are not in it. */
#include "kit/double.h"
#include <computestorage.h>

#define DISK "disk handle" /* of virtdisk.dll */
#define ATTACHED "attached disk"
#define STORAGE_FILTER "layer storage filter"
#define OVERLAY_FILTER "overlay filter"
#define FORMATTED ".formatted disk"

#define MOST_LAYERS 1024

static HRESULT code(DWORD error) {
  return HRESULT_FROM_WIN32(error);
}

/* ---- Arguments ---- */

static BOOL argJson(const char *name, PCWSTR text) {
  if (!argText(name, text)) return FALSE;
  if (!isJson(text)) broken("%s: no JSON", name);
  return isJson(text);
}

static BOOL argOptions(PCWSTR options) {
  if (!options || !options[0]) return argOptionalText("options", options);
  return argJson("options", options);
}

static BOOL isNumber(PCWSTR text, const char *path, int value) {
  PCWSTR found = findJson(text, path);
  return found && _wtoi(found) == value;
}

static BOOL isString(PCWSTR text, const char *path, PCWSTR value) {
  WCHAR string[64];
  return jsonString(findJson(text, path), string, 64) && !lstrcmpW(string, value);
}

/* @returns how many layers there are; -1 if one of them is not as it must be */
static int layersIn(PCWSTR data) {
  static WCHAR value[PATH_ROOM];
  for (int i = 0; i <= MOST_LAYERS; i++) {
    char item[32], id[32], path[32];
    GUID guid;
    snprintf(item, sizeof item, "Layers.%d", i);
    snprintf(id, sizeof id, "Layers.%d.Id", i);
    snprintf(path, sizeof path, "Layers.%d.Path", i);
    if (!findJson(data, item)) return i;
    BOOL isNamed = jsonString(findJson(data, id), value, PATH_ROOM) && guidOf(value, &guid);
    if (!isNamed) broken("layerData: %s is no GUID", id);
    BOOL isThere = jsonString(findJson(data, path), value, PATH_ROOM) && isDirectory(value);
    if (!isThere) broken("layerData: %s is no directory", path);
    if (!isNamed || !isThere) return -1;
  }
  broken("layerData: more than %d layers", MOST_LAYERS);
  return -1;
}

/* @param least  layers that there must be */
static BOOL argLayerData(PCWSTR data, int least) {
  if (!argJson("layerData", data)) return FALSE;
  BOOL isSchema = isNumber(data, "SchemaVersion.Major", 2) && isNumber(data, "SchemaVersion.Minor", 1);
  if (!isSchema) broken("layerData: its SchemaVersion is not 2.1");
  BOOL isFilter =
    !findJson(data, "FilterType") || isString(data, "FilterType", L"WCIFS") || isString(data, "FilterType", L"UnionFS");
  if (!isFilter) broken("layerData: its FilterType is neither WCIFS nor UnionFS");
  int layers = layersIn(data);
  if (layers >= 0 && layers < least) broken("layerData: no layers");
  return isSchema && isFilter && layers >= least;
}

/* A disk of virtdisk.dll, by its handle or by one of the drive that it is attached as. @returns FALSE if it is neither */
static BOOL argDisk(HANDLE handle, WCHAR path[PATH_ROOM]) {
  PCWSTR disk = findSystemHandle(DISK, handle);
  if (disk) lstrcpynW(path, disk, PATH_ROOM);
  BOOL isFound = disk || GetFinalPathNameByHandleW(handle, path, PATH_ROOM, 0);
  if (isFound) argText("vhdHandle", path);
  BOOL isDisk = disk || (isFound && wcsstr(path, L"physicaldrive"));
  if (!isDisk) broken("vhdHandle: no disk");
  return isDisk;
}

static BOOL argAttachedDisk(HANDLE handle, WCHAR path[PATH_ROOM]) {
  if (!argDisk(handle, path)) return FALSE;
  BOOL isAttached = wcsstr(path, L"physicaldrive") || kernelHas(ATTACHED, path);
  if (!isAttached) broken("vhdHandle: %ls is not attached", path);
  return isAttached;
}

/* ---- Layers ---- */

static HRESULT copy(PCWSTR from, PCWSTR to) {
  return isDirectory(from) ? code(copyTree(from, to)) : code(ERROR_PATH_NOT_FOUND);
}

EXPORT HRESULT WINAPI HcsImportLayer(PCWSTR layerPath, PCWSTR sourceFolderPath, PCWSTR layerData) {
  beginCall(__func__);
  BOOL isSound = argAbsolutePath("layerPath", layerPath);
  isSound &= argAbsolutePath("sourceFolderPath", sourceFolderPath);
  isSound &= argLayerData(layerData, 0);
  return endCall(ANSWER(isSound ? copy(sourceFolderPath, layerPath) : E_INVALIDARG));
}

EXPORT HRESULT WINAPI HcsExportLayer(PCWSTR layerPath, PCWSTR exportFolderPath, PCWSTR layerData, PCWSTR options) {
  beginCall(__func__);
  BOOL isSound = argAbsolutePath("layerPath", layerPath);
  isSound &= argAbsolutePath("exportFolderPath", exportFolderPath);
  isSound &= argLayerData(layerData, 0);
  isSound &= argOptions(options);
  return endCall(ANSWER(isSound ? copy(layerPath, exportFolderPath) : E_INVALIDARG));
}

EXPORT HRESULT WINAPI HcsDestroyLayer(PCWSTR layerPath) {
  beginCall(__func__);
  BOOL isSound = argAbsolutePath("layerPath", layerPath);
  return endCall(ANSWER(isSound ? code(removeTree(layerPath)) : E_INVALIDARG));
}

/* What a layer that was set up has, by which a test can see it. */
static HRESULT setUp(PCWSTR layer, PCWSTR mark) {
  static WCHAR path[PATH_ROOM];
  if (!isDirectory(layer)) return code(ERROR_PATH_NOT_FOUND);
  return joinPath(path, layer, mark) ? code(makeTree(path)) : E_INVALIDARG;
}

/* A layer gets its hives from the files that it has, once. */
static HRESULT setUpSystem(PCWSTR layer) {
  static WCHAR hives[PATH_ROOM];
  BOOL isSetUp = joinPath(hives, layer, L"Hives") && isDirectory(hives);
  if (isSetUp) broken("%ls is there already", hives);
  return isSetUp ? code(ERROR_FILE_EXISTS) : setUp(layer, L"Hives");
}

static BOOL argSystemOptions(PCWSTR options) {
  if (!argJson("options", options)) return FALSE;
  BOOL isType = isString(options, "Type", L"Container") || isString(options, "Type", L"Vm");
  if (!isType) broken("options: the Type is neither Container nor Vm");
  return isType;
}

/* The layer of a container takes no disk; that of a virtual machine one that is attached. */
EXPORT HRESULT WINAPI HcsSetupBaseOSLayer(PCWSTR layerPath, HANDLE vhdHandle, PCWSTR options) {
  static WCHAR disk[PATH_ROOM];
  beginCall(__func__);
  BOOL isSound = argAbsolutePath("layerPath", layerPath);
  isSound &= argSystemOptions(options);
  BOOL isOfContainer = isSound && isString(options, "Type", L"Container");
  if (!vhdHandle) argNull("vhdHandle");
  if (isOfContainer && vhdHandle) broken("vhdHandle: the layer of a container takes none");
  isSound = isSound && (isOfContainer ? !vhdHandle : argAttachedDisk(vhdHandle, disk));
  return endCall(ANSWER(isSound ? setUpSystem(layerPath) : E_INVALIDARG));
}

EXPORT HRESULT WINAPI HcsSetupBaseOSVolume(PCWSTR layerPath, PCWSTR volumePath, PCWSTR options) {
  beginCall(__func__);
  BOOL isSound = argAbsolutePath("layerPath", layerPath);
  isSound &= argAbsolutePath("volumePath", volumePath);
  isSound &= argSystemOptions(options);
  return endCall(ANSWER(isSound ? setUpSystem(layerPath) : E_INVALIDARG));
}

EXPORT HRESULT WINAPI HcsInitializeWritableLayer(PCWSTR writableLayerPath, PCWSTR layerData, PCWSTR options) {
  beginCall(__func__);
  BOOL isSound = argAbsolutePath("writableLayerPath", writableLayerPath);
  isSound &= argLayerData(layerData, 1);
  isSound &= argOptions(options);
  return endCall(ANSWER(isSound ? setUp(writableLayerPath, L"WcSandboxState") : E_INVALIDARG));
}

/* The legacy ones are of layers whose volume is mounted: what they read and write lies there and in the layer's folder. */

EXPORT HRESULT WINAPI HcsInitializeLegacyWritableLayer(
  PCWSTR writableLayerMountPath, PCWSTR writableLayerFolderPath, PCWSTR layerData, PCWSTR options
) {
  beginCall(__func__);
  BOOL isSound = argAbsolutePath("writableLayerMountPath", writableLayerMountPath);
  isSound &= argAbsolutePath("writableLayerFolderPath", writableLayerFolderPath);
  isSound &= argLayerData(layerData, 1);
  isSound &= argOptions(options);
  return endCall(ANSWER(isSound ? setUp(writableLayerFolderPath, L"WcSandboxState") : E_INVALIDARG));
}

EXPORT HRESULT WINAPI HcsExportLegacyWritableLayer(
  PCWSTR writableLayerMountPath, PCWSTR writableLayerFolderPath, PCWSTR exportFolderPath, PCWSTR layerData
) {
  beginCall(__func__);
  BOOL isSound = argAbsolutePath("writableLayerMountPath", writableLayerMountPath);
  isSound &= argAbsolutePath("writableLayerFolderPath", writableLayerFolderPath);
  isSound &= argAbsolutePath("exportFolderPath", exportFolderPath);
  isSound &= argLayerData(layerData, 1);
  return endCall(ANSWER(isSound ? copy(writableLayerMountPath, exportFolderPath) : E_INVALIDARG));
}

/* ---- Filters ---- */

static HRESULT attach(const char *filter, PCWSTR path) {
  if (!isDirectory(path)) return code(ERROR_PATH_NOT_FOUND);
  if (kernelHas(filter, path)) {
    broken("%ls has one already", path);
    return code(ERROR_ALREADY_EXISTS);
  }
  kernelPut(filter, path, L"");
  return S_OK;
}

static HRESULT detach(const char *filter, PCWSTR path) {
  if (!kernelHas(filter, path)) return code(ERROR_NOT_FOUND);
  kernelDelete(filter, path);
  return S_OK;
}

EXPORT HRESULT WINAPI HcsAttachLayerStorageFilter(PCWSTR layerPath, PCWSTR layerData) {
  beginCall(__func__);
  BOOL isSound = argAbsolutePath("layerPath", layerPath);
  isSound &= argLayerData(layerData, 1);
  return endCall(ANSWER(isSound ? attach(STORAGE_FILTER, layerPath) : E_INVALIDARG));
}

EXPORT HRESULT WINAPI HcsDetachLayerStorageFilter(PCWSTR layerPath) {
  beginCall(__func__);
  BOOL isSound = argAbsolutePath("layerPath", layerPath);
  return endCall(ANSWER(isSound ? detach(STORAGE_FILTER, layerPath) : E_INVALIDARG));
}

static BOOL argOverlay(PCWSTR volumePath, PCWSTR layerData, int least) {
  BOOL isSound = argAbsolutePath("volumePath", volumePath);
  isSound &= argLayerData(layerData, least);
  if (isSound && !isString(layerData, "FilterType", L"UnionFS")) broken("layerData: its FilterType is not UnionFS");
  return isSound && isString(layerData, "FilterType", L"UnionFS");
}

EXPORT HRESULT WINAPI HcsAttachOverlayFilter(PCWSTR volumePath, PCWSTR layerData) {
  beginCall(__func__);
  BOOL isSound = argOverlay(volumePath, layerData, 1);
  return endCall(ANSWER(isSound ? attach(OVERLAY_FILTER, volumePath) : E_INVALIDARG));
}

EXPORT HRESULT WINAPI HcsDetachOverlayFilter(PCWSTR volumePath, PCWSTR layerData) {
  beginCall(__func__);
  BOOL isSound = argOverlay(volumePath, layerData, 0);
  return endCall(ANSWER(isSound ? detach(OVERLAY_FILTER, volumePath) : E_INVALIDARG));
}

/* ---- Disks ---- */

/* One that is not attached is attached while it is formatted. */
EXPORT HRESULT WINAPI HcsFormatWritableLayerVhd(HANDLE vhdHandle) {
  static WCHAR disk[PATH_ROOM];
  beginCall(__func__);
  BOOL isSound = argDisk(vhdHandle, disk);
  HRESULT answer = ANSWER(isSound ? S_OK : E_INVALIDARG);
  if (SUCCEEDED(answer)) kernelPut(FORMATTED, disk, L"");
  return endCall(answer);
}

static void *allocateLocal(SIZE_T length) {
  return LocalAlloc(LMEM_FIXED, length);
}

static HRESULT giveMountPath(PCWSTR disk, PWSTR *mountPath) {
  GUID volume;
  WCHAR path[VOLUME_ROOM];
  guidOfName(disk, &volume);
  volumePath(&volume, path);
  DWORD error = isDirectory(path) ? ERROR_SUCCESS : makeVolume(&volume);
  if (error) return code(error);
  *mountPath = giveString("string for LocalFree", allocateLocal, path);
  return S_OK;
}

EXPORT HRESULT WINAPI HcsGetLayerVhdMountPath(HANDLE vhdHandle, PWSTR *mountPath) {
  static WCHAR disk[PATH_ROOM];
  beginCall(__func__);
  BOOL isSound = argAttachedDisk(vhdHandle, disk);
  isSound &= argOut("mountPath", mountPath, sizeof *mountPath);
  HRESULT answer = ANSWER(isSound ? giveMountPath(disk, mountPath) : E_INVALIDARG);
  if (SUCCEEDED(answer)) argText("mountPath", *mountPath);
  return endCall(answer);
}
