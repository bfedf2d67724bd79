/* Arguments: written down, and held against what their types demand. */
#include "record.h"

#define MOST_BYTES 65536

void argNumber(const char *name, DWORD value) {
  nextField(name);
  append(&arguments, "%lu", value);
}

void argLong(const char *name, LONGLONG value) {
  nextField(name);
  append(&arguments, "\"%lld\"", value);
}

BOOL argFlags(const char *name, DWORD value, DWORD known) {
  argNumber(name, value);
  if (value & ~known) broken("%s: 0x%lx has flags that nobody knows", name, value);
  return !(value & ~known);
}

void argNull(const char *name) {
  nextField(name);
  append(&arguments, "null");
}

void argWords(const char *name, const char *words) {
  nextField(name);
  appendJsonBytes(&arguments, words);
}

SIZE_T markArguments(void) {
  return arguments.length;
}

char *argumentsSince(SIZE_T mark) {
  const char *since = arguments.bytes + mark;
  return _strdup(*since == ',' ? since + 1 : since);
}

static BOOL isCommitted(const BYTE *from, const BYTE *to, DWORD protections) {
  MEMORY_BASIC_INFORMATION region;
  while (from < to) {
    if (!VirtualQuery(from, &region, sizeof region) || region.State != MEM_COMMIT) return FALSE;
    if (!(region.Protect & protections) || (region.Protect & PAGE_GUARD)) return FALSE;
    from = (const BYTE *)region.BaseAddress + region.RegionSize;
  }
  return TRUE;
}

#define WRITABLE (PAGE_READWRITE | PAGE_WRITECOPY | PAGE_EXECUTE_READWRITE | PAGE_EXECUTE_WRITECOPY)
#define READABLE (WRITABLE | PAGE_READONLY | PAGE_EXECUTE_READ)

static BOOL isThere(const char *name, const void *bytes, SIZE_T length, SIZE_T alignment, DWORD protections) {
  if (!bytes) broken("%s: NULL", name);
  else if ((UINT_PTR)bytes % alignment) broken("%s: not aligned to %zu bytes", name, (size_t)alignment);
  else if (isCommitted(bytes, (const BYTE *)bytes + length, protections)) return TRUE;
  else broken("%s: points to memory that cannot be %s", name, protections == WRITABLE ? "written" : "read");
  return FALSE;
}

BOOL isReadable(const char *name, const void *bytes, SIZE_T length, SIZE_T alignment) {
  return isThere(name, bytes, length, alignment, READABLE);
}

BOOL argOut(const char *name, void *out, SIZE_T length) {
  SIZE_T alignment = length >= 8 ? 8 : length;
  if (!isThere(name, out, length, length % alignment ? 1 : alignment, WRITABLE)) return FALSE;
  FillMemory(out, length, 0xcc);
  return TRUE;
}

/* Its length in units; -1 if its NUL does not come, or what comes before cannot be read. */
static int lengthOf(PCWSTR text) {
  for (int i = 0; i < PATH_ROOM * 8; i++) {
    BOOL isPageNew = i == 0 || ((UINT_PTR)(text + i) & 0xfff) == 0;
    if (isPageNew && !isCommitted((const BYTE *)(text + i), (const BYTE *)(text + i + 1), READABLE)) return -1;
    if (!text[i]) return i;
  }
  return -1;
}

static BOOL isPrintable(BYTE byte) {
  return byte >= 0x20 && byte < 0x7f;
}

/* Bytes that were taken for UTF-16: each unit is two letters. */
static BOOL looksNarrow(PCWSTR text, int length) {
  for (int i = 0; i < length; i++) {
    if (!isPrintable(text[i] & 0xff) || !isPrintable(text[i] >> 8)) return FALSE;
  }
  return length >= 2;
}

BOOL argText(const char *name, PCWSTR text) {
  if (!text || ((UINT_PTR)text & 1)) {
    broken(text ? "%s: not aligned" : "%s: NULL", name);
    argNull(name);
    return FALSE;
  }
  int length = lengthOf(text);
  if (length < 0) {
    broken("%s: a string that does not end", name);
    argNull(name);
    return FALSE;
  }
  nextField(name);
  appendJson(&arguments, text);
  if (looksNarrow(text, length)) broken("%s: bytes, not UTF-16", name);
  return !looksNarrow(text, length);
}

BOOL argOptionalText(const char *name, PCWSTR text) {
  if (text) return argText(name, text);
  argNull(name);
  return TRUE;
}

BOOL argAbsolutePath(const char *name, PCWSTR path) {
  if (!argText(name, path)) return FALSE;
  BOOL isAbsolute = (path[0] && path[1] == ':' && path[2] == '\\') || (path[0] == '\\' && path[1] == '\\');
  if (!isAbsolute) broken("%s: %ls is not an absolute path", name, path);
  return isAbsolute;
}

BOOL argGuid(const char *name, const GUID *guid) {
  if (!isReadable(name, guid, sizeof *guid, 4)) {
    argNull(name);
    return FALSE;
  }
  WCHAR text[GUID_ROOM];
  guidText(guid, text);
  nextField(name);
  appendJson(&arguments, text);
  return TRUE;
}

BOOL argBytes(const char *name, const void *bytes, SIZE_T length) {
  if (!bytes || (length && !isReadable(name, bytes, length, 1))) {
    argNull(name);
    return !length;
  }
  nextField(name);
  append(&arguments, "\"");
  appendHex(&arguments, bytes, length < MOST_BYTES ? length : MOST_BYTES);
  append(&arguments, "\"");
  return TRUE;
}
