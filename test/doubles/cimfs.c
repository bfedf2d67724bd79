/*
 * cimfs.dll, from cimfs.h and its pages at Microsoft Learn, and what hcsshim (internal/winapi) declares besides: images are
 * kept in memory until they are committed. cimwriter.dll is the same without mounting: these files, compiled with CIMWRITER.
 */
#include "cimfs-calls.h"
#include <stdlib.h>
#include <string.h>

typedef struct {
  UINT32 Attributes;
  INT64 FileSize;
  LARGE_INTEGER CreationTime;
  LARGE_INTEGER LastWriteTime;
  LARGE_INTEGER ChangeTime;
  LARGE_INTEGER LastAccessTime;
  const void *SecurityDescriptorBuffer;
  UINT32 SecurityDescriptorSize;
  const void *ReparseDataBuffer;
  UINT32 ReparseDataSize;
  const void *EaBuffer;
  UINT32 EaBufferSize;
} CIMFS_FILE_METADATA;
_Static_assert(sizeof(CIMFS_FILE_METADATA) == 96, "CIMFS_FILE_METADATA");
_Static_assert(offsetof(CIMFS_FILE_METADATA, FileSize) == 8, "FileSize");
_Static_assert(offsetof(CIMFS_FILE_METADATA, CreationTime) == 16, "CreationTime");
_Static_assert(offsetof(CIMFS_FILE_METADATA, LastWriteTime) == 24, "LastWriteTime");
_Static_assert(offsetof(CIMFS_FILE_METADATA, ChangeTime) == 32, "ChangeTime");
_Static_assert(offsetof(CIMFS_FILE_METADATA, LastAccessTime) == 40, "LastAccessTime");
_Static_assert(offsetof(CIMFS_FILE_METADATA, SecurityDescriptorBuffer) == 48, "SecurityDescriptorBuffer");
_Static_assert(offsetof(CIMFS_FILE_METADATA, SecurityDescriptorSize) == 56, "SecurityDescriptorSize");
_Static_assert(offsetof(CIMFS_FILE_METADATA, ReparseDataBuffer) == 64, "ReparseDataBuffer");
_Static_assert(offsetof(CIMFS_FILE_METADATA, ReparseDataSize) == 72, "ReparseDataSize");
_Static_assert(offsetof(CIMFS_FILE_METADATA, EaBuffer) == 80, "EaBuffer");
_Static_assert(offsetof(CIMFS_FILE_METADATA, EaBufferSize) == 88, "EaBufferSize");

#define IMAGE "image"
#define STREAM "stream"

HRESULT code(DWORD error) {
  return HRESULT_FROM_WIN32(error);
}

HRESULT refuse(DWORD error, const char *why) {
  broken("%s", why);
  return code(error);
}

/* ---- Images ---- */

BOOL isInFile(DWORD flags) {
  return flags & (CREATE_BLOCK_CIM | CREATE_SINGLE_FILE_CIM);
}

void imagePath(PCWSTR place, PCWSTR name, DWORD flags, WCHAR path[PATH_ROOM]) {
  if (isInFile(flags)) lstrcpynW(path, place, PATH_ROOM);
  else joinPath(path, place, name);
}

BOOL argImageName(const char *name, PCWSTR value) {
  BOOL isSound = argOptionalText(name, value);
  if (!isSound || !value) return isSound;
  BOOL isName = value[0] && !wcspbrk(value, L"\\/:");
  if (!isName) broken("%s: no name", name);
  return isName;
}

/*
 * What stands beside an image, with a GUID in its name. It is there from the start, and stays if the image is not committed: callers
 * must clean up whenever a DLL makes it.
 */
