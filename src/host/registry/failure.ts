/** What breaks connections: in words, and whether it may pass. */
import { ErrorCode, ImageError } from "../errors.ts";
import { Stalled } from "./http-client.ts";
import { StatusError } from "./status.ts";

/** Of the system and of Node, for what may pass. */
const PASSING: Record<string, string> = {
  ECONNABORTED: "the connection broke",
  ECONNREFUSED: "refuses connections",
  ECONNRESET: "the connection broke",
  EAI_AGAIN: "its name cannot be looked up just now",
  EHOSTUNREACH: "cannot be reached",
  ENETDOWN: "cannot be reached",
  ENETUNREACH: "cannot be reached",
  EPIPE: "the connection broke",
  ERR_STREAM_PREMATURE_CLOSE: "the connection broke",
  ETIMEDOUT: "does not answer",
};

const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_(?:GET|VERIFY)|ALTNAME/;

/** Answers that may be others a moment later. */
const PASSING_STATUS: readonly number[] = [408, 425, 429, 500, 502, 503, 504];

/** What happened, and that it may be otherwise next time. */
export class Passing extends ImageError {
  readonly mayPass = true;

  constructor(message: string, cause?: unknown) {
    super(ErrorCode.FailedPrecondition, message, cause);
  }
}

export function mayPass(error: ImageError): boolean {
  return "mayPass" in error || (error instanceof StatusError && PASSING_STATUS.includes(error.status));
}

/**
 * The error of a connection as one of ours.
 *
 * @param subject  what the message begins with: who was asked for what
 * @throws         what is no error of a connection
 */
export function connectionError(subject: string, error: unknown): ImageError {
  if (error instanceof ImageError) return error;
  if (error instanceof Stalled) return new Passing(`${subject}: ${error.message}`, error);
  const { code, message } = error as NodeJS.ErrnoException;
  if (typeof code !== "string") throw error;
  const words = PASSING[code];
  if (words !== undefined) return new Passing(`${subject}: ${words} (${code})`, error);
  return new ImageError(ErrorCode.FailedPrecondition, `${subject}: ${describe(code, message)}`, error);
}

function describe(code: string, message: string): string {
  if (code === "ENOTFOUND") return "there is no such host";
  if (CERTIFICATE.test(code))
    return `its certificate is not trusted (${code}); NODE_EXTRA_CA_CERTS names others to trust`;
  if (code.startsWith("HPE_")) return `does not speak HTTP (${code})`;
  if (code === "EPROTO" || code.startsWith("ERR_SSL")) return `does not speak TLS as we do (${code})`;
  return `${message} (${code})`;
}
