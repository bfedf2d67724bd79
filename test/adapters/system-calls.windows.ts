/** Functions that every Windows has, and Wine too, called as they are declared. Of what Wine only pretends to do, nothing is asked. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { release, tmpdir } from "node:os";
import { join } from "node:path";
import koffi from "koffi";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import * as advapi32 from "../../src/adapters/windows/advapi32-dll.ts";
import { cimWriteCalls } from "../../src/adapters/windows/cimwriter-dll.ts";
import { Dll, systemDirectory } from "../../src/adapters/windows/dll.ts";
import * as kernel32 from "../../src/adapters/windows/kernel32-dll.ts";
import * as ntdll from "../../src/adapters/windows/ntdll-dll.ts";
import { CoTaskMemFree } from "../../src/adapters/windows/ole32-dll.ts";
import { assertWin32, win32Error } from "../../src/adapters/windows/windows-error.ts";
import { ErrorCode, isError } from "../../src/host/errors.ts";
import { ON_WINE } from "../fixtures/on-wine.ts";

const { GENERIC, FILE_SHARE, FILE_FLAG, OPEN_EXISTING, CREATE_NEW, INVALID_HANDLE_VALUE } = kernel32;
const PATH_LENGTH = 1024;

const folder = mkdtempSync(join(tmpdir(), "calls-"));
const file = join(folder, "Grüße 😀.txt");
writeFileSync(file, "hello");

const calls = suite("functions of Windows");
calls.after(() => rmSync(folder, { recursive: true }));

function open(
  path: string,
  access: number = GENERIC.READ,
  share: number = FILE_SHARE.READ,
  how = OPEN_EXISTING,
): bigint {
  return kernel32.CreateFileW(path, access, share, null, how, FILE_FLAG.BACKUP_SEMANTICS, null);
}

/** @throws ImageError  what GetLastError says, if `result` is 0 */
function done(result: number): number {
  if (result === 0) throw win32Error("the call", kernel32.GetLastError());
  return result;
}

/** The text that `call` puts into a buffer. */
function text(call: (buffer: Buffer, length: number) => void): string {
  const buffer = Buffer.alloc(2 * PATH_LENGTH);
  call(buffer, PATH_LENGTH);
  return buffer.toString("utf16le").replace(/\0.*$/s, "");
}

// The first of all: GetLastError is looked for after the call whose error it tells.
calls("GetLastError tells the error of the last call, also when it has not been called before", () => {
  assert.is(open(join(folder, "none")), INVALID_HANDLE_VALUE);
  assert.not(existsSync("a?b")); // Node's own calls set another error
  assert.is(kernel32.GetLastError(), 2);
});

const FAILURES: [why: string, code: number, attempt: () => bigint][] = [
  ["a directory that is not there", 3, () => open(join(folder, "none", "x"))],
  ["a name that no file can have", 123, () => open(join(folder, "a?b"))],
  ["a file that is there and must not be", 80, () => open(file, GENERIC.WRITE, FILE_SHARE.READ, CREATE_NEW)],
];
for (const [why, code, attempt] of FAILURES) {
  calls(`CreateFileW fails on ${why}`, () => {
    assert.is(attempt(), INVALID_HANDLE_VALUE);
    assert.is(kernel32.GetLastError(), code);
  });
}

calls("CreateFileW opens for one, and another must wait until it is closed", () => {
  const handle = open(file, GENERIC.WRITE, 0);
  assert.is.not(handle, INVALID_HANDLE_VALUE);
  assert.is(open(file), INVALID_HANDLE_VALUE);
  assert.is(kernel32.GetLastError(), 32);
  done(kernel32.CloseHandle(handle));
  const second = open(file);
  assert.is.not(second, INVALID_HANDLE_VALUE);
  done(kernel32.CloseHandle(second));
});

calls("a handle that was closed is none", () => {
  const handle = open(file);
  done(kernel32.CloseHandle(handle));
  assert.is(kernel32.CloseHandle(handle), 0);
  assert.is(kernel32.GetLastError(), 6);
});

calls("GetFinalPathNameByHandleW gives the path of an open directory, in any script", () => {
  const directory = join(folder, "Ordner 😀");
  mkdirSync(directory);
  const handle = open(directory);
  const path = text((buffer, length) => done(kernel32.GetFinalPathNameByHandleW(handle, buffer, length, 0)));
  done(kernel32.CloseHandle(handle));
  writeFileSync(join(path, "inside"), "found");
  assert.is(readFileSync(join(directory, "inside"), "utf8"), "found");
});