static DWORD writeRegions(PCWSTR place, PCWSTR name) {
  static const PCWSTR kinds[] = {L"region", L"objectid"};
  static WCHAR path[PATH_ROOM];
  WCHAR text[GUID_ROOM], file[64];
  GUID guid;
  guidOfName(name, &guid);
  guidText(&guid, text);
  for (int i = 0; i < 2; i++) {
    _snwprintf(file, 64, L"%ls_%ls_0", kinds[i], text);
    joinPath(path, place, file);
    DWORD error = writeNewFile(path, kinds[i], 2);
    if (error) return error;
  }
  return ERROR_SUCCESS;
}

static HRESULT create(PCWSTR place, DWORD flags, PCWSTR existing, PCWSTR new, HANDLE *handle) {
  static WCHAR path[PATH_ROOM];
  BOOL isFork = existing && new && lstrcmpiW(existing, new);
  PCWSTR name = new ? new : existing;
  if (!isInFile(flags) && !isDirectory(place)) return code(ERROR_PATH_NOT_FOUND);
  imagePath(place, name, flags, path);
  if (new && (!existing || isFork) && isFile(path)) return code(ERROR_FILE_EXISTS);
  if (existing) imagePath(place, existing, flags, path);
  if (existing && !isFile(path)) return code(ERROR_FILE_NOT_FOUND);
  HANDLE claimed = claim("cim", place);
  if (!claimed) return code(ERROR_SHARING_VIOLATION);
  if (new && !isInFile(flags)) writeRegions(place, new);
  struct Image *image = newImage(place, isFork ? existing : NULL, name, flags);
  image->claim = claimed;
  if (existing) readImage(image, path);
  *handle = newHandle(IMAGE, image);
  return S_OK;
}

static HRESULT createImage(PCWSTR place, DWORD flags, PCWSTR existing, PCWSTR new, HANDLE *handle) {
  BOOL isSound = argAbsolutePath("imagePath", place);
  isSound &= argFlags("flags", flags, CREATE_FLAGS);
  isSound &= argImageName("existingImageName", existing);
  isSound &= argImageName("newImageName", new);
  isSound &= argOut("cimImageHandle", handle, sizeof *handle);
  if (!existing && !new) broken("neither an existing image nor a new one");
  isSound = isSound && (existing || new);
  HRESULT answer = ANSWER(isSound ? create(place, flags, existing, new, handle) : E_INVALIDARG);
  if (SUCCEEDED(answer)) argHandle("cimImageHandle", IMAGE, *handle);
  return endCall(answer);
}

EXPORT HRESULT WINAPI CimCreateImage(PCWSTR imagePath, PCWSTR existing, PCWSTR new, HANDLE *handle) {
  beginCall(__func__);
  return createImage(imagePath, 0, existing, new, handle);
}

EXPORT HRESULT WINAPI CimCreateImage2(PCWSTR imagePath, UINT32 flags, PCWSTR existing, PCWSTR new, HANDLE *handle) {
  beginCall(__func__);
  return createImage(imagePath, flags, existing, new, handle);
}

struct Image *argImage(HANDLE handle) {
  struct Image *image = argHandle("cimImageHandle", IMAGE, handle);
  if (image && image->isCommitted) broken("cimImageHandle: the image is committed");
  return image && !image->isCommitted ? image : NULL;
}

static HRESULT commit(struct Image *image) {
  static WCHAR path[PATH_ROOM];
  if (image->open) return refuse(ERROR_SHARING_VIOLATION, "a stream is open");
  imagePath(image->place, image->name, image->flags, path);
  if (kernelHas(MOUNTED_CIM, path)) return code(ERROR_SHARING_VIOLATION);
  DWORD error = writeImage(image, path);
  image->isCommitted = !error;
  return code(error);
}

EXPORT HRESULT WINAPI CimCommitImage(HANDLE handle) {
  beginCallOn(__func__, handle);
  struct Image *image = argImage(handle);
  return endCall(ANSWER(image ? commit(image) : E_INVALIDARG));
}

EXPORT ULONGLONG WINAPI CimCloseImage(HANDLE handle) {
  beginCallOn(__func__, handle);
  struct Image *image = argHandle("cimImageHandle", IMAGE, handle);
  if (image) {
    if (image->open) broken("a stream is open");
    freeImage(image);
    closeHandle(handle);
  }
  endCall(S_OK);
  return NOTHING;
}

