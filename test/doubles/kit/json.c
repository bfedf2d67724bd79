/* JSON, read from its text each time: RFC 8259, of which numbers are taken loosely. */
#include "double.h"
#include <stdlib.h>
#include <string.h>

#define MOST_DEPTH 32

static PCWSTR skipSpace(PCWSTR at) {
  while (*at == ' ' || *at == '\t' || *at == '\r' || *at == '\n') at++;
  return at;
}

static PCWSTR skipString(PCWSTR at) {
  if (*at++ != '"') return NULL;
  for (; *at != '"'; at++) {
    if (*at < 0x20) return NULL;
    if (*at == '\\' && !wcschr(L"\"\\/bfnrtu", *++at)) return NULL;
    if (!*at) return NULL;
  }
  return at + 1;
}

static PCWSTR skipWord(PCWSTR at) {
  static const PCWSTR words[] = {L"true", L"false", L"null"};
  for (int i = 0; i < 3; i++) {
    if (!wcsncmp(at, words[i], wcslen(words[i]))) return at + wcslen(words[i]);
  }
  size_t length = wcsspn(at, L"+-0123456789.eE");
  return length ? at + length : NULL;
}

/* @returns what comes behind the value; NULL if it is none */
static PCWSTR skipValue(PCWSTR at, int depth) {
  WCHAR open = *at;
  if (open == '"') return skipString(at);
  if (open != '{' && open != '[') return skipWord(at);
  WCHAR close = open == '{' ? '}' : ']';
  if (depth == MOST_DEPTH) return NULL;
  at = skipSpace(at + 1);
  if (*at == close) return at + 1;
  for (;;) {
    if (open == '{') {
      if (!(at = skipString(at)) || *(at = skipSpace(at)) != ':') return NULL;
      at = skipSpace(at + 1);
    }
    if (!(at = skipValue(at, depth + 1))) return NULL;
    at = skipSpace(at);
    if (*at == close) return at + 1;
    if (*at != ',') return NULL;
    at = skipSpace(at + 1);
  }
}

BOOL isJson(PCWSTR text) {
  PCWSTR end = skipValue(skipSpace(text), 0);
  return end && !*skipSpace(end);
}

static BOOL isName(PCWSTR name, const char *wanted, size_t length) {
  for (size_t i = 0; i < length; i++) {
    if (name[1 + i] != (BYTE)wanted[i]) return FALSE;
  }
  return name[1 + length] == '"';
}

/* @param at  an object or array, known to be sound */
static PCWSTR member(PCWSTR at, const char *wanted, size_t length) {
  BOOL isObject = *at == '{';
  int index = atoi(wanted);
  if (!isObject && *at != '[') return NULL;
  at = skipSpace(at + 1);
  for (int i = 0; *at != '}' && *at != ']'; i++) {
    PCWSTR name = at;
    if (isObject) at = skipSpace(skipSpace(skipString(at)) + 1);
    if (isObject ? isName(name, wanted, length) : i == index) return at;
    at = skipSpace(skipValue(at, 0));
    if (*at == ',') at = skipSpace(at + 1);
  }
  return NULL;
}

PCWSTR findJson(PCWSTR text, const char *path) {
  PCWSTR at = isJson(text) ? skipSpace(text) : NULL;
  while (at && *path) {
    size_t length = strcspn(path, ".");
    at = member(at, path, length);
    path += length + (path[length] == '.');
  }
  return at;
}

static WCHAR escaped(WCHAR letter) {
  static const WCHAR letters[] = L"bfnrt";
  static const WCHAR meanings[] = L"\b\f\n\r\t";
  PCWSTR found = wcschr(letters, letter);
  return found ? meanings[found - letters] : letter;
}

BOOL jsonString(PCWSTR value, WCHAR *string, SIZE_T room) {
  SIZE_T length = 0;
  if (!value || *value++ != '"') return FALSE;
  for (; *value != '"'; value++) {
    unsigned unit = *value;
    if (unit == '\\' && *++value == 'u') {
      if (swscanf(value + 1, L"%4x", &unit) != 1) return FALSE;
      value += 4;
    } else if (unit == '\\') unit = escaped(*value);
    if (length + 1 >= room) return FALSE;
    string[length++] = (WCHAR)unit;
  }
  string[length] = 0;
  return TRUE;
}
