/* The record: one line of JSON a call. */
#include "record.h"
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

struct Text arguments;
static struct Text line, faults, opened, closed;
static BOOL isFirst; /* in the structure or array at hand */
static const char *function;
static HANDLE mutex;

static BOOL failing;
static DWORD failure;

void takeLock(void) {
  if (!mutex) mutex = CreateMutexW(NULL, FALSE, L"layerkiln-doubles");
  WaitForSingleObject(mutex, INFINITE);
}

void giveLock(void) {
  ReleaseMutex(mutex);
}

void recordFolder(WCHAR folder[PATH_ROOM]) {
  if (GetEnvironmentVariableW(L"LAYERKILN_DOUBLES", folder, PATH_ROOM)) return;
  DWORD length = GetTempPathW(PATH_ROOM, folder);
  lstrcpyW(folder + length, L"layerkiln-doubles");
  CreateDirectoryW(folder, NULL);
}

void appendRecord(const struct Text *text) {
  static WCHAR path[PATH_ROOM];
  recordFolder(path);
  lstrcatW(path, L"\\calls.jsonl");
  appendToFile(path, text->bytes, (DWORD)text->length);
}

/* The rules of failure: what a test demands, and how many calls of it there were since it did. */
#define MOST_RULES 16
static struct {
  char text[128];
  LONG calls;
} rules[MOST_RULES];

static LONG callsUnder(const char *rule) {
  for (int i = 0; i < MOST_RULES; i++) {
    if (!strcmp(rules[i].text, rule)) return ++rules[i].calls;
  }
  static int next;
  int place = next++ % MOST_RULES;
  snprintf(rules[place].text, sizeof rules[place].text, "%s", rule);
  return rules[place].calls = 1;
}

static void applyRule(const char *rule) {
  char name[64];
  unsigned serial, result, nth;
  if (sscanf(rule, "%u:%63[^=]=%x@%u", &serial, name, &result, &nth) != 4 || strcmp(name, function)) return;
  LONG calls = callsUnder(rule);
  if (nth && calls != (LONG)nth) return;
  failing = TRUE;
  failure = result;
}

static void applyRules(void) {
  char all[4096];
  failing = FALSE;
  DWORD length = GetEnvironmentVariableA("LAYERKILN_DOUBLES_FAIL", all, sizeof all);
  if (!length || length >= sizeof all) return;
  for (char *rule = strtok(all, ";"); rule; rule = strtok(NULL, ";")) applyRule(rule);
}

BOOL isFailureDemanded(void) {
  return failing;
}

DWORD demandedResult(void) {
  return failure;
}

void beginCall(const char *name) {
  takeLock();
  settle();
  function = name;
  clear(&arguments);
  clear(&faults);
  clear(&opened);
  clear(&closed);
  isFirst = TRUE;
  applyRules();
}

/* Handles that functions were called for, and have not answered yet: those that wait for the lock among them. */
#define MOST_CALLS 64
static HANDLE busy[MOST_CALLS];
static HANDLE *place; /* of the call at hand; NULL if it has none */

/* @returns NULL if there is no room */
static HANDLE *takePlace(HANDLE handle) {
  for (int i = 0; i < MOST_CALLS; i++) {
    if (!InterlockedCompareExchangePointer(&busy[i], handle, NULL)) return &busy[i];
  }
  return NULL;
}

static BOOL isBusy(HANDLE handle) {
  for (int i = 0; i < MOST_CALLS; i++) {
    if (busy[i] == handle) return TRUE;
  }
  return FALSE;
}

void beginCallOn(const char *name, HANDLE handle) {
  BOOL wasBusy = handle && isBusy(handle);
  HANDLE *taken = handle ? takePlace(handle) : NULL;
  beginCall(name);
  place = taken;
  if (wasBusy) broken("called while another call with the same handle runs");
}

static void appendList(const char *name, const struct Text *items) {
  if (items->length) append(&line, ",\"%s\":[%s]", name, items->bytes);
}

DWORD endCall(DWORD result) {
  clear(&line);
  append(&line, "{\"function\":\"%s\",\"process\":%lu,\"thread\":%lu,\"arguments\":{%s},\"result\":%lu", function,
    GetCurrentProcessId(), GetCurrentThreadId(), arguments.length ? arguments.bytes : "", result);
  if (failing) append(&line, ",\"demanded\":true");
  appendList("broken", &faults);
  appendList("opens", &opened);
  appendList("closes", &closed);
  append(&line, "}\n");
  appendRecord(&line);
  clear(&closed);
  if (place) *place = NULL;
  place = NULL;
  giveLock();
  return result;
}

static void addTo(struct Text *list, const char *words) {
  if (list->length) append(list, ",");
  appendJsonBytes(list, words);
}

void broken(const char *format, ...) {
  struct Text words = {0};
  va_list values;
  va_start(values, format);
  appendWith(&words, format, values);
  va_end(values);
  addTo(&faults, words.bytes);
  free(words.bytes);
}

void noteOpened(const char *label) {
  addTo(&opened, label);
}

void noteClosed(const char *label) {
  addTo(&closed, label);
}

void recordClosed(void) {
  if (!closed.length) return;
  clear(&line);
  append(&line, "{\"closes\":[%s]}\n", closed.bytes);
  appendRecord(&line);
  clear(&closed);
}

void nextField(const char *name) {
  if (!isFirst) append(&arguments, ",");
  isFirst = FALSE;
  if (name) append(&arguments, "\"%s\":", name);
}

void beginArray(const char *name) {
  nextField(name);
  append(&arguments, "[");
  isFirst = TRUE;
}

void endArray(void) {
  append(&arguments, "]");
  isFirst = FALSE;
}

void beginStructure(const char *name) {
  nextField(name);
  append(&arguments, "{");
  isFirst = TRUE;
}

void endStructure(void) {
  append(&arguments, "}");
  isFirst = FALSE;
}
