/** A file of tests, run by uvu in a process of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { type Counts, readReport } from "./report.ts";

export interface FileRun {
  /** Its path below the folder of tests, with slashes. */
  name: string;
  counts: Counts;
  /** Why the run counts as failed whatever passed, or nothing: it crashed, hung, or had no test in it. */
  fault: string | undefined;
  /** What it printed; without uvu's summary unless there is a fault. */
  printed: string;
  seconds: number;
}

export interface FileOptions {
  /** The folder of tests. */
  folder: string;
  /** What a file has before it is ended, with all that it started. */
  longestSeconds: number;
  isColoured: boolean;
}

const ONE_FILE = fileURLToPath(new URL("one-file.js", import.meta.url));

/** Processes of files that are running. */
const running = new Set<ChildProcess>();

/** @param file  compiled, its path */
export function runFile(file: string, options: FileOptions): Promise<FileRun> {
  const name = relative(options.folder, file).replaceAll(sep, "/");
  const env = options.isColoured ? { ...process.env, FORCE_COLOR: "1" } : process.env;
  const start = performance.now();
  return new Promise((resolve) => {
    // A group of its own, so that what it started ends with it. Windows has no such groups, and would open a window.
    const child = spawn(process.execPath, [ONE_FILE, file], {
      detached: hasGroups,
      env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    running.add(child);
    const pieces: Buffer[] = [];
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (piece: Buffer) => pieces.push(piece));
    let fault: string | undefined;
    const timer = setTimeout(() => {
      fault = `did not end within ${options.longestSeconds} s`;
      end(child);
    }, options.longestSeconds * 1000);
    child.on("error", (error) => {
      fault = error.message;
    });
    child.on("close", (status, signal) => {
      clearTimeout(timer);
      running.delete(child);
      const all = Buffer.concat(pieces).toString();
      const { before, counts } = readReport(all);
      const seconds = (performance.now() - start) / 1000;
      fault ??= faultOf(counts, status ?? signal);
      const printed = fault === undefined ? before : all; // what went wrong behind the summary is said there
      resolve({ name, counts: counts ?? { total: 0, passed: 0, skipped: 0 }, fault, printed, seconds });
    });
  });
}

function faultOf(counts: Counts | undefined, end: number | string | null): string | undefined {
  if (counts === undefined) return `broke off: it ended with ${end}`;
  if (counts.total + counts.skipped === 0) return "has no tests";
  const expected = counts.passed === counts.total ? 0 : 1;
  return end === expected ? undefined : `ended with ${end} after ${counts.passed} of ${counts.total} tests passed`;
}

const hasGroups = process.platform !== "win32";

function end(child: ChildProcess): void {
  try {
    if (hasGroups && child.pid) process.kill(-child.pid, "SIGKILL");
    else child.kill("SIGKILL");
  } catch {
    // it has ended meanwhile
  }
}

/** Ends all files that are running. */
export function endAll(): void {
  for (const child of running) end(child);
}
