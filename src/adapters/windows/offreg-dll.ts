/** offreg.dll, as offreg.h declares it: hives that no registry has loaded. Functions return a Win32 code. */
import { Dll } from "./dll.ts";

export const offreg = new Dll("offreg.dll");

export const ORCreateHive = offreg.declare("uint32_t ORCreateHive(_Out_ void **phkResult)");
export const OROpenHive = offreg.declare("uint32_t OROpenHive(str16 lpHivePath, _Out_ void **phkResult)");
/** The base first, then what changes it, in order. */
export const ORMergeHives = offreg.declare(
  "uint32_t ORMergeHives(void **phkHives, uint32_t dwHives, _Out_ void **phkResult)",
);
/** To a file that is not there yet. The version is Windows's, such as 6 and 1. */
export const ORSaveHive = offreg.declare(
  "uint32_t ORSaveHive(void *hkHive, str16 lpHivePath, uint32_t dwOsMajorVersion, uint32_t dwOsMinorVersion)",
);
export const ORCloseHive = offreg.declare("uint32_t ORCloseHive(void *hkHive)");

export const OROpenKey = offreg.declare("uint32_t OROpenKey(void *hkKey, str16 lpSubKeyName, _Out_ void **phkResult)");
export const ORCreateKey = offreg.declare(
  "uint32_t ORCreateKey(void *hkKey, str16 lpSubKey, str16 lpClass, uint32_t dwOptions, const void *lpSecurityDescriptor, _Out_ void **phkResult, _Out_ uint32_t *pdwDisposition)",
);
export const ORCloseKey = offreg.declare("uint32_t ORCloseKey(void *hkKey)");
export const ORDeleteKey = offreg.declare("uint32_t ORDeleteKey(void *hkKey, str16 lpSubKey)");

/** `pcbData` is bytes; `lpSubKey` may be null. */
export const ORGetValue = offreg.declare(
  "uint32_t ORGetValue(void *hkKey, str16 lpSubKey, str16 lpValue, _Out_ uint32_t *pdwType, _Out_ void *pvData, _Inout_ uint32_t *pcbData)",
);
export const ORSetValue = offreg.declare(
  "uint32_t ORSetValue(void *hkKey, str16 lpValueName, uint32_t dwType, const void *lpData, uint32_t cbData)",
);
