#include "cimfs-image.h"
#include <stdlib.h>
#include <string.h>

#define MOST_BYTES 65536
#define SHA256_LENGTH 32

static struct Image *images;

static ULONGLONG hashOf(PCWSTR path) {
  ULONGLONG hash = 0xcbf29ce484222325ull;
  for (; *path; path++) hash = (hash ^ (WCHAR)(UINT_PTR)CharUpperW((PWSTR)(UINT_PTR)*path)) * 0x100000001b3ull;
  return hash;
}

struct Image *newImage(PCWSTR place, PCWSTR parent, PCWSTR name, DWORD flags) {
  struct Image *image = calloc(1, sizeof *image);
  lstrcpynW(image->place, place, PATH_ROOM);
  lstrcpynW(image->name, name, MAX_PATH);
  if (parent) lstrcpynW(image->parent, parent, MAX_PATH);
  image->flags = flags;
  image->next = images;
  return images = image;
}

static void release(struct File *file) {
  if (--file->links) return;
  free(file->told);
  free(file->streams.bytes);
  free(file);
}

void freeImage(struct Image *image) {
  for (struct Image **place = &images; *place; place = &(*place)->next) {
    if (*place != image) continue;
    *place = image->next;
    break;
  }
  if (image->open) closeStream(image->open);
  for (SIZE_T i = 0; i < image->entryCount; i++) {
    free(image->entries[i].path);
    release(image->entries[i].file);
  }
  if (image->claim) CloseHandle(image->claim);
  free(image->entries);
  free(image->merged.bytes);
  free(image);
}

struct Entry *findEntry(struct Image *image, PCWSTR path) {
  ULONGLONG hash = hashOf(path);
  for (SIZE_T i = 0; i < image->entryCount; i++) {
    struct Entry *entry = &image->entries[i];
    if (entry->hash == hash && !lstrcmpiW(entry->path, path)) return entry;
  }
  return NULL;
}

struct Entry *addEntry(struct Image *image, PCWSTR path, struct File *file) {
  file->links++;
  struct Entry *entry = findEntry(image, path);
  if (entry) {
    release(entry->file);
    entry->file = file;
    return entry;
  }
  image->entries = realloc(image->entries, (image->entryCount + 1) * sizeof *entry);
  entry = &image->entries[image->entryCount++];
  *entry = (struct Entry){_wcsdup(path), hashOf(path), file};
  return entry;
}

static BOOL isAtOrBelow(PCWSTR path, PCWSTR top) {
  size_t length = lstrlenW(top);
  return !_wcsnicmp(path, top, length) && (!path[length] || path[length] == '\\');
}

void removeEntry(struct Image *image, PCWSTR path) {
  SIZE_T left = 0;
  for (SIZE_T i = 0; i < image->entryCount; i++) {
    struct Entry *entry = &image->entries[i];
    if (!isAtOrBelow(entry->path, path)) {
      image->entries[left++] = *entry;
      continue;
    }
    free(entry->path);
    release(entry->file);
  }
  image->entryCount = left;
}

BOOL hasParent(struct Image *image, PCWSTR path) {
  static WCHAR parent[PATH_ROOM];
  lstrcpynW(parent, path, PATH_ROOM);
  PWSTR end = wcsrchr(parent, '\\');
  if (!end || image->isParentUnknown) return TRUE;
  *end = 0;
  struct Entry *entry = findEntry(image, parent);
  return entry && entry->file->isDirectory;
}

struct File *newFile(struct Image *image, BOOL isDirectory, char *told) {
  struct File *file = calloc(1, sizeof *file);
  file->number = ++image->lastNumber;
  file->isDirectory = isDirectory;
  file->told = told;
  return file;
}

/* ---- Streams ---- */

struct Stream *openStream(struct Image *image, struct File *file, PCWSTR name, ULONGLONG size) {
  struct Stream *stream = calloc(1, sizeof *stream);
  BCRYPT_ALG_HANDLE sha256;
  BCryptOpenAlgorithmProvider(&sha256, BCRYPT_SHA256_ALGORITHM, NULL, 0);
  BCryptCreateHash(sha256, &stream->hash, NULL, 0, NULL, 0, 0);
  BCryptCloseAlgorithmProvider(sha256, 0);
  stream->image = image;
  stream->file = file;
  stream->name = _wcsdup(name);
  stream->size = size;
  file->links++;
  return image->open = stream;
}

void writeStream(struct Stream *stream, const void *bytes, DWORD length) {
  BCryptHashData(stream->hash, (PUCHAR)bytes, length, 0);
  DWORD room = stream->written < MOST_BYTES ? MOST_BYTES - (DWORD)stream->written : 0;
  appendHex(&stream->bytes, bytes, length < room ? length : room);
  stream->written += length;
}

/* The object stays, so that a handle which is used once more is known. */
void closeStream(struct Stream *stream) {
  BYTE digest[SHA256_LENGTH];
  struct Text *streams = &stream->file->streams;
  BCryptFinishHash(stream->hash, digest, sizeof digest, 0);
  BCryptDestroyHash(stream->hash);
  if (streams->length) append(streams, ",");
  append(streams, "{\"name\":");
  appendJson(streams, stream->name);
  append(streams, ",\"size\":\"%llu\",\"written\":\"%llu\",\"sha256\":\"", stream->size, stream->written);
  appendHex(streams, digest, sizeof digest);
  append(streams, "\",\"bytes\":\"%s\"}", stream->bytes.length ? stream->bytes.bytes : "");
  free(stream->bytes.bytes);
  free(stream->name);
  release(stream->file);
  stream->image->open = NULL;
  stream->image = NULL;
}

