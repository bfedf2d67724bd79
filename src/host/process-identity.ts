/** Which process a number means: process ids are used again, after a while and after each boot. */
import { readFileSync, readlinkSync } from "node:fs";
import { uptime } from "node:os";
import { hasPipe, processPipe } from "./process-pipe.ts";

export interface ProcessIdentity {
  readonly pid: number;

  /** Clock ticks from boot to its start; on Windows its pipe. "" where the system does not say. */
  readonly started: string;

  /** Names this run of the system; "" where the system does not say. */
  readonly boot: string;

  /** The space that `pid` counts in: a container has its own. "" where there is but one. */
  readonly pidNamespace: string;
}

const IS_WINDOWS = process.platform === "win32";

/** On Windows `makeProcessPipe` comes first: else the id is all there is. */
export function thisProcess(): ProcessIdentity {
  return {
    pid: process.pid,
    started: IS_WINDOWS ? processPipe() : (startOf(process.pid) ?? ""),
    boot: bootId(),
    pidNamespace: pidNamespace(),
  };
}

/**
 * Whether that process may still run. What cannot be told counts as running.
 *
 * @param since  milliseconds of the epoch at which it surely ran
 */
export function mayRun({ pid, started, boot, pidNamespace: namespace }: ProcessIdentity, since: number): boolean {
  if (IS_WINDOWS && started !== "") return hasPipe(pid, started); // whatever the clock says, which was set perhaps
  if (boot === "" ? bootedAfter(since) : boot !== bootId()) return false;
  if (namespace !== pidNamespace()) return true; // we cannot see in there
  if (started !== "") return startOf(pid) === started;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** A minute is left for clocks that are set. */
function bootedAfter(time: number): boolean {
  return Date.now() - uptime() * 1000 > time + 60_000;
}

/** @returns undefined if there is no such process, or only what is left of it */
function startOf(pid: number): string | undefined {
  // The second field is a program's name and may hold blanks and brackets: proc_pid_stat(5).
  const text = read(`/proc/${pid}/stat`);
  const fields = text?.slice(text.lastIndexOf(")") + 2).split(" ");
  return fields === undefined || ["Z", "X"].includes(fields[0]!) ? undefined : fields[19];
}

function bootId(): string {
  return read("/proc/sys/kernel/random/boot_id")?.trim() ?? "";
}

function pidNamespace(): string {
  if (IS_WINDOWS) return "";
  try {
    return readlinkSync("/proc/self/ns/pid");
  } catch {
    return "";
  }
}

function read(path: string): string | undefined {
  if (IS_WINDOWS) return undefined; // any user may make a C:\proc there
  try {
    return readFileSync(path, "latin1");
  } catch {
    return undefined; // not Linux, or no such process
  }
}
