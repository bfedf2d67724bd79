/* Text that grows. */
#pragma once
#include "double.h"

struct Text {
  char *bytes;
  SIZE_T length;
  SIZE_T room;
};

SHARED void clear(struct Text *text);
SHARED void append(struct Text *text, const char *format, ...) __attribute__((format(gnu_printf, 2, 3)));
SHARED void appendWith(struct Text *text, const char *format, va_list arguments);
/* With quotes, as JSON has it. */
SHARED void appendJson(struct Text *text, PCWSTR string);
SHARED void appendJsonBytes(struct Text *text, const char *string);
SHARED void appendHex(struct Text *text, const void *bytes, SIZE_T length);
