/** Compresses an input, with whatever is quickest here. */
import { closeSync, openSync } from "node:fs";
import { isInstalled, runCommand } from "../command.ts";

/** @returns what did it, for the report */
export async function makeGzip(from: string, to: string): Promise<string> {
  const program = isInstalled("pigz") ? "pigz" : "gzip";
  const file = openSync(to, "w");
  try {
    await runCommand([program, "-6", "-n", "-c", from], file);
  } finally {
    closeSync(file);
  }
  return `${program} -6`;
}
