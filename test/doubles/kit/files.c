/* Files and volumes, as Wine has them. */
#include "double.h"
#include <stdlib.h>

BOOL isDirectory(PCWSTR path) {
  DWORD attributes = GetFileAttributesW(path);
  return attributes != INVALID_FILE_ATTRIBUTES && (attributes & FILE_ATTRIBUTE_DIRECTORY);
}

BOOL isFile(PCWSTR path) {
  DWORD attributes = GetFileAttributesW(path);
  return attributes != INVALID_FILE_ATTRIBUTES && !(attributes & FILE_ATTRIBUTE_DIRECTORY);
}

BOOL joinPath(WCHAR *path, PCWSTR directory, PCWSTR name) {
  int length = lstrlenW(directory);
  BOOL isEnded = length && directory[length - 1] == '\\';
  if (length + lstrlenW(name) + 2 > PATH_ROOM) return FALSE;
  lstrcpyW(path, directory);
  if (!isEnded) lstrcatW(path, L"\\");
  lstrcatW(path, name);
  return TRUE;
}

static DWORD lastErrorUnless(BOOL isDone) {
  return isDone ? ERROR_SUCCESS : GetLastError();
}

DWORD makeTree(PCWSTR path) {
  if (isDirectory(path) || CreateDirectoryW(path, NULL)) return ERROR_SUCCESS;
  if (GetLastError() != ERROR_PATH_NOT_FOUND) return GetLastError();
  WCHAR *parent = _wcsdup(path);
  WCHAR *end = wcsrchr(parent, '\\');
  DWORD error = ERROR_PATH_NOT_FOUND;
  if (end && end > parent) {
    *end = 0;
    error = makeTree(parent);
  }
  free(parent);
  return error ? error : lastErrorUnless(CreateDirectoryW(path, NULL));
}

/* Calls `visit` for each file in a directory, until one of them fails. */
static DWORD forEach(PCWSTR directory, DWORD (*visit)(PCWSTR path, const WIN32_FIND_DATAW *found, PCWSTR other), PCWSTR other) {
  WIN32_FIND_DATAW found;
  WCHAR *path = malloc(PATH_ROOM * sizeof *path);
  DWORD error = ERROR_FILENAME_EXCED_RANGE;
  HANDLE search = INVALID_HANDLE_VALUE;
  if (joinPath(path, directory, L"*")) {
    search = FindFirstFileW(path, &found);
    error = lastErrorUnless(search != INVALID_HANDLE_VALUE);
  }
  while (!error) {
    BOOL isReal = lstrcmpW(found.cFileName, L".") && lstrcmpW(found.cFileName, L"..");
    if (isReal && joinPath(path, directory, found.cFileName)) error = visit(path, &found, other);
    if (!error) error = lastErrorUnless(FindNextFileW(search, &found));
  }
  if (search != INVALID_HANDLE_VALUE) FindClose(search);
  free(path);
  return error == ERROR_NO_MORE_FILES ? ERROR_SUCCESS : error;
}

static DWORD copyOne(PCWSTR path, const WIN32_FIND_DATAW *found, PCWSTR to) {
  WCHAR *target = malloc(PATH_ROOM * sizeof *target);
  DWORD error = ERROR_FILENAME_EXCED_RANGE;
  if (joinPath(target, to, found->cFileName)) {
    BOOL isTree = found->dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY;
    error = isTree ? copyTree(path, target) : lastErrorUnless(CopyFileW(path, target, TRUE));
  }
  free(target);
  return error;
}

DWORD copyTree(PCWSTR from, PCWSTR to) {
  DWORD error = makeTree(to);
  return error ? error : forEach(from, copyOne, to);
}

static DWORD removeOne(PCWSTR path, const WIN32_FIND_DATAW *found, PCWSTR unused) {
  (void)unused;
  if (found->dwFileAttributes & FILE_ATTRIBUTE_READONLY) SetFileAttributesW(path, FILE_ATTRIBUTE_NORMAL);
  if (!(found->dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY)) return lastErrorUnless(DeleteFileW(path));
  if (found->dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT) return lastErrorUnless(RemoveDirectoryW(path));
  return removeTree(path);
}

DWORD removeTree(PCWSTR path) {
  DWORD error = forEach(path, removeOne, NULL);
  return error ? error : lastErrorUnless(RemoveDirectoryW(path));
}

static DWORD writeFile(PCWSTR path, DWORD access, DWORD disposition, const void *bytes, DWORD length) {
  DWORD written;
  HANDLE file = CreateFileW(path, access, 7, NULL, disposition, 0, NULL);
  if (file == INVALID_HANDLE_VALUE) return GetLastError();
  DWORD error = lastErrorUnless(WriteFile(file, bytes, length, &written, NULL));
  CloseHandle(file);
  return error;
}

