/* bindfltapi.dll, as go-winio (pkg/bindfilter) calls it: a root shows what is at a target. Here nothing is shown, only known. */
#include "kit/double.h"

#define BINDING "binding"

/* BINDFLT_FLAG_*: read-only, merged, and those of the silo. */
#define FLAGS 0x7f
#define NO_MULTIPLE_TARGETS 0x40
#define MOST_EXCEPTIONS 1024

static HRESULT code(DWORD error) {
  return HRESULT_FROM_WIN32(error);
}

static BOOL argJob(HANDLE job) {
  argNumber("jobHandle", !!job);
  if (job && WaitForSingleObject(job, 0) == WAIT_FAILED) broken("jobHandle: no handle");
  return !job || WaitForSingleObject(job, 0) != WAIT_FAILED;
}

static BOOL argExceptions(const PCWSTR *exceptions, ULONG count) {
  argNumber("bindingExceptionCount", count);
  if (count > MOST_EXCEPTIONS) broken("bindingExceptionCount: %lu", count);
  if (count > MOST_EXCEPTIONS) return FALSE;
  if (!count) argNull("bindingExceptions");
  if (!count) return TRUE;
  if (!isReadable("bindingExceptions", exceptions, count * sizeof *exceptions, 8)) return FALSE;
  BOOL isSound = TRUE;
  beginArray("bindingExceptions");
  for (ULONG i = 0; i < count; i++) isSound &= argText(NULL, exceptions[i]);
  endArray();
  return isSound;
}

/* A root is the same with a backslash at its end and without. */
static PCWSTR withoutEnd(PCWSTR path) {
  static WCHAR copy[PATH_ROOM];
  lstrcpynW(copy, path, PATH_ROOM);
  int length = lstrlenW(copy);
  if (length > 3 && copy[length - 1] == '\\') copy[length - 1] = 0;
  return copy;
}

static HRESULT bind(PCWSTR root, PCWSTR target, ULONG flags) {
  BOOL isThere = isDirectory(target) || isFile(target);
  if (!isThere) return code(ERROR_FILE_NOT_FOUND);
  if (!isDirectory(root) && !isFile(root)) return code(ERROR_PATH_NOT_FOUND);
  if (kernelHas(BINDING, withoutEnd(root))) return code(flags & NO_MULTIPLE_TARGETS ? ERROR_INVALID_PARAMETER : ERROR_ALREADY_EXISTS);
  kernelPut(BINDING, withoutEnd(root), target);
  return S_OK;
}

EXPORT HRESULT WINAPI BfSetupFilter(
  HANDLE job, ULONG flags, PCWSTR root, PCWSTR target, const PCWSTR *exceptions, ULONG exceptionCount
) {
  beginCall(__func__);
  BOOL isSound = argJob(job);
  isSound &= argFlags("flags", flags, FLAGS);
  isSound &= argAbsolutePath("virtualizationRootPath", root);
  isSound &= argAbsolutePath("virtualizationTargetPath", target);
  isSound &= argExceptions(exceptions, exceptionCount);
  return endCall(ANSWER(isSound ? bind(root, target, flags) : E_INVALIDARG));
}

/* What is no root is an invalid parameter: containerd tells by it that nothing is mounted. */
static HRESULT unbind(PCWSTR root) {
  if (!kernelHas(BINDING, withoutEnd(root))) return code(ERROR_INVALID_PARAMETER);
  kernelDelete(BINDING, withoutEnd(root));
  return S_OK;
}

EXPORT HRESULT WINAPI BfRemoveMapping(HANDLE job, PCWSTR root) {
  beginCall(__func__);
  BOOL isSound = argJob(job);
  isSound &= argAbsolutePath("virtualizationRootPath", root);
  return endCall(ANSWER(isSound ? unbind(root) : E_INVALIDARG));
}
