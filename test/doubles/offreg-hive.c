#include "offreg-hive.h"
#include <stdlib.h>
#include <string.h>

struct Hive *newHive(void) {
  struct Hive *hive = calloc(1, sizeof *hive);
  addKey(hive, L"");
  return hive;
}

static void freeKey(struct Key *key) {
  for (SIZE_T i = 0; i < key->valueCount; i++) {
    free(key->values[i].name);
    free(key->values[i].data);
  }
  free(key->values);
  free(key->path);
}

void freeHive(struct Hive *hive) {
  for (SIZE_T i = 0; i < hive->keyCount; i++) freeKey(&hive->keys[i]);
  free(hive->keys);
  free(hive->source);
  free(hive->merged.bytes);
  free(hive);
}

struct Key *findKey(struct Hive *hive, PCWSTR path) {
  for (SIZE_T i = 0; i < hive->keyCount; i++) {
    if (!lstrcmpiW(hive->keys[i].path, path)) return &hive->keys[i];
  }
  return NULL;
}

struct Key *addKey(struct Hive *hive, PCWSTR path) {
  struct Key *key = findKey(hive, path);
  if (key) return key;
  PCWSTR end = wcsrchr(path, '\\');
  if (end) {
    PWSTR parent = _wcsdup(path);
    parent[end - path] = 0;
    addKey(hive, parent);
    free(parent);
  }
  hive->keys = realloc(hive->keys, (hive->keyCount + 1) * sizeof *key);
  key = &hive->keys[hive->keyCount++];
  *key = (struct Key){.path = _wcsdup(path)};
  return key;
}

void removeKey(struct Hive *hive, PCWSTR path) {
  struct Key *key = findKey(hive, path);
  freeKey(key);
  SIZE_T index = key - hive->keys;
  MoveMemory(key, key + 1, (--hive->keyCount - index) * sizeof *key);
}

BOOL hasSubkeys(struct Hive *hive, PCWSTR path) {
  size_t length = lstrlenW(path);
  for (SIZE_T i = 0; i < hive->keyCount; i++) {
    PCWSTR other = hive->keys[i].path;
    BOOL isBelow = length ? !_wcsnicmp(other, path, length) && other[length] == '\\' : other[0] != 0;
    if (isBelow) return TRUE;
  }
  return FALSE;
}

struct Value *findValue(struct Key *key, PCWSTR name) {
  for (SIZE_T i = 0; i < key->valueCount; i++) {
    if (!lstrcmpiW(key->values[i].name, name)) return &key->values[i];
  }
  return NULL;
}

void setValue(struct Key *key, PCWSTR name, DWORD type, const void *data, DWORD length) {
  struct Value *value = findValue(key, name);
  if (!value) {
    key->values = realloc(key->values, (key->valueCount + 1) * sizeof *value);
    value = &key->values[key->valueCount++];
    *value = (struct Value){.name = _wcsdup(name)};
  }
  free(value->data);
  value->type = type;
  value->length = length;
  value->data = malloc(length + 1);
  CopyMemory(value->data, data, length);
}

void mergeHive(struct Hive *into, struct Hive *from) {
  for (SIZE_T i = 0; i < from->keyCount; i++) {
    struct Key *key = addKey(into, from->keys[i].path);
    for (SIZE_T j = 0; j < from->keys[i].valueCount; j++) {
      struct Value *value = &from->keys[i].values[j];
      setValue(key, value->name, value->type, value->data, value->length);
    }
  }
  if (into->merged.length) append(&into->merged, ",");
  appendJson(&into->merged, from->source ? from->source : L"");
}

/* ---- The file ---- */

static const char OURS[] = "{\"hive\":[";

DWORD writeHive(struct Hive *hive, PCWSTR path, DWORD major, DWORD minor) {
  struct Text text = {0};
  append(&text, "%s%s],\"version\":\"%lu.%lu\"}\n", OURS, hive->merged.length ? hive->merged.bytes : "", major, minor);
  for (SIZE_T i = 0; i < hive->keyCount; i++) {
    struct Key *key = &hive->keys[i];
    append(&text, "{\"key\":");
    appendJson(&text, key->path);
    append(&text, "}\n");
    for (SIZE_T j = 0; j < key->valueCount; j++) {
      append(&text, "{\"value\":");
      appendJson(&text, key->values[j].name);
      append(&text, ",\"type\":%lu,\"data\":\"", key->values[j].type);
      appendHex(&text, key->values[j].data, key->values[j].length);
      append(&text, "\"}\n");
    }
  }
  DWORD error = writeNewFile(path, text.bytes, (DWORD)text.length);
  free(text.bytes);
  return error;
}

static WCHAR *wide(const char *text) {
  WCHAR *copy = calloc(strlen(text) + 1, sizeof *copy);
  for (SIZE_T i = 0; text[i]; i++) copy[i] = (BYTE)text[i];
  return copy;
}

static void readValue(struct Key *key, PCWSTR name, PCWSTR type, PCWSTR data) {
  DWORD length = 0;
  BYTE *bytes = malloc(lstrlenW(data));
  unsigned byte;
  for (PCWSTR at = data + 1; swscanf(at, L"%2x", &byte) == 1 && *at != '"'; at += 2) bytes[length++] = (BYTE)byte;
  setValue(key, name, _wtoi(type), bytes, length);
  free(bytes);
}

static void readLines(struct Hive *hive, char *text) {
  static WCHAR name[PATH_ROOM];
  struct Key *key = NULL;
  strtok(text, "\n"); /* what it says of itself */
  for (char *line = strtok(NULL, "\n"); line; line = strtok(NULL, "\n")) {
    WCHAR *json = wide(line);
    if (jsonString(findJson(json, "key"), name, PATH_ROOM)) key = addKey(hive, name);
    else if (key && jsonString(findJson(json, "value"), name, PATH_ROOM))
      readValue(key, name, findJson(json, "type"), findJson(json, "data"));
    free(json);
  }
}

struct Hive *readHive(PCWSTR path) {
  char *text = readWholeFile(path);
  if (text == NULL) return NULL;
  struct Hive *hive = newHive();
  hive->source = _wcsdup(path);
  hive->isForeign = strncmp(text, OURS, sizeof OURS - 1) != 0;
  if (!hive->isForeign) readLines(hive, text);
  free(text);
  return hive;
}
