/* Images in memory, as the double of cimfs.dll keeps them. Paths are of the image: "Files\a", "" for its root. */
#pragma once
#include "kit/text.h"
#include <bcrypt.h>

struct File {
  LONG links;
  DWORD number;
  BOOL isDirectory;
  /* What CimCreateFile was told, as JSON fields. */
  char *told;
  /* Its streams that are closed, as JSON items. */
  struct Text streams;
};

struct Entry {
  PWSTR path;
  ULONGLONG hash;
  struct File *file;
};

struct Image {
  struct Image *next;
  /* A directory; of a block CIM the file that it is in. */
  WCHAR place[PATH_ROOM];
  WCHAR name[MAX_PATH];
  WCHAR parent[MAX_PATH];
  DWORD flags;
  /* On its place: nobody else writes there. */
  HANDLE claim;
  BOOL isCommitted;
  /* Its parent was made by others: we cannot tell what is in it. */
  BOOL isParentUnknown;
  struct Entry *entries;
  SIZE_T entryCount;
  DWORD lastNumber;
  struct Stream *open;
  /* What merging was told: items of JSON. */
  struct Text merged;
};

struct Stream {
  /* NULL once it is closed. */
  struct Image *image;
  struct File *file;
  PWSTR name;
  ULONGLONG size;
  ULONGLONG written;
  struct Text bytes;
  BCRYPT_HASH_HANDLE hash;
};

struct Image *newImage(PCWSTR place, PCWSTR parent, PCWSTR name, DWORD flags);
void freeImage(struct Image *image);
/* @returns NULL if there is none */
struct Entry *findEntry(struct Image *image, PCWSTR path);
/* Replaces what stands there. */
struct Entry *addEntry(struct Image *image, PCWSTR path, struct File *file);
/* With all that is below. */
void removeEntry(struct Image *image, PCWSTR path);
/* Whether the directory that `path` is in is there. */
BOOL hasParent(struct Image *image, PCWSTR path);

struct File *newFile(struct Image *image, BOOL isDirectory, char *told);
struct Stream *openStream(struct Image *image, struct File *file, PCWSTR name, ULONGLONG size);
void writeStream(struct Stream *stream, const void *bytes, DWORD length);
void closeStream(struct Stream *stream);

/* Reads what `writeImage` wrote. */
void readImage(struct Image *image, PCWSTR path);
/*
 * A line of JSON about the image, and one for each path: "path", "file" (the same for hard links), "directory", what
 * CimCreateFile was told, and "streams": each with its name ("" for the file's data), size, bytes written, SHA-256 and the
 * first 64 KiB.
 */
DWORD writeImage(struct Image *image, PCWSTR path);
/* Makes its directories, and its files with the first 64 KiB of their data; of an image that others made, "Files" alone. */
DWORD unpackImage(PCWSTR path, PCWSTR directory);
