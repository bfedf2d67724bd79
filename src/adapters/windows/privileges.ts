/**
 * Privileges: an administrator's process has them, but switched off. They are on while a call needs them, and then as they were
 * before.
 *
 * Source: Microsoft, "Enabling and Disabling Privileges in C++".
 */
import { ErrorCode, ImageError } from "../../host/errors.ts";
import { AdjustTokenPrivileges, LookupPrivilegeValueW, SE_PRIVILEGE, TOKEN, TOKEN_PRIVILEGES } from "./advapi32-dll.ts";
import type { Handle } from "./file-handle.ts";
import { GetLastError } from "./kernel32-dll.ts";
import { assertDone } from "./last-error.ts";
import { withToken } from "./token.ts";

const ERROR_NOT_ALL_ASSIGNED = 1300;

/** They are the process's: of calls at the same time the first switches one on, the last one off. */
const users = new Map<string, { count: number; restore: () => void }>();

/**
 * @param names  such as SE_BACKUP_NAME
 * @throws ImageError  PermissionDenied: this process has none of that name
 */
export async function withPrivileges<T>(names: readonly string[], work: () => Promise<T>): Promise<T> {
  const enabled: string[] = [];
  try {
    for (const name of names) {
      enable(name);
      enabled.push(name);
    }
    return await work();
  } finally {
    for (const name of enabled.reverse()) release(name);
  }
}

function enable(name: string): void {
  const known = users.get(name);
  if (known !== undefined) known.count++;
  else users.set(name, { count: 1, restore: switchOn(name) });
}

function release(name: string): void {
  const known = users.get(name)!;
  known.count--;
  if (known.count > 0) return;
  users.delete(name);
  known.restore();
}

interface Luid {
  readonly LowPart: number;
  readonly HighPart: number;
}

/** @returns what makes it as it was */
function switchOn(name: string): () => void {
  return adjusting(name, (token) => {
    const luid = {} as Luid;
    assertDone(`privilege ${name}`, LookupPrivilegeValueW(null, name, luid));
    const was = adjust(name, token, luid, SE_PRIVILEGE.ENABLED);
    return was === undefined ? () => {} : () => adjusting(name, (again) => void adjust(name, again, luid, was));
  });
}

/** @returns the attributes that it had; undefined if they were these */
function adjust(name: string, token: Handle, luid: Luid, attributes: number): number | undefined {
  const previous = {} as { PrivilegeCount: number; Privileges: { Attributes: number }[] };
  const wanted = { PrivilegeCount: 1, Privileges: [{ Luid: luid, Attributes: attributes }] };
  const done = AdjustTokenPrivileges(token, 0, wanted, TOKEN_PRIVILEGES.size, previous, [0]);
  const error = GetLastError(); // also where it is done
  assertDone(`privilege ${name}`, done);
  if (error === ERROR_NOT_ALL_ASSIGNED) {
    throw new ImageError(
      ErrorCode.PermissionDenied,
      `privilege ${name}: this process has it not; run as administrator`,
    );
  }
  return previous.PrivilegeCount === 0 ? undefined : previous.Privileges[0]!.Attributes;
}

const adjusting = <T>(name: string, work: (token: Handle) => T): T =>
  withToken(`privilege ${name}`, TOKEN.ADJUST_PRIVILEGES | TOKEN.QUERY, work);
