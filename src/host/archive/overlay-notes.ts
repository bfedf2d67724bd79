/**
 * What overlayfs writes into an upper directory: signs that something below is gone, and notes for itself.
 *
 * Source: Linux, Documentation/filesystems/overlayfs.rst; fs/overlayfs/overlayfs.h.
 */
import type { BigIntStats } from "node:fs";
import { ErrorCode, ImageError } from "../errors.ts";
import { printable } from "../image/name.ts";
import type { FileCalls } from "../platform.ts";

const PREFIX = "trusted.overlay.";
export const OPAQUE = `${PREFIX}opaque`;

/** Notes that say nothing once a directory stands by itself. Others change what is seen: a directory's name, a file's content. */
const NOTES = ["impure", "nlink", "origin", "protattr", "upper", "uuid"].map((note) => PREFIX + note);

/** Whether overlayfs keeps the attribute `name` for itself. */
export const isNote = (name: string): boolean => name.startsWith(PREFIX);

/** Whether the file says that a name is gone: a character device 0:0. */
export function isWhiteout(stats: BigIntStats): boolean {
  return stats.isCharacterDevice() && stats.rdev === 0n;
}

/** Whether the directory hides all that the layers below have in it. */
export function isOpaque(calls: FileCalls, directory: Buffer): boolean {
  return calls.getXattr(directory, OPAQUE)?.toString() === "y";
}

/**
 * Names of the attributes that are the file's own.
 *
 * @throws ImageError  Unsupported: a note by which the file is something else than it shows
 */
export function keptXattrs(names: readonly Buffer[], path: Buffer): Buffer[] {
  return names.filter((name) => {
    const text = name.toString("latin1");
    if (!isNote(text)) return true;
    if (text === OPAQUE || NOTES.includes(text)) return false;
    throw new ImageError(ErrorCode.Unsupported, `${printable(path)}: ${printable(name)} has no form in a layer`);
  });
}

/** @throws ImageError  Unsupported: in a layer, the name would say that another is gone */
export function refuseReservedName(name: Buffer, path: Buffer): void {
  if (!name.subarray(0, 4).equals(Buffer.from(".wh."))) return;
  throw new ImageError(ErrorCode.Unsupported, `${printable(path)}: a layer cannot hold a name that begins with .wh.`);
}