DWORD writeNewFile(PCWSTR path, const void *bytes, DWORD length) {
  return writeFile(path, GENERIC_WRITE, CREATE_NEW, bytes, length);
}

char *readWholeFile(PCWSTR path) {
  DWORD length = 0;
  HANDLE file = CreateFileW(path, GENERIC_READ, 7, NULL, OPEN_EXISTING, 0, NULL);
  if (file == INVALID_HANDLE_VALUE) return NULL;
  DWORD size = GetFileSize(file, NULL);
  char *text = calloc(1, size + 1);
  ReadFile(file, text, size, &length, NULL);
  CloseHandle(file);
  return text;
}

DWORD appendToFile(PCWSTR path, const void *bytes, DWORD length) {
  return writeFile(path, FILE_APPEND_DATA, OPEN_ALWAYS, bytes, length);
}

/* ---- Volumes and devices: in Wine's prefix, the folder dosdevices has what other systems' kernels keep ---- */

static BOOL deviceFile(PCWSTR name, WCHAR path[PATH_ROOM]) {
  static WCHAR prefix[PATH_ROOM];
  if (!GetEnvironmentVariableW(L"WINECONFIGDIR", prefix, PATH_ROOM)) {
    broken("no %%WINECONFIGDIR%%: volumes and devices are Wine's alone");
    return FALSE;
  }
  prefix[1] = '\\'; /* \??\ is \\?\ to those who are not the kernel */
  _snwprintf(path, PATH_ROOM, L"%ls\\dosdevices\\%ls", prefix, name);
  return TRUE;
}

void guidText(const GUID *guid, WCHAR text[GUID_ROOM]) {
  const BYTE *rest = guid->Data4;
  _snwprintf(text, GUID_ROOM, L"%08lx-%04x-%04x-%02x%02x-%02x%02x%02x%02x%02x%02x", guid->Data1, guid->Data2, guid->Data3,
    rest[0], rest[1], rest[2], rest[3], rest[4], rest[5], rest[6], rest[7]);
}

BOOL guidOf(PCWSTR text, GUID *guid) {
  unsigned head[3], rest[8];
  int end = 0;
  int found = swscanf(text, L"%8x-%4x-%4x-%2x%2x-%2x%2x%2x%2x%2x%2x%n", &head[0], &head[1], &head[2], &rest[0], &rest[1],
    &rest[2], &rest[3], &rest[4], &rest[5], &rest[6], &rest[7], &end);
  if (found != 11 || end != 36) return FALSE;
  *guid = (GUID){head[0], (USHORT)head[1], (USHORT)head[2], {0}};
  for (int i = 0; i < 8; i++) guid->Data4[i] = (BYTE)rest[i];
  return TRUE;
}

void volumePath(const GUID *guid, WCHAR path[VOLUME_ROOM]) {
  WCHAR text[GUID_ROOM];
  guidText(guid, text);
  _snwprintf(path, VOLUME_ROOM, L"\\\\?\\Volume{%ls}\\", text);
}

static BOOL volumeFile(const GUID *guid, WCHAR path[PATH_ROOM]) {
  WCHAR text[GUID_ROOM], name[VOLUME_ROOM];
  guidText(guid, text);
  _snwprintf(name, VOLUME_ROOM, L"volume{%ls}", text);
  return deviceFile(name, path);
}

DWORD makeVolume(const GUID *guid) {
  static WCHAR path[PATH_ROOM];
  if (!volumeFile(guid, path)) return ERROR_NOT_SUPPORTED;
  if (isDirectory(path)) removeTree(path); /* of a run that broke off */
  return lastErrorUnless(CreateDirectoryW(path, NULL));
}

DWORD removeVolume(const GUID *guid) {
  static WCHAR path[PATH_ROOM];
  return volumeFile(guid, path) ? removeTree(path) : ERROR_NOT_SUPPORTED;
}

DWORD makeDevice(PCWSTR name) {
  static WCHAR path[PATH_ROOM];
  if (!deviceFile(name, path)) return ERROR_NOT_SUPPORTED;
  DeleteFileW(path);
  return writeNewFile(path, NULL, 0);
}

DWORD removeDevice(PCWSTR name) {
  static WCHAR path[PATH_ROOM];
  if (!deviceFile(name, path)) return ERROR_NOT_SUPPORTED;
  return lastErrorUnless(DeleteFileW(path));
}
