/** What one run of a program costs. Node cannot ask the system for that, so another program must run it for us. */
import { readFileSync } from "node:fs";
import { isInstalled, runCommand } from "./command.ts";

export interface Cost {
  /** User and system time of the process and of the children it waited for. Seconds. */
  readonly cpu: number;
  /** The most memory that one of them had resident. Bytes. */
  readonly peak: number;
}

export interface Meter {
  /** For the report. */
  readonly name: string;
  /** @throws Error  if the command fails */
  measure(command: readonly string[]): Promise<Cost>;
}

/** Writes user and system seconds and KiB to the file that is its first argument; runs the rest. */
const WAIT4 = `
import os, sys
pid = os.fork()
if pid == 0:
    try:
        os.execvp(sys.argv[2], sys.argv[2:])
    except OSError as error:
        os.write(2, str(error).encode())
    os._exit(127)
status, usage = os.wait4(pid, 0)[1:]
with open(sys.argv[1], "w") as report:
    print(usage.ru_utime, usage.ru_stime, usage.ru_maxrss, file=report)
sys.exit(os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status))
`;

/**
 * Takes what this machine has: wait4 by way of Python counts microseconds, GNU time hundredths of a second.
 *
 * @param report  a file to write into, and overwrite
 * @throws Error  if it has neither
 */
export function chooseMeter(report: string): Meter {
  if (isInstalled("python3")) return meter("wait4", ["python3", "-I", "-S", "-c", WAIT4, report], report);
  if (isInstalled("/usr/bin/time")) {
    return meter("GNU time", ["/usr/bin/time", "-q", "-f", "%U %S %M", "-o", report], report);
  }
  throw new Error("needs python3 or GNU time (Debian packages python3, time) to measure programs");
}

function meter(name: string, wrapper: readonly string[], report: string): Meter {
  return {
    name,
    async measure(command) {
      await runCommand([...wrapper, ...command], "ignore", command.join(" "));
      const [user, system, peak] = readFileSync(report, "utf8").trim().split(" ").map(Number);
      return { cpu: user! + system!, peak: peak! * 1024 };
    },
  };
}
