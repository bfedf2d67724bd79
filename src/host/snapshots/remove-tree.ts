/**
 * Directories that somebody else filled, and their removal.
 *
 * Node's own `rm` gives up at paths that are too long, and goes on in the background when it has failed.
 */
import { randomBytes } from "node:crypto";
import type { Dirent } from "node:fs";
import { lstat, readdir, rename, rmdir, unlink } from "node:fs/promises";
import { sep, toNamespacedPath } from "node:path";
import { toImageError } from "../errors.ts";
import { ifThere } from "../if-there.ts";
import { laterWhileInUse } from "../while-in-use.ts";

/** Bytes of a path from which on a directory is brought up. A path may have 4095, a name 255. */
const LONG_PATH = 2048;

/** Files that are removed at a time. */
const BATCH = 64;

const SEPARATOR = Buffer.from(sep);

/**
 * Removes `directory` and all in it; no error where there is nothing, or where another removes the same.
 *
 * A container can nest directories deeper than a path can say, so that no call by path reaches them. They are brought up
 * under `directory` itself then, piece by piece.
 *
 * @throws ImageError  what the system says
 */
export async function removeTree(directory: string): Promise<void> {
  const root = Buffer.from(toNamespacedPath(directory)); // which Node does for strings alone: Windows knows no long ones else
  try {
    if ((await ifThere(lstat(root))) === undefined) return;
    const waiting: Buffer[] = [root];
    for (let next = waiting.at(-1); next !== undefined; next = waiting.at(-1)) {
      const broughtUp = await empty(next, root);
      if (broughtUp.length > 0) waiting.push(...broughtUp);
      else await removeEmpty(waiting.pop()!);
    }
  } catch (error) {
    throw toImageError(directory, error);
  }
}

/** Removes all in `directory`. @returns what was too deep for it, and stands in `root` now; then not all is removed */
async function empty(directory: Buffer, root: Buffer): Promise<Buffer[]> {
  const entries = await entriesOf(directory);
  const pathOf = ({ name }: Dirent<never>): Buffer => Buffer.concat([directory, SEPARATOR, name]);
  const [inner, others] = [entries.filter((each) => each.isDirectory()), entries.filter((each) => !each.isDirectory())];
  for (let at = 0; at < others.length; at += BATCH) {
    await Promise.all(others.slice(at, at + BATCH).map((entry) => removeFile(pathOf(entry))));
  }
  const broughtUp: Buffer[] = [];
  for (const path of inner.map(pathOf)) {
    if (path.length < LONG_PATH) {
      broughtUp.push(...(await empty(path, root)));
      await removeEmpty(path);
    } else {
      const place = Buffer.concat([root, SEPARATOR, Buffer.from(randomBytes(8).toString("hex"))]);
      await ifThere(rename(path, place));
      broughtUp.push(place);
    }
  }
  return broughtUp;
}

/** Windows keeps what is removed in its directory for as long as it is open, were it to be removed by another. */
const removeEmpty = (path: Buffer): Promise<void> => laterWhileInUse(async () => void (await ifThere(rmdir(path))));
const removeFile = (path: Buffer): Promise<void> => laterWhileInUse(async () => void (await ifThere(unlink(path))));

/** The types of Node 20 know names as bytes only without their kinds. */
async function entriesOf(directory: Buffer): Promise<Dirent<never>[]> {
  const found = readdir(directory, { encoding: "buffer" as "utf8", withFileTypes: true });
  return ((await ifThere(found)) ?? []) as Dirent<never>[];
}
