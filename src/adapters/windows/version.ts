/** Which Windows this is, whatever a program's manifest makes other calls say. */
import { HKEY_LOCAL_MACHINE, RegGetValueW, RRF_RT } from "./advapi32-dll.ts";
import type { Build } from "./gates.ts";
import { RTL_OSVERSIONINFOW, RtlGetVersion } from "./ntdll-dll.ts";

export interface WindowsVersion extends Build {
  /** 10, of Windows 11 and of every Server since 2016 too. */
  readonly major: number;
  readonly minor: number;
}

export function windowsVersion(): WindowsVersion {
  const version = { dwOSVersionInfoSize: RTL_OSVERSIONINFOW.size, szCSDVersion: "" };
  RtlGetVersion(version); // it has no way to fail
  const { dwMajorVersion, dwMinorVersion, dwBuildNumber } = version as unknown as Record<string, number>;
  return { major: dwMajorVersion!, minor: dwMinorVersion!, build: dwBuildNumber!, revision: updateRevision() };
}

/** UBR, which counts the monthly updates; 0 where there is none. */
function updateRevision(): number {
  const value = Buffer.alloc(4);
  const key = "SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion";
  const failed = RegGetValueW(HKEY_LOCAL_MACHINE, key, "UBR", RRF_RT.REG_DWORD, null, value, [value.length]);
  return failed === 0 ? value.readUInt32LE() : 0;
}
