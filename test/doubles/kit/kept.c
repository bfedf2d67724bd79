/* What this process has open and others close: we must look. Handles of the kernel's are events, each with a name of its own. */
#include "record.h"
#include <stdlib.h>
#include <string.h>

static struct Kept {
  char label[128];
  const char *kind;
  /* Of a handle. */
  HANDLE handle;
  char event[64];
  PWSTR subject;
  void (*whenClosed)(PCWSTR subject);
  /* Of a string: its memory, and where it has the cookie by which we know that it is ours still. */
  void *memory;
  PCWSTR cookie;
} *kept;
static SIZE_T keptCount;
static SIZE_T lastSerial;

static struct Kept *keep(const char *kind) {
  kept = realloc(kept, (keptCount + 1) * sizeof *kept);
  if (!kept) abort();
  struct Kept *one = &kept[keptCount++];
  *one = (struct Kept){.kind = kind};
  snprintf(one->label, sizeof one->label, "%s %zu of process %lu", kind, (size_t)++lastSerial, GetCurrentProcessId());
  noteOpened(one->label);
  return one;
}

HANDLE newSystemHandle(const char *kind, PCWSTR subject, void (*whenClosed)(PCWSTR subject)) {
  struct Kept *one = keep(kind);
  snprintf(one->event, sizeof one->event, "layerkiln-doubles-%zu-%lu", (size_t)lastSerial, GetCurrentProcessId());
  one->subject = _wcsdup(subject);
  one->whenClosed = whenClosed;
  one->handle = CreateEventA(NULL, TRUE, FALSE, one->event);
  return one->handle;
}

#define COOKIE L"not freed"

PWSTR giveString(const char *kind, void *(*allocate)(SIZE_T length), PCWSTR text) {
  SIZE_T units = lstrlenW(text) + 1;
  struct Kept *one = keep(kind);
  PWSTR string = allocate(units * sizeof *text + sizeof COOKIE);
  lstrcpyW(string, text);
  lstrcpyW(string + units, COOKIE);
  one->memory = string;
  one->cookie = string + units;
  return string;
}

static BOOL isOpen(const struct Kept *one) {
  if (one->memory) return HeapValidate(GetProcessHeap(), 0, one->memory) && !lstrcmpW(one->cookie, COOKIE);
  HANDLE event = OpenEventA(SYNCHRONIZE, FALSE, one->event);
  if (!event) return FALSE;
  CloseHandle(event);
  return TRUE;
}

PCWSTR findSystemHandle(const char *kind, HANDLE handle) {
  for (SIZE_T i = keptCount; i-- > 0;) {
    if (kept[i].handle == handle && !strcmp(kept[i].kind, kind) && isOpen(&kept[i])) return kept[i].subject;
  }
  return NULL;
}

PCWSTR argSystemHandle(const char *name, const char *kind, HANDLE handle) {
  PCWSTR subject = handle ? findSystemHandle(kind, handle) : NULL;
  nextField(name);
  if (subject) appendJson(&arguments, subject);
  else append(&arguments, "null");
  if (!subject) broken("%s: %p is no %s, or is closed", name, handle, kind);
  return subject;
}

static BOOL hasAnother(const struct Kept *closed) {
  for (SIZE_T i = 0; i < keptCount; i++) {
    const struct Kept *one = &kept[i];
    if (one != closed && one->subject && !lstrcmpiW(one->subject, closed->subject) && isOpen(one)) return TRUE;
  }
  return FALSE;
}

void settle(void) {
  takeLock();
  for (SIZE_T i = keptCount; i-- > 0;) {
    struct Kept *one = &kept[i];
    if (isOpen(one)) continue;
    noteClosed(one->label);
    if (one->whenClosed && !hasAnother(one)) one->whenClosed(one->subject);
    free(one->subject);
    *one = kept[--keptCount];
  }
  recordClosed();
  giveLock();
}

BOOL WINAPI DllMain(HINSTANCE instance, DWORD reason, void *reserved) {
  (void)instance;
  (void)reserved;
  if (reason == DLL_PROCESS_DETACH) settle();
  return TRUE;
}
