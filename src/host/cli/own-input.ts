/** What a command reads must not be what it writes. */
import { statSync } from "node:fs";
import { ErrorCode, ImageError } from "../errors.ts";

/**
 * A file of the same name is replaced when the new one is whole; were it what is read, it would be gone for something that
 * cannot always be turned back.
 *
 * @param inputs  paths
 * @param output  path of a file to be made; `-` and nothing are standard output
 * @throws ImageError  InvalidArgument
 */
export function refuseOwnInput(inputs: readonly string[], output: string | undefined): void {
  const made = output === undefined ? undefined : identityOf(output);
  if (made === undefined || !inputs.some((input) => identityOf(input) === made)) return;
  throw new ImageError(ErrorCode.InvalidArgument, `${output}: is read here; what is made of it needs another name`);
}

/** By any of its names; `-` is none. Devices and pipes are written to, not replaced. */
function identityOf(path: string): string | undefined {
  if (path === "-") return undefined;
  try {
    const stats = statSync(path, { bigint: true });
    return stats.isFile() ? `${stats.dev}:${stats.ino}` : undefined;
  } catch {
    return undefined; // whoever opens it says what is wrong
  }
}
