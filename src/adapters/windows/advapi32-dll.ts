/**
 * advapi32.dll, as aclapi.h, sddl.h, processthreadsapi.h, securitybaseapi.h and winreg.h declare it.
 *
 * Functions of access control lists and of the registry return a Win32 code; the others 0 where they fail, and then GetLastError
 * is called next.
 */
import { Dll } from "./dll.ts";
import { structure } from "./structure.ts";

export const advapi32 = new Dll("advapi32.dll");

// Privileges: winnt.h.

export const LUID = structure("LUID", { LowPart: "uint32_t", HighPart: "int32_t" });
export const LUID_AND_ATTRIBUTES = structure("LUID_AND_ATTRIBUTES", {
  Luid: LUID,
  Attributes: "uint32_t", // 0x08  SE_PRIVILEGE
});
/** Of one privilege: it goes with its count, 1. */
export const TOKEN_PRIVILEGES = structure("TOKEN_PRIVILEGES", {
  PrivilegeCount: "uint32_t",
  Privileges: "LUID_AND_ATTRIBUTES [1]", // 0x04
});

export const TOKEN = { QUERY: 0x8, ADJUST_PRIVILEGES: 0x20 } as const;
export const SE_PRIVILEGE = { ENABLED: 0x2 } as const;
export const SE_BACKUP_NAME = "SeBackupPrivilege";
export const SE_RESTORE_NAME = "SeRestorePrivilege";
export const SE_SECURITY_NAME = "SeSecurityPrivilege";
export const SE_MANAGE_VOLUME_NAME = "SeManageVolumePrivilege";
export const SE_CREATE_SYMBOLIC_LINK_NAME = "SeCreateSymbolicLinkPrivilege";

export const OpenProcessToken = advapi32.declare(
  "int32_t OpenProcessToken(void *ProcessHandle, uint32_t DesiredAccess, _Out_ void **TokenHandle)",
);
export const GetTokenInformation = advapi32.declare(
  "int32_t GetTokenInformation(void *TokenHandle, uint32_t TokenInformationClass, _Out_ void *TokenInformation, uint32_t TokenInformationLength, _Out_ uint32_t *ReturnLength)",
);
export const LookupPrivilegeValueW = advapi32.declare(
  "int32_t LookupPrivilegeValueW(str16 lpSystemName, str16 lpName, _Out_ LUID *lpLuid)",
);
/** It succeeds with GetLastError ERROR_NOT_ALL_ASSIGNED where the process may not have the privilege. */
export const AdjustTokenPrivileges = advapi32.declare(
  "int32_t AdjustTokenPrivileges(void *TokenHandle, int32_t DisableAllPrivileges, const TOKEN_PRIVILEGES *NewState, uint32_t BufferLength, _Out_ TOKEN_PRIVILEGES *PreviousState, _Out_ uint32_t *ReturnLength)",
);

// Who may do what: accctrl.h.

export const TRUSTEE_W = structure("TRUSTEE_W", {
  pMultipleTrustee: "void *", //           0x00  null
  MultipleTrusteeOperation: "uint32_t", // 0x08
  TrusteeForm: "uint32_t", //              0x0c  a TRUSTEE_FORM
  TrusteeType: "uint32_t", //              0x10  a TRUSTEE_TYPE
  ptstrName: "void *", //                  0x18  the SID, where that is its form
}); //                                     0x20
export const EXPLICIT_ACCESS_W = structure("EXPLICIT_ACCESS_W", {
  grfAccessPermissions: "uint32_t", // 0x00
  grfAccessMode: "uint32_t", //        0x04  an ACCESS_MODE
  grfInheritance: "uint32_t", //       0x08
  Trustee: TRUSTEE_W, //               0x10
}); //                                 0x30

