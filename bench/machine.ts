/** Where a run took place. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { cpus, release, totalmem, type } from "node:os";

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  /** GiB. */
  readonly memory: number;
  readonly kernel: string;
  readonly node: string;
  readonly layerkiln: string;
}

export function describeMachine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: cpus().length,
    memory: Math.round(totalmem() / 1024 ** 3),
    kernel: `${type()} ${release()}`,
    node: process.version,
    layerkiln: readVersion(),
  };
}

/** The package's version, and the commit where git knows it. */
function readVersion(): string {
  const root = new URL("../../", import.meta.url);
  const { version } = JSON.parse(readFileSync(new URL("package.json", root), "utf8"));
  try {
    const commit = execFileSync("git", ["describe", "--always", "--dirty"], {
      cwd: root,
      stdio: "pipe",
      encoding: "utf8",
    });
    return `${version} (${commit.trim()})`;
  } catch {
    return version;
  }
}
