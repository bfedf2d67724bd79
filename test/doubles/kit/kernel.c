/* What the kernel knows: a file for each thing, in the folder of the record, so that the next process knows it too. */
#include "record.h"

static ULONGLONG hashOf(PCWSTR text, ULONGLONG hash) {
  for (; *text; text++) {
    WCHAR unit = (WCHAR)(UINT_PTR)CharUpperW((PWSTR)(UINT_PTR)*text);
    hash = (hash ^ unit) * 0x100000001b3ull;
  }
  return hash;
}

#define FNV_OFFSET 0xcbf29ce484222325ull
#define OTHER_OFFSET 0x9e3779b97f4a7c15ull

void guidOfName(PCWSTR name, GUID *guid) {
  ULONGLONG halves[2] = {hashOf(name, FNV_OFFSET), hashOf(name, OTHER_OFFSET)};
  CopyMemory(guid, halves, sizeof *guid);
  guid->Data3 = (guid->Data3 & 0x0fff) | 0x8000;
  guid->Data4[0] = (guid->Data4[0] & 0x3f) | 0x80;
}

ULONGLONG hashOfName(PCWSTR name) {
  return hashOf(name, FNV_OFFSET);
}

static void pathOf(const char *kind, PCWSTR key, WCHAR path[PATH_ROOM]) {
  recordFolder(path);
  size_t length = lstrlenW(path);
  _snwprintf(path + length, PATH_ROOM - length, L"\\kernel %hs %016llx", kind, hashOfName(key));
}

BOOL kernelHas(const char *kind, PCWSTR key) {
  static WCHAR path[PATH_ROOM];
  pathOf(kind, key, path);
  return isFile(path);
}

BOOL kernelGet(const char *kind, PCWSTR key, WCHAR *value, SIZE_T room) {
  static WCHAR path[PATH_ROOM];
  DWORD length = 0;
  pathOf(kind, key, path);
  HANDLE file = CreateFileW(path, GENERIC_READ, 7, NULL, OPEN_EXISTING, 0, NULL);
  if (file == INVALID_HANDLE_VALUE) return FALSE;
  BOOL isRead = ReadFile(file, value, (DWORD)((room - 1) * sizeof *value), &length, NULL);
  CloseHandle(file);
  value[length / sizeof *value] = 0;
  return isRead;
}

static void labelOfThing(const char *kind, PCWSTR key, char label[512]) {
  char narrow[400];
  if (!WideCharToMultiByte(CP_UTF8, 0, key, -1, narrow, sizeof narrow, NULL, NULL)) lstrcpyA(narrow, "(long)");
  snprintf(label, 512, "%s %s", kind, narrow);
}

void kernelPut(const char *kind, PCWSTR key, PCWSTR value) {
  static WCHAR path[PATH_ROOM];
  char label[512];
  BOOL isNew = !kernelHas(kind, key);
  pathOf(kind, key, path);
  DeleteFileW(path);
  writeNewFile(path, value, lstrlenW(value) * sizeof *value);
  if (!isNew || kind[0] == '.') return;
  labelOfThing(kind, key, label);
  noteOpened(label);
}

void kernelDelete(const char *kind, PCWSTR key) {
  static WCHAR path[PATH_ROOM];
  char label[512];
  pathOf(kind, key, path);
  if (!DeleteFileW(path) || kind[0] == '.') return;
  labelOfThing(kind, key, label);
  noteClosed(label);
}
