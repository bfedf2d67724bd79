/* Mounts: what cimwriter.dll has not. */
#ifndef CIMWRITER
#include "cimfs-calls.h"

typedef struct {
  PCWSTR ImageDir;
  PCWSTR ImageName;
} CIMFS_IMAGE_PATH;
_Static_assert(sizeof(CIMFS_IMAGE_PATH) == 16 && offsetof(CIMFS_IMAGE_PATH, ImageName) == 8, "CIMFS_IMAGE_PATH");

#define MOUNT_BLOCK_CIM 0x10
#define MOUNT_SINGLE_FILE_CIM 0x20
#define MOUNT_VERIFIED_CIM 0x80
#define MOUNT_FLAGS 0xbf
#define MOST_IMAGES 1024
#define HASH_LENGTH 32

#define MOUNTED "mounted volume"
#define CIM_OF ".cim of volume"

static BOOL isMountOfFile(DWORD flags) {
  return flags & (MOUNT_BLOCK_CIM | MOUNT_SINGLE_FILE_CIM);
}

static BOOL argVolume(const GUID *volume) {
  static const GUID none;
  if (!argGuid("volumeId", volume)) return FALSE;
  if (IsEqualGUID(volume, &none)) broken("volumeId: all zeros");
  return !IsEqualGUID(volume, &none);
}

/* @returns S_OK if the image can be found */
static HRESULT findImage(PCWSTR place, PCWSTR name, DWORD flags, WCHAR path[PATH_ROOM]) {
  DWORD kind = isMountOfFile(flags) ? CREATE_SINGLE_FILE_CIM : 0;
  if (!kind && !isDirectory(place)) return code(ERROR_PATH_NOT_FOUND);
  imagePath(place, name, kind, path);
  return isFile(path) ? S_OK : code(ERROR_FILE_NOT_FOUND);
}

static HRESULT mount(PCWSTR place, PCWSTR name, DWORD flags, const GUID *volume) {
  static WCHAR path[PATH_ROOM];
  WCHAR id[GUID_ROOM], shown[VOLUME_ROOM];
  HRESULT answer = findImage(place, name, flags, path);
  if (FAILED(answer)) return answer;
  guidText(volume, id);
  if (kernelHas(MOUNTED, id)) return code(ERROR_ALREADY_EXISTS);
  volumePath(volume, shown);
  DWORD error = makeVolume(volume);
  if (!error) error = unpackImage(path, shown);
  if (error) return code(error);
  kernelPut(MOUNTED, id, L"");
  kernelPut(CIM_OF, id, path);
  kernelPut(MOUNTED_CIM, path, L"");
  return S_OK;
}

static BOOL argMount(PCWSTR place, PCWSTR name, DWORD flags, const GUID *volume) {
  BOOL isSound = argAbsolutePath("imageContainingPath", place);
  isSound &= name && argImageName("imageName", name);
  if (!name) broken("imageName: NULL");
  isSound &= argFlags("flags", flags, MOUNT_FLAGS);
  return isSound & argVolume(volume);
}

EXPORT HRESULT WINAPI CimMountImage(PCWSTR place, PCWSTR name, UINT32 flags, const GUID *volumeId) {
  beginCall(__func__);
  BOOL isSound = argMount(place, name, flags, volumeId);
  return endCall(ANSWER(isSound ? mount(place, name, flags, volumeId) : E_INVALIDARG));
}

static BOOL argHash(UINT16 hashSize, const BYTE *hash) {
  argNumber("hashSize", hashSize);
  if (hashSize != HASH_LENGTH) broken("hashSize: %u", hashSize);
  return argBytes("hash", hash, hashSize) && hash && hashSize == HASH_LENGTH;
}

EXPORT HRESULT WINAPI CimMountVerifiedImage(
  PCWSTR place, PCWSTR name, UINT32 flags, const GUID *volumeId, UINT16 hashSize, const BYTE *hash
) {
  beginCall(__func__);
  BOOL isSound = argMount(place, name, flags, volumeId);
  isSound &= argHash(hashSize, hash);
  return endCall(ANSWER(isSound ? mount(place, name, flags, volumeId) : E_INVALIDARG));
}

/* The merged image, then those that it was made of: fewer than two of them are not merged. */
static BOOL argImages(UINT32 count, const CIMFS_IMAGE_PATH *images) {
  argNumber("numCimPaths", count);
  if (count < 3 || count > MOST_IMAGES) broken("numCimPaths: %u", count);
  if (count < 3 || count > MOST_IMAGES || !isReadable("images", images, count * sizeof *images, 8)) return FALSE;
  BOOL isSound = TRUE;
  beginArray("images");
  for (UINT32 i = 0; i < count; i++) {
    beginStructure(NULL);
    isSound &= argAbsolutePath("ImageDir", images[i].ImageDir);
    isSound &= images[i].ImageName && argImageName("ImageName", images[i].ImageName);
    endStructure();
  }
  endArray();
  return isSound;
}

static BOOL argMergeMount(UINT32 count, const CIMFS_IMAGE_PATH *images, UINT32 flags, const GUID *volume) {
  BOOL isSound = argImages(count, images);
  isSound &= argFlags("flags", flags, MOUNT_FLAGS);
  if (!isMountOfFile(flags)) broken("flags: 0x%x say nothing of blocks", flags);
  return isSound & argVolume(volume) & !!isMountOfFile(flags);
}

static HRESULT mergeMount(UINT32 count, const CIMFS_IMAGE_PATH *images, UINT32 flags, const GUID *volume) {
  static WCHAR path[PATH_ROOM];
  for (UINT32 i = 1; i < count; i++) {
    HRESULT answer = findImage(images[i].ImageDir, images[i].ImageName, flags, path);
    if (FAILED(answer)) return answer;
  }
  return mount(images[0].ImageDir, images[0].ImageName, flags, volume);
}

EXPORT HRESULT WINAPI CimMergeMountImage(UINT32 count, const CIMFS_IMAGE_PATH *images, UINT32 flags, const GUID *volumeId) {
  beginCall(__func__);
  BOOL isSound = argMergeMount(count, images, flags, volumeId);
  return endCall(ANSWER(isSound ? mergeMount(count, images, flags, volumeId) : E_INVALIDARG));
}

EXPORT HRESULT WINAPI CimMergeMountVerifiedImage(
  UINT32 count, const CIMFS_IMAGE_PATH *images, UINT32 flags, const GUID *volumeId, UINT16 hashSize, const BYTE *hash
) {
  beginCall(__func__);
  BOOL isSound = argMergeMount(count, images, flags, volumeId);
  isSound &= argHash(hashSize, hash);
  return endCall(ANSWER(isSound ? mergeMount(count, images, flags, volumeId) : E_INVALIDARG));
}

static HRESULT dismount(const GUID *volume) {
  static WCHAR path[PATH_ROOM];
  WCHAR id[GUID_ROOM];
  guidText(volume, id);
  if (!kernelHas(MOUNTED, id)) return code(ERROR_FILE_NOT_FOUND);
  if (kernelGet(CIM_OF, id, path, PATH_ROOM)) kernelDelete(MOUNTED_CIM, path);
  kernelDelete(CIM_OF, id);
  kernelDelete(MOUNTED, id);
  return code(removeVolume(volume));
}

EXPORT HRESULT WINAPI CimDismountImage(const GUID *volumeId) {
  beginCall(__func__);
  BOOL isSound = argVolume(volumeId);
  return endCall(ANSWER(isSound ? dismount(volumeId) : E_INVALIDARG));
}
#endif
