#include "text.h"
#include <stdarg.h>
#include <stdlib.h>

void clear(struct Text *text) {
  text->length = 0;
  if (text->bytes) text->bytes[0] = 0;
}

static void makeRoom(struct Text *text, SIZE_T more) {
  if (text->length + more < text->room) return;
  text->room = 2 * (text->length + more) + 256;
  text->bytes = realloc(text->bytes, text->room);
  if (!text->bytes) abort();
}

void appendWith(struct Text *text, const char *format, va_list arguments) {
  va_list again;
  va_copy(again, arguments);
  int length = vsnprintf(NULL, 0, format, arguments);
  if (length < 0) return append(text, "(what was to be said has letters that it cannot be said with)");
  makeRoom(text, length + 1);
  vsnprintf(text->bytes + text->length, length + 1, format, again);
  text->length += length;
  va_end(again);
}

void append(struct Text *text, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  appendWith(text, format, arguments);
  va_end(arguments);
}

static void appendUnit(struct Text *text, WCHAR unit) {
  if (unit == '"' || unit == '\\') append(text, "\\%c", unit);
  else if (unit < 0x20 || unit > 0x7e) append(text, "\\u%04x", unit);
  else append(text, "%c", unit);
}

void appendJson(struct Text *text, PCWSTR string) {
  append(text, "\"");
  for (; *string; string++) appendUnit(text, *string);
  append(text, "\"");
}

void appendJsonBytes(struct Text *text, const char *string) {
  append(text, "\"");
  for (; *string; string++) appendUnit(text, (BYTE)*string);
  append(text, "\"");
}

void appendHex(struct Text *text, const void *bytes, SIZE_T length) {
  static const char digits[] = "0123456789abcdef";
  makeRoom(text, 2 * length + 1);
  for (SIZE_T i = 0; i < length; i++) {
    BYTE byte = ((const BYTE *)bytes)[i];
    text->bytes[text->length++] = digits[byte >> 4];
    text->bytes[text->length++] = digits[byte & 15];
  }
  text->bytes[text->length] = 0;
}