/* ---- Files ---- */

static BOOL argPart(const char *name, const void *bytes, UINT32 length) {
  if (!bytes && length) broken("%s: NULL, and %u bytes long", name, length);
  return argBytes(name, bytes, length);
}

static BOOL argMetadata(const CIMFS_FILE_METADATA *metadata) {
  if (!isReadable("metadata", metadata, sizeof *metadata, 8)) return FALSE;
  beginStructure("metadata");
  argNumber("Attributes", metadata->Attributes);
  argLong("FileSize", metadata->FileSize);
  argLong("CreationTime", metadata->CreationTime.QuadPart);
  argLong("LastWriteTime", metadata->LastWriteTime.QuadPart);
  argLong("ChangeTime", metadata->ChangeTime.QuadPart);
  argLong("LastAccessTime", metadata->LastAccessTime.QuadPart);
  BOOL isSound = argPart("SecurityDescriptorBuffer", metadata->SecurityDescriptorBuffer, metadata->SecurityDescriptorSize);
  argNumber("SecurityDescriptorSize", metadata->SecurityDescriptorSize);
  isSound &= argPart("ReparseDataBuffer", metadata->ReparseDataBuffer, metadata->ReparseDataSize);
  argNumber("ReparseDataSize", metadata->ReparseDataSize);
  isSound &= argPart("EaBuffer", metadata->EaBuffer, metadata->EaBufferSize);
  argNumber("EaBufferSize", metadata->EaBufferSize);
  endStructure();
  return isSound;
}

static BOOL isTime(const char *name, LARGE_INTEGER time) {
  if (time.QuadPart < 0) broken("%s: before 1601", name);
  return time.QuadPart >= 0;
}

static BOOL isSize(const CIMFS_FILE_METADATA *metadata) {
  BOOL isDirectory = metadata->Attributes & FILE_ATTRIBUTE_DIRECTORY;
  BOOL isSound = isDirectory ? !metadata->FileSize : metadata->FileSize >= 0;
  if (!isSound) broken("FileSize: %lld", metadata->FileSize);
  return isSound;
}

/* Windows takes a file without a security descriptor; nobody may open it then. */
static BOOL isSecured(const CIMFS_FILE_METADATA *metadata) {
  DWORD size = metadata->SecurityDescriptorSize;
  if (!size) broken("SecurityDescriptorBuffer: there is none");
  return !size || isSecurityDescriptor("SecurityDescriptorBuffer", metadata->SecurityDescriptorBuffer, size);
}

static BOOL isReparsePoint(const CIMFS_FILE_METADATA *metadata) {
  DWORD size = metadata->ReparseDataSize;
  BOOL isSaid = (metadata->Attributes & FILE_ATTRIBUTE_REPARSE_POINT) != 0;
  if (isSaid != (size != 0)) broken("ReparseDataBuffer: %lu bytes, and Attributes say 0x%x", size, metadata->Attributes);
  return isSaid == (size != 0) && (!size || isReparseData("ReparseDataBuffer", metadata->ReparseDataBuffer, size));
}

/* Whether its fields agree. Their pointers are good. */
static BOOL isConsistent(const CIMFS_FILE_METADATA *metadata) {
  BOOL areTimes = isTime("CreationTime", metadata->CreationTime) & isTime("LastWriteTime", metadata->LastWriteTime) &
                  isTime("ChangeTime", metadata->ChangeTime) & isTime("LastAccessTime", metadata->LastAccessTime);
  BOOL areAttributes =
    !metadata->EaBufferSize || isExtendedAttributes("EaBuffer", metadata->EaBuffer, metadata->EaBufferSize);
  return areTimes & areAttributes & isSize(metadata) & isSecured(metadata) & isReparsePoint(metadata);
}