calls("DeviceIoControl says that a file is no reparse point", () => {
  const FSCTL_GET_REPARSE_POINT = 0x000900a8;
  const handle = open(file);
  const [answer, length] = [Buffer.alloc(16384), [0]];
  const result = kernel32.DeviceIoControl(
    handle,
    FSCTL_GET_REPARSE_POINT,
    null,
    0,
    answer,
    answer.length,
    length,
    null,
  );
  assert.is(result, 0);
  assert.is(kernel32.GetLastError(), 4390);
  done(kernel32.CloseHandle(handle));
});

calls("GetVolumeInformationW says NTFS of the volume that GetVolumePathNameW finds", () => {
  const root = text((buffer, length) => done(kernel32.GetVolumePathNameW(file, buffer, length)));
  assert.match(root, /\\$/);
  const [serial, longest, flags] = [[0], [0], [0]];
  const name = text((buffer, length) =>
    done(kernel32.GetVolumeInformationW(root, null, 0, serial, longest, flags, buffer, length)),
  );
  assert.is(name, "NTFS");
  assert.is(longest[0], 255);
});

calls("GetVolumeInformationW fails where there is no volume", () => {
  assert.is(kernel32.GetVolumeInformationW("B:\\", null, 0, null, null, null, null, 0), 0);
  assert.is(kernel32.GetLastError(), 3);
});

calls("GetVolumeNameForVolumeMountPointW names the volume of drive C", () => {
  const name = text((buffer, length) => done(kernel32.GetVolumeNameForVolumeMountPointW("C:\\", buffer, length)));
  assert.match(name, /^\\\\\?\\Volume\{[0-9a-f-]{36}\}\\$/i);
});

/** What RtlGetVersion gives. */
function version() {
  const found = { dwOSVersionInfoSize: koffi.sizeof(ntdll.RTL_OSVERSIONINFOW) } as Record<string, number>;
  assert.is(ntdll.RtlGetVersion(found), 0);
  return found;
}

calls("RtlGetVersion gives the version that Node knows", () => {
  const { dwMajorVersion, dwMinorVersion, dwBuildNumber } = version();
  assert.is(`${dwMajorVersion}.${dwMinorVersion}.${dwBuildNumber}`, release());
});

const VERSION_KEY = "SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion";

calls("RegGetValueW gives the build as text", () => {
  const [type, length, data] = [[0], [64], Buffer.alloc(64)];
  assertWin32(
    "the build",
    advapi32.RegGetValueW(
      ...[advapi32.HKEY_LOCAL_MACHINE, VERSION_KEY, "CurrentBuildNumber", advapi32.RRF_RT.REG_SZ],
      ...[type, data, length],
    ),
  );
  assert.is(type[0], advapi32.REG.SZ);
  assert.is(data.toString("utf16le", 0, length[0]! - 2), String(version().dwBuildNumber));
});

/** @returns a Win32 code, and the number that is there */
function registryNumber(name: string): [code: number, value: number] {
  const [type, length, data] = [[0], [4], Buffer.alloc(4)];
  const code = advapi32.RegGetValueW(
    ...[advapi32.HKEY_LOCAL_MACHINE, VERSION_KEY, name, advapi32.RRF_RT.REG_DWORD, type, data, length],
  );
  if (code === 0) assert.equal([type[0], length[0]], [advapi32.REG.DWORD, 4]);
  return [code, data.readUInt32LE()];
}

calls("RegGetValueW gives numbers: the major version, and on Windows the update's", () => {
  assert.equal(registryNumber("CurrentMajorVersionNumber"), [0, version().dwMajorVersion!]);
  const [code, update] = registryNumber("UBR");
  if (ON_WINE) assert.ok([0, 2].includes(code), `${code}`);
  else assert.ok(code === 0 && update > 0, `${code}, ${update}`);
});

calls("RegQueryValueExW tells of a value that is not there, and of a key that is", () => {
  const key: bigint[] = [0n];
  assertWin32("the key", advapi32.RegOpenKeyExW(advapi32.HKEY_LOCAL_MACHINE, VERSION_KEY, 0, advapi32.KEY.READ, key));
  const [type, length] = [[0], [0]];
  assert.is(advapi32.RegQueryValueExW(key[0], "CurrentBuildNumber", null, type, null, length), 0);
  assert.equal([type[0], length[0]], [advapi32.REG.SZ, 2 * (String(version().dwBuildNumber).length + 1)]);
  assert.is(advapi32.RegQueryValueExW(key[0], "no such value", null, null, null, null), 2);
  assertWin32("close", advapi32.RegCloseKey(key[0]));
});

