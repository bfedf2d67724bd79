/**
 * A file that says who owns something, among the processes of one machine.
 *
 * It is made whole under another name and then linked, so whoever sees it sees its owner. An owner that died without
 * releasing it does not hold it for ever: whoever comes next takes it over. Of several that come at once one wins. To replace
 * the lock of a dead owner takes a lock that is named for that one owner; it only stays while the lock is replaced, and if its own
 * owner dies, the same is done again.
 *
 * It must lie on a local filesystem that has hard links. Processes of other containers cannot be seen: an owner there is known
 * to be dead by a lock of the system's on the same file, which it held besides. Where the system was not asked for one, it
 * counts as alive, and a sentence names the file to remove.
 */
import { randomUUID } from "node:crypto";
import { closeSync, linkSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { ErrorCode, ImageError, toImageError } from "./errors.ts";
import { lives, type Owner, readOwner, writeOwner } from "./lock-owner.ts";
import type { LockFile } from "./platform.ts";
import { mayRun, thisProcess } from "./process-identity.ts";
import { makeProcessPipe } from "./process-pipe.ts";
import { againWhileInUse } from "./while-in-use.ts";

export interface LockOptions {
  /** For how long another owner is waited for. Milliseconds; default 0. */
  readonly waitMs?: number;

  /** Ends the waiting, with its reason. */
  readonly signal?: AbortSignal;

  /** The system's own, from a `Platform`. */
  readonly lockFile?: LockFile | undefined;
}

export interface Lock {
  readonly path: string;

  /** May be called twice. */
  release(): void;
}

const POLL_MS = 25;

/** What follows the name of a lock in names that only takers use, for moments. */
const LITTER = /^[0-9a-f]{8}-[0-9a-f-]{27}(\.[0-9a-f-]{36})*(\.new)?$/;

/** While another takes over a dead owner's lock, it is not yet known who will own it. */
const TAKEOVER_MS = 2000;

/**
 * Makes `path`, which exists from then on until the lock is released or taken over after our death.
 *
 * @throws ImageError  FailedPrecondition: a process that lives owns it, and did so for `waitMs`; its id is in the message
 * @throws             the signal's reason
 */
export async function acquireLock(path: string, options: LockOptions = {}): Promise<Lock> {
  const { waitMs = 0, signal, lockFile } = options;
  await makeProcessPipe();
  const start = performance.now();
  for (;;) {
    signal?.throwIfAborted();
    const found = attempt(path, lockFile);
    if ("release" in found) return found;
    const patience = found.replaced ? Math.max(waitMs, TAKEOVER_MS) : waitMs;
    if (performance.now() - start >= patience) throw owned(path, found.owner, waitMs);
    await setTimeout(POLL_MS, undefined, { signal }).catch(() => signal?.throwIfAborted());
  }
}

/** The process that owns `path`, if there is one that lives. @throws ImageError  FailedPrecondition: it is no lock */
export function ownerOf(path: string, lockFile?: LockFile): number | undefined {
  const found = readOwner(path);
  return found !== undefined && lives(path, found, lockFile) ? found.owner.pid : undefined;
}

interface Taken {
  readonly owner: Owner;

  /** The owner is dead, and another is about to replace it. */
  readonly replaced: boolean;
}

function attempt(path: string, lockFile: LockFile | undefined): Lock | Taken {
  try {
    const found = readOwner(path);
    if (found !== undefined && lives(path, found, lockFile)) return { owner: found.owner, replaced: false };
    return take(path, lockFile);
  } catch (error) {
    throw toImageError(path, error);
  }
}

function take(path: string, lockFile: LockFile | undefined): Lock | Taken {
  const us: Owner = { ...thisProcess(), token: randomUUID(), locked: lockFile !== undefined };
  const made = `${path}.${us.token}.new`;
  const file = writeOwner(made, us, lockFile);
  let won = false;
  try {
    for (;;) {
      won = linked(made, path);
      if (won) return lockOf(path, us, file);
      const found = readOwner(path);
      if (found === undefined) continue; // it was released just now
      if (lives(path, found, lockFile)) return { owner: found.owner, replaced: false };
      won = replaceDead(path, found.owner, made, lockFile);
      if (won) return lockOf(path, us, file);
      if (readOwner(path)?.owner.token === found.owner.token) return { owner: found.owner, replaced: true };
    }
  } finally {
    againWhileInUse(() => rmSync(made, { force: true }));
    if (!won) close(file);
  }
}

/** @returns whether `made` stands at `path` now, in place of the lock of `dead` */
function replaceDead(path: string, dead: Owner, made: string, lockFile: LockFile | undefined): boolean {
  const right = attempt(`${path}.${dead.token}`, lockFile); // to remove that owner's lock, and no other's
  if (!("release" in right)) return false;
  try {
    if (readOwner(path)?.owner.token !== dead.token) return false; // another was here before
    againWhileInUse(() => renameSync(made, path));
    return true;
  } finally {
    right.release();
  }
}

/** @param file  the lock's, open: with it goes the lock of the system's, where there is one */
function lockOf(path: string, us: Owner, file: number | undefined): Lock {
  removeLitter(path);
  let held = true;
  return {
    path,
    release() {
      if (!held) return;
      held = false;
      if (readOwner(path)?.owner.token === us.token) againWhileInUse(() => rmSync(path, { force: true }));
      close(file); // last: from here on we count as dead
    },
  };
}

function close(file: number | undefined): void {
  if (file !== undefined) closeSync(file);
}

/**
 * Removes what was left by owners that were killed on their way here. `path` is ours, so nobody needs a right to replace an
 * older owner's lock any more.
 */
function removeLitter(path: string): void {
  const prefix = `${basename(path)}.`;
  for (const name of readdirSync(dirname(path))) {
    if (!name.startsWith(prefix) || !LITTER.test(name.slice(prefix.length))) continue;
    const litter = join(dirname(path), name);
    if (isLitter(litter)) rmSync(litter, { force: true });
  }
}

function isLitter(path: string): boolean {
  try {
    const found = readOwner(path);
    return found !== undefined && !mayRun(found.owner, found.since);
  } catch {
    return Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Infinity) > 60_000; // it was never written whole
  }
}

function linked(from: string, to: string): boolean {
  try {
    againWhileInUse(() => linkSync(from, to));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

function owned(path: string, { pid, pidNamespace }: Owner, waitMs: number): ImageError {
  const still = waitMs > 0 ? `, still after ${waitMs} ms` : "";
  const elsewhere =
    pidNamespace === thisProcess().pidNamespace ? "" : " of another container; remove the file if that is gone";
  const who = pid === process.pid && elsewhere === "" ? `this process (${pid})` : `process ${pid}`;
  return new ImageError(ErrorCode.FailedPrecondition, `${path}: is owned by ${who}${elsewhere}${still}`);
}
