/**
 * Windows lets nobody rename, replace or remove a file that another process has open, were it to read a few bytes or to look for
 * viruses; and while a removed one is still open, its name is there and cannot be used. So what fails there for that reason is
 * done again. Other systems know nothing of the kind.
 */
import { setTimeout } from "node:timers/promises";

const IN_USE: readonly unknown[] = ["EPERM", "EACCES", "EBUSY", "ENOTEMPTY"];

/** Some 1.3 seconds, then it is no moment any more. */
const TRIES = 50;
const LONGEST_PAUSE_MS = 32;

const cell = new Int32Array(new SharedArrayBuffer(4));

/** @param call  a step with files that leaves nothing half done when it fails */
export function againWhileInUse<T>(call: () => T): T {
  for (let tries = 1; ; tries++) {
    try {
      return call();
    } catch (error) {
      if (!mayPass(error, tries)) throw error;
      Atomics.wait(cell, 0, 0, pauseOf(tries));
    }
  }
}

/** The same, and the event loop goes on. */
export async function laterWhileInUse<T>(call: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await call();
    } catch (error) {
      if (!mayPass(error, tries)) throw error;
      await setTimeout(pauseOf(tries));
    }
  }
}

const mayPass = (error: unknown, tries: number): boolean => isInUse(error) && tries < TRIES;

/** Whether another process may be the reason: on Windows alone. */
export function isInUse(error: unknown): boolean {
  return process.platform === "win32" && IN_USE.includes((error as NodeJS.ErrnoException).code);
}

const pauseOf = (tries: number): number => Math.min(tries, LONGEST_PAUSE_MS);
