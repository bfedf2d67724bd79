/**
 * A file that says who owns something, among the processes of one machine.
 *
 * It is made whole under another name and then linked, so whoever sees it sees its owner. An owner that died without
 * releasing it does not hold it for ever: whoever comes next takes it over. Of several that come at once one wins. To replace
 * the lock of a dead owner takes a lock that is named for that one owner; it only stays while the lock is replaced, and if its own
 * owner dies, the same is done again.
 *
 * It must lie on a local filesystem that has hard links. In a container with process ids of its own, owners outside (and
 * of earlier containers) cannot be seen and count as alive; a sentence then names the file to remove.
 */
import { randomUUID } from "node:crypto";
import {
  closeSync,
  fsyncSync,
  linkSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { ErrorCode, ImageError, toImageError } from "./errors.ts";
import { mayRun, type ProcessIdentity, thisProcess } from "./process-identity.ts";

export interface LockOptions {
  /** For how long another owner is waited for. Milliseconds; default 0. */
  readonly waitMs?: number;

  /** Ends the waiting, with its reason. */
  readonly signal?: AbortSignal;
}

export interface Lock {
  readonly path: string;

  /** May be called twice. */
  release(): void;
}

interface Owner extends ProcessIdentity {
  /** No two locks ever have the same. */
  readonly token: string;
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
export async function acquireLock(path: string, { waitMs = 0, signal }: LockOptions = {}): Promise<Lock> {
  const start = performance.now();
  for (;;) {
    signal?.throwIfAborted();
    const found = attempt(path);
    if ("release" in found) return found;
    const patience = found.replaced ? Math.max(waitMs, TAKEOVER_MS) : waitMs;
    if (performance.now() - start >= patience) throw owned(path, found.owner, waitMs);
    await setTimeout(POLL_MS, undefined, { signal }).catch(() => signal?.throwIfAborted());
  }
}

/** The process that owns `path`, if there is one that lives. @throws ImageError  FailedPrecondition: it is no lock */
export function ownerOf(path: string): number | undefined {
  const found = readOwner(path);
  return found !== undefined && mayRun(found.owner, found.since) ? found.owner.pid : undefined;
}

interface Taken {
  readonly owner: Owner;

  /** The owner is dead, and another is about to replace it. */
  readonly replaced: boolean;
}

function attempt(path: string): Lock | Taken {
  try {
    const found = readOwner(path);
    if (found !== undefined && mayRun(found.owner, found.since)) return { owner: found.owner, replaced: false };
    return take(path);
  } catch (error) {
    throw toImageError(path, error);
  }
}

function take(path: string): Lock | Taken {
  const us: Owner = { ...thisProcess(), token: randomUUID() };
  const made = `${path}.${us.token}.new`;
  try {
    writeOwner(made, us);
    for (;;) {
      if (linked(made, path)) return lockOf(path, us);
      const found = readOwner(path);
      if (found === undefined) continue; // it was released just now
      if (mayRun(found.owner, found.since)) return { owner: found.owner, replaced: false };
      if (replaceDead(path, found.owner, made)) return lockOf(path, us);
      if (readOwner(path)?.owner.token === found.owner.token) return { owner: found.owner, replaced: true };
    }
  } finally {
    rmSync(made, { force: true });
  }
}

/** @returns whether `made` stands at `path` now, in place of the lock of `dead` */
function replaceDead(path: string, dead: Owner, made: string): boolean {
  const right = attempt(`${path}.${dead.token}`); // to remove that owner's lock, and no other's
  if (!("release" in right)) return false;
  try {
    if (readOwner(path)?.owner.token !== dead.token) return false; // another was here before
    renameSync(made, path);
    return true;
  } finally {
    right.release();
  }
}

function lockOf(path: string, us: Owner): Lock {
  removeLitter(path);
  let held = true;
  return {
    path,
    release() {
      if (!held) return;
      held = false;
      if (readOwner(path)?.owner.token === us.token) rmSync(path, { force: true });
    },
  };
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

function writeOwner(path: string, owner: Owner): void {
  const file = openSync(path, "wx", 0o600);
  try {
    writeSync(file, JSON.stringify(owner));
    fsyncSync(file); // else a power cut may leave a lock that names nobody
  } finally {
    closeSync(file);
  }
}

function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/** @returns undefined if there is none */
function readOwner(path: string): { owner: Owner; since: number } | undefined {
  try {
    const since = statSync(path).mtimeMs;
    return { owner: parseOwner(path, readFileSync(path, "utf8")), since };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
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

function owned(path: string, { pid, pidNamespace }: Owner, waitMs: number): ImageError {
  const still = waitMs > 0 ? `, still after ${waitMs} ms` : "";
  const elsewhere =
    pidNamespace === thisProcess().pidNamespace ? "" : " of another container; remove the file if that is gone";
  const who = pid === process.pid && elsewhere === "" ? `this process (${pid})` : `process ${pid}`;
  return new ImageError(ErrorCode.FailedPrecondition, `${path}: is owned by ${who}${elsewhere}${still}`);
}
