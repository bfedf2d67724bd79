/** What is known of a file, as commands print it. */
import type { Image, Place } from "../image/image.ts";
import { decodeName } from "../image/name.ts";
import type { FileType, Stats, Timestamp } from "../image/stats.ts";

const TYPE_LETTERS: Record<FileType, string> = {
  file: "-",
  directory: "d",
  symlink: "l",
  character: "c",
  block: "b",
  fifo: "p",
  socket: "s",
};

/** `-rwsr-xr-t`. */
export function formatMode({ type, mode }: Stats): string {
  const triple = (shift: number, special: boolean, letter: string) => {
    const bits = mode >> shift;
    const execute = (bits & 1) !== 0;
    const last = special ? (execute ? letter : letter.toUpperCase()) : execute ? "x" : "-";
    return `${bits & 4 ? "r" : "-"}${bits & 2 ? "w" : "-"}${last}`;
  };
  return (
    TYPE_LETTERS[type] +
    triple(6, (mode & 0o4000) !== 0, "s") +
    triple(3, (mode & 0o2000) !== 0, "s") +
    triple(0, (mode & 0o1000) !== 0, "t")
  );
}

/** `0755`. */
export function formatOctal(mode: number): string {
  return mode.toString(8).padStart(4, "0");
}

/** `2026-11-22T06:45:23.123456789Z`. */
export function formatTime({ seconds, nanoseconds }: Timestamp): string {
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}.${String(nanoseconds).padStart(9, "0")}Z`;
}

/** `2026-11-22 06:45:23`, for columns. UTC. */
export function formatShortTime({ seconds }: Timestamp): string {
  return new Date(seconds * 1000).toISOString().slice(0, 19).replace("T", " ");
}

/** A name as JSON has it: as text, and in hex too where text cannot hold it. */
export function nameToJson(key: string, bytes: Uint8Array): Record<string, string> {
  const text = decodeName(bytes);
  const isText = Buffer.compare(Buffer.from(text), bytes) === 0;
  return isText ? { [key]: text } : { [key]: text, [`${key}Hex`]: Buffer.from(bytes).toString("hex") };
}

/** What is said of an inode in JSON. */
export function inodeToJson(image: Image, place: Place, stats: Stats) {
  const { inode, type, mode, uid, gid, links, size, device, mtime } = stats;
  return {
    inode,
    type,
    mode: formatOctal(mode),
    uid,
    gid,
    links,
    size,
    ...(device && { device }),
    ...(type === "symlink" && nameToJson("target", image.readlink(place))),
    mtime: formatTime(mtime),
  };
}
