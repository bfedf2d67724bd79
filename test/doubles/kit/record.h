/* Between the kit's own files: the line that is being written, and the folder that it goes to. */
#pragma once
#include "text.h"

/* The arguments of the call, as JSON. */
extern struct Text arguments;

/* Begins the next field or item. */
void nextField(const char *name);
/* What things of that name are known by; case does not count. */
ULONGLONG hashOfName(PCWSTR name);
void takeLock(void);
void giveLock(void);
/* Where the record is; it ends without a backslash. */
void recordFolder(WCHAR folder[PATH_ROOM]);
void appendRecord(const struct Text *line);
/* Writes down, outside of any call, what `noteClosed` was told since the last one. */
void recordClosed(void);
