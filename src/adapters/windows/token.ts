/** What this process may do, as its token says. Source: Microsoft, winnt.h, "TOKEN_INFORMATION_CLASS". */
import { GetTokenInformation, LookupPrivilegeValueW, OpenProcessToken, TOKEN } from "./advapi32-dll.ts";
import type { Handle } from "./file-handle.ts";
import { CloseHandle, GetCurrentProcess } from "./kernel32-dll.ts";
import { assertDone } from "./last-error.ts";

const TOKEN_PRIVILEGES_CLASS = 3;
const TOKEN_ELEVATION_CLASS = 20;

/** More than the some forty privileges that there are take: a count, and 12 bytes for each. */
const ROOM = 4096;
const PRIVILEGE_SIZE = 12;

/** Whether it runs as administrator. */
export function isElevated(): boolean {
  return readToken(TOKEN_ELEVATION_CLASS).readUInt32LE(0) !== 0;
}

/** Which of these it has, on or off. */
export function privilegesAmong(names: readonly string[]): string[] {
  const had = readToken(TOKEN_PRIVILEGES_CLASS);
  const known = new Set<string>();
  for (let index = 0; index < had.readUInt32LE(0); index++) {
    known.add(had.toString("hex", 4 + index * PRIVILEGE_SIZE, 4 + index * PRIVILEGE_SIZE + 8));
  }
  return names.filter((name) => known.has(luidOf(name)));
}

/** Its bytes in hexadecimal; "": Windows has no privilege of that name. */
function luidOf(name: string): string {
  const luid = {} as { LowPart: number; HighPart: number };
  if (LookupPrivilegeValueW(null, name, luid) === 0) return "";
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32LE(luid.LowPart, 0);
  bytes.writeInt32LE(luid.HighPart, 4);
  return bytes.toString("hex");
}

function readToken(what: number): Buffer {
  const subject = "token of this process";
  return withToken(subject, TOKEN.QUERY, (token) => {
    const room = Buffer.alloc(ROOM);
    assertDone(subject, GetTokenInformation(token, what, room, room.length, [0]));
    return room;
  });
}

/** Does `work` with this process's token open. @param access  of TOKEN */
export function withToken<T>(subject: string, access: number, work: (token: Handle) => T): T {
  const token: Handle[] = [null];
  assertDone(subject, OpenProcessToken(GetCurrentProcess(), access, token));
  try {
    return work(token[0]);
  } finally {
    CloseHandle(token[0]);
  }
}
