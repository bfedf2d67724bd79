/** Paths as overlayfs has them in its options: a backslash takes from the next character what it would mean. */
import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { toImageError } from "../../host/errors.ts";

const O_PATH = 0o10000000; // Node has no name for it

/** `a:b\:c` is `a` and `b:c`. */
export function splitLayers(lowerdir: string): string[] {
  return (lowerdir.match(/(?:\\.|[^:\\])+/gs) ?? []).map(unescapePath);
}

export const unescapePath = (path: string): string => path.replace(/\\(.)/gs, "$1");
export const escapeBackslashes = (path: string): string => path.replaceAll("\\", "\\\\");
/** For options that stand in one line, where a comma ends one, and a colon a layer. */
export const escapeAll = (path: string): string => path.replace(/[\\:,]/g, "\\$&");

/** A short name for `path`, good as long as the file is open that is added to `files`. */
export async function byNumber(path: string, files: FileHandle[]): Promise<string> {
  try {
    const file = await open(path, O_PATH | constants.O_DIRECTORY);
    files.push(file);
    return `/proc/self/fd/${file.fd}`;
  } catch (error) {
    throw toImageError(path, error);
  }
}
