/* offreg.dll, from its pages at Microsoft Learn ("Offline Registry Library"), and ORMergeHives as hcsshim declares it. */
#include "offreg-hive.h"
#include <stdlib.h>

#define HIVE "hive"
#define KEY "key"
#define MOST_HIVES 64

/* A key that is open. */
struct OpenKey {
  struct Hive *hive;
  PWSTR path;
};

/* ---- Arguments ---- */

/* What a hive and its keys are both taken for: a key. @returns FALSE if it is neither */
static BOOL argKey(const char *name, HANDLE handle, struct OpenKey *key) {
  if (isHandleOf(HIVE, handle)) {
    struct Hive *hive = argHandle(name, HIVE, handle);
    *key = (struct OpenKey){hive, L""};
    return hive != NULL;
  }
  struct OpenKey *open = argHandle(name, KEY, handle);
  if (open) *key = *open;
  return open != NULL;
}

/* The path of a subkey. @returns FALSE if it is too long, or has empty parts */
static BOOL argSubkey(const struct OpenKey *key, PCWSTR subkey, WCHAR path[PATH_ROOM]) {
  if (!argText("lpSubKey", subkey)) return FALSE;
  int length = lstrlenW(subkey);
  BOOL isOdd = length && (subkey[0] == '\\' || subkey[length - 1] == '\\' || wcsstr(subkey, L"\\\\"));
  if (isOdd) broken("lpSubKey: %ls has an empty part", subkey);
  if (isOdd || length + lstrlenW(key->path) + 2 > PATH_ROOM) return FALSE;
  _snwprintf(path, PATH_ROOM, key->path[0] && length ? L"%ls\\%ls" : L"%ls%ls", key->path, subkey);
  return TRUE;
}

static BOOL argOutHandle(const char *name, HANDLE *out) {
  return argOut(name, out, sizeof *out);
}

/* ---- Hives ---- */

EXPORT DWORD WINAPI ORCreateHive(HANDLE *handle) {
  beginCall(__func__);
  BOOL isSound = argOutHandle("phkResult", handle);
  DWORD answer = ANSWER(isSound ? ERROR_SUCCESS : ERROR_INVALID_PARAMETER);
  if (!answer) {
    *handle = newHandle(HIVE, newHive());
    argHandle("phkResult", HIVE, *handle);
  }
  return endCall(answer);
}

static DWORD open(PCWSTR path, HANDLE *handle) {
  struct Hive *hive = readHive(path);
  if (!hive) return ERROR_FILE_NOT_FOUND;
  *handle = newHandle(HIVE, hive);
  return ERROR_SUCCESS;
}

EXPORT DWORD WINAPI OROpenHive(PCWSTR path, HANDLE *handle) {
  beginCall(__func__);
  BOOL isSound = argAbsolutePath("lpHivePath", path);
  isSound &= argOutHandle("phkResult", handle);
  DWORD answer = ANSWER(isSound ? open(path, handle) : ERROR_INVALID_PARAMETER);
  if (!answer) argHandle("phkResult", HIVE, *handle);
  return endCall(answer);
}

EXPORT DWORD WINAPI ORCloseHive(HANDLE handle) {
  beginCall(__func__);
  struct Hive *hive = argHandle("Handle", HIVE, handle);
  if (hive && hive->openKeys) broken("%ld of its keys are open", hive->openKeys);
  DWORD answer = ANSWER(!hive ? ERROR_INVALID_HANDLE : hive->openKeys ? ERROR_BUSY : ERROR_SUCCESS);
  if (!answer) {
    freeHive(hive);
    closeHandle(handle);
  }
  return endCall(answer);
}

static BOOL argHives(const HANDLE *handles, DWORD count) {
  argNumber("cbHives", count);
  if (!count || count > MOST_HIVES) broken("%lu hives", count);
  if (!count || count > MOST_HIVES || !isReadable("hHives", handles, count * sizeof *handles, 8)) return FALSE;
  BOOL isSound = TRUE;
  beginArray("hHives");
  for (DWORD i = 0; i < count; i++) isSound &= argHandle(NULL, HIVE, handles[i]) != NULL;
  endArray();
  return isSound;
}

static DWORD merge(const HANDLE *handles, DWORD count, HANDLE *result) {
  struct Hive *merged = newHive();
  for (DWORD i = 0; i < count; i++) {
    struct Hive *hive = objectOf(handles[i]);
    mergeHive(merged, hive);
    merged->isForeign |= hive->isForeign;
  }
  *result = newHandle(HIVE, merged);
  return ERROR_SUCCESS;
}

