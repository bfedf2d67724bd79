/** Overlays before Linux 6.7: all options in one line of mount(2), which is one page at most. */
import type { FileHandle } from "node:fs/promises";
import { ErrorCode, ImageError } from "../../host/errors.ts";
import { AT_FDCWD, MS, mount } from "./libc.ts";
import type { Datum, MountOptions } from "./mount-options.ts";
import { byNumber, escapeAll, unescapePath } from "./overlay-paths.ts";
import { orUnmount, setAttributes, setPropagation } from "./place.ts";
import { failure, onThread } from "./system-call.ts";

/** A page, but for the zero at its end. */
const MAX_DATA_LENGTH = 4095;

/** @param layers  the highest first, without escapes; `options.data` has all else */
export async function mountByData(
  source: string,
  target: string,
  options: MountOptions,
  layers: readonly string[],
  subject: string,
): Promise<void> {
  const short: FileHandle[] = [];
  try {
    let data = lineOf(options.data, layers);
    if (Buffer.byteLength(data) > MAX_DATA_LENGTH) {
      for (const layer of layers) await byNumber(layer, short);
      data = lineOf(
        options.data,
        short.map(({ fd }) => `/proc/self/fd/${fd}`),
      );
    }
    if (Buffer.byteLength(data) > MAX_DATA_LENGTH) {
      throw new ImageError(
        ErrorCode.Unsupported,
        `${subject}: ${layers.length} layers need ${Buffer.byteLength(data)} bytes of options; before Linux 6.7 it takes ${MAX_DATA_LENGTH}`,
      );
    }
    const mounted = await onThread(mount, source, target, "overlay", flagsOf(options.flags), data);
    if (mounted < 0) throw failure(subject, mounted, "overlayfs refuses it; the kernel's log (dmesg) says why");
  } finally {
    for (const file of short) await file.close();
  }
  await orUnmount(target, setAttributes(AT_FDCWD, target, { set: options.set, clear: 0 }, false), subject);
  await orUnmount(target, setPropagation(AT_FDCWD, target, options), subject);
}

function lineOf(data: readonly Datum[], layers: readonly string[]): string {
  const options = data.map(([key, value]) => (value === undefined ? key : `${key}=${escapeComma(key, value)}`));
  return [...options, `lowerdir=${layers.map(escapeAll).join(":")}`].join(",");
}

/** Directories come with escapes, but a comma was no end of an option before. */
function escapeComma(key: string, value: string): string {
  return key === "upperdir" || key === "workdir" ? escapeAll(unescapePath(value)) : value;
}

/** What a flag sets and clears. */
const FLAGS: Record<string, [set: number, clear: number]> = {
  ro: [MS.RDONLY, 0],
  rw: [0, MS.RDONLY],
  sync: [MS.SYNCHRONOUS, 0],
  async: [0, MS.SYNCHRONOUS],
  dirsync: [MS.DIRSYNC, 0],
  mand: [MS.MANDLOCK, 0],
  nomand: [0, MS.MANDLOCK],
  lazytime: [MS.LAZYTIME, 0],
  nolazytime: [0, MS.LAZYTIME],
};

/** The last word counts. */
function flagsOf(flags: readonly string[]): number {
  return flags.reduce((bits, flag) => {
    const [set, clear] = FLAGS[flag]!;
    return (bits & ~clear) | set;
  }, 0);
}
