/* Handles of ours that this process has open. */
#include "record.h"
#include <stdlib.h>
#include <string.h>

/* Handles are numbers far from any memory, wider than 32 bits so that one that was cut is none. */
#define FIRST_HANDLE 0x5eed00000000ull
#define HANDLE_STEP 16

static struct Handle {
  const char *kind;
  void *object;
  BOOL isOpen;
} *handles;
static SIZE_T handleCount;

static void labelAt(SIZE_T index, char *label, SIZE_T room) {
  snprintf(label, room, "%s %zu of process %lu", handles[index].kind, (size_t)index + 1, GetCurrentProcessId());
}

HANDLE newHandle(const char *kind, void *object) {
  char label[128];
  handles = realloc(handles, (handleCount + 1) * sizeof *handles);
  if (!handles) abort();
  handles[handleCount] = (struct Handle){kind, object, TRUE};
  labelAt(handleCount, label, sizeof label);
  noteOpened(label);
  return (HANDLE)(UINT_PTR)(FIRST_HANDLE + HANDLE_STEP * ++handleCount);
}

static struct Handle *find(HANDLE handle) {
  UINT_PTR value = (UINT_PTR)handle;
  if (value <= FIRST_HANDLE || value % HANDLE_STEP) return NULL;
  SIZE_T index = (value - FIRST_HANDLE) / HANDLE_STEP - 1;
  return index < handleCount ? &handles[index] : NULL;
}

static void labelOf(HANDLE handle, char *label, SIZE_T room) {
  labelAt(find(handle) - handles, label, room);
}

void *argHandle(const char *name, const char *kind, HANDLE handle) {
  char label[128] = "none";
  struct Handle *found = find(handle);
  if (found) labelOf(handle, label, sizeof label);
  argWords(name, label);
  if (!found) broken("%s: %p is no handle", name, handle);
  else if (strcmp(found->kind, kind)) broken("%s: %s is no %s", name, label, kind);
  else if (!found->isOpen) broken("%s: %s is closed", name, label);
  else return found->object;
  return NULL;
}

BOOL isHandleOf(const char *kind, HANDLE handle) {
  struct Handle *found = find(handle);
  return found && !strcmp(found->kind, kind);
}

void *objectOf(HANDLE handle) {
  return find(handle)->object;
}

void closeHandle(HANDLE handle) {
  char label[128];
  labelOf(handle, label, sizeof label);
  noteClosed(label);
  find(handle)->isOpen = FALSE;
}

HANDLE claim(const char *kind, PCWSTR key) {
  char name[MAX_PATH];
  snprintf(name, sizeof name, "layerkiln-doubles-%s-%016llx", kind, hashOfName(key));
  HANDLE event = CreateEventA(NULL, FALSE, FALSE, name);
  if (GetLastError() != ERROR_ALREADY_EXISTS) return event;
  CloseHandle(event);
  return NULL;
}
