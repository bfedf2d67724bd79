/** Files that stand in a directory all together, or not at all. */
import { mkdirSync, mkdtempSync, renameSync, rmdirSync, rmSync } from "node:fs";
import { dirname, join, resolve, toNamespacedPath } from "node:path";
import { toImageError } from "../errors.ts";
import { syncDirectory } from "../sync-directory.ts";
import { againWhileInUse } from "../while-in-use.ts";

/**
 * Has `make` put files into a directory of their own, and moves those that it names to `directory`, which is made if it
 * is not there. Files of these names are replaced. If it fails, nothing of this run is left.
 *
 * @param make  is given where files go; @returns their names with what it has to say
 */
export async function intoDirectory<T>(
  directory: string,
  make: (staging: string) => Promise<{ readonly names: readonly string[]; readonly result: T }>,
): Promise<T> {
  const made = createDirectory(directory);
  let staging: string | undefined;
  const moved: string[] = [];
  try {
    staging = mkdtempSync(join(directory, ".layers."));
    const { names, result } = await make(staging);
    for (const name of names) {
      const to = join(directory, name);
      againWhileInUse(() => renameSync(join(staging!, name), to));
      moved.push(to);
    }
    await syncDirectory(directory);
    rmSync(staging, { recursive: true });
    return result;
  } catch (error) {
    for (const remains of [...moved, staging]) {
      if (remains !== undefined) rmSync(remains, { recursive: true, force: true });
    }
    if (made !== undefined) removeEmpty(directory, made);
    throw toImageError(directory, error);
  }
}

/** @returns the highest directory that was not there */
function createDirectory(directory: string): string | undefined {
  try {
    return mkdirSync(directory, { recursive: true });
  } catch (error) {
    throw toImageError(directory, error);
  }
}

/** Removes `directory` and those above it, up to `highest`, as far as nobody has put anything into them meanwhile. */
function removeEmpty(directory: string, highest: string): void {
  try {
    const top = toNamespacedPath(resolve(highest)); // on Windows it may come in that form
    for (let each = resolve(directory); toNamespacedPath(each).startsWith(top); each = dirname(each)) rmdirSync(each);
  } catch {} // another's files are in it, or it is gone
}
