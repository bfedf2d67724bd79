/* Block CIMs: those that are merged from others, what is in them for its sake, and seals. */
#include "cimfs-calls.h"

#define MERGE_FLAGS 0x7

static void noteMerged(struct Image *image, const char *what, PCWSTR path, PCWSTR other) {
  if (image->merged.length) append(&image->merged, ",");
  append(&image->merged, "{\"%s\":", what);
  appendJson(&image->merged, path);
  if (other) {
    append(&image->merged, ",\"leadsTo\":");
    appendJson(&image->merged, other);
  }
  append(&image->merged, "}");
}

static HRESULT toMerged(struct Image *image, const char *what, PCWSTR path, PCWSTR other) {
  if (image->open) return refuse(ERROR_SHARING_VIOLATION, "a stream is open");
  if (!isInFile(image->flags)) return refuse(ERROR_INVALID_PARAMETER, "the image is no block CIM");
  noteMerged(image, what, path, other);
  return S_OK;
}

static BOOL argBlockCimPath(PCWSTR path) {
  if (!argAbsolutePath("cimPath", path)) return FALSE;
  PCWSTR name = wcsrchr(path, '\\');
  static WCHAR block[PATH_ROOM];
  lstrcpynW(block, path, (int)(name - path) + 1);
  if (!isFile(block)) broken("cimPath: %ls is not in a file", path);
  return isFile(block);
}

EXPORT HRESULT WINAPI CimAddFsToMergedImage2(HANDLE handle, PCWSTR cimPath, UINT32 flags) {
  beginCallOn(__func__, handle);
  struct Image *image = argImage(handle);
  BOOL isSound = argBlockCimPath(cimPath);
  isSound &= argFlags("flags", flags, MERGE_FLAGS);
  return endCall(ANSWER(image && isSound ? toMerged(image, "image", cimPath, NULL) : E_INVALIDARG));
}

EXPORT HRESULT WINAPI CimAddFsToMergedImage(HANDLE handle, PCWSTR cimPath) {
  beginCallOn(__func__, handle);
  struct Image *image = argImage(handle);
  BOOL isSound = argBlockCimPath(cimPath);
  return endCall(ANSWER(image && isSound ? toMerged(image, "image", cimPath, NULL) : E_INVALIDARG));
}

EXPORT HRESULT WINAPI CimTombstoneFile(HANDLE handle, PCWSTR path) {
  beginCallOn(__func__, handle);
  struct Image *image = argImage(handle);
  PCWSTR inside = argPath("path", path);
  return endCall(ANSWER(image && inside ? toMerged(image, "tombstone", inside, NULL) : E_INVALIDARG));
}

EXPORT HRESULT WINAPI CimCreateMergeLink(HANDLE handle, PCWSTR newPath, PCWSTR oldPath) {
  beginCallOn(__func__, handle);
  struct Image *image = argImage(handle);
  PCWSTR new = argPath("newPath", newPath);
  PCWSTR old = argPath("oldPath", oldPath);
  return endCall(ANSWER(image && new && old ? toMerged(image, "link", new, old) : E_INVALIDARG));
}

/* ---- Sealed images: the digest of the double is the SHA-256 of nothing in particular, the bytes 0 to 31 ---- */

#define HASH_LENGTH 32
#define FIXED_HEADER_SIZE 0x123456789abcdefull
#define SEALED ".sealed cim"

static void giveHash(UINT64 *hashSize, UINT64 *headerSize, BYTE *hash) {
  *hashSize = HASH_LENGTH;
  *headerSize = FIXED_HEADER_SIZE;
  for (BYTE i = 0; i < HASH_LENGTH; i++) hash[i] = i;
}

static BOOL argSealOut(PCWSTR path, UINT64 *hashSize, UINT64 *headerSize, BYTE *hash) {
  BOOL isSound = argAbsolutePath("blockPath", path);
  isSound &= argOut("hashSize", hashSize, sizeof *hashSize);
  isSound &= argOut("fixedHeaderSize", headerSize, sizeof *headerSize);
  return isSound & argOut("hash", hash, HASH_LENGTH);
}

EXPORT HRESULT WINAPI CimSealImage(PCWSTR blockPath, UINT64 *hashSize, UINT64 *fixedHeaderSize, BYTE *hash) {
  beginCall(__func__);
  BOOL isSound = argSealOut(blockPath, hashSize, fixedHeaderSize, hash);
  HRESULT answer = ANSWER(!isSound ? E_INVALIDARG : isFile(blockPath) ? S_OK : code(ERROR_FILE_NOT_FOUND));
  if (SUCCEEDED(answer)) {
    kernelPut(SEALED, blockPath, L"");
    giveHash(hashSize, fixedHeaderSize, hash);
  }
  return endCall(answer);
}

EXPORT HRESULT WINAPI CimGetVerificationInformation(
  PCWSTR blockPath, UINT32 *isSealed, UINT64 *hashSize, UINT64 *signatureSize, UINT64 *fixedHeaderSize, BYTE *hash,
  BYTE *signature
) {
  beginCall(__func__);
  BOOL isSound = argSealOut(blockPath, hashSize, fixedHeaderSize, hash);
  isSound &= argOut("isSealed", isSealed, sizeof *isSealed);
  isSound &= argOut("signatureSize", signatureSize, sizeof *signatureSize);
  if (!signature) argNull("signature");
  HRESULT answer = ANSWER(!isSound ? E_INVALIDARG : isFile(blockPath) ? S_OK : code(ERROR_FILE_NOT_FOUND));
  if (SUCCEEDED(answer)) {
    *isSealed = kernelHas(SEALED, blockPath);
    *signatureSize = 0;
    giveHash(hashSize, fixedHeaderSize, hash);
  }
  return endCall(answer);
}
