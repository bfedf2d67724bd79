/** A browser's processes, as Linux knows them. Elsewhere there are none to be found. */
import { existsSync, readdirSync, readFileSync } from "node:fs";

interface Process {
  pid: number;
  parent: number;
  command: string;
}

/** Of the browser whose profile is at `profile`, with all that it has started. */
export function processesOf(profile: string): Process[] {
  const all = allProcesses();
  const isFirst = ({ command }: Process) =>
    command.includes(`--user-data-dir=${profile}`) && !command.includes("--type=");
  const found = all.filter(isFirst);
  for (const { pid } of found) found.push(...all.filter((other) => other.parent === pid && !found.includes(other)));
  return found;
}

/** Ends them where they are. */
export function killProcesses(profile: string): void {
  for (const { pid } of processesOf(profile)) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It has ended by itself.
    }
  }
}

function allProcesses(): Process[] {
  if (!existsSync("/proc/self/stat")) return [];
  return readdirSync("/proc").flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    const stat = read(`/proc/${name}/stat`);
    const command = read(`/proc/${name}/cmdline`);
    // The name, in parentheses, may hold anything; after it stand the state and the parent.
    const parent = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
    return command === "" ? [] : [{ pid: Number(name), parent, command: command.replaceAll("\0", " ") }];
  });
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return ""; // it has ended meanwhile
  }
}
