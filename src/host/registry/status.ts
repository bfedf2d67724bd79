/**
 * Answers that are no: what they mean, in one line, with the registry's own words.
 *
 * Source: OCI distribution specification 1.1, "Error Codes"; RFC 9110, 15 "Status Codes".
 */
import { STATUS_CODES } from "node:http";
import { ErrorCode, ImageError } from "../errors.ts";
import type { HttpResponse } from "./http-client.ts";

/** Of the registry's own words, characters that are shown. */
const MOST_SHOWN = 200;

const CODES: Record<number, ErrorCode> = {
  401: ErrorCode.PermissionDenied,
  403: ErrorCode.PermissionDenied,
  404: ErrorCode.NotFound,
  407: ErrorCode.PermissionDenied,
};

/** An answer that is no. */
export class StatusError extends ImageError {
  constructor(
    message: string,
    readonly status: number,

    /** As the server put it. */
    readonly retryAfter: string | undefined,
  ) {
    super(CODES[status] ?? ErrorCode.FailedPrecondition, message);
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return value instanceof ImageError && "status" in value;
  }
}

/** @param subject  whose answer it is, and to what */
export function statusError(subject: string, response: HttpResponse, body: Uint8Array): StatusError {
  const { status, headers } = response;
  const words = [STATUS_CODES[status], ownWords(body)].filter(Boolean).join(": ");
  return new StatusError(`${subject}: ${status}${words && ` ${words}`}`, status, headers["retry-after"]);
}

/** What the registry says itself, in the form that the specification gives it. */
function ownWords(body: Uint8Array): string {
  try {
    const [first] = JSON.parse(Buffer.from(body).toString()).errors;
    return [first.code, first.message]
      .filter((word) => typeof word === "string" && word !== "")
      .map(oneLine)
      .join(": ");
  } catch {
    return ""; // a page for people, most often of a server in between
  }
}

/** Text of others as it can be printed: no characters that move what stands around them. */
export function oneLine(text: string): string {
  const harmless = text.replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, " ").trim();
  return harmless.length > MOST_SHOWN ? `${harmless.slice(0, MOST_SHOWN)}…` : harmless;
}
