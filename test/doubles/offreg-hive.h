/* Hives in memory, as the double of offreg.dll keeps them. Keys are known by their paths from the root, which is "". */
#pragma once
#include "kit/text.h"

struct Value {
  PWSTR name;
  DWORD type;
  DWORD length;
  BYTE *data;
};

struct Key {
  PWSTR path;
  struct Value *values;
  SIZE_T valueCount;
};

struct Hive {
  struct Key *keys;
  SIZE_T keyCount;
  /* The file it was read from. If others wrote that, we know nothing of what is in it. */
  PWSTR source;
  BOOL isForeign;
  /* The files of the hives it was merged from: items of JSON. */
  struct Text merged;
  LONG openKeys;
};

struct Hive *newHive(void);
void freeHive(struct Hive *hive);
/* @returns NULL if there is none; it moves when keys are added or removed */
struct Key *findKey(struct Hive *hive, PCWSTR path);
/* With those it is in. */
struct Key *addKey(struct Hive *hive, PCWSTR path);
void removeKey(struct Hive *hive, PCWSTR path);
BOOL hasSubkeys(struct Hive *hive, PCWSTR path);
struct Value *findValue(struct Key *key, PCWSTR name);
void setValue(struct Key *key, PCWSTR name, DWORD type, const void *data, DWORD length);
/* What `from` has is had by `into` too, in place of its own. */
void mergeHive(struct Hive *into, struct Hive *from);

/* @returns NULL if the file cannot be read */
struct Hive *readHive(PCWSTR path);
/*
 * A line of JSON about the hive, {"hive":[the files it was merged from],"version":"10.0"}, one for each key, {"key":…}, and
 * one for each value, {"value":…,"type":…,"data":hexadecimal}, which belongs to the last key.
 */
DWORD writeHive(struct Hive *hive, PCWSTR path, DWORD major, DWORD minor);