/** The token of this process, for as long as `work` needs it. */
function withToken<T>(work: (token: bigint) => T): T {
  const token: bigint[] = [0n];
  const access = advapi32.TOKEN.ADJUST_PRIVILEGES | advapi32.TOKEN.QUERY;
  done(advapi32.OpenProcessToken(kernel32.GetCurrentProcess(), access, token));
  try {
    return work(token[0]!);
  } finally {
    done(kernel32.CloseHandle(token[0]));
  }
}

/** @returns what GetLastError says after success */
function adjust(token: bigint, Luid: object, Attributes: number, previous: object | null = null): number {
  const size = previous === null ? 0 : koffi.sizeof(advapi32.TOKEN_PRIVILEGES);
  const state = { PrivilegeCount: 1, Privileges: [{ Luid, Attributes }] };
  done(advapi32.AdjustTokenPrivileges(token, 0, state, size, previous, [0]));
  return kernel32.GetLastError();
}

const PRIVILEGES = [
  advapi32.SE_BACKUP_NAME,
  advapi32.SE_RESTORE_NAME,
  advapi32.SE_SECURITY_NAME,
  advapi32.SE_MANAGE_VOLUME_NAME,
];
for (const name of PRIVILEGES) {
  calls(`AdjustTokenPrivileges gives an administrator ${name}, and takes it`, () => {
    const luid = {};
    done(advapi32.LookupPrivilegeValueW(null, name, luid));
    const before = {};
    withToken((token) => {
      assert.is(adjust(token, luid, advapi32.SE_PRIVILEGE.ENABLED), 0);
      assert.is(adjust(token, luid, 0, before), 0);
    });
    const { PrivilegeCount, Privileges } = before as {
      PrivilegeCount: number;
      Privileges: { Luid: object; Attributes: number }[];
    };
    assert.is(PrivilegeCount, 1);
    assert.equal(Privileges[0]!.Luid, luid);
    assert.ok(Privileges[0]!.Attributes & advapi32.SE_PRIVILEGE.ENABLED, "it was given");
  });
}

calls("AdjustTokenPrivileges says so where there is no such privilege", () => {
  assert.is(
    withToken((token) => adjust(token, { LowPart: 4711, HighPart: 0 }, advapi32.SE_PRIVILEGE.ENABLED)),
    1300,
  );
  assert.is(advapi32.LookupPrivilegeValueW(null, "SeNoSuchPrivilege", {}), 0);
  assert.is(kernel32.GetLastError(), 1313);
});

const VIRTUAL_MACHINES = "S-1-5-83-0";
/** [MS-DTYP] 2.4.2.2: revision 1, two parts, authority 5, 83 and 0. */
const VIRTUAL_MACHINES_SID = "01020000000000055300000000000000";

/** `work` is given the SID of the group of virtual machines, and what it allocates goes. */
async function withSid(work: (sid: bigint) => Promise<void>): Promise<void> {
  const sid: bigint[] = [0n];
  done(advapi32.ConvertStringSidToSidW(VIRTUAL_MACHINES, sid));
  await work(sid[0]!);
  assert.is(kernel32.LocalFree(sid[0]), null);
}

const bytesAt = (pointer: bigint, length: number) =>
  Buffer.from(koffi.decode(pointer, koffi.array("uint8_t", length, "Typed"))).toString("hex");

function grant(sid: bigint) {
  return {
    grfAccessPermissions: GENERIC.READ,
    grfAccessMode: advapi32.GRANT_ACCESS,
    grfInheritance: advapi32.SUB_CONTAINERS_AND_OBJECTS_INHERIT,
    Trustee: {
      TrusteeForm: advapi32.TRUSTEE.IS_SID,
      TrusteeType: advapi32.TRUSTEE.IS_WELL_KNOWN_GROUP,
      ptstrName: sid,
    },
  };
}

calls("SetEntriesInAclW puts a grant for virtual machines into a list, also on another thread", async () => {
  await withSid(async (sid) => {
    assert.is(bytesAt(sid, 16), VIRTUAL_MACHINES_SID);
    const list: bigint[] = [0n];
    assertWin32("the list", await advapi32.SetEntriesInAclW.onThread(1, [grant(sid)], null, list));
    // [MS-DTYP] 2.4.5 and 2.4.4.2: revision 2, 32 bytes, one entry; allowed, inherited by both, 24 bytes, GENERIC_READ.
    assert.is(bytesAt(list[0]!, 32), `02002000010000000003180000000080${VIRTUAL_MACHINES_SID}`);
    assert.is(kernel32.LocalFree(list[0]), null);
  });
});

