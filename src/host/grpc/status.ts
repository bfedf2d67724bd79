/**
 * Failures as gRPC tells them: a status code and a sentence.
 *
 * containerd's clients know a class of failure by its code, take the words of the class off the sentence's end and put their
 * own there: so the words are there, once.
 *
 * Source: gRPC, "Status codes and their use in gRPC"; containerd, errdefs and errgrpc.
 */
import { ErrorCode, ImageError } from "../errors.ts";

/** What gRPC calls an error: its code, and a sentence. */
export interface Status {
  readonly code: number;
  readonly details: string;
}

/** UTF-16 units: as many bytes at least, three times as many at most, or nine in a header. All headers may have 64 KiB. */
const MAX_SENTENCE = 4096;

/** Each class, its code, and containerd's words for it. */
export const CLASSES: readonly [ErrorCode, code: number, words: string][] = [
  [ErrorCode.InvalidArgument, 3, "invalid argument"],
  [ErrorCode.NotFound, 5, "not found"],
  [ErrorCode.AlreadyExists, 6, "already exists"],
  [ErrorCode.PermissionDenied, 7, "permission denied"],
  [ErrorCode.FailedPrecondition, 9, "failed precondition"],
  [ErrorCode.OutOfRange, 11, "out of range"],
  [ErrorCode.Unsupported, 12, "not implemented"],
  [ErrorCode.Internal, 13, "internal"],
  [ErrorCode.Unavailable, 14, "unavailable"],
  [ErrorCode.Corrupt, 15, "data loss"],
];

type Foreign = readonly [code: number, ErrorCode, words: string];

/** Whatever has no class in Go. */
const UNKNOWN: Foreign = [2, ErrorCode.FailedPrecondition, "unknown"];

/** Codes that only others send, and the nearest of our classes. */
const FOREIGN: readonly Foreign[] = [
  [1, ErrorCode.Unavailable, "context canceled"], // by a server that ends
  UNKNOWN,
  [4, ErrorCode.Unavailable, "context deadline exceeded"],
  [8, ErrorCode.OutOfRange, "resource exhausted"],
  [10, ErrorCode.FailedPrecondition, "aborted"],
  [16, ErrorCode.PermissionDenied, "unauthenticated"],
];

/** What a caller is told of `error`. What is no ImageError is a fault of ours. */
export function toStatus(error: unknown): Status {
  const wanted = error instanceof ImageError ? error.code : ErrorCode.Internal;
  const [, code, words] = CLASSES.find(([each]) => each === wanted)!;
  const sentence = withoutWords(error instanceof Error ? error.message : String(error), words);
  return { code, details: `${fitting(sentence)}: ${words}` };
}

/**
 * What a server said, as an error of ours.
 *
 * @param error  what a call failed with: a Status, or anything else, which is left as it is
 */
export function fromStatus(error: unknown): unknown {
  if (!isStatus(error)) return error;
  for (const [errorCode, code, words] of CLASSES) {
    if (code === error.code) return new ImageError(errorCode, withoutWords(error.details, words), error);
  }
  const [, errorCode, words] = FOREIGN.find(([code]) => code === error.code) ?? UNKNOWN;
  return new ImageError(errorCode, withoutWords(error.details, words), error);
}

function isStatus(error: unknown): error is Status {
  const { code, details } = (error ?? {}) as Partial<Status>;
  return typeof code === "number" && typeof details === "string";
}

/**
 * It travels as a header, and may name a key of any length, or one that is no sound Unicode, such as half of a pair: grpc-js
 * would throw at that, outside of any call.
 */
function fitting(sentence: string): string {
  const cut = sentence.length <= MAX_SENTENCE ? sentence : `${sentence.slice(0, MAX_SENTENCE)}…`;
  return Buffer.from(cut).toString();
}

function withoutWords(sentence: string, words: string): string {
  return sentence.endsWith(`: ${words}`) ? sentence.slice(0, -`: ${words}`.length) : sentence;
}
