/** How calls of the kernel are made, and what becomes of those that fail. */
import { closeSync } from "node:fs";
import { ErrorCode, ImageError } from "../../host/errors.ts";
import { type Call, ERRNO, errno } from "./libc.ts";

/**
 * Makes a call on a thread of Node's pool, so that the event loop goes on while it waits: for a disk, for a lock of the kernel's,
 * for a filesystem's last writes. Mounts are the process's, whatever thread makes them.
 *
 * @returns what the call returns, or if it fails its errno, negative
 */
export function onThread(call: Call, ...words: unknown[]): Promise<number> {
  return new Promise((resolve, reject) => {
    call.async(...words, (error: unknown, result: number | bigint) => {
      const value = Number(result) < 0 ? -errno() : Number(result);
      words.length = 0; // held until here: koffi does not keep buffers alive
      if (error) reject(error);
      else resolve(value);
    });
  });
}

/** As `onThread`, at once: for calls that do not wait. */
export function atOnce(call: Call, ...words: unknown[]): number {
  const result = Number(call(...words));
  return result < 0 ? -errno() : result;
}

/** Errors that say more than their name: what they are here, and what to do. Else FailedPrecondition. */
const MEANINGS: Record<string, [code: ErrorCode, words?: string]> = {
  EACCES: [ErrorCode.PermissionDenied],
  EBADMSG: [ErrorCode.Corrupt, "a checksum of the filesystem is wrong"],
  EBUSY: [ErrorCode.FailedPrecondition, "is in use"],
  EEXIST: [ErrorCode.AlreadyExists],
  EINVAL: [ErrorCode.InvalidArgument, "the kernel's log (dmesg) may say why"],
  ELOOP: [ErrorCode.InvalidArgument, "directories overlap, or a symbolic link stands in the way"],
  ENAMETOOLONG: [ErrorCode.InvalidArgument],
  ENODEV: [ErrorCode.Unavailable, "this kernel has no such filesystem"],
  ENOENT: [ErrorCode.NotFound, "no such file or directory"],
  ENOSYS: [ErrorCode.Unavailable, "needs Linux 5.12 or newer"],
  ENOTBLK: [ErrorCode.InvalidArgument, 'the source is no block device; option "loop" makes one of a file'],
  ENOTDIR: [ErrorCode.InvalidArgument, "is not a directory"],
  EPERM: [ErrorCode.PermissionDenied],
  EUCLEAN: [ErrorCode.Corrupt, "the filesystem is damaged"],
};

const NAMES = new Map(Object.entries(ERRNO).map(([name, number]) => [number, name]));

/**
 * @param result  negative, an errno
 * @param said    what the kernel itself said of it
 * @param remedy  where rights are missing
 */
export function failure(
  subject: string,
  result: number,
  said?: string,
  remedy = "needs root (CAP_SYS_ADMIN)",
): ImageError {
  const name = NAMES.get(-result) ?? `error ${-result}`;
  const [code, meaning] = MEANINGS[name] ?? [ErrorCode.FailedPrecondition];
  const words = code === ErrorCode.PermissionDenied ? remedy : meaning;
  const why = said && name === "EINVAL" ? [said] : [said, words].filter(Boolean);
  return new ImageError(code, [`${subject}: ${name}`, ...why].join(": "));
}

/** @returns `result`, unless it is an errno */
export function checked(subject: string, result: number): number {
  if (result < 0) throw failure(subject, result);
  return result;
}

/** Closes what `work` was done with, whatever came of it. */
export async function closing<T>(file: number, work: (file: number) => Promise<T>): Promise<T> {
  try {
    return await work(file);
  } finally {
    closeSync(file);
  }
}
