/* Structures of Windows that more than one DLL takes: [MS-DTYP] 2.4.6, [MS-FSCC] 2.4.16 and 2.1.2.1. */
#include "double.h"

BOOL isSecurityDescriptor(const char *name, const void *descriptor, SIZE_T length) {
  SECURITY_DESCRIPTOR_CONTROL control;
  DWORD revision;
  void *given = (void *)descriptor;
  if (!isReadable(name, descriptor, length, 4)) return FALSE;
  if (length < 20) broken("%s: %zu bytes are no security descriptor", name, (size_t)length);
  else if (!GetSecurityDescriptorControl(given, &control, &revision) || !(control & SE_SELF_RELATIVE))
    broken("%s: not self-relative", name);
  else if (!IsValidSecurityDescriptor(given)) broken("%s: not valid", name);
  else if (GetSecurityDescriptorLength(given) > length)
    broken("%s: takes %lu bytes of %zu", name, GetSecurityDescriptorLength(given), (size_t)length);
  else return TRUE;
  return FALSE;
}

struct ExtendedAttribute {
  ULONG NextEntryOffset;
  UCHAR Flags;
  UCHAR EaNameLength;
  USHORT EaValueLength;
  CHAR EaName[1];
};
_Static_assert(offsetof(struct ExtendedAttribute, EaName) == 8, "FILE_FULL_EA_INFORMATION");

BOOL isExtendedAttributes(const char *name, const void *attributes, SIZE_T length) {
  if (!isReadable(name, attributes, length, 1)) return FALSE;
  for (SIZE_T at = 0;;) {
    const struct ExtendedAttribute *one = (const void *)((const BYTE *)attributes + at);
    SIZE_T room = length - at;
    SIZE_T needed = room < 8 ? 9 : 8u + one->EaNameLength + 1 + one->EaValueLength;
    if (needed > room) broken("%s: the attribute at %zu goes past the end", name, (size_t)at);
    else if (!one->EaNameLength || one->EaName[one->EaNameLength]) broken("%s: a name at %zu does not end", name, (size_t)at);
    else if (!one->NextEntryOffset) return TRUE;
    else if (one->NextEntryOffset % 4 || one->NextEntryOffset < needed || one->NextEntryOffset >= room)
      broken("%s: the attribute at %zu says that the next is %lu bytes on", name, (size_t)at, one->NextEntryOffset);
    else {
      at += one->NextEntryOffset;
      continue;
    }
    return FALSE;
  }
}

struct ReparseData {
  ULONG ReparseTag;
  USHORT ReparseDataLength;
  USHORT Reserved;
};

BOOL isReparseData(const char *name, const void *data, SIZE_T length) {
  const struct ReparseData *header = data;
  if (!isReadable(name, data, length, 4)) return FALSE;
  if (length < sizeof *header) {
    broken("%s: %zu bytes are no reparse data", name, (size_t)length);
    return FALSE;
  }
  BOOL isMicrosofts = header->ReparseTag >> 31; /* others carry a GUID after the header */
  SIZE_T whole = (isMicrosofts ? 8u : 24u) + header->ReparseDataLength;
  if (whole != length) broken("%s: says it takes %zu bytes, and has %zu", name, (size_t)whole, (size_t)length);
  else if (header->ReparseTag < 2) broken("%s: the tag 0x%lx is reserved", name, header->ReparseTag);
  else return TRUE;
  return FALSE;
}

BOOL hasPrivilege(PCWSTR privilege) {
  HANDLE token;
  BOOL isHeld = FALSE;
  PRIVILEGE_SET set = {.PrivilegeCount = 1, .Control = PRIVILEGE_SET_ALL_NECESSARY};
  if (!LookupPrivilegeValueW(NULL, privilege, &set.Privilege[0].Luid)) return FALSE;
  if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token)) return FALSE;
  if (!PrivilegeCheck(token, &set, &isHeld)) isHeld = FALSE;
  CloseHandle(token);
  if (!isHeld) broken("%ls is not held", privilege);
  return isHeld;
}