calls("SetEntriesInAclW takes several entries, and leaves what was there", async () => {
  await withSid(async (sid) => {
    const [first, both]: [bigint[], bigint[]] = [[0n], [0n]];
    const everyone: bigint[] = [0n];
    done(advapi32.ConvertStringSidToSidW("S-1-1-0", everyone));
    assertWin32("the list", advapi32.SetEntriesInAclW(1, [grant(everyone[0]!)], null, first));
    assertWin32("the longer list", advapi32.SetEntriesInAclW(1, [grant(sid)], first[0], both));
    assert.is(koffi.decode(both[0]!, 4, "uint16_t"), 2);
    for (const each of [everyone, first, both]) kernel32.LocalFree(each[0]);
  });
});

calls("GetSecurityInfo gives the list of a file, and SetSecurityInfo takes it back", () => {
  const handle = open(file, kernel32.READ_CONTROL | kernel32.WRITE_DAC, FILE_SHARE.READ | FILE_SHARE.WRITE);
  const [list, descriptor]: [bigint[], bigint[]] = [[0n], [0n]];
  const { SE_FILE_OBJECT, DACL_SECURITY_INFORMATION } = advapi32;
  assertWin32(
    "the list",
    advapi32.GetSecurityInfo(
      ...[handle, SE_FILE_OBJECT, DACL_SECURITY_INFORMATION, null, null, list, null, descriptor],
    ),
  );
  assert.ok(list[0]! > descriptor[0]!, "the list is a part of the descriptor");
  assertWin32(
    "the same list",
    advapi32.SetSecurityInfo(handle, SE_FILE_OBJECT, DACL_SECURITY_INFORMATION, null, null, list[0], null),
  );
  assert.is(kernel32.LocalFree(descriptor[0]), null);
  done(kernel32.CloseHandle(handle));
});

calls("a security descriptor goes into text and back", () => {
  const SDDL = "O:BAG:SYD:P(A;OICI;FA;;;BA)(A;;FR;;;S-1-5-83-0)";
  const { SDDL_REVISION_1, OWNER_SECURITY_INFORMATION, GROUP_SECURITY_INFORMATION, DACL_SECURITY_INFORMATION } =
    advapi32;
  const parts = OWNER_SECURITY_INFORMATION | GROUP_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION;
  const [descriptor, size]: [bigint[], number[]] = [[0n], [0]];
  done(advapi32.ConvertStringSecurityDescriptorToSecurityDescriptorW(SDDL, SDDL_REVISION_1, descriptor, size));
  const [found, length]: [bigint[], number[]] = [[0n], [0]];
  done(
    advapi32.ConvertSecurityDescriptorToStringSecurityDescriptorW(
      ...[descriptor[0], SDDL_REVISION_1, parts, found, length],
    ),
  );
  assert.is(koffi.decode(found[0]!, "char16_t", -1), SDDL);
  for (const each of [descriptor, found]) assert.is(kernel32.LocalFree(each[0]), null);
  CoTaskMemFree(null);
});

calls("a DLL that Windows lacks is Unavailable", () => {
  const none = new Dll("layerkiln-none.dll");
  assert.not(none.isThere());
  assert.throws(
    none.declare("int32_t Nothing()"),
    (error: unknown) => isError(error, ErrorCode.Unavailable) && /^layerkiln-none\.dll: /.test(error.message),
  );
});

calls("a function that a DLL lacks is Unavailable, and the others are there", () => {
  const none = kernel32.kernel32.declare("int32_t NoSuchFunction()");
  assert.not(none.isThere());
  assert.throws(
    none,
    (error: unknown) => isError(error, ErrorCode.Unavailable) && /NoSuchFunction/.test(error.message),
  );
  assert.ok(kernel32.CloseHandle.isThere());
});

calls("what writes CIMs is looked for, and its absence said", () => {
  const { CimCommitImage } = cimWriteCalls();
  if (CimCommitImage.isThere()) return;
  assert.throws(CimCommitImage, (error: unknown) => isError(error, ErrorCode.Unavailable));
  assert.match(systemDirectory(), /^[A-Z]:\\Windows\\System32$/i);
});

calls.run();
