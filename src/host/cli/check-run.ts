/** `layerkiln check`: what it does. */
import { CimProblem } from "../../../assembly/abi.ts";
import type { CheckResult, Finding } from "../image/check.ts";
import { checkImage } from "../image/check-image.ts";
import { decodeName, printable } from "../image/name.ts";
import type { CheckFlags } from "./check.ts";
import type { Context } from "./context.ts";
import { tuneEngine } from "./engine.ts";
import { Exit, untilInterrupted } from "./exit.ts";
import { stderr, stdout } from "./output.ts";
import { openProgressBar } from "./progress-bar.ts";

export async function runCheck(this: Context, flags: CheckFlags, path: string): Promise<void> {
  tuneEngine();
  const bar = flags.quiet ? undefined : openProgressBar(stderr);
  let result: CheckResult;
  try {
    result = await untilInterrupted((signal) =>
      checkImage(path, {
        now: Math.floor(Date.now() / 1000),
        signal,
        ...(bar && { onProgress: bar.showPart }),
      }),
    );
  } finally {
    bar?.clear();
  }
  if (flags.json) stdout.write(`${JSON.stringify(toJson(path, result), null, 2)}\n`);
  else if (!flags.quiet) stdout.write(toText(path, result));
  if (!result.sound) process.exitCode = Exit.Mismatch;
}

function toJson(image: string, { sound, errors, warnings, findings }: CheckResult) {
  const plain = findings.map(({ path, ...finding }) => ({ ...finding, ...(path && { path: decodeName(path) }) }));
  return { image, sound, errors, warnings, findings: plain };
}

function toText(image: string, { sound, errors, warnings, findings }: CheckResult): string {
  const lines = findings.map(describe);
  const more = errors + warnings - findings.length;
  if (more > 0) lines.push(`… and ${more} more`);
  const also = warnings > 0 ? `, ${count(warnings, "warning")}` : "";
  lines.push(`${image}: ${sound ? "sound" : count(errors, "error")}${also}`);
  return `${lines.join("\n")}\n`;
}

/** `inode 12 (/etc/passwd), block 4711: what is wrong`. */
function describe({ severity, problem, group, inode, block, region, byte, path, message }: Finding): string {
  const places: string[] = [];
  if (group !== undefined) places.push(`group ${group}`);
  if (inode !== undefined) {
    const file = `${problem in CimProblem ? "file" : "inode"} ${inode}`;
    places.push(path === undefined ? file : `${file} (${printable(path)})`);
  }
  if (block !== undefined) places.push(`block ${block}`);
  if (region !== undefined) places.push(`region ${region}, byte ${byte}`);
  const where = places.length > 0 ? places.join(", ") : "filesystem";
  return `${severity === "warning" ? "warning: " : ""}${where}: ${message}`;
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}
