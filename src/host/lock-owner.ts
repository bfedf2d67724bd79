/** What stands in a lock file, and whether its owner lives. */
import { closeSync, fsyncSync, openSync, readFileSync, rmSync, statSync, writeSync } from "node:fs";
import { ErrorCode, ImageError } from "./errors.ts";
import type { LockFile } from "./platform.ts";
import { mayRun, type ProcessIdentity } from "./process-identity.ts";
import { againWhileInUse } from "./while-in-use.ts";

export interface Owner extends ProcessIdentity {
  /** No two locks ever have the same. */
  readonly token: string;

  /** It has a lock of the system's on this file, for as long as it lives. */
  readonly locked?: boolean;
}

export interface Found {
  readonly owner: Owner;

  /** Milliseconds of the epoch at which it surely ran. */
  readonly since: number;
}

/**
 * Writes a file that is not there yet.
 *
 * @returns it, open and locked, if the system has locks; else nothing needs it open, and Windows could not remove it so
 */
export function writeOwner(path: string, owner: Owner, lockFile: LockFile | undefined): number | undefined {
  const file = openSync(path, "wx", 0o600);
  try {
    lockFile?.(file, false); // nobody else knows of it yet
    writeSync(file, JSON.stringify(owner));
    fsyncSync(file); // else a power cut may leave a lock that names nobody
  } catch (error) {
    closeSync(file);
    rmSync(path, { force: true });
    throw error;
  }
  if (lockFile !== undefined) return file;
  closeSync(file);
  return undefined;
}

/** @returns undefined if there is none @throws ImageError  FailedPrecondition: it is no lock */
export function readOwner(path: string): Found | undefined {
  try {
    const [since, text] = againWhileInUse(() => [statSync(path).mtimeMs, readFileSync(path, "utf8")] as const);
    return { owner: parseOwner(path, text), since };
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Whether who owns `path` is alive, or cannot be told to be dead. */
export function lives(path: string, { owner, since }: Found, lockFile: LockFile | undefined): boolean {
  if (!mayRun(owner, since)) return false;
  return !(owner.locked && lockFile !== undefined && isFree(path, owner, lockFile));
}

/** Whether the lock of the system's that `owner` had on `path` is gone. */
function isFree(path: string, { token }: Owner, lockFile: LockFile): boolean {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch (error) {
    if (isMissing(error)) return false; // released just now, and perhaps taken again
    throw error;
  }
  try {
    // Shared, as others may be looking too. It may be a later owner's file by now.
    return lockFile(file, true) && parseOwner(path, readFileSync(file, "utf8")).token === token;
  } finally {
    closeSync(file);
  }
}

function parseOwner(path: string, text: string): Owner {
  try {
    const owner = JSON.parse(text);
    const words = [owner.started, owner.boot, owner.pidNamespace, owner.token];
    if (Number.isSafeInteger(owner.pid) && owner.pid > 0 && words.every((word) => typeof word === "string"))
      return owner;
  } catch {}
  throw new ImageError(
    ErrorCode.FailedPrecondition,
    `${path}: is no lock that we know; remove it if nothing uses what it is for`,
  );
}

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === "ENOENT";