/* The lowest first, and each over those before it. */
EXPORT DWORD WINAPI ORMergeHives(const HANDLE *handles, DWORD count, HANDLE *result) {
  beginCall(__func__);
  BOOL isSound = argHives(handles, count);
  isSound &= argOutHandle("phkResult", result);
  DWORD answer = ANSWER(isSound ? merge(handles, count, result) : ERROR_INVALID_PARAMETER);
  if (!answer) argHandle("phkResult", HIVE, *result);
  return endCall(answer);
}

/* Versions of Windows whose hives it can write: 5.1 is XP's. */
static BOOL isVersion(DWORD major, DWORD minor) {
  BOOL isKnown = (major == 5 && minor >= 1) || (major == 6 && minor <= 3) || (major == 10 && !minor);
  if (!isKnown) broken("there is no Windows %lu.%lu", major, minor);
  return isKnown;
}

EXPORT DWORD WINAPI ORSaveHive(HANDLE handle, PCWSTR path, DWORD major, DWORD minor) {
  beginCall(__func__);
  struct Hive *hive = argHandle("Handle", HIVE, handle);
  BOOL isSound = argAbsolutePath("lpHivePath", path);
  argNumber("dwOsMajorVersion", major);
  argNumber("dwOsMinorVersion", minor);
  isSound &= isVersion(major, minor);
  if (!hive) return endCall(ANSWER(ERROR_INVALID_HANDLE));
  return endCall(ANSWER(isSound ? writeHive(hive, path, major, minor) : ERROR_INVALID_PARAMETER));
}

/* ---- Keys ---- */

static DWORD giveKey(const struct OpenKey *key, PCWSTR path, HANDLE *handle) {
  struct OpenKey *open = malloc(sizeof *open);
  *open = (struct OpenKey){key->hive, _wcsdup(path)};
  key->hive->openKeys++;
  *handle = newHandle(KEY, open);
  argHandle("phkResult", KEY, *handle);
  return ERROR_SUCCESS;
}

EXPORT DWORD WINAPI OROpenKey(HANDLE handle, PCWSTR subkey, HANDLE *result) {
  static WCHAR path[PATH_ROOM];
  struct OpenKey key;
  beginCall(__func__);
  BOOL isKey = argKey("Handle", handle, &key);
  BOOL isSound = isKey && argSubkey(&key, subkey, path);
  isSound &= argOutHandle("phkResult", result);
  if (!isKey) return endCall(ANSWER(ERROR_INVALID_HANDLE));
  if (!isSound) return endCall(ANSWER(ERROR_INVALID_PARAMETER));
  return endCall(ANSWER(findKey(key.hive, path) ? giveKey(&key, path, result) : ERROR_FILE_NOT_FOUND));
}

static DWORD createKey(const struct OpenKey *key, PCWSTR path, HANDLE *result, DWORD *disposition) {
  BOOL isThere = findKey(key->hive, path) != NULL;
  addKey(key->hive, path);
  if (disposition) *disposition = isThere ? REG_OPENED_EXISTING_KEY : REG_CREATED_NEW_KEY;
  return giveKey(key, path, result);
}

static BOOL argCreation(PCWSTR class, DWORD options, PSECURITY_DESCRIPTOR descriptor, HANDLE *result, DWORD *disposition) {
  BOOL isSound = argOptionalText("lpClass", class);
  isSound &= argFlags("dwOptions", options, REG_OPTION_CREATE_LINK);
  if (!descriptor) argNull("pSecurityDescriptor");
  else if (!isReadable("pSecurityDescriptor", descriptor, 20, 4) || !IsValidSecurityDescriptor(descriptor)) {
    broken("pSecurityDescriptor: not valid");
    isSound = FALSE;
  }
  isSound &= argOutHandle("phkResult", result);
  return isSound & (!disposition || argOut("pdwDisposition", disposition, sizeof *disposition));
}

EXPORT DWORD WINAPI ORCreateKey(HANDLE handle, PCWSTR subkey, PCWSTR class, DWORD options, PSECURITY_DESCRIPTOR descriptor,
  HANDLE *result, DWORD *disposition) {
  static WCHAR path[PATH_ROOM];
  struct OpenKey key;
  beginCall(__func__);
  BOOL isKey = argKey("Handle", handle, &key);
  BOOL isSound = isKey && argSubkey(&key, subkey, path);
  isSound &= argCreation(class, options, descriptor, result, disposition);
  if (!isKey) return endCall(ANSWER(ERROR_INVALID_HANDLE));
  return endCall(ANSWER(isSound ? createKey(&key, path, result, disposition) : ERROR_INVALID_PARAMETER));
}

