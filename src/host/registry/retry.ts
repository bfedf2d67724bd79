/** When to ask again. */
import type { ImageError } from "../errors.ts";
import { mayPass } from "./failure.ts";
import { StatusError } from "./status.ts";

export interface RetryPolicy {
  /** How often in a row something may fail before it has failed for good. */
  readonly tries: number;

  /** After the first failure; twice as long after each that follows. Milliseconds. */
  readonly firstPauseMs: number;
}

/** However long a server says that we shall wait, or how often it has failed. Milliseconds. */
const LONGEST_PAUSE = 60_000;

/** Twenty years of seconds are written with nine digits. */
const SECONDS = /^\d{1,9}$/;

/**
 * How long to wait before the next try. No chance is in it: of many clients that come back at the same moment, ours is one.
 *
 * @param failures  in a row, this one too
 * @returns         milliseconds; undefined: there is no use in it
 */
export function pauseAfter(error: ImageError, failures: number, policy: RetryPolicy): number | undefined {
  if (!mayPass(error) || failures >= policy.tries) return undefined;
  const ours = Math.min(policy.firstPauseMs * 2 ** (failures - 1), LONGEST_PAUSE);
  const theirs = error instanceof StatusError ? parseRetryAfter(error.retryAfter, Date.now()) : undefined;
  return Math.min(Math.max(ours, theirs ?? 0), LONGEST_PAUSE);
}

/**
 * Source: RFC 9110, 10.2.3 "Retry-After".
 *
 * @param now  milliseconds of the epoch
 * @returns    milliseconds; undefined if it is neither seconds nor a date
 */
export function parseRetryAfter(text: string | undefined, now: number): number | undefined {
  if (text === undefined) return undefined;
  if (SECONDS.test(text)) return Number(text) * 1000;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(at - now, 0);
}
