/** Compresses an input. */
import { closeSync, openSync } from "node:fs";
import { isInstalled, runCommand } from "../command.ts";

/** With whatever is quickest here. @returns what did it, for the report */
export async function makeGzip(from: string, to: string): Promise<string> {
  const program = isInstalled("pigz") ? "pigz" : "gzip";
  await writeOutput([program, "-6", "-n", "-c", from], to);
  return `${program} -6`;
}

/** By `zstd -3`, which must be installed. */
export async function makeZstd(from: string, to: string): Promise<void> {
  await writeOutput(["zstd", "-q", "-3", "-c", from], to);
}

async function writeOutput(command: readonly string[], to: string): Promise<void> {
  const file = openSync(to, "w");
  try {
    await runCommand(command, file);
  } finally {
    closeSync(file);
  }
}