EXPORT DWORD WINAPI ORCloseKey(HANDLE handle) {
  beginCall(__func__);
  struct OpenKey *key = argHandle("Handle", KEY, handle);
  DWORD answer = ANSWER(key ? ERROR_SUCCESS : ERROR_INVALID_HANDLE);
  if (!answer) {
    key->hive->openKeys--;
    free(key->path);
    free(key);
    closeHandle(handle);
  }
  return endCall(answer);
}

static DWORD deleteKey(struct Hive *hive, PCWSTR path) {
  if (!findKey(hive, path)) return ERROR_FILE_NOT_FOUND;
  if (!path[0] || hasSubkeys(hive, path)) return ERROR_ACCESS_DENIED;
  removeKey(hive, path);
  return ERROR_SUCCESS;
}

/* Without a subkey: the key itself. */
EXPORT DWORD WINAPI ORDeleteKey(HANDLE handle, PCWSTR subkey) {
  static WCHAR path[PATH_ROOM];
  struct OpenKey key;
  beginCall(__func__);
  BOOL isKey = argKey("Handle", handle, &key);
  if (!isKey) return endCall(ANSWER(ERROR_INVALID_HANDLE));
  BOOL isSound = argSubkey(&key, subkey ? subkey : L"", path);
  return endCall(ANSWER(isSound ? deleteKey(key.hive, path) : ERROR_INVALID_PARAMETER));
}

/* ---- Values ---- */

/* @param length  in bytes: room in, need out */
static DWORD getValue(const struct OpenKey *key, PCWSTR path, PCWSTR name, DWORD *type, void *data, DWORD *length) {
  struct Key *found = findKey(key->hive, path);
  struct Value *value = found ? findValue(found, name) : NULL;
  if (!value) return ERROR_FILE_NOT_FOUND;
  if (type) *type = value->type;
  DWORD room = data ? *length : 0;
  if (length) *length = value->length;
  if (!data) return ERROR_SUCCESS;
  if (room < value->length) return ERROR_MORE_DATA;
  CopyMemory(data, value->data, value->length);
  return ERROR_SUCCESS;
}

EXPORT DWORD WINAPI ORGetValue(HANDLE handle, PCWSTR subkey, PCWSTR name, DWORD *type, void *data, DWORD *length) {
  static WCHAR path[PATH_ROOM];
  struct OpenKey key;
  beginCall(__func__);
  BOOL isKey = argKey("Handle", handle, &key);
  if (!isKey) return endCall(ANSWER(ERROR_INVALID_HANDLE));
  BOOL isSound = argSubkey(&key, subkey ? subkey : L"", path);
  isSound &= argOptionalText("lpValue", name);
  if (type) isSound &= argOut("pdwType", type, sizeof *type);
  if (length) isSound &= isReadable("pcbData", length, sizeof *length, 4);
  if (data && !length) broken("pcbData: NULL, where data is wanted");
  isSound = isSound && (!data || (length && (!*length || argOut("pvData", data, *length))));
  if (isSound && length) argNumber("pcbData", data ? *length : 0);
  return endCall(ANSWER(isSound ? getValue(&key, path, name ? name : L"", type, data, length) : ERROR_INVALID_PARAMETER));
}

static DWORD putValue(const struct OpenKey *key, PCWSTR name, DWORD type, const void *data, DWORD length) {
  struct Key *found = findKey(key->hive, key->path);
  if (!found) return ERROR_KEY_DELETED;
  setValue(found, name, type, data, length);
  return ERROR_SUCCESS;
}

static BOOL isValueLength(DWORD type, DWORD length) {
  BOOL isText = type == REG_SZ || type == REG_EXPAND_SZ || type == REG_MULTI_SZ;
  BOOL isSound = isText ? length % sizeof(WCHAR) == 0 : type == REG_DWORD ? length == 4 : type != REG_QWORD || length == 8;
  if (!isSound) broken("cbData: %lu bytes, of type %lu", length, type);
  return isSound;
}

EXPORT DWORD WINAPI ORSetValue(HANDLE handle, PCWSTR name, DWORD type, const void *data, DWORD length) {
  struct OpenKey key;
  beginCall(__func__);
  BOOL isKey = argKey("Handle", handle, &key);
  BOOL isSound = argOptionalText("lpValueName", name);
  argNumber("dwType", type);
  isSound &= argBytes("lpData", data, length);
  argNumber("cbData", length);
  isSound &= isValueLength(type, length);
  if (!isKey) return endCall(ANSWER(ERROR_INVALID_HANDLE));
  return endCall(ANSWER(isSound ? putValue(&key, name ? name : L"", type, data, length) : ERROR_INVALID_PARAMETER));
}