static BOOL hasOddPart(PCWSTR path) {
  static WCHAR copy[PATH_ROOM];
  lstrcpynW(copy, path, PATH_ROOM);
  for (PWSTR part = copy, end; part; part = end) {
    end = wcschr(part, '\\');
    if (end) *end++ = 0;
    if (!part[0] || !lstrcmpW(part, L".") || !lstrcmpW(part, L"..")) return TRUE;
  }
  return FALSE;
}

PCWSTR argPath(const char *name, PCWSTR path) {
  if (!argText(name, path)) return NULL;
  if (path[0] == '\\') path++;
  if (wcspbrk(path, L"/:*?\"<>|")) broken("%s: %ls has a letter that names cannot have", name, path);
  else if (path[0] && hasOddPart(path)) broken("%s: %ls has an empty part, or . or ..", name, path);
  else return path;
  return NULL;
}

static HRESULT createFile(struct Image *image, PCWSTR path, const CIMFS_FILE_METADATA *metadata, char *told, HANDLE *stream) {
  if (image->open) return refuse(ERROR_SHARING_VIOLATION, "a stream is open");
  if (!hasParent(image, path)) return refuse(ERROR_PATH_NOT_FOUND, "its directory is not there yet");
  BOOL isDirectory = metadata->Attributes & FILE_ATTRIBUTE_DIRECTORY;
  struct Entry *old = findEntry(image, path);
  if (old && !(old->file->isDirectory && isDirectory)) removeEntry(image, path);
  struct File *file = newFile(image, isDirectory, _strdup(told));
  addEntry(image, path, file);
  *stream = newHandle(STREAM, openStream(image, file, L"", metadata->FileSize));
  return S_OK;
}

EXPORT HRESULT WINAPI CimCreateFile(HANDLE handle, PCWSTR path, const CIMFS_FILE_METADATA *metadata, HANDLE *stream) {
  beginCallOn(__func__, handle);
  struct Image *image = argImage(handle);
  PCWSTR inside = argPath("path", path);
  SIZE_T mark = markArguments();
  BOOL isSound = argMetadata(metadata) && isConsistent(metadata);
  char *told = argumentsSince(mark);
  argBytes("metadataBytes", metadata, sizeof *metadata);
  isSound &= argOut("cimStreamHandle", stream, sizeof *stream);
  isSound = isSound && image && inside;
  HRESULT answer = ANSWER(isSound ? createFile(image, inside, metadata, told, stream) : E_INVALIDARG);
  free(told);
  if (SUCCEEDED(answer)) argHandle("cimStreamHandle", STREAM, *stream);
  return endCall(answer);
}

/* Parts "path:name". @returns the name; NULL if it is not of that form */
static PCWSTR argStreamPath(PCWSTR given, WCHAR path[PATH_ROOM]) {
  if (!argText("path", given)) return NULL;
  lstrcpynW(path, given[0] == '\\' ? given + 1 : given, PATH_ROOM);
  PWSTR name = wcschr(path, ':');
  BOOL isForm = name && name[1] && !wcspbrk(name + 1, L":\\/");
  if (!isForm) broken("path: not path:name");
  if (!isForm) return NULL;
  *name = 0;
  return name + 1;
}

static HRESULT createStream(struct Image *image, PCWSTR path, PCWSTR name, ULONGLONG size, HANDLE *stream) {
  if (image->open) return refuse(ERROR_SHARING_VIOLATION, "a stream is open");
  struct Entry *entry = findEntry(image, path);
  if (!entry) return refuse(ERROR_PATH_NOT_FOUND, "its file is not there yet");
  *stream = newHandle(STREAM, openStream(image, entry->file, name, size));
  return S_OK;
}