/* ---- The file ---- */

static void appendEntry(struct Text *text, const struct Entry *entry) {
  const struct File *file = entry->file;
  append(text, "{\"path\":");
  appendJson(text, entry->path);
  append(text, ",\"file\":%lu,\"directory\":%s,%s,\"streams\":[%s]}\n", file->number, file->isDirectory ? "true" : "false",
    file->told, file->streams.length ? file->streams.bytes : "");
}

DWORD writeImage(struct Image *image, PCWSTR path) {
  struct Text text = {0};
  append(&text, "{\"image\":");
  appendJson(&text, image->name);
  append(&text, ",\"parent\":");
  appendJson(&text, image->parent);
  append(&text, ",\"flags\":%lu,\"merged\":[%s]}\n", image->flags, image->merged.length ? image->merged.bytes : "");
  for (SIZE_T i = 0; i < image->entryCount; i++) appendEntry(&text, &image->entries[i]);
  DeleteFileW(path);
  DWORD error = writeNewFile(path, text.bytes, (DWORD)text.length);
  free(text.bytes);
  return error;
}

/* @returns the whole file, with a NUL; NULL if it is not ours */
static char *readOurs(PCWSTR path) {
  static const char ours[] = "{\"image\":";
  char *text = readWholeFile(path);
  if (text == NULL || !strncmp(text, ours, sizeof ours - 1)) return text;
  free(text);
  return NULL;
}

/* Undoes `appendJson`. @returns what stands behind the closing quote */
static const char *readJson(const char *json, WCHAR path[PATH_ROOM]) {
  SIZE_T length = 0;
  for (; *json != '"'; length++) {
    unsigned unit = (BYTE)*json++;
    if (unit == '\\' && *json == 'u') {
      sscanf(json + 1, "%4x", &unit);
      json += 5;
    } else if (unit == '\\') unit = *json++;
    path[length] = (WCHAR)unit;
  }
  path[length] = 0;
  return json + 1;
}

static struct File *fileOfNumber(struct Image *image, DWORD number) {
  for (SIZE_T i = 0; i < image->entryCount; i++) {
    if (image->entries[i].file->number == number) return image->entries[i].file;
  }
  return NULL;
}

static void readEntry(struct Image *image, char *line) {
  static WCHAR path[PATH_ROOM];
  unsigned number;
  char isDirectory[6];
  int head = 0;
  const char *rest = readJson(line + strlen("{\"path\":\""), path);
  sscanf(rest, ",\"file\":%u,\"directory\":%5[a-z],%n", &number, isDirectory, &head);
  char *streams = strstr(rest, ",\"streams\":[");
  if (!head || !streams) abort();
  struct File *file = fileOfNumber(image, number);
  if (!file) {
    *streams = 0;
    file = newFile(image, isDirectory[0] == 't', _strdup(rest + head));
    file->number = number;
    streams += strlen(",\"streams\":[");
    append(&file->streams, "%.*s", (int)(strlen(streams) - strlen("]}")), streams);
    if (number > image->lastNumber) image->lastNumber = number;
  }
  addEntry(image, path, file);
}

void readImage(struct Image *image, PCWSTR path) {
  char *text = readOurs(path);
  image->isParentUnknown = !text;
  if (!text) return;
  strtok(text, "\n"); /* what it says of itself */
  for (char *line = strtok(NULL, "\n"); line; line = strtok(NULL, "\n")) readEntry(image, line);
  free(text);
}

/* ---- What a mounted image shows ---- */

/* Its data is the first of its streams. */
static DWORD unpackFile(const struct File *file, PCWSTR path) {
  static const char field[] = "\"bytes\":\"";
  const char *hex = file->streams.length ? strstr(file->streams.bytes, field) : NULL;
  BYTE *bytes = malloc(MOST_BYTES);
  DWORD length = 0;
  unsigned byte;
  for (hex = hex ? hex + sizeof field - 1 : ""; length < MOST_BYTES && sscanf(hex, "%2x", &byte) == 1; hex += 2)
    bytes[length++] = (BYTE)byte;
  DWORD error = writeNewFile(path, bytes, length);
  free(bytes);
  return error;
}

DWORD unpackImage(PCWSTR path, PCWSTR directory) {
  static WCHAR target[PATH_ROOM];
  struct Image *image = newImage(path, NULL, L"", 0);
  DWORD error = ERROR_SUCCESS;
  readImage(image, path);
  if (image->isParentUnknown && joinPath(target, directory, L"Files")) error = makeTree(target);
  for (SIZE_T i = 0; i < image->entryCount && !error; i++) {
    struct Entry *entry = &image->entries[i];
    if (!entry->path[0] || !joinPath(target, directory, entry->path)) continue;
    error = entry->file->isDirectory ? makeTree(target) : unpackFile(entry->file, target);
  }
  freeImage(image);
  return error;
}
