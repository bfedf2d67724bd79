/** What a browser's processes take of the machine's memory, as Linux counts it; no page can say it of itself. */
import { readFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { processesOf } from "./processes.ts";

const SAMPLE_MILLISECONDS = 100;

export interface Peaks {
  /** Of the tab that had most, with its workers: bytes. Pages shared with others are counted by halves, thirds and so on. */
  tab: number;
  /** Of the process that all tabs share, which keeps what they store: bytes. */
  browser: number;
}

/** The most that the browser with this profile has while `work` runs. */
export async function peaksWhile(profile: string, work: () => Promise<void>): Promise<Peaks> {
  const peaks = { tab: 0, browser: 0 };
  let isDone = false;
  const sampling = (async () => {
    do {
      sample(profile, peaks);
      await setTimeout(SAMPLE_MILLISECONDS);
    } while (!isDone);
  })();
  try {
    await work();
  } finally {
    isDone = true;
    await sampling;
  }
  return peaks;
}

function sample(profile: string, peaks: Peaks): void {
  for (const { pid, command } of processesOf(profile)) {
    const bytes = proportionalBytes(pid);
    if (command.includes("--type=renderer")) peaks.tab = Math.max(peaks.tab, bytes);
    else if (!command.includes("--type=")) peaks.browser = Math.max(peaks.browser, bytes);
  }
}

/** proc_pid_smaps(5): Pss, in kB. */
function proportionalBytes(pid: number): number {
  try {
    const [, kilobytes] = /^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "latin1")) ?? [];
    return Number(kilobytes ?? 0) * 1024;
  } catch {
    return 0; // it has ended meanwhile
  }
}
