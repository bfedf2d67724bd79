/** One error class for the whole library. Callers branch on `code`, people read `message`. */
import { ErrorCode } from "../../assembly/abi.ts";

export { ErrorCode };

/** An error is known by this mark: each file of a bundled program has its own class, as has each version in a process. */
const MARK = Symbol.for("layerkiln.ImageError");

export class ImageError extends Error {
  override readonly name = "ImageError";
  readonly [MARK] = true;

  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === "object" && value !== null && MARK in value;
  }

  /**
   * @param code     the class of failure; the only part a program should test
   * @param message  `subject: what went wrong`, lower case, with the numbers that matter
   * @param cause    the error underneath, if one was caught
   */
  constructor(
    readonly code: ErrorCode,
    message: string,
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause });
  }
}

/** Whether `error` is ours and of class `code`. */
export function isError(error: unknown, code: ErrorCode): error is ImageError {
  return error instanceof ImageError && error.code === code;
}

/** What an operating system's error is called here, and how it reads after a path. */
const SYSTEM_ERRORS: Record<string, [code: ErrorCode, words: string]> = {
  EACCES: [ErrorCode.PermissionDenied, "permission denied"],
  EBUSY: [ErrorCode.FailedPrecondition, "is in use"],
  EDQUOT: [ErrorCode.FailedPrecondition, "the disk quota is used up"],
  EEXIST: [ErrorCode.AlreadyExists, "exists already"],
  EFBIG: [ErrorCode.FailedPrecondition, "is past the largest file that this disk or user may have"],
  EISDIR: [ErrorCode.InvalidArgument, "is a directory"],
  ELOOP: [ErrorCode.InvalidArgument, "has too many symbolic links in its path"],
  ENAMETOOLONG: [ErrorCode.InvalidArgument, "has too long a name"],
  ENOENT: [ErrorCode.NotFound, "no such file or directory"],
  ENOSPC: [ErrorCode.FailedPrecondition, "no space left on the disk"],
  ENOTDIR: [ErrorCode.InvalidArgument, "a part of its path is not a directory"],
  EPERM: [ErrorCode.PermissionDenied, "operation not permitted"],
  ERR_INVALID_ARG_VALUE: [ErrorCode.InvalidArgument, "is no name that a file can have"],
  EROFS: [ErrorCode.PermissionDenied, "the filesystem is read-only"],

  // Of browsers, by their names.
  NoModificationAllowedError: [ErrorCode.FailedPrecondition, "is in use"],
  NotAllowedError: [ErrorCode.PermissionDenied, "permission denied"],
  NotFoundError: [ErrorCode.NotFound, "no such file"],
  NotReadableError: [ErrorCode.FailedPrecondition, "cannot be read any more: it was changed, moved or deleted"],
  QuotaExceededError: [ErrorCode.FailedPrecondition, "no space left for this page's files"],
};

/**
 * The error of a stream, a file or a caller's function, as one of ours.
 *
 * @param subject  what the message begins with, such as a path
 */
export function toImageError(subject: string, error: unknown): ImageError {
  if (error instanceof ImageError) return error;
  const { code: system, name } = (error ?? {}) as { readonly code?: string; readonly name?: string };
  const [code, words] = SYSTEM_ERRORS[system ?? ""] ??
    SYSTEM_ERRORS[name ?? ""] ?? [ErrorCode.FailedPrecondition, error instanceof Error ? error.message : String(error)];
  return new ImageError(code, `${subject}: ${words}`, error);
}
