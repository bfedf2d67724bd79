/**
 * Windows lets nobody rename, replace or remove a file that another process has open, were it to read a few bytes or to look for
 * viruses; and while a removed one is still open, its name is there and cannot be used. So what fails there for that reason is
 * done again. Other systems know nothing of the kind.
 */
const IN_USE: readonly unknown[] = ["EPERM", "EACCES", "EBUSY"];

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
      const isInUse = process.platform === "win32" && IN_USE.includes((error as NodeJS.ErrnoException).code);
      if (!isInUse || tries === TRIES) throw error;
      Atomics.wait(cell, 0, 0, Math.min(tries, LONGEST_PAUSE_MS));
    }
  }
}
