/** ntdll.dll, as wdm.h declares it. Functions return an NTSTATUS. */
import koffi from "koffi";
import { Dll } from "./dll.ts";
import { structure } from "./structure.ts";

/** winnt.h */
export const RTL_OSVERSIONINFOW = structure("RTL_OSVERSIONINFOW", {
  dwOSVersionInfoSize: "uint32_t", //                      0x00  bytes of all, before the call
  dwMajorVersion: "uint32_t", //                           0x04
  dwMinorVersion: "uint32_t", //                           0x08
  dwBuildNumber: "uint32_t", //                            0x0c
  dwPlatformId: "uint32_t", //                             0x10
  szCSDVersion: koffi.array("char16_t", 128, "String"), // 0x14
}); //                                                     0x114

export const ntdll = new Dll("ntdll.dll");

/** The true version, whatever the program's manifest says. */
export const RtlGetVersion = ntdll.declare("int32_t RtlGetVersion(_Inout_ RTL_OSVERSIONINFOW *lpVersionInformation)");