export const TRUSTEE = { IS_SID: 0, IS_WELL_KNOWN_GROUP: 5 } as const;
export const NO_INHERITANCE = 0;
export const SUB_CONTAINERS_AND_OBJECTS_INHERIT = 3;
export const GRANT_ACCESS = 1;
export const SE_FILE_OBJECT = 1;
/** SECURITY_INFORMATION: parts of a security descriptor. */
export const OWNER_SECURITY_INFORMATION = 0x1;
export const GROUP_SECURITY_INFORMATION = 0x2;
export const DACL_SECURITY_INFORMATION = 0x4;
export const SACL_SECURITY_INFORMATION = 0x8;

/** Pointers into the descriptor, which LocalFree frees; null where one is not wanted. */
export const GetSecurityInfo = advapi32.declare(
  "uint32_t GetSecurityInfo(void *handle, uint32_t ObjectType, uint32_t SecurityInfo, _Out_ void **ppsidOwner, _Out_ void **ppsidGroup, _Out_ void **ppDacl, _Out_ void **ppSacl, _Out_ void **ppSecurityDescriptor)",
);
export const SetSecurityInfo = advapi32.declare(
  "uint32_t SetSecurityInfo(void *handle, uint32_t ObjectType, uint32_t SecurityInfo, const void *psidOwner, const void *psidGroup, const void *pDacl, const void *pSacl)",
);
/** The new list is one for LocalFree. */
export const SetEntriesInAclW = advapi32.declare(
  "uint32_t SetEntriesInAclW(uint32_t cCountOfExplicitEntries, const EXPLICIT_ACCESS_W *pListOfExplicitEntries, const void *OldAcl, _Out_ void **NewAcl)",
);
/** What the next three give is for LocalFree. */
export const ConvertStringSidToSidW = advapi32.declare(
  "int32_t ConvertStringSidToSidW(str16 StringSid, _Out_ void **Sid)",
);
export const ConvertStringSecurityDescriptorToSecurityDescriptorW = advapi32.declare(
  "int32_t ConvertStringSecurityDescriptorToSecurityDescriptorW(str16 StringSecurityDescriptor, uint32_t StringSDRevision, _Out_ void **SecurityDescriptor, _Out_ uint32_t *SecurityDescriptorSize)",
);
export const ConvertSecurityDescriptorToStringSecurityDescriptorW = advapi32.declare(
  "int32_t ConvertSecurityDescriptorToStringSecurityDescriptorW(const void *SecurityDescriptor, uint32_t RequestedStringSDRevision, uint32_t SecurityInformation, _Out_ void **StringSecurityDescriptor, _Out_ uint32_t *StringSecurityDescriptorLen)",
);
export const SDDL_REVISION_1 = 1;

// The registry: winreg.h.

export const HKEY_LOCAL_MACHINE = 0xffff_ffff_8000_0002n;
export const KEY = { READ: 0x20019, WOW64_64KEY: 0x100 } as const;
export const REG = { SZ: 1, EXPAND_SZ: 2, BINARY: 3, DWORD: 4, MULTI_SZ: 7, QWORD: 11 } as const;
export const RRF_RT = { REG_SZ: 0x2, REG_BINARY: 0x8, REG_DWORD: 0x10, ANY: 0xffff } as const;

export const RegOpenKeyExW = advapi32.declare(
  "int32_t RegOpenKeyExW(void *hKey, str16 lpSubKey, uint32_t ulOptions, uint32_t samDesired, _Out_ void **phkResult)",
);
export const RegCloseKey = advapi32.declare("int32_t RegCloseKey(void *hKey)");
/** `lpcbData`, and `pcbData` of RegGetValueW, is bytes, before and after. */
export const RegQueryValueExW = advapi32.declare(
  "int32_t RegQueryValueExW(void *hKey, str16 lpValueName, void *lpReserved, _Out_ uint32_t *lpType, _Out_ void *lpData, _Inout_ uint32_t *lpcbData)",
);
export const RegGetValueW = advapi32.declare(
  "int32_t RegGetValueW(void *hKey, str16 lpSubKey, str16 lpValue, uint32_t dwFlags, _Out_ uint32_t *pdwType, _Out_ void *pvData, _Inout_ uint32_t *pcbData)",
);