EXPORT HRESULT WINAPI CimCreateAlternateStream(HANDLE handle, PCWSTR path, UINT64 size, HANDLE *stream) {
  static WCHAR file[PATH_ROOM];
  beginCallOn(__func__, handle);
  struct Image *image = argImage(handle);
  PCWSTR name = argStreamPath(path, file);
  argLong("size", size);
  if ((INT64)size < 0) broken("size: %lld", size);
  BOOL isSound = argOut("cimStreamHandle", stream, sizeof *stream) && image && name && (INT64)size >= 0;
  HRESULT answer = ANSWER(isSound ? createStream(image, file, name, size, stream) : E_INVALIDARG);
  if (SUCCEEDED(answer)) argHandle("cimStreamHandle", STREAM, *stream);
  return endCall(answer);
}

static struct Stream *argStream(HANDLE handle) {
  struct Stream *stream = argHandle("cimStreamHandle", STREAM, handle);
  if (stream && !stream->image) broken("cimStreamHandle: its image is closed");
  return stream && stream->image ? stream : NULL;
}

static HRESULT writeTo(struct Stream *stream, const void *bytes, UINT32 length) {
  if (length > stream->size - stream->written) return refuse(ERROR_HANDLE_EOF, "longer than it was said to be");
  writeStream(stream, bytes, length);
  return S_OK;
}

EXPORT HRESULT WINAPI CimWriteStream(HANDLE handle, const void *buffer, UINT32 length) {
  beginCallOn(__func__, handle);
  struct Stream *stream = argStream(handle);
  BOOL isSound = argBytes("buffer", buffer, length);
  argNumber("length", length);
  return endCall(ANSWER(!stream ? E_INVALIDARG : isSound ? writeTo(stream, buffer, length) : E_POINTER));
}

EXPORT ULONGLONG WINAPI CimCloseStream(HANDLE handle) {
  beginCallOn(__func__, handle);
  struct Stream *stream = argStream(handle);
  if (stream) {
    argLong("written", stream->written);
    argLong("size", stream->size);
    closeStream(stream);
    closeHandle(handle);
  }
  endCall(S_OK);
  return NOTHING;
}

/* ---- Paths ---- */

static HRESULT link(struct Image *image, PCWSTR new, PCWSTR existing) {
  if (image->open) return refuse(ERROR_SHARING_VIOLATION, "a stream is open");
  struct Entry *entry = findEntry(image, existing);
  if (!entry && image->isParentUnknown) return S_OK;
  if (!entry) return refuse(ERROR_PATH_NOT_FOUND, "what it leads to is not there");
  if (entry->file->isDirectory) return refuse(ERROR_ACCESS_DENIED, "it leads to a directory");
  if (!hasParent(image, new)) return refuse(ERROR_PATH_NOT_FOUND, "its directory is not there yet");
  struct File *file = entry->file;
  file->links++; /* it may be the very path that is replaced */
  addEntry(image, new, file);
  file->links--;
  return S_OK;
}

EXPORT HRESULT WINAPI CimCreateHardLink(HANDLE handle, PCWSTR newPath, PCWSTR existingPath) {
  beginCallOn(__func__, handle);
  struct Image *image = argImage(handle);
  PCWSTR new = argPath("newPath", newPath);
  PCWSTR existing = argPath("existingPath", existingPath);
  return endCall(ANSWER(image && new && existing ? link(image, new, existing) : E_INVALIDARG));
}

/* That a path is not there is no mistake: a layer may delete what its parent does not have. */
static HRESULT deletePath(struct Image *image, PCWSTR path) {
  if (image->open) return refuse(ERROR_SHARING_VIOLATION, "a stream is open");
  if (!findEntry(image, path)) return image->isParentUnknown ? S_OK : code(ERROR_PATH_NOT_FOUND);
  removeEntry(image, path);
  return S_OK;
}

EXPORT HRESULT WINAPI CimDeletePath(HANDLE handle, PCWSTR path) {
  beginCallOn(__func__, handle);
  struct Image *image = argImage(handle);
  PCWSTR inside = argPath("path", path);
  return endCall(ANSWER(image && inside ? deletePath(image, inside) : E_INVALIDARG));
}
