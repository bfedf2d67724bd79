/** Runs other programs. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";

const running = new Set<ChildProcess>();

/** Little of ours: NODE_OPTIONS would be measured too, and NODE_EXTRA_CA_CERTS alone costs a start of Node 50 ms. */
const ENVIRONMENT = { PATH: process.env.PATH, HOME: process.env.HOME, LC_ALL: "C" };

/**
 * @param stdout  file descriptor that takes its output, or nobody
 * @param name    what an error calls the command
 * @throws Error  with what it said, if it does not exit with 0
 */
export async function runCommand(
  command: readonly string[],
  stdout: number | "ignore" = "ignore",
  name = command.join(" "),
): Promise<void> {
  const [program, ...words] = command;
  // A group of its own, so that killCommands ends a wrapper together with what it wraps.
  const child = spawn(program!, words, { stdio: ["ignore", stdout, "pipe"], env: ENVIRONMENT, detached: true });
  running.add(child);
  let said = "";
  child.stderr!.setEncoding("utf8").on("data", (text: string) => {
    said = (said + text).slice(-4000);
  });
  try {
    await new Promise<void>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code, signal) => {
        if (code === 0) resolve();
        else reject(new Error(`${name}: ended with ${signal ?? code}: ${said.trim() || "said nothing"}`));
      });
    });
  } finally {
    running.delete(child);
  }
}

/** Ends what `runCommand` still runs. */
export function killCommands(): void {
  for (const { pid } of running) {
    try {
      if (pid !== undefined) process.kill(-pid, "SIGKILL");
    } catch {
      // It has just ended by itself.
    }
  }
}

export function isInstalled(program: string): boolean {
  return spawnSync("sh", ["-c", 'command -v "$0"', program], { stdio: "ignore" }).status === 0;
}
