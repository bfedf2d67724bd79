/** Who has a file as a disk already. Source: Linux, Documentation/ABI/testing/sysfs-block. */
import type { BigIntStats } from "node:fs";
import { type FileHandle, readdir, readFile, stat } from "node:fs/promises";
import { ErrorCode, ImageError } from "../../host/errors.ts";

/**
 * The kernel lets two devices have one file, and two filesystems write into it until nothing is left of either. Any number
 * may read.
 *
 * @throws ImageError  FailedPrecondition: somebody has it, and we or they may write
 */
export async function assertOnlyWriter(image: FileHandle, path: string, readOnly: boolean): Promise<void> {
  const ours = await image.stat({ bigint: true });
  for (const name of await readdir("/sys/block").catch(() => [])) {
    if (!name.startsWith("loop")) continue;
    const theirs = await backingFile(name);
    if (theirs?.dev !== ours.dev || theirs.ino !== ours.ino) continue;
    const mayWrite = (await read(`/sys/block/${name}/ro`)) === "0";
    if (readOnly && !mayWrite) continue;
    throw new ImageError(
      ErrorCode.FailedPrecondition,
      `${path}: is in use as /dev/${name}${mayWrite ? ", which may write to it" : ", and cannot be written to meanwhile"}`,
    );
  }
}

async function backingFile(name: string): Promise<BigIntStats | undefined> {
  const path = await read(`/sys/block/${name}/loop/backing_file`);
  return path === undefined ? undefined : stat(path, { bigint: true }).catch(() => undefined);
}

/** Most have no file; some lose it while we look. */
const read = (path: string): Promise<string | undefined> =>
  readFile(path, "utf8").then(
    (text) => text.replace(/\n$/, ""),
    () => undefined,
  );
